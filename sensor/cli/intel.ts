/** `intel import`: threat intelligence into the operator's lists, with a report of what was left out and why. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
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
  parseExpiry,
  readIntel,
  type IntelFormat,
  type IntelOptions,
  type IntelPurpose,
  type IntelReading,
  type MergeOptions,
} from '../rules/index.ts';
import { jsonReport, textReport, type ImportedList } from './intel-report.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';

interface ImportOptions extends SharedOptions {
  readonly format: IntelFormat | 'auto';
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

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

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
  addConfigOptions(command).action((file: string, options: ImportOptions) => {
    const config = configFrom(options);
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
    if (options.dryRun !== true) for (const list of lists) writeList(list);
    const report = { reading, lists, folder, isDryRun: options.dryRun ?? false, ...merging };
    io.out(options.json === true ? jsonReport(report) : textReport(report, io.columns));
    const found = lists.length + reading.refused.length;
    if (found === 0 && reading.bad.length > 0) {
      throw new OperatorError(
        'DATASET_INVALID',
        `${file} holds no value that could be read`,
        'Name the kind of file: --format',
      );
    }
  });
}

/** A list of bare domains does not tell that they are servers; its usual names do. */
function isJabberSpam(file: string, format: ImportOptions['format']): boolean {
  return format === 'auto' && /^(?:jabberspam.*|blacklist\.txt)$/i.test(basename(file));
}

function readText(file: string, maxBytes: number): string {
  try {
    if (file !== '-' && statSync(file).size > maxBytes) {
      throw new OperatorError(
        'DATASET_INVALID',
        `${file} is larger than ${maxBytes} bytes`,
        'Split the file, or raise the limit rules.file_bytes',
      );
    }
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      'INPUT_UNREADABLE',
      `Cannot read ${file}: ${errorText(error)}`,
      'Check the path',
      { cause: error },
    );
  }
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

/** `30` or `30d` days from now, or a date. */
function expiryOf(text: string, nowMs: number): number {
  const days = /^(\d{1,5})d?$/.exec(text)?.[1];
  const time = days === undefined ? parseExpiry(text) : nowMs + Number(days) * DAY_MS;
  if (time !== undefined && time > nowMs && time < nowMs + MAX_DAYS * DAY_MS) {
    // Whole days: values of one import belong into one block.
    return days === undefined ? time : Math.ceil(time / DAY_MS) * DAY_MS;
  }
  throw new OperatorError(
    'USAGE',
    `--expires ${text} is no time in the future`,
    'Write a number of days, or a date such as 2027-01-31',
  );
}

/** A name as one word of a `#:` line. */
function wordOf(text: string): string {
  return text
    .trim()
    .replaceAll(/[^\p{L}\p{N}._:/+-]+/gu, '-')
    .slice(0, 128);
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

function readList(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new OperatorError(
      'INPUT_UNREADABLE',
      `Cannot read the list ${path}: ${errorText(error)}`,
      'Check its rights',
      { cause: error },
    );
  }
}

/** In one step: a sensor that loads the list meanwhile sees the old one or the new one. */
function writeList({ path, text }: ImportedList): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o750 });
    writeFileSync(temporary, text, { mode: 0o640 });
    renameSync(temporary, path);
  } catch (error) {
    throw new OperatorError(
      'DATASET_INVALID',
      `Cannot write the list ${path}: ${errorText(error)}`,
      'Choose a folder you may write to: --into',
      { cause: error },
    );
  }
}
