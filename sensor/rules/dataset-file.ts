/**
 * List files: one value a line, `#` starts a comment line. A line `#: key=value ...` is about all
 * values below it, up to the next such line: `expires=2027-01-31` says from when on they no longer
 * count, `source=`, `imported=` and `licence=` where they came from.
 *
 * Read in chunks, and counted before anything is kept: a list of ten million lines must fail at its
 * limit within moments.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
export const MAX_LINE_BYTES = 4096;
const NEWLINE = 10;
const RETURN = 13;
const HASH = 0x23;
const COLON = 0x3a;
const DAY_MS = 86_400_000;

/** What `#:` says of the values below it. */
export interface ListBlock {
  readonly source: string;
  readonly imported: string;
  readonly licence: string;
  /** From when on the values no longer count, milliseconds since the epoch; undefined: never. */
  readonly expiresMs: number | undefined;
}

export const NO_BLOCK: ListBlock = { source: '', imported: '', licence: '', expiresMs: undefined };

export interface ListLineHandler {
  /** A value: bytes of `memory`, without white space around it. False ends the reading. */
  onValue(memory: Uint8Array, start: number, end: number, line: number): boolean;
  onBlock(block: ListBlock): void;
  /** A line that can be no value (too long), or a block with a date that is none. */
  onBadLine(line: number, problem: string): boolean;
}

/** The block a `#:` line begins; a text when it says what is no date. */
export function parseBlockLine(line: string): ListBlock | string {
  const facts = new Map<string, string>();
  for (const word of line.slice(2).trim().split(/\s+/)) {
    const equals = word.indexOf('=');
    if (equals > 0) facts.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const expires = facts.get('expires');
  const expiresMs = expires === undefined ? undefined : parseExpiry(expires);
  if (expires !== undefined && expiresMs === undefined) return `expires=${expires} is no date`;
  return {
    source: facts.get('source') ?? '',
    imported: facts.get('imported') ?? '',
    licence: facts.get('licence') ?? '',
    expiresMs,
  };
}

/** `2027-01-31` (the whole day counts) or a time with its zone (RFC 3339). */
export function parseExpiry(text: string): number | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (
    !isDay &&
    !/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(
      text,
    )
  ) {
    return undefined;
  }
  const time = Date.parse(isDay ? `${text}T00:00:00Z` : text.toUpperCase());
  // The calendar of Date takes the 31st of April for the 1st of May.
  if (Number.isNaN(time) || (isDay && new Date(time).toISOString().slice(0, 10) !== text)) {
    return undefined;
  }
  return isDay ? time + DAY_MS : time;
}

/** The same time as `parseExpiry` reads it: a day where it ends with one. */
export function formatExpiry(ms: number): string {
  const text = new Date(ms % DAY_MS === 0 ? ms - DAY_MS : ms).toISOString();
  return ms % DAY_MS === 0 ? text.slice(0, 10) : text.replace(/\.000Z$/, 'Z');
}

/**
 * Reads a list. Answers false when it has more than `maxLines` lines: then nothing was told. Throws
 * what the file system throws.
 */
export function readListFile(path: string, maxLines: number, handler: ListLineHandler): boolean {
  // Opening a pipe would wait for its other end.
  const facts = statSync(path);
  if (!facts.isFile() && !facts.isDirectory()) throw new Error(`${path} is no regular file`);
  const handle = openSync(path, 'r');
  try {
    if (!hasAtMostLines(handle, maxLines)) return false;
    new ListReader(handle, handler).read();
    return true;
  } finally {
    closeSync(handle);
  }
}

function hasAtMostLines(handle: number, maxLines: number): boolean {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let lines = 0;
  let at = 0;
  let last = NEWLINE;
  for (;;) {
    const read = readSync(handle, chunk, 0, CHUNK_BYTES, at);
    if (read === 0) return lines + (last === NEWLINE ? 0 : 1) <= maxLines;
    const bytes = chunk.subarray(0, read);
    for (let i = bytes.indexOf(NEWLINE); i >= 0; i = bytes.indexOf(NEWLINE, i + 1)) lines++;
    if (lines > maxLines) return false;
    last = bytes[read - 1] as number;
    at += read;
  }
}

class ListReader {
  readonly #handle: number;
  readonly #handler: ListLineHandler;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES + MAX_LINE_BYTES + 1);
  #line = 0;
  /** Inside a line whose beginning was too long to keep. */
  #isSkipping = false;

  constructor(handle: number, handler: ListLineHandler) {
    this.#handle = handle;
    this.#handler = handler;
  }

  read(): void {
    const chunk = this.#chunk;
    let kept = 0;
    for (let at = 0; ;) {
      const read = readSync(this.#handle, chunk, kept, CHUNK_BYTES, at);
      at += read;
      const end = kept + read;
      let from = 0;
      for (;;) {
        // Behind `end` lies what earlier reads left there.
        const newline = chunk.indexOf(NEWLINE, from);
        if (newline < 0 || newline >= end) break;
        if (!this.#take(from, newline)) return;
        from = newline + 1;
      }
      if (read === 0) {
        if (end > from || this.#isSkipping) this.#take(from, end);
        return;
      }
      kept = end - from;
      if (kept > MAX_LINE_BYTES) {
        this.#isSkipping = true;
        kept = 0;
      } else chunk.copyWithin(0, from, end);
    }
  }

  #take(from: number, to: number): boolean {
    this.#line++;
    const chunk = this.#chunk;
    if (this.#isSkipping || to - from > MAX_LINE_BYTES) {
      this.#isSkipping = false;
      return this.#handler.onBadLine(this.#line, `Line is longer than ${MAX_LINE_BYTES} bytes`);
    }
    let start = from;
    let end = to;
    // A byte order mark, as some editors write one.
    if (this.#line === 1 && chunk[start] === 0xef && chunk[start + 1] === 0xbb) start += 3;
    while (start < end && isSpace(chunk[start] as number)) start++;
    while (end > start && isSpace(chunk[end - 1] as number)) end--;
    if (start >= end) return true;
    if (chunk[start] !== HASH) return this.#handler.onValue(chunk, start, end, this.#line);
    if (chunk[start + 1] !== COLON) return true;
    const block = parseBlockLine(chunk.toString('utf8', start, end));
    if (typeof block === 'string') return this.#handler.onBadLine(this.#line, block);
    this.#handler.onBlock(block);
    return true;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= RETURN);
}
