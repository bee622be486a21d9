/**
 * Text of XML and HTML without a parser: hostile documents are not well-formed on purpose, and every reader shows
 * them nevertheless. Tags become blanks (or nothing, within a word), the five entities of XML and numbers become
 * characters, and no entity a document defines is ever expanded.
 */
import { asBuffer } from './bytes.ts';

/** Element names (local, small letters) that end a line or a cell; others may stand inside a word. */
const BREAKS: ReadonlySet<string> = new Set(
  (
    'p br tr td th li div h h1 h2 h3 h4 h5 h6 tab cr row c v si table table-cell table-row line-break list-item ' +
    'title subject creator description keywords lastmodifiedby company manager author text-box cell entry section ' +
    'item option dt dd pre blockquote header footer comment txbody sp noteref'
  ).split(' '),
);
/** Elements whose content is no text to read, but is looked at as it stands. */
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
const TAG_NAME = /^\/?(?:[\w.-]+:)?([\w.-]+)/;

/** Text of `markup` (UTF-8), at most `limit` bytes of it. Attribute values that hold text are kept too. */
export function markupText(markup: Uint8Array, limit: number): Uint8Array {
  const source = asBuffer(markup);
  const pieces: Buffer[] = [];
  let length = 0;
  const keep = (piece: Buffer): void => {
    pieces.push(piece);
    length += piece.length;
  };
  let at = 0;
  while (at < source.length && length < limit) {
    const open = source.indexOf(0x3c, at);
    const end = open === -1 ? source.length : open;
    if (end > at) keepText(source.subarray(at, end), keep);
    if (open === -1) break;
    at = readTag(source, open, keep);
  }
  return Buffer.concat(pieces).subarray(0, limit);
}

const LINE_END = Buffer.from('\n');

/** Returns the offset behind the tag, comment or section at `open`. */
function readTag(source: Buffer, open: number, keep: (piece: Buffer) => void): number {
  if (source.toString('latin1', open, open + 9) === '<![CDATA[') {
    const end = endOf(source, ']]>', open);
    keep(source.subarray(open + 9, Math.max(open + 9, end - 3)));
    return end;
  }
  if (source.toString('latin1', open, open + 4) === '<!--') {
    const end = endOf(source, '-->', open);
    keep(source.subarray(open + 4, Math.max(open + 4, end - 3)));
    keep(LINE_END);
    return end;
  }
  const close = tagEnd(source, open);
  const inside = source.toString('latin1', open + 1, Math.min(close, open + 64));
  const name = TAG_NAME.exec(inside)?.[1]?.toLowerCase();
  if (name === undefined) {
    // A lone "<" is text; a declaration or instruction is not.
    if (inside.startsWith('!') || inside.startsWith('?')) return close;
    keep(source.subarray(open, open + 1));
    return open + 1;
  }
  if (BREAKS.has(name)) keep(LINE_END);
  return close;
}

/** Offset behind the ">" that ends a tag; one inside quotes does not. A tag that never ends is cut at the next "<". */
function tagEnd(source: Buffer, open: number): number {
  const plain = source.indexOf(0x3e, open);
  if (plain === -1) return source.length;
  let quote = 0;
  const end = Math.min(source.length, open + 8192);
  for (let i = open + 1; i < end; i++) {
    const byte = source[i];
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === 0x22 || byte === 0x27) quote = byte;
    else if (byte === 0x3e) return i + 1;
  }
  return plain + 1;
}

function endOf(source: Buffer, word: string, from: number): number {
  const at = source.indexOf(word, from, 'latin1');
  return at === -1 ? source.length : at + word.length;
}

/** Text between tags, with its entities as characters. */
function keepText(text: Buffer, keep: (piece: Buffer) => void): void {
  let at = 0;
  while (at < text.length) {
    const entity = text.indexOf(0x26, at);
    if (entity === -1) {
      keep(text.subarray(at));
      return;
    }
    if (entity > at) keep(text.subarray(at, entity));
    const end = text.subarray(entity, entity + ENTITY_CHARS).indexOf(0x3b);
    const name = end === -1 ? '' : text.toString('latin1', entity + 1, entity + end);
    const character = end === -1 ? undefined : entityText(name);
    if (character === undefined) keep(text.subarray(entity, entity + 1));
    else keep(Buffer.from(character));
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
