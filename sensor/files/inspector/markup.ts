/**
 * Text of XML and HTML without a parser: hostile documents are not well-formed on purpose, and every reader shows
 * them nevertheless. Tags become blanks (or nothing, within a word), the five entities of XML and numbers become
 * characters, and no entity a document defines is ever expanded.
 */
import { asBuffer, hasAt } from './bytes.ts';

/** Element names (local, small letters) that end a line or a cell; others may stand inside a word. */
const BREAKS: ReadonlySet<string> = new Set(
  (
    'p br tr td th li div h h1 h2 h3 h4 h5 h6 tab cr row c v si table table-cell table-row line-break list-item ' +
    'title subject creator description keywords lastmodifiedby company manager author text-box cell entry section ' +
    'item option dt dd pre blockquote header footer comment txbody sp noteref'
  ).split(' '),
);
/** Entities of XML, and two of HTML that stand within words. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
};
const ENTITY_CHARS = 12;
/** A quote that opens in a tag ends within so much, or is none. */
const TAG_BYTES = 8192;
const NAME_BYTES = 64;
const BANG = 0x21;
const QUESTION = 0x3f;
const SLASH = 0x2f;
const COLON = 0x3a;

/** Text of `markup` (UTF-8), at most `limit` bytes of it. */
export function markupText(markup: Uint8Array, limit: number): Uint8Array {
  const source = asBuffer(markup);
  const text = new Text(Math.min(limit, source.length));
  let at = 0;
  while (at < source.length && !text.isFull) {
    const open = source.indexOf(0x3c, at);
    const end = open === -1 ? source.length : open;
    if (end > at) keepText(source, at, end, text);
    if (open === -1) break;
    at = readTag(source, open, text);
  }
  return text.bytes;
}

/** What is kept. It is never longer than the markup: whatever stands for a character is longer than that. */
class Text {
  readonly #memory: Buffer;
  #length = 0;

  constructor(limit: number) {
    this.#memory = Buffer.alloc(limit);
  }

  get isFull(): boolean {
    return this.#length >= this.#memory.length;
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  keep(source: Buffer, from: number, to: number): void {
    this.#length += source.copy(this.#memory, this.#length, from, to);
  }

  add(character: string): void {
    this.#length += this.#memory.write(character, this.#length);
  }
}

/** Returns the offset behind the tag, comment or section at `open`. */
function readTag(source: Buffer, open: number, text: Text): number {
  const mark = source[open + 1];
  if (mark === BANG || mark === QUESTION) {
    if (hasAt(source, open, '<![CDATA[')) return readSection(source, open, 9, ']]>', text);
    if (!hasAt(source, open, '<!--')) return tagEnd(source, open);
    const end = readSection(source, open, 4, '-->', text);
    text.add('\n');
    return end;
  }
  // The local name, behind a slash and a prefix.
  let start = mark === SLASH ? open + 2 : open + 1;
  let at = start;
  for (; at < source.length && at < open + NAME_BYTES; at++) {
    const byte = source[at] as number;
    if (byte === COLON) start = at + 1;
    else if (!isNameByte(byte)) break;
  }
  if (at === start) {
    // A lone "<" is text.
    text.keep(source, open, open + 1);
    return open + 1;
  }
  if (BREAKS.has(source.toString('latin1', start, at).toLowerCase())) text.add('\n');
  return tagEnd(source, open);
}

function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f ||
    byte === 0x2e
  );
}

/** A section or comment: what is in it is kept, some programs show it and people hide things there. */
function readSection(source: Buffer, open: number, head: number, mark: string, text: Text): number {
  const at = source.indexOf(mark, open + head, 'latin1');
  text.keep(source, open + head, at === -1 ? source.length : at);
  return at === -1 ? source.length : at + mark.length;
}

/** Offset behind the ">" that ends a tag; one inside quotes does not, unless the quote never ends. */
function tagEnd(source: Buffer, open: number): number {
  let quote = 0;
  const end = Math.min(source.length, open + TAG_BYTES);
  for (let i = open + 1; i < end; i++) {
    const byte = source[i];
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === 0x22 || byte === 0x27) quote = byte;
    else if (byte === 0x3e) return i + 1;
  }
  const plain = source.indexOf(0x3e, open);
  return plain === -1 ? source.length : plain + 1;
}

/** Text between tags, with its entities as characters. */
function keepText(source: Buffer, from: number, to: number, text: Text): void {
  let at = from;
  while (at < to) {
    const found = source.subarray(at, to).indexOf(0x26);
    const entity = found === -1 ? to : at + found;
    text.keep(source, at, entity);
    if (entity === to) return;
    const end = source.subarray(entity, Math.min(to, entity + ENTITY_CHARS)).indexOf(0x3b);
    const character =
      end === -1 ? undefined : entityText(source.toString('latin1', entity + 1, entity + end));
    if (character === undefined) text.keep(source, entity, entity + 1);
    else text.add(character);
    at = character === undefined ? entity + 1 : entity + end + 1;
  }
}

function entityText(name: string): string | undefined {
  if (!name.startsWith('#')) return NAMED[name];
  const code = /^#x/i.test(name)
    ? Number.parseInt(name.slice(2), 16)
    : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}
