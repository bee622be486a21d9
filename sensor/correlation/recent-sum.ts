/** Sums over a sliding window for the slots of a table: the window in equal parts, the oldest of which falls out at once. */
import type { Column, LruTable } from './lru-table.ts';

const PARTS = 12;

export class RecentSum {
  readonly #partUsec: number;
  readonly #sums: Column<Float64Array>;
  /** Number of the part a slot was added to last, counted from the epoch. */
  readonly #latest: Column<Float64Array>;

  constructor(table: LruTable, windowSeconds: number) {
    this.#partUsec = (windowSeconds * 1e6) / PARTS;
    this.#sums = table.float64(PARTS);
    this.#latest = table.float64();
  }

  /** Adds; gives the sum of the window. */
  add(slot: number, nowUsec: number, amount: number): number {
    const sums = this.#sums.values;
    const base = slot * PARTS;
    const part = Math.floor(nowUsec / this.#partUsec);
    const passed = part - (this.#latest.values[slot] as number);
    if (Math.abs(passed) >= PARTS) sums.fill(0, base, base + PARTS);
    // Time that steps back a little belongs to the latest part.
    for (let i = Math.max(1, passed - PARTS + 1); i <= passed; i++) {
      sums[base + ((part - passed + i) % PARTS)] = 0;
    }
    const at = passed < 0 && passed > -PARTS ? part - passed : part;
    this.#latest.values[slot] = at;
    const place = base + (at % PARTS);
    sums[place] = (sums[place] as number) + amount;
    let total = 0;
    for (let i = base; i < base + PARTS; i++) total += sums[i] as number;
    return total;
  }
}
