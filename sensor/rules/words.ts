/**
 * The words of folded text (`xmpp.text_folded`, or what was folded the same way), on bytes in place: runs of letters and
 * digits. An `@` between two of them is part of the word, an ideograph or kana is a word by itself, since nothing
 * separates them. Punctuation and white space only say whether two words may be parts of one value.
 */

/** What stands in a word; a set of bits. */
export const IN_WORD = { digit: 1, letter: 2, at: 4 } as const;

/** Those from `digit` on begin a word. */
const KIND = {
  breaker: 0,
  space: 1,
  joiner: 2,
  dot: 3,
  at: 4,
  digit: 5,
  letter: 6,
  ideograph: 7,
} as const;

/** By byte; those outside ASCII are looked at with the byte behind them. */
const WIDE = 8;
const KINDS = new Uint8Array(256).fill(WIDE, 0x80);
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
    /** End of the word before. */
    let gap = at;
    let isJoinable = false;
    let hasMark = false;
    while (i < end) {
      const lead = memory[i] as number;
      const kind = lead < 0x80 ? (KINDS[lead] as number) : kindAt(memory, i, end);
      if (kind >= KIND.digit) {
        if (this.count === WINDOW)
          return overlap === 0 ? i : (this.starts[WINDOW - overlap] as number);
        const most = hasMark ? MAX_JOINED_GAP_BYTES : MAX_GAP_BYTES;
        this.joins[this.count] = isJoinable && i - gap <= most ? 1 : 0;
        i = this.#word(memory, i, end);
        gap = i;
        isJoinable = true;
        hasMark = false;
        continue;
      }
      if (kind === KIND.joiner) hasMark = true;
      // A full stop inside a number or name joins, one that ends a sentence does not.
      else if (kind === KIND.dot) isJoinable &&= i === gap && isWordAt(memory, i + 1, end);
      else if (kind !== KIND.space) isJoinable = false;
      i += lead < 0x80 ? 1 : widthAt(memory, i, end);
    }
    return end;
  }

  /** Notes the word that begins at `from`; gives its end. */
  #word(memory: Uint8Array, from: number, end: number): number {
    let holds = 0;
    let i = from;
    for (; i < end; i++) {
      let kind = KINDS[memory[i] as number] as number;
      if (kind === KIND.letter) holds |= IN_WORD.letter;
      else if (kind === KIND.digit) holds |= IN_WORD.digit;
      else if (kind === KIND.at && i > from && isWordAt(memory, i + 1, end)) holds |= IN_WORD.at;
      else if (kind !== WIDE) break;
      else {
        kind = kindAt(memory, i, end);
        if (kind < KIND.letter || (kind === KIND.ideograph && i > from)) break;
        holds |= IN_WORD.letter;
        i += widthAt(memory, i, end) - 1;
        if (kind === KIND.letter) continue;
        i++;
        break;
      }
    }
    const word = this.count++;
    this.starts[word] = from;
    this.ends[word] = i;
    this.holds[word] = holds;
    return i;
  }
}

function isWordAt(memory: Uint8Array, i: number, end: number): boolean {
  return i < end && kindAt(memory, i, end) >= KIND.digit;
}

/** Bytes of the character at `i`; bytes that begin none stand alone. */
function widthAt(memory: Uint8Array, i: number, end: number): number {
  const lead = memory[i] as number;
  if (lead < 0xc2) return 1;
  return Math.min(lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2, end - i);
}

function kindAt(memory: Uint8Array, i: number, end: number): number {
  const lead = memory[i] as number;
  const kind = KINDS[lead] as number;
  return kind === WIDE ? wideKind(lead, i + 1 < end ? (memory[i + 1] as number) : 0) : kind;
}

/** Kind of a character outside ASCII by its first two bytes. Symbols and pictures are like white space. */
function wideKind(lead: number, second: number): number {
  if (lead < 0xc2) return KIND.space;
  // U+0080 to U+00BF are symbols but for the ordinal marks and the micro sign.
  if (lead === 0xc2) {
    return second === 0xaa || second === 0xb5 || second === 0xba ? KIND.letter : KIND.space;
  }
  // U+2000 to U+2BFF: punctuation, arrows, signs; U+3000 to U+303F: their ideographic forms.
  if (lead === 0xe2) return second < 0xb0 ? KIND.space : KIND.letter;
  if (lead === 0xe3 && second === 0x80) return KIND.space;
  // U+3040 to U+9FFF, and U+20000 to U+2FFFF.
  if (lead >= 0xe3 && lead <= 0xe9) return KIND.ideograph;
  if (lead === 0xf0)
    return second === 0x9f ? KIND.space : second >= 0xa0 ? KIND.ideograph : KIND.letter;
  return KIND.letter;
}
