/**
 * A table that knows how far back it is complete. Whoever accuses somebody because an entry is not there must know
 * that it never was: an entry may have been forgotten for room, or all of them when the clock jumped.
 */
import { LruTable } from '../lru-table.ts';
import type { StateMemory } from '../state-memory.ts';

export class Horizon {
  readonly table: LruTable;
  readonly #lifeUsec: number;
  /** Time of the newest entry that was forgotten: entries go in the order of their use. */
  #forgottenUsec = -Infinity;
  #nowUsec = 0;

  constructor(memory: StateMemory, name: string, capacity: number, lifeSeconds: number) {
    this.#lifeUsec = lifeSeconds * 1e6;
    this.table = new LruTable(memory, name, capacity, lifeSeconds, (slot) => {
      // An entry from before the clock stepped back bears a time that is still to come.
      this.#forgottenUsec = Math.min(this.table.usedUsec(slot), this.#nowUsec);
    });
  }

  get nowUsec(): number {
    return this.#nowUsec;
  }

  /** Time goes on; call it for every stanza the table is about. */
  pass(nowUsec: number): void {
    const earlierUsec = this.#nowUsec;
    this.#nowUsec = nowUsec;
    // Nothing for so long that all entries are over, or a jump: nothing from before is known any more.
    if (Math.abs(nowUsec - earlierUsec) <= this.#lifeUsec) return;
    this.#forgottenUsec = Math.min(earlierUsec, nowUsec);
  }

  /** Is every entry made since then still there? */
  isCompleteSince(usec: number): boolean {
    return this.#forgottenUsec <= usec;
  }
}
