/** Cells of Excel's sheets (ECMA-376 part 1 section 18.3), a row a line, so that a number stands beside its words. */
import { asBuffer, latin1 } from './bytes.ts';
import { markupText } from './markup.ts';

const STRINGS_MAX = 1_000_000;
const CELL_BYTES = 32 * 1024;
/** Where the root element begins: behind the declaration and comments. */
const HEAD_BYTES = 4096;
/** Excel writes long numbers with an exponent: a card number must not hide in one. */
const EXPONENT = /^-?\d(?:\.\d+)?E\+?\d{1,2}$/i;

/** The strings that sheets point to, as one character a byte (UTF-8 within). */
export function sharedStrings(xml: Uint8Array, limit: number): string[] {
  const source = asBuffer(xml);
  const prefix = prefixOf(source, 'sst');
  const strings: string[] = [];
  let length = 0;
  let at = source.indexOf(`<${prefix}si`);
  while (at !== -1 && strings.length < STRINGS_MAX && length < limit) {
    const end = source.indexOf(`</${prefix}si>`, at);
    if (end === -1) break;
    const text = plain(source.subarray(at, end));
    strings.push(text);
    length += text.length;
    at = source.indexOf(`<${prefix}si`, end);
  }
  return strings;
}

export function sheetText(xml: Uint8Array, strings: readonly string[], limit: number): Uint8Array {
  const source = asBuffer(xml);
  const prefix = prefixOf(source, 'worksheet');
  const lines: string[] = [];
  let cells: string[] = [];
  let length = 0;
  let at = 0;
  let rowEnd = nextRowEnd(source, prefix, 0);
  while (length < limit) {
    const open = nextCell(source, prefix, at);
    if (open === -1) break;
    while (open > rowEnd) {
      if (cells.length > 0) lines.push(cells.join('\t'));
      cells = [];
      rowEnd = nextRowEnd(source, prefix, rowEnd);
    }
    const tagEnd = source.indexOf(0x3e, open);
    if (tagEnd === -1) break;
    at = tagEnd + 1;
    if (source[tagEnd - 1] === 0x2f) continue;
    const close = source.indexOf(`</${prefix}c>`, tagEnd);
    if (close === -1) break;
    const attributes = latin1(source, open, Math.min(tagEnd, open + 300));
    const cell = cellText(source.subarray(tagEnd + 1, close), prefix, attributes, strings);
    at = close + 4;
    if (cell === '') continue;
    cells.push(cell);
    length += cell.length + 1;
  }
  if (cells.length > 0) lines.push(cells.join('\t'));
  // What stands outside of cells: headers and footers of the print, for one.
  const rest = source.indexOf(`</${prefix}sheetData>`);
  const footer = rest === -1 ? '' : plain(source.subarray(rest, rest + CELL_BYTES));
  return Buffer.from(`${lines.join('\n')}\n${footer}`, 'latin1').subarray(0, limit);
}

/** The prefix of the root's namespace with its colon, as some programs write it (`x:`); '' for none. */
function prefixOf(source: Buffer, root: string): string {
  const head = latin1(source, 0, HEAD_BYTES);
  return new RegExp(`<([\\w.-]{1,32}:)${root}[\\s>]`).exec(head)?.[1] ?? '';
}

function nextRowEnd(source: Buffer, prefix: string, from: number): number {
  const end = source.indexOf(`</${prefix}row>`, from + 1);
  return end === -1 ? source.length : end;
}

/** The next `<c ...>` or `<c>`; elements whose name goes on are others. */
function nextCell(source: Buffer, prefix: string, from: number): number {
  const tag = `<${prefix}c`;
  let open = source.indexOf(tag, from);
  while (open !== -1 && (source[open + tag.length] ?? 0) > 0x3e)
    open = source.indexOf(tag, open + 1);
  return open;
}

function cellText(
  body: Buffer,
  prefix: string,
  attributes: string,
  strings: readonly string[],
): string {
  const value = plain(valueOf(body, prefix)).trim();
  if (/\bt\s*=\s*["']s["']/.test(attributes)) return strings[Number(value)] ?? '';
  return EXPONENT.test(value) ? wholeNumber(value) : value;
}

/** Content of the value; the formula before it is code, not what is shown. */
function valueOf(body: Buffer, prefix: string): Buffer {
  const tag = `<${prefix}v>`;
  const open = body.indexOf(tag);
  const end = open === -1 ? -1 : body.indexOf(`</${prefix}v>`, open);
  return end === -1 ? body : body.subarray(open + tag.length, end);
}

function wholeNumber(value: string): string {
  const number = Number(value);
  return Number.isInteger(number) ? number.toFixed(0) : value;
}

/** Without markup; one character a byte. */
function plain(source: Buffer): string {
  const short = source.subarray(0, CELL_BYTES);
  return short.includes(0x3c) || short.includes(0x26)
    ? latin1(markupText(short, CELL_BYTES), 0, CELL_BYTES).trim()
    : short.toString('latin1');
}
