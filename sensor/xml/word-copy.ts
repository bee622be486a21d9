/**
 * Copies packet bytes into the tokenizer's memory and allocates nothing: `set()` needs a view of the
 * source, which is 96 bytes of heap for each packet. Eight bytes at a time through Float64Array, the
 * widest element that V8 keeps out of the heap. A word that reads as NaN may lose its bits
 * on the way (the language allows that), so it goes as two integers.
 */

/** From here on making a view costs less than copying in words. */
const LARGE = 2048;
const WORD = 8;

export class WordCopy {
  readonly #bytes: Uint8Array;
  readonly #words: Float64Array;
  readonly #halves: Int32Array;
  // The array the last bytes came from, and views on what lies under it. Packets come from a window that is
  // read in place, held segments from a few slabs: it hardly ever changes.
  #source: Uint8Array | undefined;
  #sourceWords: Float64Array = new Float64Array(0);
  #sourceHalves: Int32Array = new Int32Array(0);
  #sourceOffset = 0;

  constructor(target: ArrayBuffer) {
    this.#bytes = new Uint8Array(target);
    this.#words = new Float64Array(target);
    this.#halves = new Int32Array(target);
  }

  /**
   * Copy `source[offset .. offset + length)` to `to` or up to 7 bytes behind it; `to` is a multiple of
   * 8, and the bytes around, up to the next multiple of 8, may be overwritten.
   * @returns where the first byte is.
   */
  copy(source: Uint8Array, offset: number, length: number, to: number): number {
    if (source !== this.#source) this.#look(source);
    const from = this.#sourceOffset + offset;
    const words = this.#sourceWords;
    const start = Math.floor(from / WORD);
    const end = Math.floor((from + length - 1) / WORD) + 1;
    if (length >= LARGE || end > words.length) {
      this.#bytes.set(source.subarray(offset, offset + length), to);
      return to;
    }
    const target = this.#words;
    let at = to / WORD;
    let i = start;
    for (; i + 4 <= end; i += 4, at += 4) {
      const a = words[i] as number;
      const b = words[i + 1] as number;
      const c = words[i + 2] as number;
      const d = words[i + 3] as number;
      target[at] = a;
      target[at + 1] = b;
      target[at + 2] = c;
      target[at + 3] = d;
      if (Number.isNaN(a) || Number.isNaN(b) || Number.isNaN(c) || Number.isNaN(d)) {
        this.#integers(i, at, 4);
      }
    }
    for (; i < end; i++, at++) {
      const a = words[i] as number;
      target[at] = a;
      if (Number.isNaN(a)) this.#integers(i, at, 1);
    }
    return to + (from - start * WORD);
  }

  #integers(from: number, to: number, count: number): void {
    for (let k = 0; k < 2 * count; k++) {
      this.#halves[2 * to + k] = this.#sourceHalves[2 * from + k] as number;
    }
  }

  #look(source: Uint8Array): void {
    this.#source = source;
    this.#sourceOffset = source.byteOffset;
    const words = Math.floor(source.buffer.byteLength / WORD);
    this.#sourceWords = new Float64Array(source.buffer, 0, words);
    this.#sourceHalves = new Int32Array(source.buffer, 0, 2 * words);
  }
}
