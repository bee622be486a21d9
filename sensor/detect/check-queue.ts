/**
 * What is to be checked for a stanza or event: rules, and for event rules which of the raised events
 * they heard. One number each, so that sorting them is all it takes to get the order of evaluation.
 */
import type { CompiledRule } from './plan.ts';

/** An entry is the rank of the rule times this, plus the number of the raised event. */
const RAISED_SPAN = 2 ** 20;
const FIRST_ENTRIES = 64;

export class CheckQueue {
  #entries = new Float64Array(FIRST_ENTRIES);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** `raised` is -1 for a rule that matches the stanza. */
  add({ rank }: CompiledRule, raised: number): void {
    if (this.#count === this.#entries.length) {
      const entries = new Float64Array(2 * this.#count);
      entries.set(this.#entries);
      this.#entries = entries;
    }
    this.#entries[this.#count++] = rank * RAISED_SPAN + raised + 1;
  }

  /** Entries in order of evaluation; valid until the queue is used again. */
  sorted(): Float64Array {
    return this.#entries.subarray(0, this.#count).sort();
  }

  rankOf(entry: number): number {
    return Math.floor(entry / RAISED_SPAN);
  }

  raisedOf(entry: number): number {
    return (entry % RAISED_SPAN) - 1;
  }
}
