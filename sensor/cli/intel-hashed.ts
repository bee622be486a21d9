/**
 * `intel import --hashed`: an operator's own values into a set that holds their HMAC alone. No value is printed, not even
 * one that is refused: a report ends in tickets and terminals.
 */
import { basename, join } from 'node:path';
import { datasetFolder, limitValues, type SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, printable, wallClockUsec } from '../core/index.ts';
import { replaceFile } from '../data-folder.ts';
import { sealOwnValues } from '../own-values.ts';
import {
  INTEL_LISTS,
  IntelFormatError,
  LIST_SUFFIX,
  SEALED_LINE,
  mergeList,
  type MergedList,
  type OwnValues,
} from '../rules/index.ts';
import { expiryOf, readList, readText, wordOf } from './intel-files.ts';
import type { ImportOptions } from './intel.ts';
import { writtenText } from './intel-report.ts';
import type { CliIo } from './io.ts';
import { refuseReload, reloadListReader, type SensorReload } from './sensor-reload.ts';

const LIST_MODE = 0o600;
/** Sets that shipped rules ask for (signatures/company.rules). */
const ASKED = ['company-numbers', 'company-names', 'company-people'];
/** Lines of a kind that are shown; the JSON report has all. */
const SHOWN = 20;

interface HashedReport
  extends MergedList, Pick<OwnValues, 'refused' | 'repeated' | 'dense' | 'isCut'> {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly dryRun: boolean;
  /** Undefined where the sensor has nothing to take. */
  readonly sensor: SensorReload | undefined;
}

/** False when the import is one of another kind. Throws OperatorError. */
export async function importHashed(
  file: string,
  options: ImportOptions,
  config: SensorConfig,
  io: CliIo,
): Promise<boolean> {
  const { hashed, name, column, as, format } = options;
  if (hashed !== true) {
    if (name === undefined && column === undefined) return false;
    throw new OperatorError('USAGE', '--name and --column belong to --hashed', 'Add --hashed');
  }
  if (as !== undefined || (format !== 'auto' && format !== 'plain' && format !== 'csv')) {
    throw new OperatorError(
      'USAGE',
      'Values of your own are a plain list, or a column of a CSV file',
      'Leave out --as and --format; name the column: --column',
    );
  }
  const set = nameOf(name);
  const limits = limitValues(config);
  const nowMs = Math.floor(wallClockUsec() / 1000);
  const text = readText(file, limits.rulesFileBytes);
  refuseBinary(file, text);
  const folder = options.into ?? datasetFolder(config);
  const path = join(folder, set + LIST_SUFFIX);
  const before = readList(path);
  refuseOtherList(path, before);
  const values = seal(file, () =>
    sealOwnValues(config, text, {
      column,
      isForced: options.force ?? false,
      expiresMs: options.expires === undefined ? undefined : expiryOf(options.expires, nowMs),
      maxItems: limits.rulesDatasetLines,
      isDryRun: options.dryRun ?? false,
    }),
  );
  const source = wordOf(options.source ?? (file === '-' ? 'stdin' : basename(file)));
  const merged = mergeList(before, values.lines, {
    source,
    licence: wordOf(options.licence ?? 'own'),
    nowMs,
    replaces: options.replace ?? false,
    title: `# ${set}, type hmac: values sealed by intel import --hashed. Only the sensor whose key made them can read them.`,
  });
  const isEmpty = values.lines.size === 0;
  const dryRun = options.dryRun ?? false;
  const isWritten = !dryRun && !isEmpty;
  if (isWritten) write(path, merged.text, config);
  const sensor = isWritten ? await reloadListReader(folder, config) : undefined;
  const report = { name: set, path, source, dryRun, sensor, ...values, ...merged };
  io.out(options.json === true ? jsonReport(report) : textReport(report));
  if (isEmpty) {
    throw new OperatorError(
      'DATASET_INVALID',
      `${file} holds no value that could be taken`,
      'One value a line, or --column for a table',
    );
  }
  if (sensor !== undefined) refuseReload(sensor);
  return true;
}

function nameOf(name: string | undefined): string {
  if (name === undefined) {
    throw new OperatorError(
      'USAGE',
      '--hashed needs the name of a set',
      'For example: --name company-numbers',
    );
  }
  if (!/^[\w.-]{1,64}$/.test(name) || name.startsWith('.')) {
    throw new OperatorError(
      'USAGE',
      'The name of a set has letters, digits, dots, dashes and underscores',
      'For example: --name company-numbers',
    );
  }
  if (!INTEL_LISTS.includes(name)) return name;
  throw new OperatorError(
    'USAGE',
    `${name} is a list of threat intelligence`,
    'Choose another name: --name company-numbers',
  );
}

function refuseBinary(file: string, text: string): void {
  if (!text.slice(0, 65_536).includes('\0')) return;
  throw new OperatorError(
    'DATASET_INVALID',
    `${file} is no text`,
    'Export the values as UTF-8 text, one a line, or as CSV',
  );
}

/** A list of another type under this name: its values would stand in clear beside the hashes. */
function refuseOtherList(path: string, text: string): void {
  const isOther = text
    .split('\n')
    .some((line) => line.trim() !== '' && !line.startsWith('#') && !SEALED_LINE.test(line.trim()));
  if (!isOther) return;
  throw new OperatorError(
    'DATASET_INVALID',
    `${path} is a list of another type`,
    'Choose another name: --name',
  );
}

function seal(file: string, act: () => OwnValues): OwnValues {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof IntelFormatError)) throw error;
    throw new OperatorError('DATASET_INVALID', `${file}: ${error.message}`, error.hint);
  }
}

function write(path: string, text: string, config: SensorConfig): void {
  try {
    replaceFile(path, text, { mode: LIST_MODE, dataDir: config.data_dir });
  } catch (error) {
    throw new OperatorError(
      'DATASET_INVALID',
      `Cannot write the list ${path}: ${errorText(error)}`,
      'Choose a folder you may write to: --into',
      { cause: error },
    );
  }
}

function textReport(report: HashedReport): string {
  const { name, path, source, refused, dense, size, added, renewed, known, expired, dropped } =
    report;
  const lines = [
    `set ${name}, source ${source}: ${added} added, ${renewed} renewed, ${known} known, ${expired} expired, ${dropped} dropped, ${size} now`,
  ];
  if (report.repeated > 0) lines.push(`${report.repeated} stood there more than once`);
  if (refused.length > 0) {
    lines.push(`refused, ${refused.length}:`);
    for (const { line, reason, isForceable } of refused.slice(0, SHOWN)) {
      lines.push(`  line ${line}: ${reason}${isForceable ? ' (--force takes it)' : ''}`);
    }
    if (refused.length > SHOWN) lines.push(`  and ${refused.length - SHOWN} more (--json has all)`);
  }
  for (const { digits, count } of dense) {
    lines.push(
      `${count} numbers of ${digits} digits: one in ${Math.round(10 ** digits / count)} numbers of that length is in the set by chance; ask for a word beside it`,
    );
  }
  if (report.isCut) lines.push('more values than limit rules.dataset_lines: the rest was not read');
  if (report.dryRun) lines.push('nothing written (--dry-run)');
  else if (size > 0) lines.push(writtenText(path, report.sensor));
  const question = `xmpp.text_folded; dataset:isset,${name},type hmac;`;
  lines.push(
    ASKED.includes(name)
      ? `asked by: ${question}`
      : `no shipped rule asks for it (they ask for ${ASKED.join(', ')}): write one with ${question}`,
  );
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function jsonReport(report: HashedReport): string {
  const { name, path, source, dryRun, size, added, renewed, known, expired, dropped } = report;
  const { refused, repeated, dense, isCut, sensor } = report;
  const counts = { size, added, renewed, known, expired, dropped, repeated };
  return `${JSON.stringify({ name, path, source, dryRun, ...counts, refused, dense, cut: isCut, sensor }, null, 2)}\n`;
}
