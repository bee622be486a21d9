/**
 * SYN segments of a flow: three-way, split and simultaneous handshakes (RFC 9293 section 3.5), data
 * on the SYN (RFC 7413), repeated SYNs with another initial sequence number, and SYNs that open the
 * next connection on the same addresses and ports.
 */
import { eventId, type Direction } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import type { Reassembler } from '../reassembly/index.ts';
import type { FlowReporter } from './flow-reporter.ts';
import {
  FIN_SEEN,
  FLOW_NEW_SYN,
  FLOW_SAID_SPLIT,
  GAPS,
  ISN,
  ISN_CONFLICT,
  NEW_ISN,
  RST_SEEN,
  SCALE,
  SEEN,
  STARTED,
  STATE,
  STATE_CLOSING,
  STATE_ESTABLISHED,
  STATE_NEW,
  SYN_ACKED_PEER,
  SYN_SEEN,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import type { HalfWindow } from './half-window.ts';
import { TCP_ACK } from './tcp-flags.ts';

const SYN_WITH_DATA = eventId('flow.syn_with_data');
const SYN_ISN_CHANGED = eventId('flow.syn_isn_changed');
const SPLIT_HANDSHAKE = eventId('flow.split_handshake');

export class Handshake {
  readonly #store: FlowStore;
  readonly #reassembler: Reassembler;
  readonly #window: HalfWindow;
  readonly #reporter: FlowReporter;

  constructor(
    store: FlowStore,
    reassembler: Reassembler,
    window: HalfWindow,
    reporter: FlowReporter,
  ) {
    this.#store = store;
    this.#reassembler = reassembler;
    this.#window = window;
    this.#reporter = reporter;
  }

  /** A SYN or SYN-ACK of a followed flow. False when it belongs to a new connection. */
  syn(flow: number, direction: Direction, view: PacketView): boolean {
    const row = halfRow(flow, direction);
    const isAck = (view.flags & TCP_ACK) !== 0;
    if (this.#store.hasBits(row, SYN_SEEN)) {
      if (view.seq === this.#store.words[row + ISN]) return this.#repeated(flow, direction, view);
      if (this.#store.word(flow, STATE) !== STATE_NEW) return this.#foreign(flow, direction, view);
      // Which of the two the peer takes, its acknowledgement will tell (HalfWindow.acknowledge).
      this.#reporter.raise(flow, direction, SYN_ISN_CHANGED);
      this.#store.setBits(row, ISN_CONFLICT);
    } else {
      if (
        this.#store.word(flow, STATE) === STATE_CLOSING &&
        !this.#revives(flow, direction, view)
      ) {
        return false;
      }
      if (this.#window.hasMoved(flow, direction)) {
        if (!this.#isLate(flow, direction, view)) return this.#foreign(flow, direction, view);
        this.#remember(row, view);
        return !isAck || this.#window.acknowledge(flow, direction, view);
      }
      if (!isAck) this.#noteSplit(flow, direction);
    }
    this.#remember(row, view);
    this.#window.start(flow, direction, (view.seq + 1) | 0, 0);
    if (isAck && !this.#acknowledge(flow, direction, view)) return false;
    if (view.payloadLength > 0) this.#data(flow, direction, view, isAck);
    return true;
  }

  #remember(row: number, view: PacketView): void {
    this.#store.words[row + ISN] = view.seq;
    this.#store.words[row + SCALE] = view.windowScale;
    const isAck = (view.flags & TCP_ACK) !== 0;
    this.#store.setBits(row, isAck ? SYN_SEEN | SYN_ACKED_PEER : SYN_SEEN);
  }

  /**
   * A SYN-ACK names the first byte it expects: before any data was seen, it is right about that.
   */
  #acknowledge(flow: number, direction: Direction, view: PacketView): boolean {
    const peer: Direction = direction === 0 ? 1 : 0;
    const half = flow * 2 + peer;
    const isStarted = this.#store.hasBits(halfRow(flow, peer), STARTED);
    const isFree = !this.#reassembler.isHeld(half) && !this.#window.hasMoved(flow, peer);
    if (isStarted && isFree && view.ack !== this.#reassembler.nextSeq(half)) {
      this.#window.start(flow, peer, view.ack, 0);
    }
    return this.#window.acknowledge(flow, direction, view);
  }

  #data(flow: number, direction: Direction, view: PacketView, isAck: boolean): void {
    const half = flow * 2 + direction;
    this.#reporter.raise(flow, direction, SYN_WITH_DATA);
    // The receiver of a plain SYN may refuse its data; its SYN-ACK will tell.
    if (!isAck) this.#reassembler.hold(half);
    const seq = (view.seq + 1) | 0;
    this.#reassembler.segment(half, seq, view.bytes, view.payloadOffset, view.payloadLength);
  }

  /** The same SYN again: somebody did not get the answer, or the capture shows it twice. */
  #repeated(flow: number, direction: Direction, view: PacketView): boolean {
    const hasMoved = this.#window.hasMoved(flow, 0) || this.#window.hasMoved(flow, 1);
    if (this.#store.word(flow, STATE) === STATE_CLOSING && !hasMoved) this.#revive(flow);
    const isAck = (view.flags & TCP_ACK) !== 0;
    return !isAck || this.#window.acknowledge(flow, direction, view);
  }

  /**
   * A SYN that does not fit a running connection. Hosts answer a stray one with an ACK and go on
   * (RFC 5961 section 4), so it is only remembered: a SYN-ACK that takes it up proves a new
   * connection.
   */
  #foreign(flow: number, direction: Direction, view: PacketView): boolean {
    if (this.#store.word(flow, STATE) !== STATE_ESTABLISHED) return false;
    const isAck = (view.flags & TCP_ACK) !== 0;
    const isTaken = isAck && this.#store.hasFlag(flow, FLOW_NEW_SYN);
    if (isTaken && view.ack === ((this.#store.word(flow, NEW_ISN) + 1) | 0)) return false;
    this.#reporter.raise(flow, direction, SYN_ISN_CHANGED);
    if (!isAck) {
      this.#store.setWord(flow, NEW_ISN, view.seq);
      this.#store.setFlag(flow, FLOW_NEW_SYN);
    }
    return true;
  }

  /** Data overtook its own SYN on the way to the sensor. */
  #isLate(flow: number, direction: Direction, view: PacketView): boolean {
    const moved =
      this.#store.number(flow, SEEN + direction) + this.#store.number(flow, GAPS + direction);
    const first = (this.#reassembler.nextSeq(flow * 2 + direction) - moved) | 0;
    return first === ((view.seq + 1) | 0);
  }

  /** A SYN-ACK that fits the SYN although a RST or FIN came before it: those were forged. */
  #revives(flow: number, direction: Direction, view: PacketView): boolean {
    if ((view.flags & TCP_ACK) === 0) return false;
    const peer = 1 - direction;
    if (!this.#store.hasBits(halfRow(flow, peer), SYN_SEEN)) return false;
    if (view.ack !== this.#reassembler.nextSeq(flow * 2 + peer)) return false;
    this.#revive(flow);
    return true;
  }

  #revive(flow: number): void {
    this.#store.clearBits(halfRow(flow, 0), RST_SEEN | FIN_SEEN);
    this.#store.clearBits(halfRow(flow, 1), RST_SEEN | FIN_SEEN);
    this.#store.setWord(flow, STATE, STATE_NEW);
  }

  /** Both ends sent a SYN of their own, none yet an answer. */
  #noteSplit(flow: number, direction: Direction): void {
    const peerRow = halfRow(flow, 1 - direction);
    if (!this.#store.hasBits(peerRow, SYN_SEEN) || this.#store.hasBits(peerRow, SYN_ACKED_PEER))
      return;
    if (this.#store.hasFlag(flow, FLOW_SAID_SPLIT)) return;
    this.#store.setFlag(flow, FLOW_SAID_SPLIT);
    this.#reporter.raise(flow, direction, SPLIT_HANDSHAKE);
  }
}
