/**
 * Expressions about numbers, read by hand: `\b\d(?:[ .-]?\d){8,17}\b`, with an optional x at the end. Their starts
 * cost libhs 3 to 5 ns a byte where every line has numbers; here the groups of digits that may be part of a long number
 * are found once (window-reader.ts), and each expression walks over the groups. Same answers (property test): every end, with the leftmost start for it.
 */
import { MATCH_WORDS } from 'hyperscan-js';
import { LEAST_RUN, WindowReader } from './window-reader.ts';

const FORM = /^\\b\\d\(\?:\[((?:\\x[0-9a-f]{2})+)\]\?\\d\)\{(\d{1,3}),(\d{1,3})\}(\[xX\]\?)?\\b$/;

/** What the reader takes for a separator: with others between its digits a number would be no run to it. */
const SEPARATORS = /^[ ./-]$/;

const WORD = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  WORD[byte] = /[A-Za-z0-9_]/.test(String.fromCharCode(byte)) ? 1 : 0;
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
  for (const code of bytes.split('\\x').slice(1)) {
    const byte = parseInt(code, 16);
    if (!SEPARATORS.test(String.fromCharCode(byte))) return undefined;
    separators[byte] = 1;
  }
  if (Number(least) + 1 < LEAST_RUN) return undefined;
  return {
    separators,
    least: Number(least) + 1,
    most: Number(most) + 1,
    mayEndInX: x !== undefined,
  };
}

/** The groups of digits of one text, as far as they may be part of a match. */
export class DigitGroups {
  readonly #reader = new WindowReader();
  #count = 0;
  #memory: Uint8Array | undefined;
  #offset = 0;
  #length = 0;

  /**
   * The text that is asked about from now on, of MAX_WINDOW_BYTES at most; the same one again costs nothing until
   * `forget`.
   */
  read(memory: Uint8Array, offset: number, length: number): void {
    if (memory === this.#memory && offset === this.#offset && length === this.#length) return;
    this.#memory = memory;
    this.#offset = offset;
    this.#length = length;
    this.#reader.read(memory, offset, length);
    this.#count = this.#reader.numbers();
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
    if (this.#memory === undefined) return 0;
    const { text, edges } = this.#reader;
    const textEnd = this.#length;
    let found = 0;
    /** The match begins with this group; so many digits from there on. */
    let first = 0;
    let digits = 0;
    let before = -1;
    for (let group = 0; group < this.#count; group++) {
      const start = edges[2 * group] as number;
      const end = edges[2 * group + 1] as number;
      if (start !== before + 1 || group === 0 || separators[text[before] as number] === 0) {
        const isInWord = start > 0 && WORD[text[start - 1] as number] === 1;
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
      if (end < textEnd && WORD[text[end] as number] === 1) {
        if (!mayEndInX || ((text[end] as number) | 0x20) !== SMALL_X) continue;
        to = end + 1;
        if (to < textEnd && WORD[text[to] as number] === 1) continue;
      }
      const at = found++ * MATCH_WORDS;
      if (at >= out.length) continue;
      out[at] = 0;
      out[at + 1] = 0;
      out[at + 2] = edges[2 * first] as number;
      out[at + 3] = to;
    }
    return found;
  }
}
