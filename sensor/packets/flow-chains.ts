/**
 * Where the packets of each flow are: places in the two rings (latest, and up to where they were written to disk), by
 * row of the flow table. Rows are used again; what their flows before had is kept a while longer, for alerts that come
 * behind the end of a flow.
 */
import { NO_PLACE } from './packet-ring.ts';

/** Rings: of conversations and beginnings, and of what is carried behind those. */
export const LANES = 2;
const FIRST_ROWS = 1024;
/** Flows whose rows were taken by others. */
const ENDED = 4096;

/** Flows by slot: slots of live flows are rows, those of ended ones lie apart. */
class ChainTable {
  ids: Float64Array<ArrayBuffer>;
  /** Place of the latest packet, and of the latest that was written, by slot and ring. */
  heads: Float64Array<ArrayBuffer>;
  marks: Float64Array<ArrayBuffer>;

  constructor(slots: number) {
    this.ids = new Float64Array(slots);
    this.heads = new Float64Array(slots * LANES);
    this.marks = new Float64Array(slots * LANES);
  }

  grow(slots: number): void {
    this.ids = grown(this.ids, slots);
    this.heads = grown(this.heads, slots * LANES);
    this.marks = grown(this.marks, slots * LANES);
  }

  copy(from: ChainTable, source: number, slot: number): void {
    this.ids[slot] = from.ids[source] as number;
    for (let lane = 0; lane < LANES; lane++) {
      this.heads[slot * LANES + lane] = from.heads[source * LANES + lane] as number;
      this.marks[slot * LANES + lane] = from.marks[source * LANES + lane] as number;
    }
  }
}

/** A flow's packets in both rings. */
export interface Chain {
  readonly flowId: number;
  head(lane: number): number;
  mark(lane: number): number;
  /** All up to the latest was written. */
  setWritten(): void;
}

export class FlowChains {
  readonly #live = new ChainTable(FIRST_ROWS);
  readonly #ended = new ChainTable(ENDED);
  /** Bytes kept of flows so far, and which of them speak XMPP; by row. */
  #bytes = new Float64Array(FIRST_ROWS);
  #isXmpp = new Uint8Array(FIRST_ROWS);
  /** Packets behind an alert that are still awaited, by row. */
  #awaited = new Uint32Array(FIRST_ROWS);

  /** Latest places by row and ring, as a ring writes them. Replaced when it grows: read it anew. */
  get heads(): Float64Array {
    return this.#live.heads;
  }

  /** Is the flow with this id (`id[0]`) in this row? */
  isIn(row: number, id: Float64Array): boolean {
    return row < this.#live.ids.length && this.#live.ids[row] === id[0];
  }

  /** A flow begins in this row; the one before it there has ended. */
  begin(row: number, id: Float64Array): void {
    if (row >= this.#live.ids.length) this.#grow(row);
    const before = this.#live.ids[row] as number;
    if (before !== 0) this.#ended.copy(this.#live, row, before % ENDED);
    this.#live.ids[row] = id[0] as number;
    for (let lane = 0; lane < LANES; lane++) {
      this.#live.heads[row * LANES + lane] = NO_PLACE;
      this.#live.marks[row * LANES + lane] = NO_PLACE;
    }
    this.#bytes[row] = 0;
    this.#isXmpp[row] = 0;
    this.#awaited[row] = 0;
  }

  setXmpp(row: number): void {
    if (row >= this.#isXmpp.length) this.#grow(row);
    this.#isXmpp[row] = 1;
  }

  /** Counts a packet; which ring it belongs into. */
  laneOf(row: number, bytes: number, mostCarried: number): number {
    if (this.#isXmpp[row] === 1) return 0;
    const before = this.#bytes[row] as number;
    this.#bytes[row] = before + bytes;
    return before < mostCarried ? 0 : 1;
  }

  /** Awaits packets of the flow in this row. */
  await(row: number, packets: number): void {
    this.#awaited[row] = packets;
  }

  /** One of them came; true when it was the last. */
  arrived(row: number): boolean {
    const left = this.#awaited[row] as number;
    if (left === 0) return false;
    this.#awaited[row] = left - 1;
    return left === 1;
  }

  /** Row of a flow, -1 when it has none. `guess`: where it most likely is. */
  rowOf(flowId: number, guess: number): number {
    return this.#live.ids[guess] === flowId ? guess : this.#live.ids.indexOf(flowId);
  }

  /** The packets of a flow, live or ended. */
  find(flowId: number, guess: number): Chain | undefined {
    const row = this.rowOf(flowId, guess);
    if (row >= 0) return chainOf(this.#live, row);
    const slot = flowId % ENDED;
    return this.#ended.ids[slot] === flowId ? chainOf(this.#ended, slot) : undefined;
  }

  #grow(row: number): void {
    let rows = this.#live.ids.length;
    while (rows <= row) rows *= 2;
    this.#live.grow(rows);
    this.#bytes = grown(this.#bytes, rows);
    const isXmpp = new Uint8Array(rows);
    isXmpp.set(this.#isXmpp);
    this.#isXmpp = isXmpp;
    const awaited = new Uint32Array(rows);
    awaited.set(this.#awaited);
    this.#awaited = awaited;
  }
}

function chainOf(table: ChainTable, slot: number): Chain {
  return {
    flowId: table.ids[slot] as number,
    head: (lane) => table.heads[slot * LANES + lane] as number,
    mark: (lane) => table.marks[slot * LANES + lane] as number,
    setWritten: () => {
      for (let lane = 0; lane < LANES; lane++) {
        table.marks[slot * LANES + lane] = table.heads[slot * LANES + lane] as number;
      }
    },
  };
}

function grown(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(values);
  return larger;
}
