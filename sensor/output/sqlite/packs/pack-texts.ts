/**
 * The texts of a pack's alerts, as they are searched: each text once, as a row of numbers of words, each word once. A
 * word goes from its first letter or digit to the next word's, so that it holds the blanks and signs behind it; what is not
 * ASCII is a letter. Where words begin in a text can be seen in any part of it, so a part is found by its own words: the
 * first is the end of a word, the last how one begins, those between are whole. That is exact; no alert is read.
 *
 * Letters are what LIKE takes for equal: ASCII in either case, everything else as it is.
 */
import { likePattern } from '../filters.ts';
import { textCell } from '../record-rows.ts';
import { PACK_ALERTS, withoutCase } from './pack-columns.ts';

/** The columns of alerts that are searched for words. */
export const TEXT_COLUMNS = [
  ...(['signature', 'summary', 'excerpt', 'from_jid', 'to_jid', 'contributors'] as const),
];

/** Of a pack: its words, each between two zeros; its texts; the places of alerts whose texts are not among them. */
export type TextBlob = 'words' | 'texts' | 'untold';

/** Alerts with more text than this are read when words are searched. */
const MAX_CHARS = 4096;
const MAX_WORDS = 0xffff;
const FIRST_NUMBERS = 1 << 17;
const COLUMNS = TEXT_COLUMNS.length;
const INDEX_LENGTH = COLUMNS * PACK_ALERTS;
const ENDS = 1;
const BEGINS = 2;

/** 1 for ASCII letters and digits. */
const LETTERS = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(/[0-9a-z]/i.test(String.fromCharCode(code))),
);

export class TextsBuilder {
  readonly #words = new Map<string, number>();
  /** The first text is the empty one, which places without an alert have, too. */
  readonly #texts = new Map<string, number>([['', 0]]);
  readonly #ends: number[] = [0];
  readonly #index = new Uint16Array(INDEX_LENGTH);
  readonly #untold: number[] = [];
  #numbers = new Uint16Array(FIRST_NUMBERS);
  #length = 0;

  add(place: number, texts: readonly string[]): void {
    const isLong = texts.reduce((sum, { length }) => sum + length, 0) > MAX_CHARS;
    // LIKE reads no further than a NUL.
    if (isLong || texts.some((text) => text.includes('\0'))) {
      this.#untold.push(place);
      return;
    }
    for (const [column, text] of texts.entries()) {
      const number = this.#texts.get(text) ?? this.#addText(text);
      if (number === undefined) {
        this.#untold.push(place);
        return;
      }
      this.#index[column * PACK_ALERTS + place] = number;
    }
  }

  blobs(): (readonly [TextBlob, Uint8Array])[] {
    return [
      ['words', Buffer.from(`\0${[...this.#words.keys()].join('\0')}\0`)],
      ['texts', this.#textsBlob()],
      ['untold', bytesOf(Uint16Array.from(this.#untold))],
    ];
  }

  /** How many texts, of each one where it ends, of each place and column which one it is, and the words of them all. */
  #textsBlob(): Uint8Array {
    return Buffer.concat([
      bytesOf(Uint32Array.of(this.#ends.length, ...this.#ends)),
      bytesOf(this.#index),
      bytesOf(this.#numbers.subarray(0, this.#length)),
    ]);
  }

  /** Undefined where the pack has no room for its words. */
  #addText(text: string): number | undefined {
    const start = this.#length;
    for (const word of wordsOf(folded(text))) {
      const known = this.#words.get(word);
      if (known === undefined && this.#words.size === MAX_WORDS) {
        this.#length = start;
        return undefined;
      }
      const number = known ?? this.#words.size;
      if (known === undefined) this.#words.set(word, number);
      this.#put(number);
    }
    const number = this.#ends.length;
    this.#texts.set(text, number);
    this.#ends.push(this.#length);
    return number;
  }

  #put(number: number): void {
    if (this.#length === this.#numbers.length) {
      const more = new Uint16Array(this.#length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.#length++] = number;
  }
}

/** A text to search for, not the empty one. */
export class SoughtText {
  readonly text: string;
  /** For LIKE, where alerts are read. */
  readonly pattern: string;
  /** What its words are found by among those between zeros. */
  readonly #needles: readonly Buffer[];

  /** Throws USAGE for a text that is too long. */
  constructor(text: string) {
    this.text = text;
    this.pattern = likePattern(text);
    // As it is stored.
    const parts = wordsOf(folded(textCell(text)));
    const last = parts.length - 1;
    this.#needles = parts.map((part, i) =>
      Buffer.from(`${i === 0 ? '' : '\0'}${part}${i === last ? '' : '\0'}`),
    );
  }

  /** 1 for each place of a pack with an alert that has it, as far as its texts are told. */
  placesIn(blobOf: (name: TextBlob) => Uint8Array): Uint8Array {
    const places = new Uint8Array(PACK_ALERTS);
    const found = this.#wordsIn(blobOf('words'));
    if (found === undefined) return places;
    const blob = blobOf('texts');
    const { buffer, byteOffset } = blob.byteOffset % 4 === 0 ? blob : new Uint8Array(blob);
    const [count = 0] = new Uint32Array(buffer, byteOffset, 1);
    const ends = new Uint32Array(buffer, byteOffset + 4, count);
    const index = new Uint16Array(buffer, byteOffset + 4 + count * 4, INDEX_LENGTH);
    const numbersAt = byteOffset + 4 + count * 4 + INDEX_LENGTH * 2;
    const numbers = new Uint16Array(buffer, numbersAt, ends[count - 1]);
    const has =
      this.#needles.length === 1
        ? textsWith(found.flags, ends, numbers)
        : textsWithRow(found, ends, numbers);
    for (let column = 0; column < COLUMNS; column++) {
      const start = column * PACK_ALERTS;
      for (let i = 0; i < PACK_ALERTS; i++) {
        places[i] = (places[i] as number) | (has[index[start + i] as number] as number);
      }
    }
    return places;
  }

  /** Undefined where one of the words is nowhere. */
  #wordsIn(words: Uint8Array): FoundWords | undefined {
    const all = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    if (!this.#needles.every((needle) => all.includes(needle))) return undefined;
    const flags = new Uint8Array(MAX_WORDS);
    const between: number[] = [];
    for (const [i, needle] of this.#needles.entries()) {
      if (i === 0) flagWords(all, needle, flags, ENDS);
      else if (i === this.#needles.length - 1) flagWords(all, needle, flags, BEGINS);
      else between.push(wordAt(all, all.indexOf(needle)));
    }
    return { flags, between };
  }
}

/** Words that a text may begin in and end in, by flags, and the numbers of those between. */
interface FoundWords {
  readonly flags: Uint8Array;
  readonly between: readonly number[];
}

/** Sets the flag of each word that has the needle; one that begins with a zero is found where the word begins. */
function flagWords(words: Uint8Array, needle: Uint8Array, flags: Uint8Array, flag: number): void {
  const [first] = needle;
  const { length } = needle;
  const end = words.length;
  let word = -1;
  for (let i = 0; i < end; i++) {
    const byte = words[i];
    if (byte === 0) word++;
    if (byte !== first) continue;
    let same = 1;
    while (same < length && words[i + same] === needle[same]) same++;
    if (same === length) flags[word] = (flags[word] as number) | flag;
  }
}

/** The number of the word whose zero is there. */
function wordAt(words: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 0; i < at; i++) if (words[i] === 0) word++;
  return word;
}

/** 1 for each text with a word that is flagged. */
function textsWith(flags: Uint8Array, ends: Uint32Array, numbers: Uint16Array): Uint8Array {
  const has = new Uint8Array(ends.length);
  let at = 0;
  for (let text = 0; text < has.length; text++) {
    const end = ends[text] as number;
    while (at < end && flags[numbers[at] as number] === 0) at++;
    if (at < end) has[text] = 1;
    at = end;
  }
  return has;
}

/** 1 for each text with the words in a row. */
function textsWithRow(
  { flags, between }: FoundWords,
  ends: Uint32Array,
  numbers: Uint16Array,
): Uint8Array {
  const has = new Uint8Array(ends.length);
  const { length } = between;
  let at = 0;
  for (let text = 0; text < has.length; text++) {
    const end = ends[text] as number;
    for (const last = end - length - 1; at < last; at++) {
      if (((flags[numbers[at] as number] as number) & ENDS) === 0) continue;
      let same = 0;
      while (same < length && numbers[at + 1 + same] === between[same]) same++;
      const next = numbers[at + 1 + length] as number;
      if (same === length && ((flags[next] as number) & BEGINS) !== 0) {
        has[text] = 1;
        break;
      }
    }
    at = end;
  }
  return has;
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  let isLetter = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const wasLetter = isLetter;
    isLetter = code > 127 || LETTERS[code] === 1;
    if (wasLetter || !isLetter || i === 0) continue;
    words.push(text.slice(start, i));
    start = i;
  }
  if (start < text.length) words.push(text.slice(start));
  return words;
}

/** As LIKE compares; it takes U+FFFE and U+FFFF for U+FFFD. */
function folded(text: string): string {
  return withoutCase(text).replace(/[\ufffe\uffff]/g, '\ufffd');
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
