/**
 * The flow table: from packets to flows and their bytes. Every packet costs a bounded amount of
 * work and no allocation; time is packet time.
 *
 * Life of a flow: NEW (handshake), ESTABLISHED, CLOSING (a RST was accepted or one side has
 * closed), CLOSED (reported, kept a while for stragglers).
 */
import {
  COUNTER,
  XMPP_PORTS,
  eventId,
  packetTime,
  portSet,
  type Counters,
  type Direction,
  type PacketTime,
} from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import { Reassembler } from '../reassembly/index.ts';
import { ChecksumGate } from './checksum-gate.ts';
import {
  clientPort,
  closingReason,
  flowEndpoints,
  flowInfo,
  isOneSided,
  serverPort,
  unseenBytes,
} from './flow-info.ts';
import { FlowNames } from './flow-names.ts';
import { FlowReporter, directionOf } from './flow-reporter.ts';
import { AT_MEMCAP, FlowRoster } from './flow-roster.ts';
import {
  ACK_SEEN,
  CHECKSUM_GOOD,
  FLAGS,
  FLOW_ID,
  FLOW_IGNORED,
  FLOW_MIDSTREAM,
  GAPS,
  ISN,
  PACKETS,
  PACKET_SEEN,
  SAID_CHECKSUM,
  SEEN,
  STATE,
  STATE_CLOSED,
  STATE_CLOSING,
  STATE_NEW,
  SYN_SEEN,
  WIRE_BYTES,
  halfRow,
  type FlowStore,
} from './flow-store.ts';
import { HalfWindow } from './half-window.ts';
import { followIgnored } from './ignored-flow.ts';
import { goesToServer } from './orientation.ts';
import { PacketClock } from './packet-clock.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from './tcp-flags.ts';
import { TcpSession } from './tcp-session.ts';
import { WAIT, WaitQueues } from './wait-queues.ts';
import type {
  FlowEndReason,
  FlowEndpoints,
  FlowFacts,
  FlowHandler,
  FlowInfo,
  FlowTableOptions,
} from './types.ts';

const TABLE_FULL = eventId('flow.table_full');
const FLOW_MEMCAP = eventId('flow.memcap');
const BAD_CHECKSUM = eventId('decoder.tcp.bad_checksum');
const DATA_AFTER_FIN = eventId('flow.data_after_fin');

/** How often time-outs are looked for, in packet time, and how many flows may end per packet. */
const SWEEP_USEC = 100_000;
const SWEEP_PER_PACKET = 4;
const SWEEP_AT_ONCE = 65536;
/** The event of a full table is handed on at most this often. */
const FULL_EVENT_USEC = 1_000_000;

const END_COUNTERS: Readonly<Record<FlowEndReason, number>> = {
  closed: COUNTER.flowsEndClosed,
  reset: COUNTER.flowsEndReset,
  timeout: COUNTER.flowsEndTimeout,
  evicted: COUNTER.flowsEndEvicted,
  shutdown: COUNTER.flowsEndShutdown,
};

export class FlowTable implements FlowFacts {
  /** Flow of the packet that process() had last, -1 when it belongs to none; and whether that was read when it came. */
  latestFlow = -1;
  isLatestRead = false;
  readonly #counters: Counters;
  readonly #isXmppPort: Uint8Array;
  readonly #store: FlowStore;
  readonly #names: FlowNames;
  readonly #clock = new PacketClock();
  readonly #roster: FlowRoster;
  readonly #reporter: FlowReporter;
  readonly #waiting: WaitQueues;
  readonly #gate: ChecksumGate;
  readonly #reassembler: Reassembler;
  readonly #window: HalfWindow;
  readonly #session: TcpSession;
  /** Packet times at which something is due again. */
  readonly #nextSweep: PacketTime = packetTime();
  readonly #nextFullEvent: PacketTime = packetTime();
  #active = 0;

  constructor(options: FlowTableOptions) {
    const { counters, limits } = options;
    this.#counters = counters;
    this.#isXmppPort = portSet(options.xmppPorts ?? XMPP_PORTS);
    const grow = this.#reserve.bind(this);
    const { usesVlan = false, firstFlowId = 1 } = options;
    this.#roster = new FlowRoster(this.#clock, limits, usesVlan, firstFlowId, grow);
    this.#store = this.#roster.store;
    this.#names = new FlowNames(this.#store, options.communityIdSeed ?? 0);
    this.#waiting = new WaitQueues(
      this.#clock,
      limits.flowAckGraceMilliseconds * 1000,
      limits.flowOneSidedHoleSeconds * 1e6,
    );
    this.#gate = new ChecksumGate(options.checksums ?? 'auto', counters);
    this.#reporter = new FlowReporter(this.#store, counters);
    const policy = options.overlapPolicy ?? 'first';
    this.#reassembler = new Reassembler(this.#reporter, counters, limits, policy);
    this.#window = new HalfWindow(
      this.#store,
      this.#reassembler,
      this.#waiting,
      counters,
      this.#reporter,
    );
    this.#session = new TcpSession(this.#store, this.#reassembler, this.#window, this.#reporter);
    this.#reserve(this.#store.capacity);
  }

  /** Who hears about flows; to be called before the first packet. */
  connect(handler: FlowHandler): void {
    this.#reporter.handler = handler;
  }

  /** One decoded TCP segment. */
  process(view: PacketView): void {
    if (this.#clock.advance(view.tsUsec)) this.#nextSweep[0] = 0;
    this.#giveUpDue(SWEEP_PER_PACKET);
    if (this.#now() >= (this.#nextSweep[0] as number)) this.#expire(SWEEP_PER_PACKET);
    const flow = this.#roster.find(view);
    const direction = this.#roster.direction;
    if (flow >= 0 && !this.#roster.isExpired(flow)) {
      this.#continue(flow, direction, view);
      return;
    }
    if (flow >= 0) this.#end(flow, 'timeout');
    this.#begin(view, goesToServer(view, this.#isXmppPort) ? 0 : 1);
  }

  /** Puts the id of a flow into `cell[0]`: a number handed back would be allocated for every packet. */
  idInto(flow: number, cell: Float64Array): void {
    cell[0] = this.#store.number(flow, FLOW_ID);
  }

  /** End what has timed out by `nowUsec` (packet time); for live capture when no packets come. */
  sweep(nowUsec: number): void {
    this.#clock.advance(nowUsec);
    this.#giveUpDue(SWEEP_AT_ONCE);
    this.#expire(SWEEP_AT_ONCE);
  }

  /** A new file begins: what was learned about checksums does not hold for it. */
  newCapture(): void {
    this.#gate.newCapture();
  }

  /** End all flows, with what is still held delivered first. */
  shutdown(): void {
    for (let flow = 0; flow < this.#store.capacity; flow++) {
      if (this.#store.isLive(flow)) this.#end(flow, 'shutdown');
    }
    this.#updateGauges();
  }

  info(flow: number): FlowInfo {
    return flowInfo(
      this.#store,
      this.#names,
      flow,
      this.#reassembler.nextSeq(flow * 2),
      this.#reassembler.nextSeq(flow * 2 + 1),
    );
  }

  endpoints(flow: number): FlowEndpoints | undefined {
    return flowEndpoints(this.#store, flow);
  }

  clientPort(flow: number): number {
    return clientPort(this.#store, flow);
  }

  serverPort(flow: number): number {
    return serverPort(this.#store, flow);
  }

  isMidstream(flow: number): boolean {
    return this.#store.hasFlag(flow, FLOW_MIDSTREAM);
  }

  hasGap(flow: number): boolean {
    const gaps = this.#store.number(flow, GAPS) + this.#store.number(flow, GAPS + 1);
    return gaps > 0 || this.isMidstream(flow);
  }

  isWaiting(flow: number): boolean {
    return (
      this.#store.word(flow, STATE) !== STATE_NEW &&
      !this.#store.hasFlag(flow, FLOW_IGNORED) &&
      !this.isMidstream(flow) &&
      !isOneSided(this.#store, flow)
    );
  }

  ignore(flow: number): void {
    this.#store.setFlag(flow, FLOW_IGNORED);
    this.#stopReading(flow);
  }

  // --- a packet ---

  #continue(flow: number, direction: Direction, view: PacketView): void {
    const state = this.#store.word(flow, STATE);
    this.latestFlow = flow;
    this.isLatestRead = !this.#store.hasFlag(flow, FLOW_IGNORED);
    if (state === STATE_CLOSED) {
      this.#straggler(flow, direction, view);
      return;
    }
    this.#roster.touch(flow, state);
    this.#count(flow, direction, view, 1);
    if (this.#store.hasFlag(flow, FLOW_IGNORED)) {
      if (!followIgnored(this.#store, flow, direction, view)) {
        this.#restart(flow, direction, view);
        return;
      }
    } else if (this.#passesChecksum(flow, direction, view)) {
      if (!this.#session.segment(flow, direction, view)) {
        this.#restart(flow, direction, view);
        return;
      }
    }
    this.#settle(flow, state);
  }

  /** A packet of no known flow: open one when the packet can stand at the start of something. */
  #begin(view: PacketView, direction: Direction): number {
    this.latestFlow = -1;
    const flags = view.flags;
    const isSyn = (flags & TCP_SYN) !== 0;
    if ((flags & TCP_RST) !== 0 || (isSyn && (flags & TCP_FIN) !== 0)) return -1;
    if (!isSyn && (view.payloadWireLength === 0 || (flags & TCP_ACK) === 0)) return -1;
    if (!this.#gate.accepts(view, false)) return -1;
    const isGood = this.#gate.isGood;
    const flow = this.#open(view, direction);
    if (flow < 0) return -1;
    if (isGood) this.#store.setBits(halfRow(flow, direction), CHECKSUM_GOOD);
    this.latestFlow = flow;
    this.isLatestRead = true;
    this.#count(flow, direction, view, 1);
    this.#session.segment(flow, direction, view);
    this.#settle(flow, STATE_NEW);
    return flow;
  }

  /** A row for the flow of a first packet, or -1 at the memory cap. */
  #open(view: PacketView, direction: Direction): number {
    const inTheWay = this.#roster.room();
    if (inTheWay === AT_MEMCAP) {
      this.#reporter.countEvent(FLOW_MEMCAP);
      return -1;
    }
    if (inTheWay >= 0) this.#evict(inTheWay);
    const flow = this.#roster.add(view, direction);
    this.#active++;
    this.#reporter.bump(COUNTER.flowsOpened);
    if ((view.flags & TCP_SYN) === 0) {
      this.#store.setWord(flow, FLAGS, FLOW_MIDSTREAM);
      this.#reporter.bump(COUNTER.flowsMidstream);
    }
    this.#reporter.handler.onOpen(flow);
    return flow;
  }

  /** The packet opens another connection on the same addresses and ports. */
  #restart(flow: number, direction: Direction, view: PacketView): void {
    this.#count(flow, direction, view, -1);
    this.#end(flow, 'closed');
    this.#begin(view, this.#orient(direction, view));
  }

  /**
   * Direction of the first packet of a flow whose addresses were in use: a SYN knows, else as
   * before.
   */
  #orient(before: Direction, view: PacketView): Direction {
    if ((view.flags & TCP_SYN) === 0) return before;
    return goesToServer(view, this.#isXmppPort) ? 0 : 1;
  }

  /** A packet of a connection that is over: late copies are nothing, new data or a SYN is news. */
  #straggler(flow: number, direction: Direction, view: PacketView): void {
    const row = halfRow(flow, direction);
    if ((view.flags & TCP_SYN) !== 0) {
      const isCopy =
        this.#store.hasBits(row, SYN_SEEN) && this.#store.words[row + ISN] === view.seq;
      if (isCopy || (view.flags & (TCP_RST | TCP_FIN)) !== 0) return;
      this.#roster.remove(flow);
      this.#begin(view, this.#orient(direction, view));
      return;
    }
    const isIgnored = this.#store.hasFlag(flow, FLOW_IGNORED);
    if (isIgnored || view.payloadWireLength === 0 || (view.flags & TCP_RST) !== 0) return;
    const next = this.#reassembler.nextSeq(flow * 2 + direction);
    if (((view.seq + view.payloadWireLength - next) | 0) <= 0) return;
    this.#roster.remove(flow);
    const reopened = this.#begin(view, direction);
    if (reopened >= 0) this.#reporter.raise(reopened, direction, DATA_AFTER_FIN);
  }

  #passesChecksum(flow: number, direction: Direction, view: PacketView): boolean {
    const row = halfRow(flow, direction);
    const isAccepted = this.#gate.accepts(view, this.#store.hasBits(row, CHECKSUM_GOOD));
    if (this.#gate.isGood) this.#store.setBits(row, CHECKSUM_GOOD);
    if (!isAccepted) this.#reporter.raiseOnce(flow, direction, SAID_CHECKSUM, BAD_CHECKSUM);
    return isAccepted;
  }

  #count(flow: number, direction: Direction, view: PacketView, by: number): void {
    const numbers = this.#store.numbers;
    const row = this.#store.numberRow(flow) + direction;
    numbers[row + PACKETS] = (numbers[row + PACKETS] as number) + by;
    numbers[row + WIRE_BYTES] = (numbers[row + WIRE_BYTES] as number) + by * view.wirelen;
    const values = this.#counters.values;
    values[COUNTER.tcpPayloadBytes] =
      (values[COUNTER.tcpPayloadBytes] as number) + by * view.payloadWireLength;
  }

  // --- the end of flows ---

  /** The table is full, and this flow must go. */
  #evict(flow: number): void {
    if (this.#store.word(flow, STATE) !== STATE_CLOSED) {
      this.#reporter.countEvent(TABLE_FULL);
      if (this.#now() >= (this.#nextFullEvent[0] as number)) {
        this.#nextFullEvent[0] = this.#now() + FULL_EVENT_USEC;
        this.#reporter.handler.onEvent(flow, 0, TABLE_FULL);
      }
    }
    this.#end(flow, 'evicted');
  }

  /** The state may have changed from `before`: so do the list, and whether the flow is over. */
  #settle(flow: number, before: number): void {
    const state = this.#store.word(flow, STATE);
    if (state === before) return;
    this.#roster.move(flow, before, state);
    if (state === STATE_CLOSED) this.#report(flow, 'closed');
  }

  /** Report a flow, unless that was done, and free its row. */
  #end(flow: number, reason: FlowEndReason): void {
    const state = this.#store.word(flow, STATE);
    if (state === STATE_CLOSING) this.#report(flow, closingReason(this.#store, flow));
    else if (state !== STATE_CLOSED) this.#report(flow, reason);
    this.#roster.remove(flow);
  }

  #report(flow: number, reason: FlowEndReason): void {
    if (!this.#store.hasFlag(flow, FLOW_IGNORED)) {
      this.#endHalf(flow, 0);
      this.#endHalf(flow, 1);
      const hasBytes = this.#store.number(flow, SEEN) + this.#store.number(flow, SEEN + 1) > 0;
      if (hasBytes && isOneSided(this.#store, flow)) this.#reporter.degrade(flow);
    }
    this.#reporter.handler.onClose(flow, reason);
    this.#stopReading(flow);
    this.#active--;
    this.#reporter.bump(END_COUNTERS[reason]);
  }

  #stopReading(flow: number): void {
    this.#reassembler.close(flow * 2);
    this.#reassembler.close(flow * 2 + 1);
    this.#waiting.remove(flow * 2);
    this.#waiting.remove(flow * 2 + 1);
  }

  /** Deliver what a half still holds, then the loss of what its peer had acknowledged beyond. */
  #endHalf(flow: number, direction: Direction): void {
    const half = flow * 2 + direction;
    this.#reassembler.flush(half);
    if (!this.#reassembler.isOpen(half)) return;
    const unseen = unseenBytes(this.#store, flow, direction, this.#reassembler.nextSeq(half));
    if (unseen === 0) return;
    if (this.#store.hasBits(halfRow(flow, direction), PACKET_SEEN)) {
      this.#reassembler.skip(half, unseen);
      return;
    }
    // Nothing of this direction is captured: nobody reads it, but its bytes count as missed, once.
    this.#store.clearBits(halfRow(flow, direction), ACK_SEEN);
    this.#reporter.addUnheard(flow, direction, unseen);
  }

  // --- time ---

  #now(): number {
    return this.#clock.now[0] as number;
  }

  /** Halves that have waited long enough for bytes that never came. */
  #giveUpDue(budget: number): void {
    for (; budget > 0; budget--) {
      let half = this.#waiting.takeDue(WAIT.acknowledged);
      const isAcknowledged = half >= 0;
      if (!isAcknowledged) half = this.#waiting.takeDue(WAIT.alone);
      if (half < 0) return;
      const flow = half >> 1;
      const direction = directionOf(half);
      const state = this.#store.word(flow, STATE);
      if (isAcknowledged) this.#window.giveUpAcknowledged(flow, direction);
      else this.#window.giveUpAlone(flow, direction);
      if (!this.#store.hasFlag(flow, FLOW_IGNORED)) this.#session.closeIfComplete(flow);
      this.#settle(flow, state);
    }
  }

  #expire(budget: number): void {
    for (let flow = this.#roster.firstExpired(); flow >= 0; flow = this.#roster.firstExpired()) {
      // More than the budget waits: go on with the next packet.
      if (budget-- === 0) return;
      this.#end(flow, 'timeout');
    }
    this.#nextSweep[0] = this.#now() + SWEEP_USEC;
    this.#updateGauges();
  }

  #updateGauges(): void {
    this.#counters.values[COUNTER.flowsActive] = this.#active;
    this.#counters.values[COUNTER.reassemblyMemuse] = this.#reassembler.memoryBytes;
    this.#roster.updateGauges(this.#counters);
  }

  #reserve(flows: number): void {
    this.#waiting.reserve(flows * 2);
    this.#reassembler.reserve(flows * 2);
  }
}
