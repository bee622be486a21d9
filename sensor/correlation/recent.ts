/** Sliding windows over the slots of a table: exact up to their depth, which is what a threshold needs. */
import type { Column, LruTable } from './lru-table.ts';

/** Deepest window: a threshold above it counts as this. Bounds the memory of an entry. */
export const DEEPEST = 512;

function depthOf(threshold: number): number {
  return Math.min(DEEPEST, Math.max(1, Math.ceil(threshold)));
}

/** The times of the latest occurrences of every entry, `depth` of them. */
export class RecentTimes {
  readonly depth: number;
  readonly #times: Column<Float64Array>;
  readonly #at: Column<Uint16Array>;

  /** `threshold`: the largest count anybody asks for. */
  constructor(table: LruTable, threshold: number) {
    this.depth = depthOf(threshold);
    this.#times = table.float64(this.depth);
    this.#at = table.uint16();
  }

  add(slot: number, nowUsec: number): void {
    const at = this.#at.values[slot] as number;
    this.#times.values[slot * this.depth + at] = nowUsec;
    this.#at.values[slot] = at + 1 === this.depth ? 0 : at + 1;
  }

  /** How many of them lie within `windowSeconds` of `nowUsec`; at most `depth`. */
  within(slot: number, nowUsec: number, windowSeconds: number): number {
    const { values } = this.#times;
    const windowUsec = windowSeconds * 1e6;
    let count = 0;
    for (let at = slot * this.depth, end = at + this.depth; at < end; at++) {
      const time = values[at] as number;
      if (time !== 0 && Math.abs(nowUsec - time) <= windowUsec) count++;
    }
    return count;
  }

  /** Begin anew, for what should be counted once per crossing. */
  reset(slot: number): void {
    this.#times.values.fill(0, slot * this.depth, (slot + 1) * this.depth);
    this.#at.values[slot] = 0;
  }
}

/** The latest different values of every entry with the time each was seen last, `depth` of them. */
export class RecentDistinct {
  readonly depth: number;
  readonly #keys: Column<Int32Array>;
  readonly #times: Column<Float64Array>;

  constructor(table: LruTable, threshold: number) {
    this.depth = depthOf(threshold);
    this.#keys = table.int32(2 * this.depth);
    this.#times = table.float64(this.depth);
  }

  /**
   * Note a value (its 64-bit key).
   * @returns true when it was not among the latest.
   */
  add(slot: number, high: number, low: number, nowUsec: number): boolean {
    const keys = this.#keys.values;
    const times = this.#times.values;
    const base = slot * this.depth;
    let oldest = base;
    for (let at = base; at < base + this.depth; at++) {
      const time = times[at] as number;
      if (time !== 0 && keys[2 * at] === high && keys[2 * at + 1] === low) {
        times[at] = nowUsec;
        return false;
      }
      if (time < (times[oldest] as number)) oldest = at;
    }
    keys[2 * oldest] = high;
    keys[2 * oldest + 1] = low;
    times[oldest] = nowUsec;
    return true;
  }

  /** Is a value (its 64-bit key) among the latest? */
  has(slot: number, high: number, low: number): boolean {
    const keys = this.#keys.values;
    for (let at = slot * this.depth, end = at + this.depth; at < end; at++) {
      const isUsed = this.#times.values[at] !== 0;
      if (isUsed && keys[2 * at] === high && keys[2 * at + 1] === low) return true;
    }
    return false;
  }

  /** How many different values were seen within `windowSeconds` of `nowUsec`; at most `depth`. */
  within(slot: number, nowUsec: number, windowSeconds: number): number {
    const times = this.#times.values;
    const windowUsec = windowSeconds * 1e6;
    let count = 0;
    for (let at = slot * this.depth, end = at + this.depth; at < end; at++) {
      const time = times[at] as number;
      if (time !== 0 && Math.abs(nowUsec - time) <= windowUsec) count++;
    }
    return count;
  }
}
