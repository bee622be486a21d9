/**
 * Expressions about numbers, read by hand: `\b\d(?:[ .-]?\d){8,17}\b`, with an optional x at the end. Their starts
 * cost libhs 3 to 5 ns a byte where every line has numbers; here the groups of digits of a text are found once, and
 * each expression walks over the groups. Same answers (property test): every end, with the leftmost start for it.
 */
import { MATCH_WORDS } from 'hyperscan-js';

/** Longest text whose groups are kept: one window of a file. */
export const MAX_DIGIT_TEXT = 128 * 1024;

const FORM = /^\\b\\d\(\?:\[((?:\\x[0-9a-f]{2})+)\]\?\\d\)\{(\d{1,3}),(\d{1,3})\}(\[xX\]\?)?\\b$/;

const DIGIT = new Uint8Array(256);
const WORD = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const character = String.fromCharCode(byte);
  DIGIT[byte] = /[0-9]/.test(character) ? 1 : 0;
  WORD[byte] = /[A-Za-z0-9_]/.test(character) ? 1 : 0;
}
const SMALL_X = 0x78;

/** An expression of this form. */
export interface DigitRun {
  /** By byte: 1 for what may stand once between two digits. */
  readonly separators: Uint8Array;
  /** Digits of a match. */
  readonly least: number;
  readonly most: number;
  /** An x may follow the last digit. */
  readonly mayEndInX: boolean;
}

/** What the expression (as rules/ writes it for libhs) says; undefined when it is of another form. */
export function digitRunOf(expression: string, flags: string): DigitRun | undefined {
  const [, bytes, least, most, x] = FORM.exec(expression) ?? [];
  if (bytes === undefined || !/^[ims]*$/.test(flags)) return undefined;
  const separators = new Uint8Array(256);
  for (const code of bytes.split('\\x').slice(1)) separators[parseInt(code, 16)] = 1;
  // What is a word character decides about `\b`: between digits it must not be one.
  if (separators.some((isSeparator, byte) => isSeparator === 1 && WORD[byte] === 1)) {
    return undefined;
  }
  return {
    separators,
    least: Number(least) + 1,
    most: Number(most) + 1,
    mayEndInX: x !== undefined,
  };
}

/** The groups of digits of one text. */
export class DigitGroups {
  /** Where the text changes between digits and others: group i is [edges[2 * i], edges[2 * i + 1]). */
  readonly #edges = new Uint32Array(MAX_DIGIT_TEXT + 2);
  #count = 0;
  #memory: Uint8Array | undefined;
  #offset = 0;
  #length = 0;

  /**
   * The text that is asked about from now on, of MAX_DIGIT_TEXT bytes at most; the same one again costs nothing until
   * `forget`.
   */
  read(memory: Uint8Array, offset: number, length: number): void {
    if (memory === this.#memory && offset === this.#offset && length === this.#length) return;
    this.#memory = memory;
    this.#offset = offset;
    this.#length = length;
    const edges = this.#edges;
    const end = offset + length;
    let count = 0;
    let before = 0;
    // Without branches: in text with many numbers nobody can tell what comes next.
    for (let i = offset; i < end; i++) {
      const isDigit = DIGIT[memory[i] as number] as number;
      edges[count] = i;
      count += isDigit ^ before;
      before = isDigit;
    }
    edges[count] = end;
    this.#count = (count + 1) >> 1;
  }

  forget(): void {
    this.#memory = undefined;
  }

  /** No expression has more matches in the text. */
  get count(): number {
    return this.#count;
  }

  /** Matches as libhs tells them, to `out` as far as there is room; returns how many there are. */
  find({ separators, least, most, mayEndInX }: DigitRun, out: Uint32Array): number {
    const memory = this.#memory;
    if (memory === undefined) return 0;
    const edges = this.#edges;
    const offset = this.#offset;
    const textEnd = offset + this.#length;
    let found = 0;
    /** The match begins with this group; so many digits from there on. */
    let first = 0;
    let digits = 0;
    let before = -1;
    for (let group = 0; group < this.#count; group++) {
      const start = edges[2 * group] as number;
      const end = edges[2 * group + 1] as number;
      if (start !== before + 1 || group === 0 || separators[memory[before] as number] === 0) {
        const isInWord = start > offset && WORD[memory[start - 1] as number] === 1;
        first = isInWord ? group + 1 : group;
        digits = 0;
      }
      before = end;
      if (first > group) continue;
      digits += end - start;
      while (digits > most) {
        digits -= (edges[2 * first + 1] as number) - (edges[2 * first] as number);
        first++;
      }
      if (digits < least) continue;
      let to = end;
      if (end < textEnd && WORD[memory[end] as number] === 1) {
        if (!mayEndInX || ((memory[end] as number) | 0x20) !== SMALL_X) continue;
        to = end + 1;
        if (to < textEnd && WORD[memory[to] as number] === 1) continue;
      }
      const at = found++ * MATCH_WORDS;
      if (at >= out.length) continue;
      out[at] = 0;
      out[at + 1] = 0;
      out[at + 2] = (edges[2 * first] as number) - offset;
      out[at + 3] = to - offset;
    }
    return found;
  }
}
