/**
 * State of every flow in two typed arrays, one row each: no object per flow, no allocation per
 * packet, and a flow's integers lie side by side in memory. Rows are found by index; indexes
 * are reused.
 */

/** Integers of a flow. Addresses are four words in network order (core/ip.ts). */
export const CLIENT = 0;
export const SERVER = 4;
/** Client port in the upper half, server port in the lower. */
export const PORTS = 8;
/** Part of the key when VLANs tell connections apart, else 0. */
export const VLAN_KEY = 9;
export const HASH = 10;
/** STATE_*. */
export const STATE = 11;
/** FLOW_*. */
export const FLAGS = 12;
/** VLAN ids of the first packet, -1 when absent. */
export const VLAN0 = 13;
export const VLAN1 = 14;
/** Initial sequence number of a SYN that came while the connection was up (FLOW_NEW_SYN). */
export const NEW_ISN = 15;
/** Integers of each half (HALF_*), direction 0 first. */
const HALVES = 16;

/** Integers of one half, from `row + HALVES + direction * HALF_STRIDE`. */
const HALF_STRIDE = 10;
/** Initial sequence number, when SYN_SEEN. */
export const ISN = 0;
/** Sequence number of the FIN, when FIN_SEEN. */
export const FIN = 1;
/** Highest acknowledgement of this half's bytes by the peer, when ACK_SEEN. */
export const ACKED = 2;
/** Right edge of the window the peer offers this half, when ACK_SEEN, and its size, scaled. */
export const EDGE = 3;
export const WINDOW = 4;
/** Run of segments beyond the window: where it ends, how many. */
export const FAR_END = 5;
export const FAR_COUNT = 6;
/** TTL or hop limit this half is sent with, 0 until known. */
export const TTL = 7;
/** Window scale this half announced, -1 when it announced none. */
export const SCALE = 8;
/** HALF_*. */
export const BITS = 9;

const FLOW_STRIDE = HALVES + 2 * HALF_STRIDE;

/** Something of this half was captured. */
export const PACKET_SEEN = 1 << 0;
export const SYN_SEEN = 1 << 1;
/** The half's first byte is known: reassembly runs. */
export const STARTED = 1 << 2;
/** It is known from the peer's acknowledgement only. */
export const TENTATIVE = 1 << 3;
export const FIN_SEEN = 1 << 4;
export const RST_SEEN = 1 << 5;
export const ACK_SEEN = 1 << 6;
/** The SYN came with two different initial sequence numbers. */
export const ISN_CONFLICT = 1 << 7;
/** The half's SYN acknowledged the peer's. */
export const SYN_ACKED_PEER = 1 << 16;
/** A segment with a right checksum was seen. */
export const CHECKSUM_GOOD = 1 << 8;
/** These events are raised once per half. */
export const SAID_TTL = 1 << 9;
export const SAID_FAR = 1 << 10;
export const SAID_UNSEEN = 1 << 11;
export const SAID_MEMCAP = 1 << 12;
export const SAID_GAP = 1 << 13;
export const SAID_CHECKSUM = 1 << 14;
export const SAID_URGENT = 1 << 15;

/** Flags of a flow. */
export const FLOW_MIDSTREAM = 1 << 0;
export const FLOW_IGNORED = 1 << 1;
export const FLOW_NEW_SYN = 1 << 2;
/** Counted as degraded. */
export const FLOW_DEGRADED = 1 << 3;
export const FLOW_SAID_SPLIT = 1 << 4;

/** States, in the order in which they are evicted last; also the index of the flow's time-out. */
export const STATE_NEW = 0;
export const STATE_ESTABLISHED = 1;
/** A reset was accepted, or one side has closed. */
export const STATE_CLOSING = 2;
/** Ended and reported; the row stays a while so that stragglers do not look like a new flow. */
export const STATE_CLOSED = 3;
export const STATE_COUNT = 4;

/** Floating-point values of a flow: times in microseconds, counts per direction. */
export const START = 0;
export const LAST = 1;
/** When the flow was last moved to the end of its list. */
export const STAMP = 2;
export const FLOW_ID = 3;
export const PACKETS = 4;
export const WIRE_BYTES = 6;
/** Stream bytes delivered, and given up. */
export const SEEN = 8;
export const GAPS = 10;
const NUMBER_STRIDE = 12;

/** Row offset of a half's integers. */
export function halfRow(flow: number, direction: number): number {
  return flow * FLOW_STRIDE + HALVES + direction * HALF_STRIDE;
}

export class FlowStore {
  static readonly BYTES_PER_FLOW = FLOW_STRIDE * 4 + NUMBER_STRIDE * 8;
  /** Rows of integers and of numbers. Replaced when they grow: read them anew in every call. */
  words: Int32Array;
  numbers: Float64Array;
  #capacity: number;
  readonly #maxFlows: number;
  /** Free rows, chained through their first integer. */
  #free = -1;
  #claimed = 0;
  #live = 0;

  constructor(initialFlows: number, maxFlows: number) {
    this.#maxFlows = maxFlows;
    this.#capacity = Math.min(initialFlows, maxFlows);
    this.words = new Int32Array(this.#capacity * FLOW_STRIDE);
    this.numbers = new Float64Array(this.#capacity * NUMBER_STRIDE);
  }

  /** Rows there is memory for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Rows in use. */
  get live(): number {
    return this.#live;
  }

  get isFull(): boolean {
    return this.#free < 0 && this.#claimed === this.#capacity;
  }

  get canGrow(): boolean {
    return this.#capacity < this.#maxFlows;
  }

  /** Rows after the next growth. */
  get nextCapacity(): number {
    return Math.min(this.#capacity * 2, this.#maxFlows);
  }

  get byteLength(): number {
    return this.words.byteLength + this.numbers.byteLength;
  }

  grow(): void {
    this.#capacity = this.nextCapacity;
    const words = new Int32Array(this.#capacity * FLOW_STRIDE);
    words.set(this.words);
    this.words = words;
    const numbers = new Float64Array(this.#capacity * NUMBER_STRIDE);
    numbers.set(this.numbers);
    this.numbers = numbers;
  }

  /** A zeroed row; only when not full. */
  take(): number {
    let flow = this.#free;
    if (flow >= 0) this.#free = this.words[flow * FLOW_STRIDE] as number;
    else flow = this.#claimed++;
    this.words.fill(0, flow * FLOW_STRIDE, (flow + 1) * FLOW_STRIDE);
    this.numbers.fill(0, flow * NUMBER_STRIDE, (flow + 1) * NUMBER_STRIDE);
    this.#live++;
    return flow;
  }

  give(flow: number): void {
    this.words[flow * FLOW_STRIDE] = this.#free;
    // A free row has no start time: that is how it is told from a live one.
    this.numbers[flow * NUMBER_STRIDE + FLOW_ID] = 0;
    this.#free = flow;
    this.#live--;
  }

  isLive(flow: number): boolean {
    return this.numbers[flow * NUMBER_STRIDE + FLOW_ID] !== 0;
  }

  /** Row offset of a flow's integers. */
  row(flow: number): number {
    return flow * FLOW_STRIDE;
  }

  /** Row offset of a flow's numbers. */
  numberRow(flow: number): number {
    return flow * NUMBER_STRIDE;
  }

  /** An integer of a flow. */
  word(flow: number, field: number): number {
    return this.words[flow * FLOW_STRIDE + field] as number;
  }

  setWord(flow: number, field: number, value: number): void {
    this.words[flow * FLOW_STRIDE + field] = value;
  }

  /** Are any of these bits set on the half at `row` (see halfRow)? */
  hasBits(row: number, bits: number): boolean {
    return ((this.words[row + BITS] as number) & bits) !== 0;
  }

  setBits(row: number, bits: number): void {
    this.words[row + BITS] = (this.words[row + BITS] as number) | bits;
  }

  clearBits(row: number, bits: number): void {
    this.words[row + BITS] = (this.words[row + BITS] as number) & ~bits;
  }

  number(flow: number, field: number): number {
    return this.numbers[flow * NUMBER_STRIDE + field] as number;
  }

  hasFlag(flow: number, flag: number): boolean {
    return (this.word(flow, FLAGS) & flag) !== 0;
  }

  setFlag(flow: number, flag: number): void {
    this.setWord(flow, FLAGS, this.word(flow, FLAGS) | flag);
  }
}
