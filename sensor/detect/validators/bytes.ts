/** Byte classes the validators share. A table look-up instead of six comparisons per byte. */

const DIGIT = 1;
const LOWER = 2;
const UPPER = 4;

const CLASS = new Uint8Array(256);
for (let byte = 0x30; byte <= 0x39; byte++) CLASS[byte] = DIGIT;
for (let byte = 0x41; byte <= 0x5a; byte++) CLASS[byte] = UPPER;
for (let byte = 0x61; byte <= 0x7a; byte++) CLASS[byte] = LOWER;

/** ASCII digit? `byte` may be undefined: beyond the text is no digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && CLASS[byte] === DIGIT;
}

export function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && CLASS[byte] === UPPER;
}

export function isLower(byte: number | undefined): boolean {
  return byte !== undefined && CLASS[byte] === LOWER;
}

/** ASCII letter, digit or underscore: what `\b` of an expression calls a word character. */
export function isWord(byte: number | undefined): boolean {
  return byte !== undefined && (CLASS[byte] !== 0 || byte === 0x5f);
}

export function isAlphanumeric(byte: number | undefined): boolean {
  return byte !== undefined && CLASS[byte] !== 0;
}

export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** ASCII letters to lower case, every other byte as it is. */
export function lowerCase(byte: number): number {
  return CLASS[byte] === UPPER ? byte + 32 : byte;
}

/**
 * Does `needle` (lower-case ASCII) stand somewhere in `text[start..end)`, in either case?
 * Quadratic in the worst case, so only for short needles and short stretches.
 */
export function includesNocase(
  text: Uint8Array,
  start: number,
  end: number,
  needle: Uint8Array,
): boolean {
  const last = end - needle.length;
  for (let i = start; i <= last; i++) {
    let k = 0;
    while (k < needle.length && lowerCase(text[i + k] as number) === needle[k]) k++;
    if (k === needle.length) return true;
  }
  return false;
}

const encoder = new TextEncoder();

/** Words of a table as lower-case bytes, for includesNocase. */
export function wordList(...words: readonly string[]): readonly Uint8Array[] {
  return words.map((word) => encoder.encode(word));
}

/** Words of a table to be found all at once: one pass over the text, in either case. */
export class WordSet {
  /** By first byte, in either case. */
  readonly #byFirst: (readonly Uint8Array[] | undefined)[];

  constructor(words: readonly Uint8Array[]) {
    this.#byFirst = Array.from({ length: 256 }, (_, byte) => {
      const own = words.filter((word) => word[0] === lowerCase(byte));
      return own.length === 0 ? undefined : own;
    });
  }

  /** Does one of them stand in `text[start..end)`? */
  isIn(text: Uint8Array, start: number, end: number): boolean {
    for (let i = start; i < end; i++) {
      const words = this.#byFirst[text[i] as number];
      if (words === undefined) continue;
      for (const word of words) if (startsWith(text, i, end, word)) return true;
    }
    return false;
  }
}

function startsWith(text: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false;
  for (let k = 1; k < word.length; k++) {
    if (lowerCase(text[at + k] as number) !== word[k]) return false;
  }
  return true;
}

/** Position of `byte` in `text[start..end)`, -1 when it is not there. */
export function indexOfByte(text: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (text[i] === byte) return i;
  return -1;
}

/** Is `text[start..end)` the same as `word` (lower-case ASCII), in either case? */
export function equalsNocase(
  text: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
): boolean {
  return end - start === word.length && includesNocase(text, start, end, word);
}

/** Membership of ASCII characters: `set[byte] === 1`; bytes from 0x80 are in no set. */
export function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}
