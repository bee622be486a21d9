/**
 * Text in its encodings: is it text, and which characters are its bytes? What says so is, in this order: a byte order
 * mark, valid UTF-8, the zeros of UTF-16 and UTF-32, and last how letters are spread over the upper half of an 8-bit
 * code. A wrong guess among 8-bit codes costs the letters beyond ASCII only: numbers and Latin words are the same.
 */
import { asBuffer, NOTHING } from './bytes.ts';
import { shortMultibyte } from './short-multibyte.ts';

export interface DecodedText {
  /** As UTF-8, without byte order mark. */
  readonly text: Uint8Array;
  /** Name of the encoding for people: "UTF-16LE". */
  readonly encoding: string;
}

/** Bytes looked at to decide; text that is no text further on is still searched as what it began as. */
const SAMPLE_BYTES = 16 * 1024;
/** Control characters that are no part of text, in thousandths of the sample. */
const CONTROLS_PER_MILLE = 5;
/** Of the units of UTF-16 text most lie in one block of 256 characters, or in two. */
const SHARE_OF_BLOCK = 0.7;
const CHUNK_BYTES = 64 * 1024;

/** Undefined when the bytes are no text. `limit` is of the UTF-8 text, in bytes. */
export function decodeText(bytes: Uint8Array, limit: number): DecodedText | undefined {
  const encoding = encodingOf(bytes);
  if (encoding === undefined) return undefined;
  const body = bytes.subarray(encoding.mark);
  if (encoding.name === 'ASCII' || encoding.name === 'UTF-8')
    return { text: body.subarray(0, limit), encoding: encoding.name };
  const text =
    encoding.label === 'utf-32'
      ? decodeUtf32(body, encoding.isBig, limit)
      : decode(body, encoding.label, limit);
  return { text, encoding: encoding.name };
}

interface Encoding {
  readonly name: string;
  /** Of TextDecoder; 'utf-32' is decoded here. */
  readonly label: string;
  /** Length of the byte order mark. */
  readonly mark: number;
  readonly isBig: boolean;
}

function known(name: string, label: string, mark = 0, isBig = false): Encoding {
  return { name, label, mark, isBig };
}

function encodingOf(bytes: Uint8Array): Encoding | undefined {
  const [a, b, c, d] = bytes;
  if (bytes.length === 0) return undefined;
  if (a === 0xff && b === 0xfe && c === 0 && d === 0 && bytes.length >= 8)
    return known('UTF-32LE', 'utf-32', 4);
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return known('UTF-32BE', 'utf-32', 4, true);
  if (a === 0xef && b === 0xbb && c === 0xbf) return known('UTF-8', 'utf-8', 3);
  if (a === 0xff && b === 0xfe && isUtf16(bytes.subarray(2), 1))
    return known('UTF-16LE', 'utf-16le', 2);
  if (a === 0xfe && b === 0xff && isUtf16(bytes.subarray(2), 0))
    return known('UTF-16BE', 'utf-16be', 2, true);
  return encodingByBytes(bytes.subarray(0, SAMPLE_BYTES), bytes.length > SAMPLE_BYTES);
}

function encodingByBytes(sample: Uint8Array, isCut: boolean): Encoding | undefined {
  const seen = countBytes(sample);
  if (seen.zeros === 0) {
    if (seen.controls * 1000 > sample.length * CONTROLS_PER_MILLE) return undefined;
    if (seen.high === 0) return known('ASCII', 'utf-8');
    if (isUtf8(sample, isCut)) return known('UTF-8', 'utf-8');
  }
  if (sample.length >= 8 && isUtf32(sample, false)) return known('UTF-32LE', 'utf-32');
  if (sample.length >= 8 && isUtf32(sample, true)) return known('UTF-32BE', 'utf-32', 0, true);
  if (hasPairsOfText(sample, 1)) return known('UTF-16LE', 'utf-16le');
  if (hasPairsOfText(sample, 0)) return known('UTF-16BE', 'utf-16be', 0, true);
  return seen.zeros === 0 ? (eightBit(sample, seen.high) ?? multibyte(sample, isCut)) : undefined;
}

function countBytes(sample: Uint8Array): { zeros: number; controls: number; high: number } {
  let zeros = 0;
  let controls = 0;
  let high = 0;
  for (const byte of sample) {
    if (byte >= 0x80) high++;
    else if (byte === 0) zeros++;
    else if (isControl(byte)) controls++;
  }
  return { zeros, controls, high };
}

/** Below the blank, and no tab, line end, form feed, backspace or escape. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && (byte < 0x08 || byte > 0x0d) && byte !== 0x1b) || byte === 0x7f;
}

/** Valid but for a character cut at the end of the sample. */
function isUtf8(sample: Uint8Array, isCut: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: isCut });
    return true;
  } catch {
    // The file itself may be cut inside a character, too.
    return !isCut && sample.length > 64 && isUtf8(sample.subarray(0, -1), true);
  }
}

/** After a byte order mark: few control characters are enough. `high` is the place of the upper byte in a pair. */
function isUtf16(bytes: Uint8Array, high: 0 | 1): boolean {
  const end = Math.min(bytes.length, SAMPLE_BYTES) & ~1;
  let odd = 0;
  for (let i = 0; i < end; i += 2) {
    const unit = ((bytes[i + high] as number) << 8) | (bytes[i + 1 - high] as number);
    if (unit < 0x80 ? unit === 0 || isControl(unit) : unit === 0xffff || unit === 0xfffe) odd++;
  }
  return odd * 200 <= end;
}

/** Without one: nearly all upper bytes must be the same one or two, and the characters be letters and the like. */
function hasPairsOfText(sample: Uint8Array, high: 0 | 1): boolean {
  const units = sample.length >> 1;
  if (units < 8 || !isUtf16(sample, high)) return false;
  const blocks = new Uint32Array(256);
  let letters = 0;
  for (let i = 0; i < units * 2; i += 2) {
    const block = sample[i + high] as number;
    const low = sample[i + 1 - high] as number;
    blocks[block] = (blocks[block] as number) + 1;
    if (block === 0 ? isLetterOrBlank(low) : block === 0x04 || block === 0x03) letters++;
  }
  // Latin, Greek and Cyrillic; blanks and digits of any script are in the first block.
  return (blocks[0] ?? 0) > units / 20 && letters > units * SHARE_OF_BLOCK;
}

function isLetterOrBlank(byte: number): boolean {
  const lower = byte | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte <= 0x20 ||
    byte >= 0xc0
  );
}

function isUtf32(sample: Uint8Array, isBig: boolean): boolean {
  const end = sample.length & ~3;
  for (let i = 0; i < end; i += 4) {
    const top = sample[isBig ? i : i + 3] as number;
    const plane = sample[isBig ? i + 1 : i + 2] as number;
    const upper = sample[isBig ? i + 2 : i + 1] as number;
    const low = sample[isBig ? i + 3 : i] as number;
    if (top !== 0 || plane > 0x10 || (plane === 0 && upper === 0 && (low === 0 || isControl(low))))
      return false;
  }
  return true;
}

/**
 * Upper half of an 8-bit code. Small Cyrillic letters are 0xE0-0xFF in windows-1251 and 0xC0-0xDF in KOI8-R, and
 * make up most of a Cyrillic text; in Western text such bytes are few and stand between ASCII letters.
 */
function eightBit(sample: Uint8Array, high: number): Encoding | undefined {
  let ascii = 0;
  let upperRow = 0;
  let lowerRow = 0;
  let odd = 0;
  for (const byte of sample) {
    if (byte < 0x80) {
      if (isLetterOrBlank(byte) && byte > 0x20) ascii++;
    } else if (byte >= 0xe0) upperRow++;
    else if (byte >= 0xc0) lowerRow++;
    else if (byte < 0xa0) odd++;
  }
  const letters = upperRow + lowerRow;
  // Compressed bytes are spread evenly: text holds its letters in the two upper rows, with hardly any between.
  if (odd * 4 > high || letters * 2 < high) return undefined;
  if (letters > ascii) {
    return upperRow >= lowerRow ? known('windows-1251', 'windows-1251') : known('KOI8-R', 'koi8-r');
  }
  return letters * 3 <= ascii || sample.length < 64
    ? known('windows-1252', 'windows-1252')
    : undefined;
}

/** Codes of East Asia. Which of them is often unclear; what is ASCII is the same in all. */
const MULTIBYTE = ['shift_jis', 'gb18030', 'euc-kr', 'big5'];
/** Compressed bytes as long as this hold zeros or control characters. */
const SURE_BYTES = 256;

function multibyte(sample: Uint8Array, isCut: boolean): Encoding | undefined {
  if (sample.length < SURE_BYTES) {
    const label = shortMultibyte(sample);
    return label === undefined ? undefined : known(label, label);
  }
  for (const label of MULTIBYTE) {
    try {
      new TextDecoder(label, { fatal: true }).decode(sample, { stream: isCut });
      return known(label, label);
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** In chunks, so that a limit is kept without decoding all. */
function decode(bytes: Uint8Array, label: string, limit: number): Uint8Array {
  const decoder = new TextDecoder(label);
  const pieces: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length && length < limit; at += CHUNK_BYTES) {
    const piece = Buffer.from(
      decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }),
    );
    length += piece.length;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).subarray(0, limit);
}

function decodeUtf32(bytes: Uint8Array, isBig: boolean, limit: number): Uint8Array {
  const count = Math.min(bytes.length >> 2, limit);
  if (count === 0) return NOTHING;
  const source = asBuffer(bytes);
  const pieces: string[] = [];
  for (let i = 0; i < count; i++) {
    const code = isBig ? source.readUInt32BE(i * 4) : source.readUInt32LE(i * 4);
    pieces.push(code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');
  }
  return Buffer.from(pieces.join('')).subarray(0, limit);
}
