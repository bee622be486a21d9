/** Entries by key, bounded, the least recently used one forgotten first, expiring by packet time. */
import { LruTable, type Key, type ObjectColumn, type StateMemory } from '../correlation/index.ts';

export class EntryIndex<T> {
  readonly #table: LruTable;
  readonly #entries: ObjectColumn<T>;

  constructor(memory: StateMemory, name: string, capacity: number, lifeSeconds: number) {
    this.#table = new LruTable(memory, name, capacity, lifeSeconds);
    this.#entries = this.#table.objects<T>();
  }

  get count(): number {
    return this.#table.count;
  }

  get({ high, low }: Key, tsUsec: number): T | undefined {
    const slot = this.#table.find(high, low, tsUsec);
    return slot < 0 ? undefined : this.#entries.values[slot];
  }

  set({ high, low }: Key, entry: T, tsUsec: number): void {
    this.#entries.values[this.#table.claim(high, low, tsUsec)] = entry;
  }

  delete({ high, low }: Key, tsUsec: number): void {
    const slot = this.#table.find(high, low, tsUsec);
    if (slot >= 0) this.#table.remove(slot);
  }
}
