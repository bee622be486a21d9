/**
 * TCP reassembly of many halves (RFC 9293 section 3.10.7.4). Pure: it knows sequence numbers and
 * bytes, no addresses, flows or time. Data that is in order is handed on where it lies, without a
 * copy for delivery; data behind a hole waits in pages until the hole is filled or given up.
 */
import { COUNTER, eventId, type Counters, type LimitValues } from '../core/index.ts';
import { DeliveredHistory } from './delivered-history.ts';
import { FLAGS, HALF_WORDS, HEAD, HELD, HalfState, NEXT, OPEN } from './half-state.ts';
import type { OverlapPolicy } from './overlap-policy.ts';
import { PagePool } from './page-pool.ts';
import { SegmentStore } from './segment-store.ts';
import type { ReassemblyHandler } from './types.ts';

const OVERLAP_DIFF_DATA = eventId('reassembly.overlap_diff_data');
const TOO_MANY_HOLES = eventId('reassembly.too_many_holes');
const MEMCAP = eventId('reassembly.memcap');
/** Sequence numbers further ahead are no part of the half: order is only defined within 2^31. */
const MAX_AHEAD = 1 << 30;

export class Reassembler {
  readonly #handler: ReassemblyHandler;
  readonly #counters: Counters;
  readonly #halves = new HalfState();
  readonly #pool: PagePool;
  readonly #store: SegmentStore;
  readonly #history: DeliveredHistory;
  readonly #maxHalfBytes: number;
  readonly #maxHalfHoles: number;

  constructor(
    handler: ReassemblyHandler,
    counters: Counters,
    limits: LimitValues,
    policy: OverlapPolicy,
  ) {
    this.#handler = handler;
    this.#counters = counters;
    this.#pool = new PagePool(limits.reassemblyMemcapBytes);
    this.#store = new SegmentStore(this.#halves, this.#pool, policy);
    this.#history = new DeliveredHistory(this.#halves, limits.reassemblyHistoryBytes);
    this.#maxHalfBytes = limits.reassemblyHalfBytes;
    this.#maxHalfHoles = limits.reassemblyHalfHoles;
  }

  /** Make room for halves 0 to count - 1. */
  reserve(count: number): void {
    this.#halves.reserve(count);
  }

  /** Bytes held: out-of-order data in use, and the fixed history. */
  get memoryBytes(): number {
    return this.#pool.usedBytes + this.#history.byteLength;
  }

  /** The next byte of the half is `seq`. */
  open(half: number, seq: number): void {
    this.#store.clear(half);
    this.#history.forget(half);
    const words = this.#halves.words;
    words[half * HALF_WORDS + NEXT] = seq;
    words[half * HALF_WORDS + FLAGS] = OPEN;
  }

  /** Stop following the half and free what it holds. nextSeq() keeps its value. */
  close(half: number): void {
    this.#store.clear(half);
    this.#halves.words[half * HALF_WORDS + FLAGS] = 0;
  }

  isOpen(half: number): boolean {
    return ((this.#halves.words[half * HALF_WORDS + FLAGS] as number) & OPEN) !== 0;
  }

  /** Sequence number of the next byte to deliver. */
  nextSeq(half: number): number {
    return this.#halves.words[half * HALF_WORDS + NEXT] as number;
  }

  hasQueue(half: number): boolean {
    return (this.#halves.words[half * HALF_WORDS + HEAD] as number) >= 0;
  }

  /** Where the queue begins; only when hasQueue(). */
  queueSeq(half: number): number {
    return this.#store.pageSeq(this.#store.head(half));
  }

  /** Queue everything from now on: the receiver may yet refuse it (data on a SYN, RFC 7413). */
  hold(half: number): void {
    if (!this.isOpen(half)) return;
    const words = this.#halves.words;
    words[half * HALF_WORDS + FLAGS] = (words[half * HALF_WORDS + FLAGS] as number) | HELD;
  }

  isHeld(half: number): boolean {
    return ((this.#halves.words[half * HALF_WORDS + FLAGS] as number) & HELD) !== 0;
  }

  /** The receiver took the held data: deliver it. */
  release(half: number): void {
    this.#unhold(half);
    this.#drain(half);
  }

  /** The receiver refused the held data: forget it. */
  discard(half: number): void {
    this.#unhold(half);
    this.#store.clear(half);
  }

  /** One segment; ignored when the half is closed or it lies more than 2^30 bytes ahead. */
  segment(half: number, seq: number, bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#halves.words;
    const row = half * HALF_WORDS;
    const distance = (seq - (words[row + NEXT] as number)) | 0;
    if (distance > MAX_AHEAD || length <= 0 || !this.isOpen(half)) return;
    let isNamed = false;
    if (distance < 0) {
      const known = -distance < length ? -distance : length;
      isNamed = this.#repeat(half, seq, bytes, offset, known);
      if (known === length || !this.isOpen(half)) return;
      seq = (seq + known) | 0;
      offset += known;
      length -= known;
    }
    if (
      distance <= 0 &&
      (words[row + HEAD] as number) < 0 &&
      (words[row + FLAGS] as number) === OPEN
    ) {
      this.#deliver(half, bytes, offset, length);
      return;
    }
    this.#queue(half, seq, bytes, offset, length, isNamed);
  }

  /** Give up the hole in front of the queue and deliver what is behind it. */
  giveUpHole(half: number): void {
    if (!this.hasQueue(half)) return;
    this.skip(half, (this.queueSeq(half) - this.nextSeq(half)) | 0);
  }

  /**
   * Give up the next `length` bytes, which reach no further than the queue; deliver what the queue
   * has behind them.
   */
  skip(half: number, length: number): void {
    if (length > 0 && this.isOpen(half)) {
      this.#shrinkHole(half, length);
      const words = this.#halves.words;
      words[half * HALF_WORDS + NEXT] = ((words[half * HALF_WORDS + NEXT] as number) + length) | 0;
      const values = this.#counters.values;
      values[COUNTER.tcpGapBytes] = (values[COUNTER.tcpGapBytes] as number) + length;
      this.#handler.onHole(half, length);
    }
    this.#drain(half);
  }

  /** The half ends: give up all its holes and deliver all its data. */
  flush(half: number): void {
    if (!this.isOpen(half)) return;
    this.#unhold(half);
    this.#drain(half);
    while (this.isOpen(half) && this.hasQueue(half)) this.giveUpHole(half);
  }

  #unhold(half: number): void {
    const words = this.#halves.words;
    words[half * HALF_WORDS + FLAGS] = (words[half * HALF_WORDS + FLAGS] as number) & ~HELD;
  }

  /** Bytes that were delivered before: true when they differ from what was delivered. */
  #repeat(half: number, seq: number, bytes: Uint8Array, offset: number, length: number): boolean {
    this.#countRepeated(length);
    if (!this.#history.differs(half, seq, bytes, offset, length)) return false;
    this.#conflict(half);
    return true;
  }

  /** `isNamed`: the segment's conflict was raised already; one segment raises one. */
  #queue(
    half: number,
    seq: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    isNamed: boolean,
  ): void {
    const next = this.nextSeq(half);
    if (seq === next && !this.isHeld(half)) {
      const room = (this.queueSeq(half) - next) | 0;
      if (length <= room) {
        // It fits into the hole: no copy.
        this.#shrinkHole(half, length);
        this.#deliver(half, bytes, offset, length);
        this.#drain(half);
        return;
      }
    }
    const isStored = this.#store.insert(half, seq, bytes, offset, length);
    this.#countRepeated(this.#store.repeatedBytes);
    if (this.#store.hasConflict && !isNamed) this.#conflict(half);
    if (!isStored && this.isOpen(half)) this.#handler.onEvent(half, MEMCAP);
    if (!this.isOpen(half) || this.isHeld(half)) return;
    if (!isStored && seq === next) this.#deliverFront(half, seq, bytes, offset, length);
    this.#drain(half);
    this.#enforceLimits(half);
  }

  /**
   * No page was free for data that is in order: deliver it from where it lies up to the queue,
   * which holds some of it already, and so on.
   */
  #deliverFront(
    half: number,
    seq: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    while (this.isOpen(half)) {
      this.#drain(half);
      const done = (this.nextSeq(half) - seq) | 0;
      const left = length - done;
      if (left <= 0) return;
      const room = this.hasQueue(half) ? (this.queueSeq(half) - this.nextSeq(half)) | 0 : left;
      const part = left < room ? left : room;
      this.#shrinkHole(half, part);
      this.#deliver(half, bytes, offset + done, part);
    }
  }

  /** Deliver the pages that delivery has reached. */
  #drain(half: number): void {
    const store = this.#store;
    while (this.isOpen(half) && this.hasQueue(half)) {
      const page = store.head(half);
      if (store.pageSeq(page) !== this.nextSeq(half)) return;
      store.unlinkHead(half);
      this.#deliver(half, store.slab(page), store.slabOffset(page), store.pageLength(page));
      store.release(page);
    }
  }

  #deliver(half: number, bytes: Uint8Array, offset: number, length: number): void {
    const words = this.#halves.words;
    const next = words[half * HALF_WORDS + NEXT] as number;
    words[half * HALF_WORDS + NEXT] = (next + length) | 0;
    this.#history.append(half, next, bytes, offset, length);
    const values = this.#counters.values;
    values[COUNTER.tcpSeenBytes] = (values[COUNTER.tcpSeenBytes] as number) + length;
    this.#handler.onBytes(half, bytes, offset, length);
  }

  /**
   * The hole in front of the queue shrinks by `length` bytes, which are about to be delivered or
   * given up.
   */
  #shrinkHole(half: number, length: number): void {
    if (this.hasQueue(half) && ((this.queueSeq(half) - this.nextSeq(half)) | 0) === length) {
      this.#store.closeFirstHole(half);
    }
  }

  #enforceLimits(half: number): void {
    while (this.isOpen(half) && this.#store.holes(half) > this.#maxHalfHoles) {
      this.#handler.onEvent(half, TOO_MANY_HOLES);
      this.giveUpHole(half);
    }
    while (this.isOpen(half) && this.#store.heldBytes(half) > this.#maxHalfBytes) {
      this.giveUpHole(half);
    }
  }

  #conflict(half: number): void {
    const values = this.#counters.values;
    values[COUNTER.tcpOverlapConflicts] = (values[COUNTER.tcpOverlapConflicts] as number) + 1;
    this.#handler.onEvent(half, OVERLAP_DIFF_DATA);
  }

  #countRepeated(length: number): void {
    const values = this.#counters.values;
    values[COUNTER.tcpRetransmittedBytes] =
      (values[COUNTER.tcpRetransmittedBytes] as number) + length;
  }
}
