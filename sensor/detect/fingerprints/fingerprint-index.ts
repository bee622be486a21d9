/**
 * Fingerprints in memory, asked about every few words of long texts: what of which document stands in a text. Built once
 * for a library; a look-up allocates nothing, and reads one word of a small filter for nearly every shingle of a text
 * that is no copy.
 */
import type { FingerprintedDocument } from './library.ts';
import { MIN_SHINGLE_BYTES, ShingleReader } from './shingles.ts';

const FILTER_BITS = 8;
const FILTER_MULTIPLIER = 0x9e3779b1 | 0;
/** Shingles of one text that are told; the rest of a text that is one large copy adds nothing. */
const MAX_HITS = 65_536;

export class FingerprintIndex {
  readonly documents: readonly FingerprintedDocument[];
  /** What the latest text has of which document: document and ordinal of the shingle in it, `hitCount` pairs. */
  readonly hits = new Int32Array(2 * MAX_HITS);
  hitCount = 0;
  readonly #reader: ShingleReader;
  /** By slot: both words of a shingle; entry + 1, 0 for a free slot. */
  readonly #highs: Uint32Array;
  readonly #lows: Uint32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** By entry: its document, its ordinal there, the next entry of the same shingle or -1. */
  readonly #owner: Int32Array;
  readonly #ordinal: Int32Array;
  readonly #next: Int32Array;
  #entries = 0;
  readonly #filter: Uint32Array;
  readonly #filterShift: number;
  /** Bound once: every text gets the same function. */
  readonly #onShingle = (high: number, low: number): void => {
    const bit = Math.imul(high, FILTER_MULTIPLIER) >>> this.#filterShift;
    if ((((this.#filter[bit >>> 5] as number) >>> (bit & 31)) & 1) === 0) return;
    this.#note(high, low);
  };

  /** `key`: the evidence key of the sensor, which the documents were read with. */
  constructor(documents: readonly FingerprintedDocument[], key: Uint8Array) {
    this.documents = documents.filter(({ isCommon }) => !isCommon);
    this.#reader = new ShingleReader(key);
    const total = this.documents.reduce((sum, { shingles }) => sum + shingles.length / 2, 0);
    let slots = 64;
    while (slots < 2 * total) slots *= 2;
    this.#mask = slots - 1;
    this.#highs = new Uint32Array(slots);
    this.#lows = new Uint32Array(slots);
    this.#slots = new Int32Array(slots);
    this.#owner = new Int32Array(total);
    this.#ordinal = new Int32Array(total);
    this.#next = new Int32Array(total);
    const bits = (slots / 2) * FILTER_BITS;
    this.#filter = new Uint32Array(bits / 32);
    this.#filterShift = Math.clz32(bits) + 1;
    this.documents.forEach(({ shingles }, document) => {
      for (let i = 0; i < shingles.length; i += 2) {
        this.#add(shingles[i] as number, shingles[i + 1] as number, document, i / 2);
      }
    });
  }

  /** Memory of the tables, in bytes. */
  get byteLength(): number {
    return this.#mask * 12 + this.#entries * 12 + this.#filter.byteLength + this.hits.byteLength;
  }

  /** Reads a folded text; what it has stands in `hits`. */
  read(memory: Uint8Array, start: number, end: number): void {
    this.hitCount = 0;
    if (end - start < MIN_SHINGLE_BYTES) return;
    this.#reader.read(memory, start, end, this.#onShingle);
  }

  #add(high: number, low: number, document: number, ordinal: number): void {
    const entry = this.#entries++;
    this.#owner[entry] = document;
    this.#ordinal[entry] = ordinal;
    const slot = this.#slotOf(high, low);
    this.#next[entry] = (this.#slots[slot] as number) - 1;
    this.#highs[slot] = high;
    this.#lows[slot] = low;
    this.#slots[slot] = entry + 1;
    const bit = Math.imul(high, FILTER_MULTIPLIER) >>> this.#filterShift;
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
  }

  /** Where a shingle is, or would be. */
  #slotOf(high: number, low: number): number {
    let slot = low & this.#mask;
    while (this.#slots[slot] !== 0 && (this.#highs[slot] !== high || this.#lows[slot] !== low)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #note(high: number, low: number): void {
    let entry = (this.#slots[this.#slotOf(high, low)] as number) - 1;
    for (; entry >= 0 && this.hitCount < MAX_HITS; entry = this.#next[entry] as number) {
      this.hits[2 * this.hitCount] = this.#owner[entry] as number;
      this.hits[2 * this.hitCount + 1] = this.#ordinal[entry] as number;
      this.hitCount++;
    }
  }
}
