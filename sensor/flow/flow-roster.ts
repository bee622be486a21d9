/**
 * Which flows there are: rows, the way from a packet to its row, and the order in which rows are
 * given up. One list per state in order of use, so that the flow that times out next, or makes room
 * when the table is full, is at the front. Packet time only.
 */
import type { Counters, Direction, LimitValues } from '../core/index.ts';
import { COUNTER } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import { FlowIndex } from './flow-index.ts';
import {
  CLIENT,
  FLOW_ID,
  FlowStore,
  LAST,
  PORTS,
  SERVER,
  STAMP,
  START,
  STATE,
  STATE_CLOSED,
  STATE_CLOSING,
  STATE_COUNT,
  STATE_ESTABLISHED,
  STATE_NEW,
  VLAN0,
  VLAN1,
  VLAN_KEY,
} from './flow-store.ts';
import { LinkedLists } from './linked-lists.ts';
import { MAX_STEP_BACK_USEC, type PacketClock } from './packet-clock.ts';

/** Rows at the start; they double up to the limits, so that a small network costs little. */
const INITIAL_FLOWS = 16384;
/** A flow moves to the end of its list at most once in this time: order of use, nearly free. */
const STAMP_USEC = 1_000_000;
/** Bytes per row in lists, wait queues and reassembly, beside the store itself. */
const SIDE_BYTES_PER_FLOW = 8 + 2 * (8 + 8 + 1) + 2 * 32;

/** Answers of room() that name no flow. */
const HAS_ROOM = -1;
export const AT_MEMCAP = -2;

export class FlowRoster {
  readonly store: FlowStore;
  /** Set by find(): direction of the packet in the flow found. */
  direction: Direction = 0;

  readonly #clock: PacketClock;
  readonly #index: FlowIndex;
  readonly #lists = new LinkedLists(STATE_COUNT);
  readonly #memcap: number;
  /** Microseconds of silence after which a flow ends, by state. */
  readonly #timeouts = new Float64Array(STATE_COUNT);
  readonly #onGrow: (capacity: number) => void;
  #nextFlowId: number;

  /** `onGrow` is told for how many flows others must have room. */
  constructor(
    clock: PacketClock,
    limits: LimitValues,
    usesVlan: boolean,
    firstFlowId: number,
    onGrow: (capacity: number) => void,
  ) {
    this.#clock = clock;
    this.#memcap = limits.flowMemcapBytes;
    this.#timeouts[STATE_NEW] = limits.flowTimeoutNewSeconds * 1e6;
    this.#timeouts[STATE_ESTABLISHED] = limits.flowTimeoutEstablishedSeconds * 1e6;
    this.#timeouts[STATE_CLOSING] = limits.flowTimeoutClosingSeconds * 1e6;
    this.#timeouts[STATE_CLOSED] = limits.flowTimeoutClosedSeconds * 1e6;
    let initial = INITIAL_FLOWS;
    while (initial > 1 && bytesFor(initial) > this.#memcap) initial = Math.floor(initial / 2);
    this.store = new FlowStore(initial, Math.max(1, limits.flowTableFlows));
    this.#index = new FlowIndex(this.store, usesVlan);
    this.#lists.reserve(this.store.capacity);
    this.#nextFlowId = firstFlowId;
    this.#onGrow = onGrow;
  }

  /** The flow of a packet, or -1; sets `direction`. */
  find(view: PacketView): number {
    const flow = this.#index.find(view);
    this.direction = this.#index.direction;
    return flow;
  }

  /**
   * Is there a row for one more flow? HAS_ROOM, or the flow that must end first: a straggler, else
   * what is ending, else what never began, else what was silent longest. AT_MEMCAP when nothing
   * should end for it.
   */
  room(): number {
    const store = this.store;
    if (!store.isFull) return HAS_ROOM;
    if (store.canGrow && bytesFor(store.nextCapacity) <= this.#memcap) {
      store.grow();
      this.#index.grow();
      this.#lists.reserve(store.capacity);
      this.#onGrow(store.capacity);
      return HAS_ROOM;
    }
    const closed = this.#lists.head(STATE_CLOSED);
    if (closed >= 0) return closed;
    if (store.canGrow) return AT_MEMCAP;
    const closing = this.#lists.head(STATE_CLOSING);
    if (closing >= 0) return closing;
    const fresh = this.#lists.head(STATE_NEW);
    return fresh >= 0 ? fresh : this.#lists.head(STATE_ESTABLISHED);
  }

  /** A row for the flow of the packet that find() did not find; only when there is room. */
  add(view: PacketView, direction: Direction): number {
    const store = this.store;
    const flow = store.take();
    const source = direction === 0 ? CLIENT : SERVER;
    const target = direction === 0 ? SERVER : CLIENT;
    store.setWord(flow, source, view.src0);
    store.setWord(flow, source + 1, view.src1);
    store.setWord(flow, source + 2, view.src2);
    store.setWord(flow, source + 3, view.src3);
    store.setWord(flow, target, view.dst0);
    store.setWord(flow, target + 1, view.dst1);
    store.setWord(flow, target + 2, view.dst2);
    store.setWord(flow, target + 3, view.dst3);
    const client = direction === 0 ? view.srcPort : view.dstPort;
    const server = direction === 0 ? view.dstPort : view.srcPort;
    store.setWord(flow, PORTS, (client << 16) | server);
    store.setWord(flow, VLAN_KEY, this.#index.vlanKey(view));
    store.setWord(flow, VLAN0, view.vlan0);
    store.setWord(flow, VLAN1, view.vlan1);
    this.#index.insert(flow, this.#index.hash);
    const numbers = store.numbers;
    const row = store.numberRow(flow);
    numbers[row + START] = view.tsUsec;
    numbers[row + LAST] = this.#clock.now[0] as number;
    numbers[row + STAMP] = this.#clock.now[0] as number;
    numbers[row + FLOW_ID] = this.#nextFlowId++;
    this.#lists.append(STATE_NEW, flow);
    return flow;
  }

  /** A packet of the flow came. */
  touch(flow: number, state: number): void {
    const numbers = this.store.numbers;
    const row = this.store.numberRow(flow);
    const now = this.#clock.now[0] as number;
    numbers[row + LAST] = now;
    const age = now - (numbers[row + STAMP] as number);
    if (age < 0 || age >= STAMP_USEC) this.move(flow, state, state);
  }

  /** The flow goes to the end of the list of its state. */
  move(flow: number, before: number, state: number): void {
    this.store.numbers[this.store.numberRow(flow) + STAMP] = this.#clock.now[0] as number;
    this.#lists.remove(before, flow);
    this.#lists.append(state, flow);
  }

  remove(flow: number): void {
    this.#lists.remove(this.store.word(flow, STATE), flow);
    this.#index.remove(flow);
    this.store.give(flow);
  }

  isExpired(flow: number): boolean {
    const silence = (this.#clock.now[0] as number) - this.store.number(flow, LAST);
    // Last heard of in the future: the clock has stepped back, the flow is of another capture.
    if (silence < -MAX_STEP_BACK_USEC) return true;
    return silence >= (this.#timeouts[this.store.word(flow, STATE)] as number);
  }

  /** A flow that has timed out, or -1. */
  firstExpired(): number {
    for (let state = 0; state < STATE_COUNT; state++) {
      const flow = this.#lists.head(state);
      if (flow >= 0 && this.isExpired(flow)) return flow;
    }
    return -1;
  }

  updateGauges(counters: Counters): void {
    counters.values[COUNTER.flowMemuse] = bytesFor(this.store.capacity);
  }
}

/** Memory of so many rows. */
function bytesFor(flows: number): number {
  return flows * (FlowStore.BYTES_PER_FLOW + SIDE_BYTES_PER_FLOW) + FlowIndex.bytesFor(flows);
}
