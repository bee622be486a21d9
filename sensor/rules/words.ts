/**
 * The words of folded text (`xmpp.text_folded`, or what was folded the same way), on bytes in place: runs of letters and
 * digits. An `@` between two of them is part of the word, an ideograph or kana is a word by itself, since nothing
 * separates them. Punctuation and white space only say whether two words may be parts of one value.
 */

/** What stands in a word; a set of bits. */
export const IN_WORD = { digit: 1, letter: 2, at: 4 } as const;

const KIND = { breaker: 0, digit: 1, letter: 2, space: 3, joiner: 4, dot: 5, at: 6, wide: 7 } as const;

const KINDS = new Uint8Array(256);
for (let byte = 0x80; byte < 256; byte++) KINDS[byte] = KIND.wide;
for (let byte = 0x30; byte <= 0x39; byte++) KINDS[byte] = KIND.digit;
for (let byte = 0x41; byte <= 0x5a; byte++) KINDS[byte] = KINDS[byte + 32] = KIND.letter;
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) KINDS[byte] = KIND.space;
for (const character of "-_/'()&+#") KINDS[character.charCodeAt(0)] = KIND.joiner;
KINDS[0x2e] = KINDS[0x3a] = KIND.dot;
KINDS[0x40] = KIND.at;

/** More than that between two words, and they are not one value: a line break with its indentation passes. */
const MAX_GAP_BYTES = 8;
/** The same where punctuation stands in it: ` - `, `) `. */
const MAX_JOINED_GAP_BYTES = 3;
/** Words read at a time: the memory of a reader does not grow with the text. */
const WINDOW = 2048;

/** Words of a stretch of text; columns are valid until the next read. */
export class WordReader {
  count = 0;
  readonly starts = new Int32Array(WINDOW);
  readonly ends = new Int32Array(WINDOW);
  /** What stands in each (IN_WORD). */
  readonly holds = new Uint8Array(WINDOW);
  /** 1 where the word may be one value with the word before it. */
  readonly joins = new Uint8Array(WINDOW);

  /**
   * Reads words of `memory[at..end)`. A window that is full is continued where its last `overlap` words begin.
   * @returns where to go on; `end` when all was read.
   */
  read(memory: Uint8Array, at: number, end: number, overlap: number): number {
    this.count = 0;
    let i = at;
    let gap = at;
    let isJoinable = false;
    let hasMark = false;
    while (i < end) {
      const kind = KINDS[memory[i] as number] as number;
      if (kind === KIND.digit || kind === KIND.letter) {
        if (this.count === WINDOW) return this.starts[WINDOW - overlap] as number;
        const length = i - gap;
        this.joins[this.count] =
          isJoinable && length <= (hasMark ? MAX_JOINED_GAP_BYTES : MAX_GAP_BYTES) ? 1 : 0;
        i = this.#word(memory, i, end);
        isJoinable = true;
        hasMark = false;
        gap = i;
        continue;
      }
      if (kind === KIND.wide) {
        const width = widthAt(memory, i, end);
        const what = wideKind(memory, i, width);
        if (what !== KIND.space) {
          if (this.count === WINDOW) return this.starts[WINDOW - overlap] as number;
          const length = i - gap;
          this.joins[this.count] =
            isJoinable && length <= (hasMark ? MAX_JOINED_GAP_BYTES : MAX_GAP_BYTES) ? 1 : 0;
          i = this.#word(memory, i, end);
          isJoinable = true;
          hasMark = false;
          gap = i;
          continue;
        }
        i += width;
        continue;
      }
      if (kind === KIND.joiner) hasMark = true;
      // A full stop inside a number or name joins, one that ends a sentence does not.
      else if (kind === KIND.dot) isJoinable &&= i === gap && isWordByte(memory[i + 1]);
      else if (kind !== KIND.space) isJoinable = false;
      i++;
    }
    return end;
  }

  /** Notes the word that begins at `from`; gives its end. */
  #word(memory: Uint8Array, from: number, end: number): number {
    let holds = 0;
    let i = from;
    while (i < end) {
      const kind = KINDS[memory[i] as number] as number;
      if (kind === KIND.digit) holds |= IN_WORD.digit;
      else if (kind === KIND.letter) holds |= IN_WORD.letter;
      else if (kind === KIND.at) {
        if (i === from || i + 1 >= end || !isWordByte(memory[i + 1])) break;
        holds |= IN_WORD.at;
      } else if (kind === KIND.wide) {
        const width = widthAt(memory, i, end);
        const what = wideKind(memory, i, width);
        if (what === KIND.space) break;
        const isAlone = what === KIND.breaker;
        if (isAlone && i > from) break;
        holds |= IN_WORD.letter;
        i += width;
        if (isAlone) break;
        continue;
      } else break;
      i++;
    }
    const word = this.count++;
    this.starts[word] = from;
    this.ends[word] = i;
    this.holds[word] = holds;
    return i;
  }
}

function isWordByte(byte: number | undefined): boolean {
  const kind = byte === undefined ? KIND.breaker : (KINDS[byte] as number);
  return kind === KIND.digit || kind === KIND.letter || kind === KIND.wide;
}

/** Bytes of the character at `i`; bytes that begin none stand alone. */
function widthAt(memory: Uint8Array, i: number, end: number): number {
  const lead = memory[i] as number;
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  return Math.min(width, end - i);
}

/**
 * A character outside ASCII: `space` for spaces, dashes, quotes and symbols, `breaker` for one that is a word by itself,
 * `letter` for all others.
 */
function wideKind(memory: Uint8Array, i: number, width: number): number {
  const lead = memory[i] as number;
  const second = width > 1 ? (memory[i + 1] as number) : 0;
  // U+0080 to U+00BF are symbols but for the ordinal marks and the micro sign.
  if (lead === 0xc2) return second === 0xaa || second === 0xb5 || second === 0xba ? KIND.letter : KIND.space;
  if (lead < 0xc2) return KIND.space;
  // U+2000 to U+2BFF: punctuation, arrows, signs; U+3000 to U+303F: their ideographic forms.
  if (lead === 0xe2 && second < 0xb0) return KIND.space;
  if (lead === 0xe3 && second === 0x80) return KIND.space;
  // U+3040 to U+9FFF but for Hangul letters, and U+20000 on.
  if (lead >= 0xe3 && lead <= 0xe9) return KIND.breaker;
  if (lead === 0xf0 && second >= 0xa0 && second < 0xb0) return KIND.breaker;
  // Pictures.
  if (lead === 0xf0 && second === 0x9f) return KIND.space;
  return KIND.letter;
}
