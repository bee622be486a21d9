/**
 * Where a half stands: its first byte, what its peer acknowledged, how far ahead it may be. Both
 * peers' packets may be missing, so every bound has slack, and acknowledgements are evidence, not
 * proof.
 */
import { COUNTER, eventId, type Counters, type Direction } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import type { Reassembler } from '../reassembly/index.ts';
import { unseenBytes } from './flow-info.ts';
import type { FlowReporter } from './flow-reporter.ts';
import {
  ACKED,
  ACK_SEEN,
  BITS,
  EDGE,
  FAR_COUNT,
  FAR_END,
  FIN_SEEN,
  FLOW_IGNORED,
  GAPS,
  ISN_CONFLICT,
  PACKET_SEEN,
  RST_SEEN,
  SAID_UNSEEN,
  SCALE,
  SEEN,
  STARTED,
  SYN_SEEN,
  TENTATIVE,
  WINDOW,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import { TCP_SYN } from './tcp-flags.ts';
import { WAIT, type WaitQueues } from './wait-queues.ts';

const ACK_UNSEEN_DATA = eventId('flow.ack_unseen_data');

/** A window scale that was not seen: the largest (RFC 7323 section 2.3). */
const MAX_SCALE = 14;
/** Data this close ahead is never out of the window: window updates may have been missed. */
const WINDOW_SLACK = 65536;
/** How far ahead data may be when the window is not known. */
const UNKNOWN_WINDOW = 4 * 1024 * 1024;
/** Further apart, two sequence numbers say nothing about each other. */
export const MAX_AHEAD = 1 << 30;
/** An acknowledgement this close behind the end of far data speaks for that data. */
const FAR_ACK_SLACK = 65536;

export class HalfWindow {
  readonly #store: FlowStore;
  readonly #reassembler: Reassembler;
  readonly #waiting: WaitQueues;
  readonly #counters: Counters;
  readonly #reporter: FlowReporter;

  constructor(
    store: FlowStore,
    reassembler: Reassembler,
    waiting: WaitQueues,
    counters: Counters,
    reporter: FlowReporter,
  ) {
    this.#store = store;
    this.#reassembler = reassembler;
    this.#waiting = waiting;
    this.#counters = counters;
    this.#reporter = reporter;
  }

  /** Begin to reassemble a half at `seq`; what was known of its end and window goes. */
  start(flow: number, direction: Direction, seq: number, bits: number): void {
    const row = halfRow(flow, direction);
    this.#store.clearBits(row, TENTATIVE | FIN_SEEN | RST_SEEN | ACK_SEEN);
    this.#store.setBits(row, STARTED | bits);
    this.#store.words[row + FAR_COUNT] = 0;
    this.#waiting.remove(flow * 2 + direction);
    // The handler may have lost interest at an event just raised.
    if (!this.#store.hasFlag(flow, FLOW_IGNORED)) {
      this.#reassembler.open(flow * 2 + direction, seq);
    }
  }

  /** Has any byte of the half been delivered or given up? */
  hasMoved(flow: number, direction: Direction): boolean {
    return (
      this.#store.number(flow, SEEN + direction) !== 0 ||
      this.#store.number(flow, GAPS + direction) !== 0
    );
  }

  /**
   * A segment with the ACK flag speaks about the other half. False when that half goes on where the
   * sensor cannot follow: another connection runs on these addresses and ports.
   */
  acknowledge(flow: number, direction: Direction, view: PacketView): boolean {
    const peer: Direction = direction === 0 ? 1 : 0;
    const half = flow * 2 + peer;
    const row = halfRow(flow, peer);
    const words = this.#store.words;
    const ack = view.ack;
    if (!this.#store.hasBits(row, STARTED)) this.start(flow, peer, ack, TENTATIVE);
    else if (this.#store.hasBits(row, ISN_CONFLICT)) this.#settleStart(flow, peer, row, ack);
    if (this.#reassembler.isHeld(half)) this.#settleHeld(flow, peer, ack);

    const ahead = (ack - this.#reassembler.nextSeq(half)) | 0;
    if ((words[row + FAR_COUNT] as number) > 0) {
      const behindFar = ((words[row + FAR_END] as number) - ack) | 0;
      if (behindFar >= 0 && behindFar < FAR_ACK_SLACK) return this.jumpTo(flow, peer, ack);
    }
    if (!this.#isPlausible(flow, peer, ahead)) return true;
    const isSyn = (view.flags & TCP_SYN) !== 0;
    const window = isSyn ? view.window : view.window << this.#scale(flow, direction);
    const edge = (ack + window) | 0;
    words[row + WINDOW] = window;
    if (!this.#store.hasBits(row, ACK_SEEN)) {
      this.#store.setBits(row, ACK_SEEN);
      words[row + ACKED] = ack;
      words[row + EDGE] = edge;
    } else {
      if (((ack - (words[row + ACKED] as number)) | 0) > 0) words[row + ACKED] = ack;
      if (((edge - (words[row + EDGE] as number)) | 0) > 0) words[row + EDGE] = edge;
    }
    if (ahead > 0) this.#waitForAcknowledged(flow, peer);
    return true;
  }

  /**
   * Nobody acknowledges far more than he has offered to take; with slack for what the sensor
   * missed. What is beyond, the far data itself must prove (FAR_COUNT).
   */
  #isPlausible(flow: number, direction: Direction, ahead: number): boolean {
    if (ahead > UNKNOWN_WINDOW) return ahead <= this.reach(flow, direction) + UNKNOWN_WINDOW;
    return ahead >= -MAX_AHEAD;
  }

  /** Data of this half came: is it waited for something, still or now? */
  updateWaiting(flow: number, direction: Direction): void {
    const half = flow * 2 + direction;
    if (!this.#reassembler.hasQueue(half)) {
      this.#waiting.remove(half);
    } else if (this.#store.hasBits(halfRow(flow, 1 - direction), PACKET_SEEN)) {
      this.#waitForAcknowledged(flow, direction);
    } else {
      this.#waiting.add(half, WAIT.alone);
    }
  }

  /**
   * The peer has bytes the sensor has not. That alone proves no loss: a capture port that merges
   * two directions or several queues delivers an acknowledgement before its data.
   */
  #waitForAcknowledged(flow: number, direction: Direction): void {
    const half = flow * 2 + direction;
    const row = halfRow(flow, direction);
    if (!this.#store.hasBits(row, ACK_SEEN)) return;
    if (this.#reassembler.hasQueue(half)) {
      const acked = this.#store.words[row + ACKED] as number;
      if (((acked - this.#reassembler.queueSeq(half)) | 0) >= 0)
        this.#waiting.add(half, WAIT.acknowledged);
    } else if (!this.#store.hasBits(row, SAID_UNSEEN)) {
      const next = this.#reassembler.nextSeq(half);
      if (unseenBytes(this.#store, flow, direction, next) > 0)
        this.#waiting.add(half, WAIT.acknowledged);
    }
  }

  /** The wait is over: give up what the peer has and the sensor still has not. */
  giveUpAcknowledged(flow: number, direction: Direction): void {
    const half = flow * 2 + direction;
    const row = halfRow(flow, direction);
    const acked = this.#store.words[row + ACKED] as number;
    const reassembler = this.#reassembler;
    while (reassembler.isOpen(half) && reassembler.hasQueue(half)) {
      if (((acked - reassembler.queueSeq(half)) | 0) < 0) return;
      this.#sayUnseen(flow, direction, row);
      reassembler.giveUpHole(half);
    }
    const next = reassembler.nextSeq(half);
    if (unseenBytes(this.#store, flow, direction, next) > 0) this.#sayUnseen(flow, direction, row);
  }

  /** The wait is over: give up the oldest hole, and wait for the next one. */
  giveUpAlone(flow: number, direction: Direction): void {
    const half = flow * 2 + direction;
    this.#reassembler.giveUpHole(half);
    if (this.#reassembler.isOpen(half)) this.updateWaiting(flow, direction);
  }

  /** How many bytes ahead of what was delivered this half may rightly be. */
  reach(flow: number, direction: Direction): number {
    const row = halfRow(flow, direction);
    const words = this.#store.words;
    const next = this.#reassembler.nextSeq(flow * 2 + direction);
    if (!this.#store.hasBits(row, ACK_SEEN)) return UNKNOWN_WINDOW;
    const acked = ((words[row + ACKED] as number) - next) | 0;
    if (!this.#knowsScale(flow)) return (acked > 0 ? acked : 0) + UNKNOWN_WINDOW;
    const ahead = ((words[row + EDGE] as number) - next) | 0;
    const window = words[row + WINDOW] as number;
    const reach = (ahead > 0 ? ahead : 0) + (window > WINDOW_SLACK ? window : WINDOW_SLACK);
    return reach < MAX_AHEAD ? reach : MAX_AHEAD;
  }

  /**
   * Go on at `seq`, far ahead: all before it is given up. False when `seq` lies behind: then it
   * belongs to another connection.
   */
  jumpTo(flow: number, direction: Direction, seq: number): boolean {
    const half = flow * 2 + direction;
    const reassembler = this.#reassembler;
    this.#store.words[halfRow(flow, direction) + FAR_COUNT] = 0;
    while (reassembler.isOpen(half) && reassembler.hasQueue(half)) reassembler.giveUpHole(half);
    const distance = (seq - reassembler.nextSeq(half)) | 0;
    if (distance < 0 || distance > MAX_AHEAD) return false;
    if (reassembler.isOpen(half)) reassembler.skip(half, distance);
    return true;
  }

  /** Two SYNs named two first bytes: the peer's acknowledgement says which one it took. */
  #settleStart(flow: number, direction: Direction, row: number, ack: number): void {
    this.#store.clearBits(row, ISN_CONFLICT);
    if (this.hasMoved(flow, direction)) return;
    if (ack !== this.#reassembler.nextSeq(flow * 2 + direction))
      this.start(flow, direction, ack, 0);
  }

  /** Data on the SYN is delivered when the peer acknowledged more than the SYN (RFC 7413). */
  #settleHeld(flow: number, direction: Direction, ack: number): void {
    const half = flow * 2 + direction;
    const taken = (ack - this.#reassembler.nextSeq(half)) | 0;
    if (taken > 0 && taken <= WINDOW_SLACK) this.#reassembler.release(half);
    else if (taken === 0) this.#reassembler.discard(half);
    else this.start(flow, direction, ack, 0);
  }

  /** Window scaling is in force when both sides announced it (RFC 7323 section 2.2). */
  #scale(flow: number, direction: Direction): number {
    if (!this.#knowsScale(flow)) return MAX_SCALE;
    const own = this.#store.words[halfRow(flow, direction) + SCALE] as number;
    const peer = this.#store.words[halfRow(flow, 1 - direction) + SCALE] as number;
    return own < 0 || peer < 0 ? 0 : own;
  }

  #knowsScale(flow: number): boolean {
    const bits = this.#store.words;
    const both =
      (bits[halfRow(flow, 0) + BITS] as number) & (bits[halfRow(flow, 1) + BITS] as number);
    return (both & SYN_SEEN) !== 0;
  }

  #sayUnseen(flow: number, direction: Direction, row: number): void {
    const values = this.#counters.values;
    values[COUNTER.tcpUnseenAck] = (values[COUNTER.tcpUnseenAck] as number) + 1;
    // A direction of which nothing is captured is a matter of the capture, not of the traffic.
    const isNew = !this.#store.hasBits(row, SAID_UNSEEN);
    this.#store.setBits(row, SAID_UNSEEN);
    if (isNew && this.#store.hasBits(row, PACKET_SEEN))
      this.#reporter.raise(flow, direction, ACK_UNSEEN_DATA);
  }
}
