/**
 * `threshold`: how often a rule may speak. State is one count and one window start for each rule
 * and tracked value, in packet time, in a table that forgets the least recently used.
 */
import type { Rule, Threshold } from '../rules/index.ts';

const USEC = 1_000_000;

interface Window {
  start: number;
  count: number;
}

/** Survives a reload of the rules: keys are gid and sid, not positions. */
export class ThresholdTable {
  readonly #capacity: number;
  /** In order of last use. */
  readonly #windows = new Map<string, Window>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#windows.size;
  }

  /**
   * Count one firing of `rule` for `tracked` (an address, a JID, ...) and say whether it is told.
   *
   * - limit: the first `count` of each window
   * - threshold: every `count`-th within a window
   * - both: once a window, at the `count`-th
   *
   * A window starts with the first firing and lasts `seconds`. Packet time may step back
   * (several interfaces); then the window just lasts.
   */
  isTold(rule: Rule, threshold: Threshold, tracked: string, tsUsec: number): boolean {
    const window = this.#window(`${rule.gid}:${rule.sid} ${tracked}`, threshold, tsUsec);
    window.count++;
    switch (threshold.type) {
      case 'limit':
        return window.count <= threshold.count;
      case 'threshold':
        if (window.count < threshold.count) return false;
        window.count = 0;
        return true;
      case 'both':
        return window.count === threshold.count;
      case 'backoff':
        return window.count === threshold.count;
    }
  }

  #window(key: string, threshold: Threshold, tsUsec: number): Window {
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = { start: tsUsec, count: 0 };
      if (this.#windows.size >= this.#capacity) {
        const oldest = this.#windows.keys().next();
        if (oldest.done !== true) this.#windows.delete(oldest.value);
      }
    } else {
      this.#windows.delete(key);
      if (tsUsec - window.start >= threshold.seconds * USEC) {
        window.start = tsUsec;
        window.count = 0;
      }
    }
    this.#windows.set(key, window);
    return window;
  }
}
