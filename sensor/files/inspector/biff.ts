/**
 * Numbers in sheets of Excel 97-2003 (MS-XLS 2.4): text is found as runs of characters, but a number is 8 bytes of
 * floating point, or 4 of which two bits say how to read it.
 */
import { u16le, u32le } from '../../core/index.ts';

const NUMBER = 0x0203;
const RK = 0x027e;
const MULTIPLE_RK = 0x00bd;
const FORMULA = 0x0006;
/** Upper bytes of a result that is no number. */
const NO_NUMBER = 0xffff;
const CHARS_MAX = 24;

/** Values of the cells, a row a line, at most `limit` bytes. */
export function sheetNumbers(stream: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const pieces: string[] = [];
  let length = 0;
  let lastRow = 0;
  const put = (row: number, value: number): void => {
    pieces.push(row === lastRow ? '\t' : '\n', words(value));
    lastRow = row;
    length += CHARS_MAX;
  };
  for (let at = 0; at + 4 <= stream.length && length < limit;) {
    const type = u16le(stream, at);
    const size = u16le(stream, at + 2);
    const body = at + 4;
    at = body + size;
    if (at > stream.length) break;
    if (type === NUMBER && size >= 14) put(u16le(stream, body), view.getFloat64(body + 6, true));
    else if (type === RK && size >= 10) put(u16le(stream, body), rkNumber(u32le(stream, body + 6)));
    else if (type === MULTIPLE_RK)
      for (let cell = body + 4; cell + 6 <= at - 2; cell += 6)
        put(u16le(stream, body), rkNumber(u32le(stream, cell + 2)));
    else if (type === FORMULA && size >= 14 && u16le(stream, body + 12) !== NO_NUMBER)
      put(u16le(stream, body), view.getFloat64(body + 6, true));
  }
  return Buffer.from(pieces.join('')).subarray(0, limit);
}

const WORD = new DataView(new ArrayBuffer(8));

/** 30 bits of an integer, or the upper 30 of a float; the lowest bit means hundredths. */
function rkNumber(rk: number): number {
  let value: number;
  if ((rk & 2) !== 0) value = (rk | 0) >> 2;
  else {
    WORD.setUint32(4, 0);
    WORD.setUint32(0, rk & 0xfffffffc);
    value = WORD.getFloat64(0);
  }
  return (rk & 1) !== 0 ? value / 100 : value;
}

/** Long numbers in full: a card number is one. */
function words(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? value.toFixed(0) : String(value);
}
