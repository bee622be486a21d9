/**
 * TCP as a third party sees it (RFC 9293 section 3.10, RFC 5961): data, resets and closing of one
 * flow, from packets that may be lost, repeated, reordered or forged on the way to the sensor. It
 * decides which bytes reach reassembly and which are named as an anomaly.
 *
 * Rule: where hosts and sensor may disagree, go on reading. A forged segment ends nothing for good,
 * and a second copy of bytes that differs from the first is named (reassembly/). For the same
 * reason timestamps are not checked (RFC 7323 PAWS): one forged value would shut out all that
 * follows.
 */
import { eventId, type Direction } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import type { Reassembler } from '../reassembly/index.ts';
import type { FlowReporter } from './flow-reporter.ts';
import {
  ACKED,
  ACK_SEEN,
  FAR_COUNT,
  FAR_END,
  FIN,
  FIN_SEEN,
  FLOW_NEW_SYN,
  NEW_ISN,
  PACKET_SEEN,
  RST_SEEN,
  SAID_FAR,
  SAID_TTL,
  SAID_URGENT,
  STARTED,
  STATE,
  STATE_CLOSED,
  STATE_CLOSING,
  STATE_ESTABLISHED,
  STATE_NEW,
  SYN_SEEN,
  TENTATIVE,
  TTL,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import { Handshake } from './handshake.ts';
import type { HalfWindow } from './half-window.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TCP_URG } from './tcp-flags.ts';

const RST_OUT_OF_WINDOW = eventId('flow.rst_out_of_window');
const RST_WITH_DATA = eventId('flow.rst_with_data');
const DATA_AFTER_RST = eventId('flow.data_after_rst');
const DATA_AFTER_FIN = eventId('flow.data_after_fin');
const DATA_OUT_OF_WINDOW = eventId('flow.data_out_of_window');
const DATA_WITHOUT_ACK = eventId('flow.data_without_ack');
const URGENT_DATA = eventId('flow.urgent_data');
const TTL_CHANGED = eventId('flow.ttl_changed');

/** A drop of so many hops below the half's usual TTL: routes change by less, insertion by more. */
const TTL_DROP = 5;
/** Data this close ahead needs no look at the window. */
const NEAR = 65535;
/** Data further behind is no repetition. */
const MAX_BEHIND = 1 << 26;
/** Without any word from the peer, so many contiguous segments beyond the window are believed. */
const FAR_BELIEVED = 8;

export class TcpSession {
  readonly #store: FlowStore;
  readonly #reassembler: Reassembler;
  readonly #window: HalfWindow;
  readonly #handshake: Handshake;
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
    this.#handshake = new Handshake(store, reassembler, window, reporter);
    this.#reporter = reporter;
  }

  /**
   * One segment of a followed flow; STATE may change. False when the segment belongs to a new
   * connection on the same addresses and ports: it was not read.
   */
  segment(flow: number, direction: Direction, view: PacketView): boolean {
    const row = halfRow(flow, direction);
    this.#store.setBits(row, PACKET_SEEN);
    const flags = view.flags;
    if ((flags & TCP_RST) !== 0) {
      this.#reset(flow, direction, row, view);
      return true;
    }
    // Behind the resets: middleboxes send those for others, with a TTL of their own.
    this.#noteTtl(flow, direction, row, view);
    if ((flags & TCP_SYN) !== 0) {
      // SYN with FIN: hosts disagree what it is, and none opens a connection with data by it.
      return (flags & TCP_FIN) !== 0 || this.#handshake.syn(flow, direction, view);
    }
    if ((flags & TCP_ACK) === 0) {
      // RFC 9293 section 3.10.7.4: "If the ACK bit is off, drop the segment".
      if (view.payloadWireLength > 0) this.#reporter.raise(flow, direction, DATA_WITHOUT_ACK);
      return true;
    }
    if (!this.#store.hasBits(row, STARTED)) this.#window.start(flow, direction, view.seq, 0);
    if (!this.#window.acknowledge(flow, direction, view)) return false;
    if (this.#store.word(flow, STATE) === STATE_NEW) this.#establish(flow, view);
    if (view.payloadWireLength > 0 && !this.#payload(flow, direction, row, view)) return false;
    if ((flags & TCP_FIN) !== 0) this.#fin(flow, direction, row, view);
    this.closeIfComplete(flow);
    return true;
  }

  /** When both halves were delivered up to their FIN, STATE becomes STATE_CLOSED. */
  closeIfComplete(flow: number): void {
    if (this.#isComplete(flow, 0) && this.#isComplete(flow, 1)) {
      this.#store.setWord(flow, STATE, STATE_CLOSED);
    }
  }

  #isComplete(flow: number, direction: Direction): boolean {
    const row = halfRow(flow, direction);
    if (!this.#store.hasBits(row, FIN_SEEN)) return false;
    return this.#store.words[row + FIN] === this.#reassembler.nextSeq(flow * 2 + direction);
  }

  #establish(flow: number, view: PacketView): void {
    const isShaken =
      this.#store.hasBits(halfRow(flow, 0), SYN_SEEN) &&
      this.#store.hasBits(halfRow(flow, 1), SYN_SEEN);
    if (isShaken || view.payloadWireLength > 0) {
      this.#store.setWord(flow, STATE, STATE_ESTABLISHED);
    }
  }

  /** False when the data belongs to a new connection. */
  #payload(flow: number, direction: Direction, row: number, view: PacketView): boolean {
    const half = flow * 2 + direction;
    const reassembler = this.#reassembler;
    const length = view.payloadLength;
    const wireLength = view.payloadWireLength;
    const seq = view.seq;
    const end = (seq + wireLength) | 0;
    if (this.#store.hasBits(row, TENTATIVE)) this.#confirmStart(flow, direction, row, seq);
    const ahead = (seq - reassembler.nextSeq(half)) | 0;
    if (ahead === -1 && wireLength === 1 && this.#isAcknowledged(row, end)) return true; // keep-alive
    if (ahead > NEAR || ahead < -MAX_BEHIND) {
      if (ahead < 0 || ahead > this.#window.reach(flow, direction)) {
        if (this.#opensUnseen(flow, direction, seq)) return false;
        if (!this.#believesFar(flow, direction, row, seq, end)) return true;
        if (!this.#window.jumpTo(flow, direction, seq)) return false;
      }
    }
    this.#store.words[row + FAR_COUNT] = 0;
    if ((view.flags & TCP_URG) !== 0 && !this.#store.hasBits(row, SAID_URGENT)) {
      this.#store.setBits(row, SAID_URGENT);
      this.#reporter.raise(flow, direction, URGENT_DATA);
    }
    if (this.#store.hasBits(row, FIN_SEEN | RST_SEEN)) this.#withdrawEnd(flow, direction, row, end);
    if (reassembler.isHeld(half)) {
      // No answer to the SYN was seen; where the client goes on tells whether its data was taken.
      if (ahead > 0) reassembler.release(half);
      else reassembler.discard(half);
    }
    if (!reassembler.isOpen(half)) return true;
    reassembler.segment(half, seq, view.bytes, view.payloadOffset, length);
    if (length < wireLength) this.#skipCut(half, (seq + length) | 0, wireLength - length);
    this.#window.updateWaiting(flow, direction);
    return true;
  }

  /** The half's start was only known from an acknowledgement: its first data knows better. */
  #confirmStart(flow: number, direction: Direction, row: number, seq: number): void {
    this.#store.clearBits(row, TENTATIVE);
    const ahead = (seq - this.#reassembler.nextSeq(flow * 2 + direction)) | 0;
    if (ahead < 0 || ahead > this.#window.reach(flow, direction)) {
      this.#window.start(flow, direction, seq, 0);
    }
  }

  #isAcknowledged(row: number, end: number): boolean {
    if (!this.#store.hasBits(row, ACK_SEEN)) return false;
    return (((this.#store.words[row + ACKED] as number) - end) | 0) >= 0;
  }

  /** The snap length cut the end of a segment: those bytes never come, unless sent again. */
  #skipCut(half: number, seq: number, length: number): void {
    const reassembler = this.#reassembler;
    if (!reassembler.isOpen(half) || reassembler.nextSeq(half) !== seq) return;
    const room = reassembler.hasQueue(half) ? (reassembler.queueSeq(half) - seq) | 0 : length;
    reassembler.skip(half, length < room ? length : room);
  }

  /** First data of a connection of which only the client is captured, after its SYN. */
  #opensUnseen(flow: number, direction: Direction, seq: number): boolean {
    return (
      this.#store.hasFlag(flow, FLOW_NEW_SYN) &&
      seq === ((this.#store.word(flow, NEW_ISN) + 1) | 0) &&
      !this.#store.hasBits(halfRow(flow, 1 - direction), PACKET_SEEN)
    );
  }

  /**
   * Data that no receiver would take. True when it must be believed all the same, because the
   * sensor lost its place: the peer's word decides that (HalfWindow.acknowledge), or without a
   * peer, persistence.
   */
  #believesFar(flow: number, direction: Direction, row: number, seq: number, end: number): boolean {
    const words = this.#store.words;
    const count = words[row + FAR_COUNT] as number;
    words[row + FAR_COUNT] = count > 0 && words[row + FAR_END] === seq ? count + 1 : 1;
    words[row + FAR_END] = end;
    if (!this.#store.hasBits(row, SAID_FAR)) {
      this.#store.setBits(row, SAID_FAR);
      this.#reporter.raise(flow, direction, DATA_OUT_OF_WINDOW);
    }
    const hasPeer = this.#store.hasBits(halfRow(flow, 1 - direction), PACKET_SEEN);
    return !hasPeer && (words[row + FAR_COUNT] as number) >= FAR_BELIEVED;
  }

  /** New data behind a FIN or RST of its own half: that end was forged, or the sender is. */
  #withdrawEnd(flow: number, direction: Direction, row: number, end: number): void {
    const next = this.#reassembler.nextSeq(flow * 2 + direction);
    if (this.#store.hasBits(row, RST_SEEN) && ((end - next) | 0) > 0) {
      this.#reporter.raise(flow, direction, DATA_AFTER_RST);
      this.#reopen(flow, row, RST_SEEN);
    }
    const fin = this.#store.words[row + FIN] as number;
    if (this.#store.hasBits(row, FIN_SEEN) && ((end - fin) | 0) > 0) {
      this.#reporter.raise(flow, direction, DATA_AFTER_FIN);
      this.#reopen(flow, row, FIN_SEEN);
    }
  }

  #reopen(flow: number, row: number, bit: number): void {
    this.#store.clearBits(row, bit);
    const ended = FIN_SEEN | RST_SEEN;
    const isEnding =
      this.#store.hasBits(halfRow(flow, 0), ended) || this.#store.hasBits(halfRow(flow, 1), ended);
    if (!isEnding) this.#store.setWord(flow, STATE, STATE_ESTABLISHED);
  }

  #fin(flow: number, direction: Direction, row: number, view: PacketView): void {
    const fin = (view.seq + view.payloadWireLength) | 0;
    const ahead = (fin - this.#reassembler.nextSeq(flow * 2 + direction)) | 0;
    if (this.#store.hasBits(row, FIN_SEEN) || ahead < 0) return;
    if (ahead > this.#window.reach(flow, direction)) return;
    this.#store.words[row + FIN] = fin;
    this.#store.setBits(row, FIN_SEEN);
    this.#store.setWord(flow, STATE, STATE_CLOSING);
  }

  #reset(flow: number, direction: Direction, row: number, view: PacketView): void {
    if (view.payloadWireLength > 0) this.#reporter.raise(flow, direction, RST_WITH_DATA);
    if (!this.#isResetValid(flow, direction, row, view)) {
      this.#reporter.raise(flow, direction, RST_OUT_OF_WINDOW);
      return;
    }
    this.#store.setBits(row, RST_SEEN);
    this.#store.setWord(flow, STATE, STATE_CLOSING);
  }

  /** RFC 9293 section 3.10.7.3 for the answer to a SYN, section 3.5.3 for the rest. */
  #isResetValid(flow: number, direction: Direction, row: number, view: PacketView): boolean {
    if (this.#store.hasBits(row, STARTED)) {
      const next = this.#reassembler.nextSeq(flow * 2 + direction);
      const ahead = (view.seq - next) | 0;
      // A reset may carry the number its peer acknowledged, behind what the sensor has seen.
      const acked = this.#store.hasBits(row, ACK_SEEN)
        ? ((this.#store.words[row + ACKED] as number) - next) | 0
        : 0;
      const lowest = acked < 0 ? acked : 0;
      return ahead >= lowest - 1 && ahead <= this.#window.reach(flow, direction);
    }
    const peer: Direction = direction === 0 ? 1 : 0;
    if (!this.#store.hasBits(halfRow(flow, peer), STARTED)) return true;
    if ((view.flags & TCP_ACK) === 0) return false;
    const acked = (view.ack - this.#reassembler.nextSeq(flow * 2 + peer)) | 0;
    return (
      acked === 0 || (acked > 0 && acked <= NEAR && this.#reassembler.hasQueue(flow * 2 + peer))
    );
  }

  #noteTtl(flow: number, direction: Direction, row: number, view: PacketView): void {
    const usual = this.#store.words[row + TTL] as number;
    if (view.ttl > usual) {
      this.#store.words[row + TTL] = view.ttl;
    } else if (usual - view.ttl >= TTL_DROP && view.payloadLength > 0) {
      if (this.#store.hasBits(row, SAID_TTL)) return;
      this.#store.setBits(row, SAID_TTL);
      this.#reporter.raise(flow, direction, TTL_CHANGED);
    }
  }
}
