/** What `intel import` reads, and how its options are meant. */
import { readFileSync, statSync } from 'node:fs';
import { OperatorError, errorText } from '../core/index.ts';
import { parseExpiry } from '../rules/index.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** A file of values, or standard input. Throws OperatorError. */
export function readText(file: string, maxBytes: number): string {
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

/** `30` or `30d` days from now, or a date. */
export function expiryOf(text: string, nowMs: number): number {
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
export function wordOf(text: string): string {
  return text
    .trim()
    .replaceAll(/[^\p{L}\p{N}._:/+-]+/gu, '-')
    .slice(0, 128);
}

/** A list as it is, '' when there is none. Throws OperatorError INPUT_UNREADABLE. */
export function readList(path: string): string {
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
