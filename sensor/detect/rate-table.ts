/**
 * How often a rule fired: one window for each rule, track and tracked value, in packet time, in a table
 * that forgets the least recently used. A window starts with its first firing and lasts `seconds`, both
 * ends included, as in Suricata 7. Packet time may step back (several interfaces); then the window just
 * lasts.
 */
import { COUNTER, type Counters } from '../core/index.ts';
import type { FiringRate, RateFilter, Threshold } from '../rules/index.ts';

const USEC = 1_000_000;
/** What a firing comes to. */
export const VERDICT = {
  /** Not enough of them: the rule has not fired. */
  none: 0,
  /** The rule fired, and nobody hears of it. */
  silent: 1,
  told: 2,
} as const;

interface Window {
  start: number;
  count: number;
  /** rate_filter: when the action changed, or -1; backoff: the count that is told next. */
  mark: number;
}

/** Keys say what is counted: gid, sid and names, never positions in a rule set. */
export class RateTable {
  readonly #capacity: number;
  readonly #counters: Counters;
  /** In order of last use. */
  readonly #windows = new Map<string, Window>();

  constructor(capacity: number, counters: Counters) {
    this.#capacity = capacity;
    this.#counters = counters;
  }

  get size(): number {
    return this.#windows.size;
  }

  clear(): void {
    this.#windows.clear();
  }

  /**
   * Count one firing; VERDICT.
   *
   * - limit: the first `count` of each window are told
   * - threshold: every `count`-th within a window
   * - both: once a window, the `count`-th
   * - backoff: the `count`-th, then each `multiplier` times further away
   */
  judge(key: string, threshold: Threshold, tsUsec: number): number {
    const { type, count } = threshold;
    const isBackoff = type === 'backoff';
    const window = this.#window(key, isBackoff ? Infinity : threshold.seconds, tsUsec);
    window.count++;
    switch (type) {
      case 'limit':
        return window.count <= count ? VERDICT.told : VERDICT.silent;
      case 'threshold':
        if (window.count < count) return VERDICT.none;
        window.count = 0;
        return VERDICT.told;
      case 'both':
        if (window.count < count) return VERDICT.none;
        return window.count === count ? VERDICT.told : VERDICT.silent;
      case 'backoff': {
        if (window.mark < 0) window.mark = count;
        if (window.count < window.mark) return window.count < count ? VERDICT.none : VERDICT.silent;
        window.mark *= threshold.multiplier;
        return VERDICT.told;
      }
    }
  }

  /** detection_filter: count one firing; true from the one after `count` on. */
  exceeds(key: string, { count, seconds }: FiringRate, tsUsec: number): boolean {
    return ++this.#window(key, seconds, tsUsec).count > count;
  }

  /** rate_filter: count one firing; is the action changed for it? */
  isChanged(key: string, filter: RateFilter, tsUsec: number): boolean {
    const known = this.#windows.get(key);
    if (known !== undefined && known.mark >= 0) {
      this.#touch(key, known);
      if (tsUsec - known.mark <= filter.timeout * USEC) return true;
      known.mark = -1;
      return false;
    }
    const window = this.#window(key, filter.seconds, tsUsec);
    if (++window.count <= filter.count) return false;
    window.mark = tsUsec;
    return true;
  }

  #window(key: string, seconds: number, tsUsec: number): Window {
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = { start: tsUsec, count: 0, mark: -1 };
      if (this.#windows.size >= this.#capacity) this.#forgetOldest();
      this.#windows.set(key, window);
      return window;
    }
    this.#touch(key, window);
    if (tsUsec - window.start > seconds * USEC) {
      window.start = tsUsec;
      window.count = 0;
    }
    return window;
  }

  /** Last in the order of use. */
  #touch(key: string, window: Window): void {
    this.#windows.delete(key);
    this.#windows.set(key, window);
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next();
    if (oldest.done === true) return;
    this.#windows.delete(oldest.value);
    const { values } = this.#counters;
    values[COUNTER.ratesForgotten] = (values[COUNTER.ratesForgotten] as number) + 1;
  }
}
