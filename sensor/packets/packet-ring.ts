/**
 * Packets of the last moments, in memory: bytes in a ring, written over when it is full. A packet costs one copy and no
 * memory of its own. Each names the one before of its flow, so that a flow's packets are found without a search.
 *
 * Places in the ring only grow: what stands there is the place modulo the size, and a packet is still there as long as
 * less than the size was written behind its beginning. So nothing needs to be taken out.
 */
import type { PacketTime } from '../core/index.ts';

/** In front of each packet. Numbers (64 bit): place of the packet before, flow id, time. */
const BEFORE = 0;
const FLOW = 1;
const TIME = 2;
/** Words (32 bit) behind them: captured length, wire length, interface. */
const CAPLEN = 6;
const WIRELEN = 7;
const INTERFACE = 8;
const HEADER = 40;

/** There is no packet before. */
export const NO_PLACE = -1;
/** Up to here copying byte by byte is faster than making a view to copy from (60 ns). */
const SHORT = 32;

/** A packet that is still in the ring. */
export interface RingPacket {
  readonly place: number;
  readonly tsUsec: number;
  readonly wirelen: number;
  /** Number that was given with the packet. */
  readonly interfaceId: number;
  /** Borrowed: good until the next packet is written. */
  readonly bytes: Uint8Array;
}

export class PacketRing {
  readonly #size: number;
  readonly #bytes: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #words: Uint32Array;
  /** Where the next packet goes, and the place of the ring's beginning in this lap. */
  #at = 0;
  #lap = 0;

  /** `bytes`: room for packets, each with 40 bytes of its own. */
  constructor(bytes: number) {
    this.#size = Math.max(HEADER, Math.floor(bytes / 8) * 8);
    const memory = new ArrayBuffer(this.#size);
    this.#bytes = new Uint8Array(memory);
    this.#numbers = new Float64Array(memory);
    this.#words = new Uint32Array(memory);
  }

  /** Bytes that hold packets. */
  get used(): number {
    return this.#lap > 0 ? this.#size : this.#at;
  }

  /**
   * Keeps a packet; `heads[slot]` is the place of its flow's latest, and becomes that of this one. A packet larger than
   * the ring is not kept.
   */
  write(
    heads: Float64Array,
    slot: number,
    flowId: Float64Array,
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    interfaceId: number,
  ): void {
    const length = (HEADER + caplen + 7) & ~7;
    if (length > this.#size) return;
    if (this.#at + length > this.#size) {
      this.#at = 0;
      this.#lap++;
    }
    const at = this.#at;
    const numbers = this.#numbers;
    const n = at >> 3;
    numbers[n + BEFORE] = heads[slot] as number;
    numbers[n + FLOW] = flowId[0] as number;
    numbers[n + TIME] = time[0] as number;
    const words = this.#words;
    const w = at >> 2;
    words[w + CAPLEN] = caplen;
    words[w + WIRELEN] = wirelen;
    words[w + INTERFACE] = interfaceId;
    const start = at + HEADER;
    const target = this.#bytes;
    if (caplen <= SHORT) {
      for (let i = 0; i < caplen; i++) target[start + i] = bytes[offset + i] as number;
    } else target.set(bytes.subarray(offset, offset + caplen), start);
    heads[slot] = this.#lap * this.#size + at;
    this.#at = at + length;
  }

  /** Is the packet that was written to this place still there? */
  holds(place: number): boolean {
    return place >= 0 && place >= (this.#lap - 1) * this.#size + this.#at;
  }

  /**
   * Packets of the flow whose latest is at `head`, newest first, back to (and without) `until`, or to the first that was
   * written over.
   */
  *back(head: number, until: number, flowId: number): Generator<RingPacket> {
    for (let place = head; place > until && this.holds(place);) {
      const at = place % this.#size;
      const n = at >> 3;
      const w = at >> 2;
      // A chain that leads elsewhere would show packets of somebody else.
      if (this.#numbers[n + FLOW] !== flowId) return;
      const start = at + HEADER;
      yield {
        place,
        tsUsec: this.#numbers[n + TIME] as number,
        wirelen: this.#words[w + WIRELEN] as number,
        interfaceId: this.#words[w + INTERFACE] as number,
        bytes: this.#bytes.subarray(start, start + (this.#words[w + CAPLEN] as number)),
      };
      place = this.#numbers[n + BEFORE] as number;
    }
  }
}
