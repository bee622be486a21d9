/** All tables of the room together: how full they are, what they take, how often each forgot an entry for room. */
import { COUNTER, type Counters } from '../core/index.ts';

/** What a table tells about itself. */
export interface TableReport {
  readonly name: string;
  /** Entries, expired ones that nobody asked for included. */
  readonly count: number;
  readonly capacity: number;
  /** Bytes of its columns, now and when it is full. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** Entries forgotten because it was full. */
  readonly evictions: number;
}

export class StateMemory {
  readonly #counters: Counters;
  readonly #tables: TableReport[] = [];

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  register(table: TableReport): void {
    this.#tables.push(table);
  }

  countEviction(): void {
    const { values } = this.#counters;
    values[COUNTER.stateEvictions] = (values[COUNTER.stateEvictions] as number) + 1;
  }

  get bytes(): number {
    return this.#tables.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  report(): TableReport[] {
    return this.#tables.map(({ name, count, capacity, bytes, limitBytes, evictions }) => ({
      ...{ name, count, capacity, bytes, limitBytes, evictions },
    }));
  }
}
