/** `files` and `files show`: which files moved, from whom to whom, and what was found in them. */
import { Option, type Command } from 'commander';
import { OperatorError } from '../core/index.ts';
import type { StoredAlert, StoredFile } from '../output/index.ts';
import { storyOf } from '../alert/index.ts';
import { severityName } from './alert-text.ts';
import { withStore } from './with-store.ts';
import { describeFile, foundIn, seenOf, typeOf } from './file-text.ts';
import type { CliIo } from './io.ts';
import { formatBytes } from './progress.ts';
import { printRows, storeCommand, timesOf, type StoreOptions } from './store-command.ts';
import { renderTable, type Column } from './table.ts';
import { formatTime } from './time.ts';

interface FileOptions extends StoreOptions {
  readonly name?: string;
  readonly hash?: string;
  readonly road?: string;
  readonly found?: string | true;
  readonly incomplete?: boolean;
}

const ROADS = ['ibb', 'socks5', 'bob', 'http', 'inline'];
const SHORT_HASH = 12;
/** Alerts that `show` prints. */
const SHOWN_ALERTS = 100;

const FILE_COLUMNS: readonly Column<StoredFile>[] = [
  { title: 'id', value: (file) => file.id, align: 'right' },
  { title: 'time (UTC)', value: (file) => formatTime(file.tsUsec) },
  { title: 'from', value: (file) => file.from || file.srcIp, flexible: true, least: 10 },
  { title: 'to', value: (file) => file.to || file.destIp, flexible: true, least: 10 },
  { title: 'name', value: (file) => file.name, flexible: true, least: 12 },
  { title: 'found', value: foundIn, flexible: true, least: 10 },
  { title: 'size', value: (file) => formatBytes(file.seenBytes), align: 'right', optional: true },
  { title: 'type', value: typeOf, flexible: true, optional: true },
  { title: 'seen', value: seenOf, optional: true },
  { title: 'road', value: (file) => file.road, optional: true },
  { title: 'looked into', value: (file) => file.inspected, optional: true },
  { title: 'sha256', value: (file) => file.sha256.slice(0, SHORT_HASH), optional: true },
];

const ALERT_COLUMNS: readonly Column<StoredAlert>[] = [
  { title: 'id', value: (alert) => alert.id, align: 'right' },
  { title: 'time (UTC)', value: (alert) => formatTime(alert.lastUsec) },
  { title: 'severity', value: (alert) => severityName(alert.severity) },
  { title: 'detection', value: (alert) => alert.detection, optional: true },
  { title: 'story', value: storyOf, flexible: true, least: 40 },
];

export function addFilesCommands(program: Command, io: CliIo): void {
  const files = storeCommand(
    program,
    'files',
    'files that moved, those that ended last first; one of them with show',
    ['times', 'jid', 'ip', 'domain'],
  )
    .option('--name <text>', 'words in its name')
    .option('--hash <hex>', 'SHA-256 or MD5, or how it begins')
    .addOption(new Option('--road <road>', 'how it travelled').choices(ROADS))
    .option('--found [detection]', 'with findings, or with this one: dlp-iban, dlp-*')
    .option('--incomplete', 'only those that were not seen whole')
    .action((options: FileOptions) => {
      withStore(options, (store) => {
        const { jid, ip, domain, name, hash, road, incomplete, limit, json } = options;
        const found = options.found === true ? '*' : options.found;
        const filter = { ...timesOf(options), jid, ip, domain, name, hash, road, found, limit };
        const rows = store.listFiles({ ...filter, isIncomplete: incomplete });
        printRows(io, rows, FILE_COLUMNS, json);
      });
    });
  files
    .command('show')
    .description('one file with all that is known of it, and the alerts about it')
    .argument('<id>', 'number of the list, or how its id or SHA-256 begins')
    .action((key: string, _options: unknown, command: Command) => {
      // commander takes --db, --json and the like for options of `files`, wherever they stand.
      const options = command.optsWithGlobals<FileOptions>();
      withStore(options, (store) => {
        const found = store.findFiles(key);
        if (found.length === 0) {
          throw new OperatorError(
            'USAGE',
            `There is no file ${key}`,
            'stanzawatch files shows the numbers',
          );
        }
        const shown = found.map((file) => ({
          file,
          alerts: store.listAlerts({
            fileId: file.fileId,
            limit: options.limit ?? SHOWN_ALERTS,
          }),
        }));
        if (options.json === true) {
          const rows = shown.map(({ file, alerts }) => ({ ...file, raised: alerts }));
          io.out(`${JSON.stringify(rows, null, 2)}\n`);
        } else io.out(shown.map((each) => describe(each.file, each.alerts, io)).join('\n'));
      });
    });
}

function describe(file: StoredFile, alerts: readonly StoredAlert[], io: CliIo): string {
  const table = alerts.length === 0 ? '' : `\n${renderTable(alerts, ALERT_COLUMNS, io.columns)}`;
  return describeFile(file) + table;
}
