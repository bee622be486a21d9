/**
 * A text as a reader, or another program, would take it. A secret cut by a comment, written as
 * character references or parted by zero-width characters is one to whoever receives it, so it is
 * looked for in these readings as well and masked where it stands in the original.
 */
import { isInvisible } from '../rules/index.ts';

/** A reading and where its characters came from. */
export interface Reading {
  readonly text: string;
  /** Character i stands for the original from `starts[i]` up to `ends[i]`. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const NAMED: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&apos;': "'",
};

/** Markup that leaves no trace in what is read, by how it begins. */
const TRACELESS: readonly (readonly [open: string, close: string])[] = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![CDATA[', ''],
  [']]>', ''],
];

/** Longest start tag that is taken for one; `5 < 6` must stay text. */
const MAX_TAG = 4096;

/**
 * Readings of `text` besides the text itself: with references resolved and comments dropped, and
 * the same without its tags. Only for texts with the trait `otherReading`: others read as they are written.
 */
export function readingsOf(text: string): readonly Reading[] {
  const reader = new Reader(text);
  reader.read();
  return reader.hasTags
    ? [reader.withTags.build(), reader.withoutTags.build()]
    : [reader.withTags.build()];
}

/** One walk over the text, linear: no end is searched for twice in vain. */
class Reader {
  readonly withTags = new ReadingBuilder();
  readonly withoutTags = new ReadingBuilder();
  hasTags = false;
  readonly #text: string;
  /** Ends that were searched for and do not come again. */
  readonly #absent = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  read(): void {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      const skipped = this.#traceless(at);
      if (skipped > at) at = skipped;
      else if (text[at] === '&') at = this.#reference(at);
      else if (text[at] === '<') at = this.#tag(at);
      else at = this.#character(at);
    }
  }

  #traceless(at: number): number {
    for (const [open, close] of TRACELESS) {
      if (!this.#text.startsWith(open, at)) continue;
      if (close === '') return at + open.length;
      if (this.#absent.has(close)) return at;
      const end = this.#text.indexOf(close, at + open.length);
      if (end >= 0) return end + close.length;
      this.#absent.add(close);
    }
    return at;
  }

  #reference(at: number): number {
    const match = /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|[a-z]{2,4});/i.exec(
      this.#text.slice(at, at + 10),
    );
    if (match === null) return this.#character(at);
    const [whole, decimal, hexadecimal] = match;
    const code = parseInt(decimal ?? hexadecimal ?? '', decimal === undefined ? 16 : 10);
    const read = code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[whole];
    if (read === undefined) return this.#character(at);
    this.#add(read, at, at + whole.length);
    return at + whole.length;
  }

  #tag(at: number): number {
    const text = this.#text;
    let end = at + 1;
    const stop = Math.min(text.length, at + MAX_TAG);
    while (end < stop && text[end] !== '<' && text[end] !== '>') end++;
    if (text[end] !== '>' || !/^<\/?[\w:.]/.test(text.slice(at, at + 3))) {
      return this.#character(at);
    }
    this.hasTags = true;
    for (let i = at; i <= end; i++) this.withTags.add(text[i] ?? '', i, i + 1);
    return end + 1;
  }

  #character(at: number): number {
    const code = this.#text.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(code);
    const end = at + character.length;
    if (!isInvisible(code)) this.#add(asciiForm(character), at, end);
    return end;
  }

  #add(read: string, start: number, end: number): void {
    this.withTags.add(read, start, end);
    this.withoutTags.add(read, start, end);
  }
}

class ReadingBuilder {
  readonly #text: string[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** `read` (one character, perhaps two units) stands for the original from start to end. */
  add(read: string, start: number, end: number): void {
    this.#text.push(read);
    for (let unit = 0; unit < read.length; unit++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  build(): Reading {
    return { text: this.#text.join(''), starts: this.#starts, ends: this.#ends };
  }
}

/** What `readsDifferently` knows by UTF-16 unit: 0 nothing yet. Asking Unicode costs, and a text has few letters. */
const known = new Uint8Array(0x10000);
const AS_WRITTEN = 1;
const DIFFERENT = 2;

/** Does this UTF-16 unit beyond ASCII stand for anything but itself? Halves of a pair are taken to. */
export function readsDifferently(unit: number): boolean {
  if (known[unit] === 0) {
    const character = String.fromCharCode(unit);
    const isHalf = unit >= 0xd800 && unit <= 0xdfff;
    const isDifferent = isHalf || isInvisible(unit) || asciiForm(character) !== character;
    known[unit] = isDifferent ? DIFFERENT : AS_WRITTEN;
  }
  return known[unit] === DIFFERENT;
}

/** Full-width and mathematical letters and digits as the ASCII they stand for. */
function asciiForm(character: string): string {
  if (character < '\u0080') return character;
  const plain = character.normalize('NFKC');
  return plain.length === 1 && plain < '\u0080' ? plain : character;
}
