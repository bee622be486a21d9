/**
 * Sliding windows over the slots of a table: exact up to their depth, which is what a threshold needs. Their columns are
 * scratch: a fresh entry knows that it holds nothing, so that making one does not cost its whole width.
 */
import type { Column, LruTable } from './lru-table.ts';

/** Deepest window: a threshold above it counts as this. Bounds the memory of an entry. */
export const DEEPEST = 512;

function depthOf(threshold: number): number {
  return Math.min(DEEPEST, Math.max(1, Math.ceil(threshold)));
}

/** How many of `count` times from `at` on lie within the window. */
function countWithin(
  times: Float64Array,
  at: number,
  count: number,
  nowUsec: number,
  windowSeconds: number,
): number {
  const windowUsec = windowSeconds * 1e6;
  let within = 0;
  for (let i = at; i < at + count; i++) {
    if (Math.abs(nowUsec - (times[i] as number)) <= windowUsec) within++;
  }
  return within;
}

/** The times of the latest occurrences of every entry, `depth` of them. */
export class RecentTimes {
  readonly depth: number;
  readonly #threshold: number;
  readonly #times: Column<Float64Array>;
  /** Of every entry: times it holds, and where the next one goes. */
  readonly #places: Column<Uint16Array>;

  /** `threshold`: the largest count anybody asks for. */
  constructor(table: LruTable, threshold: number) {
    this.depth = depthOf(threshold);
    this.#threshold = threshold;
    this.#times = table.scratch(this.depth);
    this.#places = table.uint16(2);
  }

  add(slot: number, nowUsec: number): void {
    const places = this.#places.values;
    const held = places[2 * slot] as number;
    const at = places[2 * slot + 1] as number;
    this.#times.values[slot * this.depth + at] = nowUsec;
    if (held < this.depth) places[2 * slot] = held + 1;
    places[2 * slot + 1] = at + 1 === this.depth ? 0 : at + 1;
  }

  /** How many of them lie within `windowSeconds` of `nowUsec`; no more than the threshold is told apart. */
  within(slot: number, nowUsec: number, windowSeconds: number): number {
    const held = this.#places.values[2 * slot] as number;
    const { values } = this.#times;
    const count = countWithin(values, slot * this.depth, held, nowUsec, windowSeconds);
    return count === this.depth ? Math.max(count, this.#threshold) : count;
  }

  /** Begin anew, for what should be counted once per crossing. */
  reset(slot: number): void {
    this.#places.values[2 * slot] = 0;
    this.#places.values[2 * slot + 1] = 0;
  }
}

/** The latest different values of every entry with the time each was seen last, `depth` of them. */
export class RecentDistinct {
  readonly depth: number;
  readonly #threshold: number;
  readonly #keys: Column<Int32Array>;
  readonly #times: Column<Float64Array>;
  /** Values every entry holds. */
  readonly #held: Column<Uint16Array>;

  constructor(table: LruTable, threshold: number) {
    this.depth = depthOf(threshold);
    this.#threshold = threshold;
    this.#keys = table.scratchWords(2 * this.depth);
    this.#times = table.scratch(this.depth);
    this.#held = table.uint16();
  }

  /**
   * Note a value (its 64-bit key).
   * @returns true when it was not among the latest.
   */
  add(slot: number, high: number, low: number, nowUsec: number): boolean {
    const known = this.#find(slot, high, low);
    const times = this.#times.values;
    if (known >= 0) {
      times[known] = nowUsec;
      return false;
    }
    const at = this.#place(slot);
    this.#keys.values[2 * at] = high;
    this.#keys.values[2 * at + 1] = low;
    times[at] = nowUsec;
    return true;
  }

  /** Is a value (its 64-bit key) among the latest? */
  has(slot: number, high: number, low: number): boolean {
    return this.#find(slot, high, low) >= 0;
  }

  /** How many different values were seen within `windowSeconds`; no more than the threshold is told apart. */
  within(slot: number, nowUsec: number, windowSeconds: number): number {
    const held = this.#held.values[slot] as number;
    const { values } = this.#times;
    const count = countWithin(values, slot * this.depth, held, nowUsec, windowSeconds);
    return count === this.depth ? Math.max(count, this.#threshold) : count;
  }

  #find(slot: number, high: number, low: number): number {
    const keys = this.#keys.values;
    const base = slot * this.depth;
    for (let at = base, end = base + (this.#held.values[slot] as number); at < end; at++) {
      if (keys[2 * at] === high && keys[2 * at + 1] === low) return at;
    }
    return -1;
  }

  /** Room for one more value: a free place, or that of the value seen longest ago. */
  #place(slot: number): number {
    const held = this.#held.values[slot] as number;
    const base = slot * this.depth;
    if (held < this.depth) {
      this.#held.values[slot] = held + 1;
      return base + held;
    }
    const times = this.#times.values;
    let oldest = base;
    for (let at = base + 1; at < base + held; at++) {
      if ((times[at] as number) < (times[oldest] as number)) oldest = at;
    }
    return oldest;
  }
}
