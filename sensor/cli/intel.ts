/** `intel import`: threat intelligence into the operator's lists, with a report of what was left out and why. */
import { basename, join } from 'node:path';
import { Option, type Command } from 'commander';
import { datasetFolder, limitValues } from '../config/index.ts';
import { OperatorError, errorText, wallClockUsec } from '../core/index.ts';
import {
  INTEL_FORMATS,
  INTEL_PURPOSES,
  IntelFormatError,
  LIST_SUFFIX,
  mergeList,
  readIntel,
  type IntelFormat,
  type IntelOptions,
  type IntelPurpose,
  type IntelReading,
  type MergeOptions,
} from '../rules/index.ts';
import { replaceFile } from '../data-folder.ts';
import { expiryOf, readList, readText, wordOf } from './intel-files.ts';
import { importHashed } from './intel-hashed.ts';
import { jsonReport, textReport, type ImportedList } from './intel-report.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import { refuseReload, reloadListReader } from './sensor-reload.ts';

export interface ImportOptions extends SharedOptions {
  readonly format: IntelFormat | 'auto';
  readonly hashed?: boolean;
  readonly name?: string;
  readonly column?: string;
  readonly as?: IntelPurpose;
  readonly source?: string;
  readonly licence?: string;
  readonly expires?: string;
  readonly into?: string;
  readonly replace?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addIntelCommands(program: Command, io: CliIo): void {
  const intel = program.command('intel').description('work on lists of threat intelligence');
  const command = intel
    .command('import')
    .description('read MISP, STIX, CSV and plain lists into the lists that rules look values up in')
    .argument(
      '<file>',
      'MISP JSON, STIX bundle, CSV, plain list, JabberSPAM list, RTBL hashes; - for standard input',
    )
    .addOption(
      new Option('--format <format>', 'kind of file')
        .choices(['auto', ...INTEL_FORMATS])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--as <purpose>',
        'what the values are about; unless told: c2 for MISP and STIX, spim for all others',
      ).choices(INTEL_PURPOSES),
    )
    .option('--hashed', 'your own values, kept as HMAC only: customer numbers, names of projects')
    .option('--name <name>', 'the set they belong to (with --hashed)')
    .option('--column <name|number>', 'column of a CSV file that holds them (with --hashed)')
    .option('--source <name>', 'name of the source in the lists; unless told the name of the file')
    .option('--licence <name>', 'licence of the source, for the lists')
    .option('--expires <days|date>', 'when values without a date of their own stop to count')
    .option('--into <folder>', 'folder of the lists; unless told rules.dataset_dir')
    .option('--replace', 'drop values of this source that the file no longer has')
    .option(
      '--force',
      'take reserved names, large providers and other values that are refused for safety',
    )
    .option('--dry-run', 'write nothing')
    .option('--json', 'print the report as JSON');
  addConfigOptions(command).action(async (file: string, options: ImportOptions) => {
    const config = configFrom(options);
    if (await importHashed(file, options, config, io)) return;
    const limits = limitValues(config);
    const nowMs = Math.floor(wallClockUsec() / 1000);
    const reading = read(readText(file, limits.rulesFileBytes), file, {
      format: isJabberSpam(file, options.format) ? 'jabberspam' : options.format,
      purpose: options.as,
      expiresMs: options.expires === undefined ? undefined : expiryOf(options.expires, nowMs),
      nowMs,
      isForced: options.force ?? false,
      maxItems: limits.rulesDatasetLines,
    });
    const merging = {
      source: wordOf(options.source ?? (file === '-' ? 'stdin' : basename(file))),
      licence: wordOf(options.licence ?? ''),
      nowMs,
      replaces: options.replace ?? false,
    };
    const folder = options.into ?? datasetFolder(config);
    const lists = mergeAll(reading, folder, merging, limits.rulesDatasetLines);
    if (options.dryRun !== true) for (const list of lists) writeList(list, config.data_dir);
    const isDryRun = options.dryRun ?? false;
    const sensor =
      isDryRun || lists.length === 0 ? undefined : await reloadListReader(folder, config);
    const report = { reading, lists, folder, isDryRun, sensor, ...merging };
    io.out(options.json === true ? jsonReport(report) : textReport(report, io.columns));
    const found = lists.length + reading.refused.length;
    if (found === 0 && reading.bad.length > 0) {
      throw new OperatorError(
        'DATASET_INVALID',
        `${file} holds no value that could be read`,
        'Name the kind of file: --format',
      );
    }
    if (sensor !== undefined) refuseReload(sensor);
  });
}

/** A list of bare domains does not tell that they are servers; its usual names do. */
function isJabberSpam(file: string, format: ImportOptions['format']): boolean {
  return format === 'auto' && /^(?:jabberspam.*|blacklist\.txt)$/i.test(basename(file));
}

function read(text: string, file: string, options: IntelOptions): IntelReading {
  try {
    return readIntel(text, options);
  } catch (error) {
    if (!(error instanceof IntelFormatError)) throw error;
    throw new OperatorError('DATASET_INVALID', `${file}: ${error.message}`, error.hint, {
      cause: error,
    });
  }
}

function mergeAll(
  { lists }: IntelReading,
  folder: string,
  options: Omit<MergeOptions, 'title'>,
  maxLines: number,
): ImportedList[] {
  return [...lists]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, values }]) => {
      const path = join(folder, name + LIST_SUFFIX);
      const title = `# ${name}, type ${type}. Lines above the first "#:" are yours, those below belong to intel import.`;
      const merged = mergeList(readList(path), values, { ...options, title });
      if (merged.text.split('\n').length > maxLines) {
        throw new OperatorError(
          'DATASET_INVALID',
          `${path} would have more than ${maxLines} lines`,
          'Import less, or raise the limit rules.dataset_lines',
        );
      }
      return { name, path, ...merged };
    });
}

/** In one step: a sensor that loads the list meanwhile sees the old one or the new one. */
function writeList({ path, text }: ImportedList, dataDir: string): void {
  try {
    replaceFile(path, text, { mode: 0o640, dataDir });
  } catch (error) {
    throw new OperatorError(
      'DATASET_INVALID',
      `Cannot write the list ${path}: ${errorText(error)}`,
      'Choose a folder you may write to: --into',
      { cause: error },
    );
  }
}
