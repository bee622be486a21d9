/**
 * An operator's own values (customer numbers, names of projects, addresses) from a plain list or a column of a CSV file
 * to sealed lines of a set. Nothing that leaves here holds a value: what is refused is told by its line. No I/O.
 */
import { ValueSealer, valueKey, type ValueKey } from '../value-seal.ts';
import { IN_WORD } from '../words.ts';
import { commonWords } from './common-words.ts';
import { DELIMITERS, readRows } from './csv.ts';
import { IntelFormatError } from './items.ts';

export interface OwnValueOptions {
  /** Name of a column as in the first row, or its number from 1; undefined: one value a line. */
  readonly column: string | undefined;
  /** Folding of texts (`xmpp.text_folded`): values go through the same. */
  readonly fold: (text: string) => string;
  /** Evidence key of the sensor. */
  readonly key: Uint8Array;
  /** Take values that are short or common all the same. */
  readonly isForced: boolean;
  readonly expiresMs: number | undefined;
  readonly maxItems: number;
}

export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
  /** `--force` takes it. */
  readonly isForceable: boolean;
}

export interface OwnValues {
  /** Sealed line -> when it expires. */
  readonly lines: ReadonlyMap<string, number | undefined>;
  readonly refused: readonly RefusedLine[];
  /** Values that stood in the file before, in whatever spelling. */
  readonly repeated: number;
  /** Numbers of one length that are so many that one by chance may be among them: how many, of how many digits. */
  readonly dense: readonly { readonly digits: number; readonly count: number }[];
  readonly isCut: boolean;
}

/** Fewer characters stand in too many texts; an ideograph says as much as two letters. */
const MIN_CHARS = 4;
/** A number of four digits is a year or a time of day. */
const MIN_DIGITS = 5;
const FIRST_IDEOGRAPH = 0x2e80;
/** A number by chance is in the set more often than once in so many. */
const RARE_HIT = 10_000;
/** Values a list has for its first line to be a title, and the share of them that look like numbers. */
const MIN_TITLED = 3;
const TITLED_SHARE = 0.95;
/** Rows a file is judged by. */
const LOOKED_AT = 20;

interface Cell {
  readonly text: string;
  readonly line: number;
}

/** Throws IntelFormatError when the file has no such column, or has columns and none was named. */
export function readOwnValues(text: string, options: OwnValueOptions): OwnValues {
  const source = text.replace(/^\ufeff/, '');
  const sealer = new ValueSealer(options.key);
  const common = commonWords(options.fold);
  const encoder = new TextEncoder();
  const lines = new Map<string, number | undefined>();
  const refused: RefusedLine[] = [];
  const digits = new Map<number, number>();
  let first: { readonly sealed: string; readonly line: number; readonly holds: number } | undefined;
  let numbered = 0;
  let repeated = 0;
  let isCut = false;
  const cells =
    options.column === undefined ? plainCells(source) : csvCells(source, options.column);
  for (const cell of cells) {
    if (lines.size >= options.maxItems) {
      isCut = true;
      break;
    }
    const key = valueKey(encoder.encode(options.fold(cell.text)));
    if (typeof key === 'string') {
      refused.push({ line: cell.line, reason: key, isForceable: false });
      continue;
    }
    const reason = options.isForced ? undefined : commonness(key, common);
    if (reason !== undefined) {
      refused.push({ line: cell.line, reason, isForceable: true });
      continue;
    }
    const sealed = sealer.seal(key);
    first ??= { sealed, line: cell.line, holds: key.holds };
    if (key.holds !== IN_WORD.letter) numbered++;
    if (lines.has(sealed)) repeated++;
    else if (key.holds === IN_WORD.digit) {
      digits.set(key.bytes.length, (digits.get(key.bytes.length) ?? 0) + 1);
    }
    lines.set(sealed, options.expiresMs);
  }
  if (!options.isForced && first?.holds === IN_WORD.letter && isTitle(numbered, lines.size)) {
    lines.delete(first.sealed);
    refused.unshift({
      line: first.line,
      reason: 'looks like the name of the column',
      isForceable: true,
    });
  }
  const dense = [...digits]
    .filter(([length, count]) => count * RARE_HIT > 10 ** length)
    .map(([length, count]) => ({ digits: length, count }))
    .sort((a, b) => a.digits - b.digits);
  return { lines, refused, repeated, dense, isCut };
}

/** The first value has no digit and (nearly) all others have. */
function isTitle(numbered: number, all: number): boolean {
  return all > MIN_TITLED && numbered >= TITLED_SHARE * (all - 1);
}

/** Why a value would be found in texts that do not speak of it; undefined when it would not. */
function commonness({ bytes, holds }: ValueKey, common: ReadonlySet<string>): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  let weight = 0;
  for (const character of text) {
    weight += (character.codePointAt(0) as number) >= FIRST_IDEOGRAPH ? 2 : 1;
  }
  if (weight < MIN_CHARS) return `shorter than ${MIN_CHARS} characters`;
  if (holds === IN_WORD.digit && bytes.length < MIN_DIGITS) {
    return `a number of fewer than ${MIN_DIGITS} digits`;
  }
  if (new Set(text).size === 1) return 'one character repeated';
  return common.has(text) ? 'a common word' : undefined;
}

function* plainCells(text: string): Generator<Cell> {
  refuseColumns(text);
  let line = 0;
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    line++;
    const value = text.slice(from, end).trim();
    if (value !== '' && !value.startsWith('#')) yield { text: value, line };
    from = end + 1;
  }
}

/** A table taken for a list would make values of whole rows. */
function refuseColumns(text: string): void {
  const head = text.split('\n', LOOKED_AT).join('\n');
  const isTable = DELIMITERS.some((delimiter) => {
    const [cells = 1, ...others] = [...readRows(head, delimiter)].map((row) => row.cells.length);
    return cells > 1 && others.length > 0 && others.every((count) => count === cells);
  });
  if (!isTable) return;
  throw new IntelFormatError(
    'The lines of this file have columns',
    'say which one holds the values: --column NAME, or its number from 1',
  );
}

function* csvCells(text: string, column: string): Generator<Cell> {
  const [first = ''] = text
    .split('\n', LOOKED_AT)
    .filter((line) => line.trim() !== '' && !/^\s*#/.test(line));
  const delimiter = DELIMITERS.reduce((best, each) =>
    first.split(each).length > first.split(best).length ? each : best,
  );
  let index = -1;
  for (const { cells, line } of readRows(text, delimiter)) {
    if (index < 0) {
      index = columnOf(cells, column);
      // A column that is named has its name in the first row; of one that is counted nobody knows.
      if (!/^\d+$/.test(column)) continue;
    }
    const value = (cells[index] ?? '').trim();
    if (value !== '') yield { text: value, line };
  }
}

/** The first row may hold values: the error does not show it. */
function columnOf(cells: readonly string[], column: string): number {
  const index = /^\d+$/.test(column)
    ? Number(column) - 1
    : cells.findIndex((cell) => cell.trim().toLowerCase() === column.trim().toLowerCase());
  if (index >= 0 && index < cells.length) return index;
  throw new IntelFormatError(
    `The first row has no column "${column}"`,
    `it has ${cells.length}: give the name as it stands in the first row, or the number from 1`,
  );
}
