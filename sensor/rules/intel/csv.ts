/**
 * CSV with a row of column names (RFC 4180; comma, semicolon or tab). Columns are found by their usual
 * names; a file without a value column is refused with the names it has.
 */
import { parseExpiry } from '../dataset-file.ts';
import { IntelFormatError, type IntelItems, type IntelKind } from './items.ts';
import { guessKind } from './values.ts';

/** Column names of a value whose kind another column, or the value itself, tells; best first. */
const VALUE_COLUMNS = ['value', 'ioc', 'ioc_value', 'indicator', 'indicator_value', 'observable'];
const TYPE_COLUMNS = ['type', 'ioc_type', 'indicator_type', 'kind', 'attribute_type'];
const EXPIRY_COLUMNS = ['expires', 'valid_until', 'expiration', 'expiration_date', 'expiry'];
const FLAG_COLUMNS = ['to_ids'];

/** Words for kinds: names of columns, and what stands in a type column. */
const KINDS: Readonly<Record<string, IntelKind>> = {
  ...{ jid: 'jid', 'jabber-id': 'jid', jabber: 'jid', xmpp: 'jid', jabber_id: 'jid' },
  ...{
    domain: 'domain',
    hostname: 'domain',
    host: 'domain',
    fqdn: 'domain',
    'domain-name': 'domain',
  },
  ...{ server: 'server', url: 'url', uri: 'url', link: 'url' },
  ...{
    ip: 'ip',
    ipv4: 'ip',
    ipv6: 'ip',
    'ip-src': 'ip',
    'ip-dst': 'ip',
    dst_ip: 'ip',
    src_ip: 'ip',
  },
  ...{ 'ipv4-addr': 'ip', 'ipv6-addr': 'ip', ip_address: 'ip', address: 'ip', 'ip:port': 'ip' },
  ...{ md5: 'md5', md5_hash: 'md5', sha256: 'sha256', 'sha-256': 'sha256', sha256_hash: 'sha256' },
  ...{ rtbl: 'rtbl' },
};

export const DELIMITERS = [',', ';', '\t'] as const;
const MAX_CELLS = 256;
/** A comment that only separates; some feeds put the column names into one. */
const COMMENT = /^\s*#/;

interface Columns {
  readonly value: number;
  /** All values are of this kind; undefined: see `type`, or the value. */
  readonly kind: IntelKind | undefined;
  readonly type: number;
  readonly expires: number;
  readonly flag: number;
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Is the first row one of column names that are known? */
export function isCsv(text: string): boolean {
  const header = findHeader(text);
  return header !== undefined && header.names.length > 1;
}

/** Throws IntelFormatError when no column can hold the values. */
export function parseCsv(text: string, into: IntelItems): void {
  const header = findHeader(text);
  if (header === undefined) {
    const [first = ''] = text
      .split('\n')
      .filter((line) => line.trim() !== '' && !COMMENT.test(line));
    throw new IntelFormatError(
      `No column of values: the first row is "${first.trim().slice(0, 120)}"`,
      `name one of the columns ${[...VALUE_COLUMNS.slice(0, 3), 'jid', 'domain', 'url', 'ip', 'sha256', 'md5'].join(', ')}`,
    );
  }
  for (const row of readRows(text, header.delimiter)) {
    if (into.isFull) return;
    if (row.line <= header.line) continue;
    readRow(row, header.columns, into);
  }
}

function readRow({ cells, line }: Row, columns: Columns, into: IntelItems): void {
  const place = `line ${line}`;
  const text = (cells[columns.value] ?? '').trim();
  if (text === '') {
    if (cells.some((cell) => cell.trim() !== '')) into.fail(place, 'no value');
    return;
  }
  const flag = (cells[columns.flag] ?? '').trim().toLowerCase();
  if (flag === '0' || flag === 'false') {
    into.skip('not meant for detection (to_ids)');
    return;
  }
  const type = (cells[columns.type] ?? '').trim().toLowerCase();
  const kind = columns.kind ?? (type === '' ? guessKind(text) : kindOfWord(type));
  if (kind === undefined) {
    if (type === '') into.fail(place, 'not a value of any kind');
    else into.skip(`type ${type.slice(0, 64)}: no list holds it`);
    return;
  }
  const until = (cells[columns.expires] ?? '').trim();
  const expiresMs =
    until === '' ? undefined : parseExpiry(until.replace(' ', 'T').replace(/(T[\d:]+)$/, '$1Z'));
  if (until !== '' && expiresMs === undefined)
    into.fail(place, `"${until.slice(0, 64)}" is no date`);
  else into.add(kind, type === 'ip:port' ? text.replace(/:\d+$/, '') : text, place, expiresMs);
}

function kindOfWord(word: string): IntelKind | undefined {
  return Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
}

/** The row of column names: the first that is no comment, or the last comment before it. */
function findHeader(
  text: string,
): { columns: Columns; names: readonly string[]; delimiter: string; line: number } | undefined {
  let comment: string | undefined;
  let line = 0;
  for (const raw of text.split('\n', 200)) {
    line++;
    if (raw.trim() === '') continue;
    if (COMMENT.test(raw)) {
      comment = raw.replace(COMMENT, '');
      continue;
    }
    for (const [candidate, last] of [
      [raw, line],
      [comment, line - 1],
    ] as const) {
      if (candidate === undefined) continue;
      for (const delimiter of DELIMITERS) {
        const [row] = readRows(candidate, delimiter);
        const names = (row?.cells ?? []).map((cell) => cell.trim().toLowerCase());
        const columns = findColumns(names);
        if (columns !== undefined) return { columns, names, delimiter, line: last };
      }
    }
    return undefined;
  }
  return undefined;
}

function findColumns(names: readonly string[]): Columns | undefined {
  const find = (wanted: readonly string[]): number =>
    wanted.map((name) => names.indexOf(name)).find((i) => i >= 0) ?? -1;
  const rest = {
    type: find(TYPE_COLUMNS),
    expires: find(EXPIRY_COLUMNS),
    flag: find(FLAG_COLUMNS),
  };
  const value = find(VALUE_COLUMNS);
  if (value >= 0) return { ...rest, value, kind: undefined };
  const named = names.findIndex((name) => kindOfWord(name) !== undefined);
  return named < 0 ? undefined : { ...rest, value: named, kind: kindOfWord(names[named] ?? '') };
}

/** Rows with the line they start in; comments and empty lines are left out. */
export function* readRows(text: string, delimiter: string): Generator<Row> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const start = line;
    const lineEnd = endOfLine(text, at);
    if (COMMENT.test(text.slice(at, Math.min(lineEnd, at + 64)))) {
      at = lineEnd + 1;
      line++;
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      const cell = readCell(text, at, delimiter);
      line += cell.newlines;
      at = cell.end;
      if (cells.length < MAX_CELLS) cells.push(cell.text);
      if (text[at] !== delimiter) break;
      at++;
    }
    at = endOfLine(text, at) + 1;
    line++;
    if (cells.length > 1 || (cells[0] ?? '').trim() !== '') yield { cells, line: start };
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function readCell(
  text: string,
  at: number,
  delimiter: string,
): { text: string; end: number; newlines: number } {
  let from = at;
  while (text[from] === ' ') from++;
  if (text[from] !== '"') {
    let end = from;
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++;
    return { text: text.slice(from, end).replace(/\r$/, ''), end, newlines: 0 };
  }
  let value = '';
  let end = from + 1;
  for (;;) {
    const quote = text.indexOf('"', end);
    if (quote < 0) {
      // Never closed: the rest of the line is the cell, so that one slip does not take the file.
      const stop = endOfLine(text, from);
      return { text: text.slice(from, stop).replace(/\r$/, ''), end: stop, newlines: 0 };
    }
    value += text.slice(end, quote);
    end = quote + 1;
    if (text[end] !== '"') break;
    value += '"';
    end++;
  }
  const newlines = value.split('\n').length - 1;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++;
  return { text: value, end, newlines };
}
