/** What transport/ keeps about each flow: a few numbers in typed arrays indexed by flow. */

export const STATE = {
  /** No data yet. */
  idle: 0,
  probing: 1,
  xmpp: 2,
  /** Was XMPP until STARTTLS or compression. */
  encrypted: 3,
  tls: 4,
  other: 5,
  /** A connection to a SOCKS5 server. */
  socks: 6,
  http: 7,
} as const;

/** Bits of one half; shifted left by 4 for direction 1. */
export const HAS_BYTES = 1;
/** Its beginning was not captured, or bytes are missing. */
export const NOT_START = 2;
/** Judged: not XMPP. */
export const IS_OTHER = 4;
/** Bytes were seen that could not be held (midstream on a stream port). */
export const DROPPED = 8;

/** Bits of one event in the row of events that wait for the verdict. */
const EVENT_BITS = 10;
const MAX_EVENTS = 3;

export class FlowStates {
  #states: Uint8Array = new Uint8Array(0);
  #bits: Uint8Array = new Uint8Array(0);
  #scanned: Float64Array = new Float64Array(0);
  #events: Int32Array = new Int32Array(0);

  open(flow: number): void {
    if (flow >= this.#states.length) this.#grow(flow + 1);
    this.#states[flow] = STATE.idle;
    this.#bits[flow] = 0;
    this.#scanned[flow] = 0;
    this.#events[flow] = 0;
  }

  state(flow: number): number {
    return this.#states[flow] as number;
  }

  setState(flow: number, state: number): void {
    this.#states[flow] = state;
  }

  has(flow: number, direction: number, bit: number): boolean {
    return ((this.#bits[flow] as number) & (bit << (direction * 4))) !== 0;
  }

  set(flow: number, direction: number, bit: number): void {
    this.#bits[flow] = (this.#bits[flow] as number) | (bit << (direction * 4));
  }

  /** Count bytes looked at without a verdict; returns the sum. */
  scan(flow: number, bytes: number): number {
    const sum = (this.#scanned[flow] as number) + bytes;
    this.#scanned[flow] = sum;
    return sum;
  }

  /** Keep an event until the flow is judged; the first few are enough. */
  keepEvent(flow: number, direction: number, event: number): void {
    const kept = this.#events[flow] as number;
    const entry = (event << 1) | direction;
    for (let i = 0; i < MAX_EVENTS; i++) {
      const shift = i * EVENT_BITS;
      if (((kept >>> shift) & ((1 << EVENT_BITS) - 1)) !== 0) continue;
      this.#events[flow] = kept | (entry << shift);
      return;
    }
  }

  /** The `index`th kept event as event * 2 + direction, or 0. */
  keptEvent(flow: number, index: number): number {
    if (index >= MAX_EVENTS) return 0;
    return ((this.#events[flow] as number) >>> (index * EVENT_BITS)) & ((1 << EVENT_BITS) - 1);
  }

  #grow(count: number): void {
    const size = Math.max(1024, 2 ** Math.ceil(Math.log2(count)));
    const states = new Uint8Array(size);
    states.set(this.#states);
    this.#states = states;
    const bits = new Uint8Array(size);
    bits.set(this.#bits);
    this.#bits = bits;
    const scanned = new Float64Array(size);
    scanned.set(this.#scanned);
    this.#scanned = scanned;
    const events = new Int32Array(size);
    events.set(this.#events);
    this.#events = events;
  }
}
