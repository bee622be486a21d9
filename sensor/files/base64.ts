/**
 * Base64 (RFC 4648 section 4) read where it lies, into memory that is used again. Strict: the one alphabet, padding
 * only at the end; white space between the letters passes, as old clients wrap lines.
 */

const NO_DIGIT = -1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Value of a letter, -1 for a byte that is none. */
const DIGITS = new Int8Array(256).fill(NO_DIGIT);
for (let value = 0; value < ALPHABET.length; value++) DIGITS[ALPHABET.charCodeAt(value)] = value;

const [TAB, LINE_FEED, RETURN, SPACE, EQUALS] = [0x09, 0x0a, 0x0d, 0x20, 0x3d];

export class Base64Decoder {
  /** What the latest call decoded stands in its first `length` bytes. */
  readonly bytes: Uint8Array;
  length = 0;

  /** `longest`: characters of the longest text; the rest of a longer one is not read. */
  constructor(longest: number) {
    this.bytes = new Uint8Array(Math.ceil(longest / 4) * 3);
  }

  /** Decode a text. @returns false when it is no base64 from somewhere on: `length` bytes before that are. */
  decode(memory: Uint8Array, offset: number, length: number): boolean {
    const { bytes } = this;
    const longest = Math.floor(bytes.length / 3) * 4;
    const end = offset + Math.min(length, longest);
    let isSound = length <= longest;
    let at = offset;
    let out = 0;
    let count = 0;
    let value = 0;
    let padding = 0;
    while (at < end) {
      // Letters alone, four at a time.
      for (; count === 0 && padding === 0 && at + 4 <= end; at += 4, out += 3) {
        const a = DIGITS[memory[at] as number] as number;
        const b = DIGITS[memory[at + 1] as number] as number;
        const c = DIGITS[memory[at + 2] as number] as number;
        const d = DIGITS[memory[at + 3] as number] as number;
        if ((a | b | c | d) < 0) break;
        bytes[out] = (a << 2) | (b >> 4);
        bytes[out + 1] = (b << 4) | (c >> 2);
        bytes[out + 2] = (c << 6) | d;
      }
      if (at >= end) break;
      const byte = memory[at] as number;
      const digit = DIGITS[byte] as number;
      if (digit >= 0 && padding === 0) {
        value = (value << 6) | digit;
        if (++count === 4) {
          bytes[out++] = value >> 16;
          bytes[out++] = value >> 8;
          bytes[out++] = value;
          count = 0;
          value = 0;
        }
      } else if (byte === EQUALS) {
        padding++;
      } else if (!isSpace(byte)) {
        isSound = false;
        break;
      }
      at++;
    }
    // Two letters left are one byte, three are two.
    if (count >= 2) bytes[out++] = count === 2 ? value >> 4 : value >> 10;
    if (count === 3) bytes[out++] = value >> 2;
    this.length = out;
    return isSound && count !== 1 && isPadded(count, padding);
  }
}

/** Padding may be left out, but it fills the last four letters where it stands. */
function isPadded(count: number, padding: number): boolean {
  return padding === 0 || (padding <= 2 && count + padding === 4);
}

export function isBase64Letter(byte: number): boolean {
  return (DIGITS[byte] as number) >= 0;
}

/** White space of XML. */
export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB;
}
