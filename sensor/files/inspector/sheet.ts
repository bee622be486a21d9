/** Cells of Excel's sheets (ECMA-376 part 1 section 18.3), a row a line, so that a number stands beside its words. */
import { asBuffer, latin1 } from './bytes.ts';
import { markupText } from './markup.ts';

const STRINGS_MAX = 1_000_000;
const CELL_BYTES = 32 * 1024;
/** Excel writes long numbers with an exponent: a card number must not hide in one. */
const EXPONENT = /^-?\d(?:\.\d+)?E\+?\d{1,2}$/i;

/** The strings that sheets point to, as one character a byte (UTF-8 within). */
export function sharedStrings(xml: Uint8Array, limit: number): string[] {
  const source = asBuffer(xml);
  const strings: string[] = [];
  let length = 0;
  let at = source.indexOf('<si');
  while (at !== -1 && strings.length < STRINGS_MAX && length < limit) {
    const end = source.indexOf('</si>', at);
    if (end === -1) break;
    const text = plain(source.subarray(at, end));
    strings.push(text);
    length += text.length;
    at = source.indexOf('<si', end);
  }
  return strings;
}

export function sheetText(xml: Uint8Array, strings: readonly string[], limit: number): Uint8Array {
  const source = asBuffer(xml);
  const lines: string[] = [];
  let cells: string[] = [];
  let length = 0;
  let at = 0;
  let rowEnd = nextRowEnd(source, 0);
  while (length < limit) {
    const open = source.indexOf('<c ', at);
    if (open === -1) break;
    while (open > rowEnd) {
      if (cells.length > 0) lines.push(cells.join('\t'));
      cells = [];
      rowEnd = nextRowEnd(source, rowEnd);
    }
    const tagEnd = source.indexOf(0x3e, open);
    if (tagEnd === -1) break;
    at = tagEnd + 1;
    if (source[tagEnd - 1] === 0x2f) continue;
    const close = source.indexOf('</c>', tagEnd);
    if (close === -1) break;
    const attributes = latin1(source, open, Math.min(tagEnd, open + 300));
    const cell = cellText(source.subarray(tagEnd + 1, close), attributes, strings);
    at = close + 4;
    if (cell === '') continue;
    cells.push(cell);
    length += cell.length + 1;
  }
  if (cells.length > 0) lines.push(cells.join('\t'));
  // What stands outside of cells: headers and footers of the print, for one.
  const rest = source.indexOf('</sheetData>');
  const footer = rest === -1 ? '' : plain(source.subarray(rest, rest + CELL_BYTES));
  return Buffer.from(`${lines.join('\n')}\n${footer}`, 'latin1').subarray(0, limit);
}

function nextRowEnd(source: Buffer, from: number): number {
  const end = source.indexOf('</row>', from + 1);
  return end === -1 ? source.length : end;
}

function cellText(body: Buffer, attributes: string, strings: readonly string[]): string {
  const value = plain(valueOf(body)).trim();
  if (/\bt\s*=\s*["']s["']/.test(attributes)) return strings[Number(value)] ?? '';
  return EXPONENT.test(value) ? wholeNumber(value) : value;
}

/** Content of the value; the formula before it is code, not what is shown. */
function valueOf(body: Buffer): Buffer {
  const open = body.indexOf('<v>');
  const end = open === -1 ? -1 : body.indexOf('</v>', open);
  return end === -1 ? body : body.subarray(open + 3, end);
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
