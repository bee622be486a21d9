/** All tables of the room together: how full they are, what they take, how often each forgot an entry for room. */
import { COUNTER, type Counters } from '../core/index.ts';

/** What a table tells about itself. */
export interface TableSize {
  readonly name: string;
  readonly count: number;
  readonly capacity: number;
  readonly bytes: number;
  /** Bytes when it is full. */
  readonly limitBytes: number;
}

export interface TableReport extends TableSize {
  readonly evictions: number;
}

export class StateMemory {
  readonly #counters: Counters;
  readonly #tables = new Map<TableSize, number>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  register(table: TableSize): void {
    this.#tables.set(table, 0);
  }

  countEviction(table: TableSize): void {
    this.#tables.set(table, (this.#tables.get(table) ?? 0) + 1);
    const { values } = this.#counters;
    values[COUNTER.stateEvictions] = (values[COUNTER.stateEvictions] as number) + 1;
  }

  get bytes(): number {
    let bytes = 0;
    for (const table of this.#tables.keys()) bytes += table.bytes;
    return bytes;
  }

  report(): TableReport[] {
    return [...this.#tables].map(([table, evictions]) => {
      const { name, count, capacity, bytes, limitBytes } = table;
      return { name, count, capacity, bytes, limitBytes, evictions };
    });
  }
}
