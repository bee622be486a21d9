/** `alerts export`: alerts as EVE lines, for spreadsheets, or the packets that were kept of them. */
import { Option, type Command } from 'commander';
import { closeSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText } from '../core/index.ts';
import { storedAlertLine, type AlertStore, type StoredAlert } from '../output/index.ts';
import { createPacketService } from '../service/index.ts';
import { csvHeader, csvLine } from './alert-csv.ts';
import { addFilters, filterFrom, isFiltered, type AlertOptions } from './alert-options.ts';
import { audited } from './audited.ts';
import type { CliIo } from './io.ts';
import { configFrom } from './options.ts';
import { alertNamed, withStore } from './with-store.ts';

const FORMATS = ['eve', 'csv', 'pcap'] as const;

interface ExportOptions extends AlertOptions {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
}

/** Alerts whose packets go into one file. */
const MAX_PCAP_ALERTS = 1000;
/** Redacted as it is, what was said stays between those who may read it. */
const FILE_MODE = 0o600;

export function addExportCommand(alerts: Command, io: CliIo): void {
  addFilters(
    alerts
      .command('export')
      .description('the alerts named, or all that fit, as EVE JSON, CSV or their packets')
      .argument('[id...]', 'numbers of the list, or the first digits of alert ids')
      .addOption(
        new Option(
          '--format <format>',
          'EVE JSON lines, a spreadsheet, or a pcapng file (needs ids or filters, and -o or a pipe)',
        )
          .choices(FORMATS)
          .default('eve'),
      )
      .option('-o, --output <file>', 'write there; - or nothing is standard output'),
  ).action(async (ids: string[], options: ExportOptions) => {
    if (options.format === 'pcap') await exportPackets(io, ids, options);
    else exportText(io, ids, options);
  });
}

function exportText(io: CliIo, ids: readonly string[], options: ExportOptions): void {
  const isCsv = options.format === 'csv';
  const line = isCsv ? csvLine : (alert: StoredAlert): string => `${storedAlertLine(alert)}\n`;
  withStore(options, (store) => {
    const alerts = chosen(store, ids, options);
    writeTo(io, options.output, (write) => {
      if (isCsv) write(csvHeader());
      for (const alert of alerts) write(line(alert));
    });
  });
}

async function exportPackets(
  io: CliIo,
  ids: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const { output = '-' } = options;
  if (output === '-' && io.outBytes === undefined) {
    throw new OperatorError(
      'USAGE',
      'Packets are no text for a terminal',
      'Name a file for them with -o FILE, or a reader: | tshark -r -',
    );
  }
  if (ids.length === 0 && !isFiltered(filterFrom(options))) {
    throw new OperatorError('USAGE', 'Say which alerts', 'Give their numbers, or filters');
  }
  const limit = Math.min(options.limit ?? MAX_PCAP_ALERTS, MAX_PCAP_ALERTS);
  const alerts = withStore(options, (store) => [...chosen(store, ids, { ...options, limit })]);
  const config = configFrom(options);
  // A reveal, as in the console: the rows of the audit are there before the first packet goes out.
  const entries = alerts.map(({ alertId, sid }) => {
    return { action: 'packets_taken', object: alertId, detail: { sid } };
  });
  await audited(config, entries, () => writePackets(io, config, alerts, output));
}

async function writePackets(
  io: CliIo,
  config: SensorConfig,
  alerts: readonly StoredAlert[],
  output: string,
): Promise<void> {
  if (alerts.length === 0) {
    throw new OperatorError(
      'USAGE',
      'No alert fits: there are no packets to write',
      'Look with `stanzawatch alerts list` and the same filters',
    );
  }
  const service = createPacketService({ config });
  try {
    const packets = await service.export(alerts);
    if (packets === undefined) {
      throw new OperatorError(
        'USAGE',
        'No packets are kept of these alerts',
        'Packets are kept while `packets.keep` is on, until the spool is full or they are too old',
      );
    }
    let bytes = 0;
    const chunks: Uint8Array[] = [];
    for await (const chunk of packets) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
    writeTo(io, output, (write) => {
      for (const chunk of chunks) write(chunk);
    });
    io.err(
      `${output === '-' ? 'standard output' : output}: ${bytes} bytes, packets of ${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'}\n`,
    );
  } finally {
    await service.close();
  }
}

/** The alerts named, which must all be there, else those that fit, latest first. */
function chosen(
  store: AlertStore,
  ids: readonly string[],
  options: AlertOptions,
): Iterable<StoredAlert> {
  const filter = filterFrom(options);
  if (ids.length === 0) return store.eachAlert(filter);
  if (isFiltered(filter)) {
    throw new OperatorError(
      'USAGE',
      'Name alerts or filter them, not both',
      'Leave out one of both',
    );
  }
  return ids.map((id) => alertNamed(store, id));
}

/** Writes the file, or standard output. A file that could not be written to its end is not left behind. */
function writeTo(
  io: CliIo,
  path: string | undefined,
  produce: (write: (data: string | Uint8Array) => void) => void,
): void {
  if (path === undefined || path === '-') {
    produce((data) => {
      if (typeof data === 'string') io.out(data);
      else io.outBytes?.(data);
    });
    return;
  }
  let fd: number | undefined;
  try {
    const file = openSync(path, 'w', FILE_MODE);
    fd = file;
    produce((data) => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let written = 0; written < bytes.length;) {
        written += writeSync(file, bytes, written);
      }
    });
  } catch (error) {
    // Not what is no file: it is the operator's terminal, pipe or device.
    if (fd !== undefined && fstatSync(fd).isFile()) rmSync(path, { force: true });
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      'USAGE',
      `Cannot write ${path}: ${errorText(error)}`,
      'Name another file with -o',
      { cause: error },
    );
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
