/**
 * Unfinished items that had to leave their slot. The WebAssembly side says which parts of a slot are
 * in use; they are kept here, in a buffer of each half, until the half goes on.
 */
import { R_SECTIONS, SECTIONS } from './codes.ts';

interface SavedItem {
  /** Address of the slot it lay in. */
  slot: number;
  /** Offset in the slot and length of each part. */
  readonly parts: Int32Array;
  bytes: Uint8Array;
}

export class SavedItems {
  readonly #memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #report: number;
  readonly #limit: number;
  readonly #items = new Map<number, SavedItem>();
  #total = 0;

  /** `report` is the report block's word index in `words`; `limit` is in bytes. */
  constructor(memory: Uint8Array, words: Int32Array, report: number, limit: number) {
    this.#memory = memory;
    this.#words = words;
    this.#report = report;
    this.#limit = limit;
  }

  /** Copies the parts named in the report block; false when that would pass the limit. */
  save(half: number, slot: number): boolean {
    const at = this.#report + R_SECTIONS;
    let size = 0;
    for (let i = 0; i < SECTIONS; i++) size += this.#words[at + 2 * i + 1] as number;
    if (this.#total + size > this.#limit) return false;
    const parts = new Int32Array(2 * SECTIONS);
    const bytes = new Uint8Array(size);
    let to = 0;
    for (let i = 0; i < SECTIONS; i++) {
      const from = this.#words[at + 2 * i] as number;
      const n = this.#words[at + 2 * i + 1] as number;
      parts[2 * i] = from - slot;
      parts[2 * i + 1] = n;
      bytes.set(this.#memory.subarray(from, from + n), to);
      to += n;
    }
    this.#items.set(half, { slot, parts, bytes });
    this.#total += size;
    return true;
  }

  /** Copies the parts into another slot; returns the address of the one they came from. */
  restore(half: number, slot: number): number {
    const item = this.#items.get(half);
    if (item === undefined) return slot;
    let from = 0;
    for (let i = 0; i < SECTIONS; i++) {
      const n = item.parts[2 * i + 1] as number;
      this.#memory.set(item.bytes.subarray(from, from + n), slot + (item.parts[2 * i] as number));
      from += n;
    }
    this.forget(half);
    return item.slot;
  }

  forget(half: number): void {
    const item = this.#items.get(half);
    if (item === undefined) return;
    this.#total -= item.bytes.length;
    this.#items.delete(half);
  }
}
