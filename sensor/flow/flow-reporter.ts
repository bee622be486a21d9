/**
 * What is found about flows, on its way to the handler: bytes and gaps from reassembly, events from
 * everywhere in the room. Counts all of it.
 */
import { COUNTER, eventId, type Counters, type Direction } from '../core/index.ts';
import type { ReassemblyHandler } from '../reassembly/index.ts';
import {
  FLOW_DEGRADED,
  GAPS,
  SAID_GAP,
  SAID_MEMCAP,
  SEEN,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import type { FlowHandler } from './types.ts';

const GAP = eventId('reassembly.gap');
const REASSEMBLY_MEMCAP = eventId('reassembly.memcap');

const DEAF: FlowHandler = {
  onOpen: () => undefined,
  onData: () => undefined,
  onGap: () => undefined,
  onEvent: () => undefined,
  onClose: () => undefined,
};

export class FlowReporter implements ReassemblyHandler {
  handler: FlowHandler = DEAF;
  readonly #store: FlowStore;
  readonly #counters: Counters;

  constructor(store: FlowStore, counters: Counters) {
    this.#store = store;
    this.#counters = counters;
  }

  onBytes(half: number, bytes: Uint8Array, offset: number, length: number): void {
    const flow = half >> 1;
    const direction = directionOf(half);
    this.#add(flow, SEEN + direction, length);
    this.handler.onData(flow, direction, bytes, offset, length);
  }

  onHole(half: number, length: number): void {
    const flow = half >> 1;
    const direction = directionOf(half);
    this.#add(flow, GAPS + direction, length);
    this.degrade(flow);
    this.handler.onGap(flow, direction, length);
    this.raiseOnce(flow, direction, SAID_GAP, GAP);
  }

  onEvent(half: number, event: number): void {
    const flow = half >> 1;
    if (event === REASSEMBLY_MEMCAP) this.raiseOnce(flow, directionOf(half), SAID_MEMCAP, event);
    else this.raise(flow, directionOf(half), event);
  }

  /** Bytes that are missing in a direction nobody reads: they count, and that is all. */
  addUnheard(flow: number, direction: Direction, length: number): void {
    this.#add(flow, GAPS + direction, length);
    this.#counters.add('tcpGapBytes', length);
  }

  raise(flow: number, direction: Direction, event: number): void {
    this.countEvent(event);
    this.handler.onEvent(flow, direction, event);
  }

  /** Raise an event at most once per half: `bit` remembers it. */
  raiseOnce(flow: number, direction: Direction, bit: number, event: number): void {
    const row = halfRow(flow, direction);
    if (this.#store.hasBits(row, bit)) return;
    this.#store.setBits(row, bit);
    this.raise(flow, direction, event);
  }

  /** Something of the flow was missed. */
  degrade(flow: number): void {
    if (this.#store.hasFlag(flow, FLOW_DEGRADED)) return;
    this.#store.setFlag(flow, FLOW_DEGRADED);
    this.bump(COUNTER.degradedFlows);
  }

  bump(counter: number): void {
    const values = this.#counters.values;
    values[counter] = (values[counter] as number) + 1;
  }

  countEvent(event: number): void {
    const events = this.#counters.events;
    events[event] = (events[event] as number) + 1;
  }

  #add(flow: number, field: number, length: number): void {
    const at = this.#store.numberRow(flow) + field;
    this.#store.numbers[at] = (this.#store.numbers[at] as number) + length;
  }
}

/** Halves are numbered flow * 2 + direction. */
export function directionOf(half: number): Direction {
  return (half & 1) === 0 ? 0 : 1;
}
