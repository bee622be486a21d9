/**
 * The flow table: from packets to flows and their bytes. Rows of typed arrays found by hash; packet time
 * only; every packet costs a bounded amount of work and no allocation.
 *
 * Life of a flow: NEW (handshake), ESTABLISHED, CLOSING (a RST was accepted or one side has closed), CLOSED
 * (reported, kept a while for stragglers). Each state has one time-out and one list in order of use,
 * so the flow that times out next, or is evicted when the table is full, is at the front.
 */
import { COUNTER, eventId, type Counters, type Direction } from '../core/index.ts';
import type { PacketView } from '../decode/index.ts';
import { Reassembler } from '../reassembly/index.ts';
import { AckWatch } from './ack-watch.ts';
import { ChecksumGate } from './checksum-gate.ts';
import { FlowIndex } from './flow-index.ts';
import {
  clientPort,
  flowEndpoints,
  flowInfo,
  isOneSided,
  serverPort,
  unseenBytes,
} from './flow-info.ts';
import {
  ACK_SEEN,
  CHECKSUM_GOOD,
  CLIENT,
  FIN_SEEN,
  FLAGS,
  FLOW_DEGRADED,
  FLOW_ID,
  FLOW_IGNORED,
  FLOW_MIDSTREAM,
  GAPS,
  ISN,
  LAST,
  PACKETS,
  PACKET_SEEN,
  PORTS,
  RST_SEEN,
  SAID_CHECKSUM,
  SAID_GAP,
  SAID_MEMCAP,
  SEEN,
  SERVER,
  STAMP,
  START,
  STATE,
  STATE_CLOSED,
  STATE_CLOSING,
  STATE_COUNT,
  STATE_ESTABLISHED,
  STATE_NEW,
  SYN_SEEN,
  VLAN0,
  VLAN1,
  VLAN_KEY,
  WIRE_BYTES,
  FlowStore,
  halfRow,
} from './flow-store.ts';
import { HalfWindow } from './half-window.ts';
import { LinkedLists } from './linked-lists.ts';
import { goesToServer } from './orientation.ts';
import { XMPP_PORTS, portSet } from './ports.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from './tcp-flags.ts';
import { TcpSession } from './tcp-session.ts';
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
const GAP = eventId('reassembly.gap');
const REASSEMBLY_MEMCAP = eventId('reassembly.memcap');
const BAD_CHECKSUM = eventId('decoder.tcp.bad_checksum');
const DATA_AFTER_FIN = eventId('flow.data_after_fin');

/** Rows at the start; the table doubles up to its limits, so that a small network costs little. */
const INITIAL_FLOWS = 16384;
/** A flow moves to the end of its list at most once in this time: order of use, nearly free. */
const STAMP_USEC = 1_000_000;
/** How often time-outs are looked for, in packet time, and how many flows may end per packet. */
const SWEEP_USEC = 100_000;
const SWEEP_PER_PACKET = 4;
const SWEEP_AT_ONCE = 65536;
/** Packets may be out of order by a little; a bigger step back is another capture. */
const MAX_STEP_BACK_USEC = 60_000_000;
/** The event of a full table is handed on at most this often. */
const FULL_EVENT_USEC = 1_000_000;
/** Bytes of one row in lists, watch and reassembly, beside the store itself. */
const SIDE_BYTES_PER_FLOW = 8 + 2 * (8 + 8) + 2 * 32;

const END_COUNTERS: Readonly<Record<FlowEndReason, number>> = {
  closed: COUNTER.flowsEndClosed,
  reset: COUNTER.flowsEndReset,
  timeout: COUNTER.flowsEndTimeout,
  evicted: COUNTER.flowsEndEvicted,
  shutdown: COUNTER.flowsEndShutdown,
};

const DEAF: FlowHandler = {
  onOpen: () => undefined,
  onData: () => undefined,
  onGap: () => undefined,
  onEvent: () => undefined,
  onClose: () => undefined,
};

export class FlowTable implements FlowFacts {
  readonly #counters: Counters;
  readonly #memcap: number;
  readonly #isXmppPort: Uint8Array;
  readonly #communityIdSeed: number;
  /** Microseconds of silence after which a flow ends, by state. */
  readonly #timeouts = new Float64Array(STATE_COUNT);
  readonly #store: FlowStore;
  readonly #index: FlowIndex;
  readonly #lists = new LinkedLists(STATE_COUNT);
  readonly #watch: AckWatch;
  readonly #gate: ChecksumGate;
  readonly #reassembler: Reassembler;
  readonly #window: HalfWindow;
  readonly #session: TcpSession;
  #handler: FlowHandler = DEAF;
  #nextFlowId: number;
  /** Packet time: the latest seen. */
  #clockUsec = 0;
  #nextSweepUsec = 0;
  #nextFullEventUsec = 0;
  #active = 0;

  constructor(options: FlowTableOptions) {
    const { counters, limits } = options;
    this.#counters = counters;
    this.#memcap = limits.flowMemcapBytes;
    this.#isXmppPort = portSet(options.xmppPorts ?? XMPP_PORTS);
    this.#communityIdSeed = options.communityIdSeed ?? 0;
    this.#nextFlowId = options.firstFlowId ?? 1;
    this.#timeouts[STATE_NEW] = limits.flowTimeoutNewSeconds * 1e6;
    this.#timeouts[STATE_ESTABLISHED] = limits.flowTimeoutEstablishedSeconds * 1e6;
    this.#timeouts[STATE_CLOSING] = limits.flowTimeoutClosingSeconds * 1e6;
    this.#timeouts[STATE_CLOSED] = limits.flowTimeoutClosedSeconds * 1e6;
    let initial = INITIAL_FLOWS;
    while (initial > 1 && bytesFor(initial) > this.#memcap) initial = Math.floor(initial / 2);
    this.#store = new FlowStore(initial, Math.max(1, limits.flowTableFlows));
    this.#index = new FlowIndex(this.#store, options.usesVlan ?? false);
    this.#watch = new AckWatch(limits.flowAckGraceMilliseconds * 1000);
    this.#gate = new ChecksumGate(options.checksums ?? 'auto', counters);
    const handler = {
      onBytes: this.#onBytes.bind(this),
      onHole: this.#onHole.bind(this),
      onEvent: this.#onReassemblyEvent.bind(this),
    };
    const policy = options.overlapPolicy ?? 'first';
    this.#reassembler = new Reassembler(handler, counters, limits, policy);
    const raise = this.#raise.bind(this);
    this.#window = new HalfWindow(this.#store, this.#reassembler, this.#watch, counters, raise);
    this.#session = new TcpSession(this.#store, this.#reassembler, this.#window, raise);
    this.#reserve();
  }

  /** Who hears about flows; to be called before the first packet. */
  connect(handler: FlowHandler): void {
    this.#handler = handler;
  }

  /** One decoded TCP segment. */
  process(view: PacketView): void {
    this.#setClock(view.tsUsec);
    this.#giveUpDue(SWEEP_PER_PACKET);
    if (this.#clockUsec >= this.#nextSweepUsec) this.#expire(SWEEP_PER_PACKET);
    let flow = this.#index.find(view);
    if (flow >= 0 && this.#isExpired(flow)) {
      this.#end(flow, 'timeout');
      flow = -1;
    }
    if (flow >= 0) this.#continue(flow, this.#index.direction, view);
    else this.#begin(view, goesToServer(view, this.#isXmppPort) ? 0 : 1);
  }

  /** End what has timed out by `nowUsec` (packet time); for live capture when no packets come. */
  sweep(nowUsec: number): void {
    this.#setClock(nowUsec);
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
      flow,
      this.#communityIdSeed,
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

  ignore(flow: number): void {
    this.#store.setFlag(flow, FLOW_IGNORED);
    this.#reassembler.close(flow * 2);
    this.#reassembler.close(flow * 2 + 1);
    this.#watch.remove(flow * 2);
    this.#watch.remove(flow * 2 + 1);
  }

  // --- a packet ---

  #continue(flow: number, direction: Direction, view: PacketView): void {
    const state = this.#store.word(flow, STATE);
    if (state === STATE_CLOSED) {
      this.#straggler(flow, direction, view);
      return;
    }
    this.#touch(flow, state);
    this.#count(flow, direction, view, 1);
    if (this.#store.hasFlag(flow, FLOW_IGNORED)) {
      if (!this.#followIgnored(flow, direction, view)) {
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
    const flags = view.flags;
    const isSyn = (flags & TCP_SYN) !== 0;
    if ((flags & TCP_RST) !== 0 || (isSyn && (flags & TCP_FIN) !== 0)) return -1;
    if (!isSyn && (view.payloadWireLength === 0 || (flags & TCP_ACK) === 0)) return -1;
    if (!this.#gate.accepts(view, false)) return -1;
    const isGood = this.#gate.isGood;
    const flow = this.#allocate();
    if (flow < 0) return -1;
    this.#open(flow, direction, view);
    if (isGood) this.#store.setBits(halfRow(flow, direction), CHECKSUM_GOOD);
    this.#count(flow, direction, view, 1);
    this.#session.segment(flow, direction, view);
    this.#settle(flow, STATE_NEW);
    return flow;
  }

  #open(flow: number, direction: Direction, view: PacketView): void {
    const store = this.#store;
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
    numbers[row + LAST] = view.tsUsec;
    numbers[row + STAMP] = this.#clockUsec;
    numbers[row + FLOW_ID] = this.#nextFlowId++;
    this.#lists.append(STATE_NEW, flow);
    this.#active++;
    this.#bump(COUNTER.flowsOpened);
    if ((view.flags & TCP_SYN) === 0) {
      store.setWord(flow, FLAGS, FLOW_MIDSTREAM);
      this.#bump(COUNTER.flowsMidstream);
    }
    this.#handler.onOpen(flow);
  }

  /** The packet opens another connection on the same addresses and ports. */
  #restart(flow: number, direction: Direction, view: PacketView): void {
    this.#count(flow, direction, view, -1);
    this.#end(flow, 'closed');
    this.#begin(view, this.#orient(direction, view));
  }

  /** Direction of the first packet of a flow whose addresses were in use: a SYN knows, else as before. */
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
      this.#remove(flow);
      this.#begin(view, this.#orient(direction, view));
      return;
    }
    const isIgnored = this.#store.hasFlag(flow, FLOW_IGNORED);
    if (isIgnored || view.payloadWireLength === 0 || (view.flags & TCP_RST) !== 0) return;
    const next = this.#reassembler.nextSeq(flow * 2 + direction);
    if (((view.seq + view.payloadWireLength - next) | 0) <= 0) return;
    this.#remove(flow);
    const reopened = this.#begin(view, direction);
    if (reopened >= 0) this.#raise(reopened, direction, DATA_AFTER_FIN);
  }

  /** A flow nobody reads: only its end matters. False when a new connection begins. */
  #followIgnored(flow: number, direction: Direction, view: PacketView): boolean {
    const flags = view.flags;
    if ((flags & (TCP_SYN | TCP_FIN | TCP_RST)) === 0) return true;
    const row = halfRow(flow, direction);
    if ((flags & TCP_RST) !== 0) {
      this.#store.setBits(row, RST_SEEN);
      this.#store.setWord(flow, STATE, STATE_CLOSING);
    } else if ((flags & TCP_SYN) !== 0) {
      const isCopy =
        this.#store.hasBits(row, SYN_SEEN) && this.#store.words[row + ISN] === view.seq;
      return isCopy || (flags & (TCP_ACK | TCP_FIN)) !== 0;
    } else {
      this.#store.setBits(row, FIN_SEEN);
      const isOver = this.#store.hasBits(halfRow(flow, 1 - direction), FIN_SEEN);
      this.#store.setWord(flow, STATE, isOver ? STATE_CLOSED : STATE_CLOSING);
    }
    return true;
  }

  #passesChecksum(flow: number, direction: Direction, view: PacketView): boolean {
    const row = halfRow(flow, direction);
    const isAccepted = this.#gate.accepts(view, this.#store.hasBits(row, CHECKSUM_GOOD));
    if (this.#gate.isGood) this.#store.setBits(row, CHECKSUM_GOOD);
    if (!isAccepted) this.#raiseOnce(flow, direction, SAID_CHECKSUM, BAD_CHECKSUM);
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

  // --- what reassembly says ---

  #onBytes(half: number, bytes: Uint8Array, offset: number, length: number): void {
    const flow = half >> 1;
    const direction: Direction = (half & 1) === 0 ? 0 : 1;
    const at = this.#store.numberRow(flow) + SEEN + direction;
    this.#store.numbers[at] = (this.#store.numbers[at] as number) + length;
    this.#handler.onData(flow, direction, bytes, offset, length);
  }

  #onHole(half: number, length: number): void {
    const flow = half >> 1;
    const direction: Direction = (half & 1) === 0 ? 0 : 1;
    const at = this.#store.numberRow(flow) + GAPS + direction;
    this.#store.numbers[at] = (this.#store.numbers[at] as number) + length;
    this.#degrade(flow);
    this.#handler.onGap(flow, direction, length);
    this.#raiseOnce(flow, direction, SAID_GAP, GAP);
  }

  #onReassemblyEvent(half: number, event: number): void {
    const flow = half >> 1;
    const direction: Direction = (half & 1) === 0 ? 0 : 1;
    if (event === REASSEMBLY_MEMCAP) this.#raiseOnce(flow, direction, SAID_MEMCAP, event);
    else this.#raise(flow, direction, event);
  }

  #raise(flow: number, direction: Direction, event: number): void {
    this.#countEvent(event);
    this.#handler.onEvent(flow, direction, event);
  }

  #raiseOnce(flow: number, direction: Direction, bit: number, event: number): void {
    const row = halfRow(flow, direction);
    if (this.#store.hasBits(row, bit)) return;
    this.#store.setBits(row, bit);
    this.#raise(flow, direction, event);
  }

  // --- the table ---

  /** A row for a new flow, or -1 at the memory cap. */
  #allocate(): number {
    const store = this.#store;
    if (!store.isFull) return store.take();
    if (store.canGrow && bytesFor(store.nextCapacity) <= this.#memcap) {
      store.grow();
      this.#index.grow();
      this.#reserve();
      return store.take();
    }
    const closed = this.#lists.head(STATE_CLOSED);
    if (closed >= 0) {
      this.#remove(closed);
    } else if (store.canGrow) {
      this.#countEvent(FLOW_MEMCAP);
      return -1;
    } else {
      this.#evict();
    }
    return store.take();
  }

  /** Make room: what is ending, then what never began, then what was silent longest. */
  #evict(): void {
    let flow = this.#lists.head(STATE_CLOSING);
    if (flow < 0) flow = this.#lists.head(STATE_NEW);
    if (flow < 0) flow = this.#lists.head(STATE_ESTABLISHED);
    if (this.#clockUsec >= this.#nextFullEventUsec) {
      this.#nextFullEventUsec = this.#clockUsec + FULL_EVENT_USEC;
      this.#handler.onEvent(flow, 0, TABLE_FULL);
    }
    this.#countEvent(TABLE_FULL);
    this.#end(flow, 'evicted');
  }

  /** The state may have changed from `before`: so do the list, and whether the flow is over. */
  #settle(flow: number, before: number): void {
    const state = this.#store.word(flow, STATE);
    if (state === before) return;
    this.#lists.remove(before, flow);
    this.#lists.append(state, flow);
    this.#store.numbers[this.#store.numberRow(flow) + STAMP] = this.#clockUsec;
    if (state === STATE_CLOSED) this.#report(flow, 'closed');
  }

  /** Report a flow, unless that was done, and free its row. */
  #end(flow: number, reason: FlowEndReason): void {
    const state = this.#store.word(flow, STATE);
    if (state === STATE_CLOSING) this.#report(flow, this.#closingReason(flow));
    else if (state !== STATE_CLOSED) this.#report(flow, reason);
    this.#remove(flow);
  }

  #closingReason(flow: number): FlowEndReason {
    const isReset =
      this.#store.hasBits(halfRow(flow, 0), RST_SEEN) ||
      this.#store.hasBits(halfRow(flow, 1), RST_SEEN);
    return isReset ? 'reset' : 'closed';
  }

  #report(flow: number, reason: FlowEndReason): void {
    if (!this.#store.hasFlag(flow, FLOW_IGNORED)) {
      this.#endHalf(flow, 0);
      this.#endHalf(flow, 1);
      const hasBytes = this.#store.number(flow, SEEN) + this.#store.number(flow, SEEN + 1) > 0;
      if (hasBytes && isOneSided(this.#store, flow)) this.#degrade(flow);
    }
    this.#handler.onClose(flow, reason);
    this.#reassembler.close(flow * 2);
    this.#reassembler.close(flow * 2 + 1);
    this.#watch.remove(flow * 2);
    this.#watch.remove(flow * 2 + 1);
    this.#active--;
    this.#bump(END_COUNTERS[reason]);
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
    const at = this.#store.numberRow(flow) + GAPS + direction;
    this.#store.numbers[at] = (this.#store.numbers[at] as number) + unseen;
    this.#counters.add('tcpGapBytes', unseen);
  }

  #remove(flow: number): void {
    this.#lists.remove(this.#store.word(flow, STATE), flow);
    this.#index.remove(flow);
    this.#store.give(flow);
  }

  #degrade(flow: number): void {
    if (this.#store.hasFlag(flow, FLOW_DEGRADED)) return;
    this.#store.setFlag(flow, FLOW_DEGRADED);
    this.#bump(COUNTER.degradedFlows);
  }

  // --- time ---

  #setClock(usec: number): void {
    const clock = this.#clockUsec;
    if (usec > clock || usec < clock - MAX_STEP_BACK_USEC) {
      this.#clockUsec = usec;
      if (usec < clock) this.#nextSweepUsec = usec;
    }
  }

  #touch(flow: number, state: number): void {
    const numbers = this.#store.numbers;
    const row = this.#store.numberRow(flow);
    const clock = this.#clockUsec;
    numbers[row + LAST] = clock;
    const idle = clock - (numbers[row + STAMP] as number);
    if (idle >= 0 && idle < STAMP_USEC) return;
    numbers[row + STAMP] = clock;
    this.#lists.remove(state, flow);
    this.#lists.append(state, flow);
  }

  #isExpired(flow: number): boolean {
    const silence = this.#clockUsec - this.#store.number(flow, LAST);
    // Last heard of in the future: the clock has stepped back, the flow is of another capture.
    if (silence < -MAX_STEP_BACK_USEC) return true;
    return silence >= (this.#timeouts[this.#store.word(flow, STATE)] as number);
  }

  /** Halves whose peer has had data for a while that the sensor never saw. */
  #giveUpDue(budget: number): void {
    for (; budget > 0; budget--) {
      const half = this.#watch.takeDue(this.#clockUsec);
      if (half < 0) return;
      const flow = half >> 1;
      const state = this.#store.word(flow, STATE);
      this.#window.giveUpAcknowledged(flow, (half & 1) === 0 ? 0 : 1);
      if (!this.#store.hasFlag(flow, FLOW_IGNORED)) this.#session.closeIfComplete(flow);
      this.#settle(flow, state);
    }
  }

  #expire(budget: number): void {
    for (let state = 0; state < STATE_COUNT; state++) {
      let flow = this.#lists.head(state);
      while (flow >= 0 && this.#isExpired(flow)) {
        // More than the budget waits: go on with the next packet.
        if (budget-- === 0) return;
        this.#end(flow, 'timeout');
        flow = this.#lists.head(state);
      }
    }
    this.#nextSweepUsec = this.#clockUsec + SWEEP_USEC;
    this.#updateGauges();
  }

  #updateGauges(): void {
    const values = this.#counters.values;
    values[COUNTER.flowsActive] = this.#active;
    values[COUNTER.flowMemuse] = bytesFor(this.#store.capacity);
    values[COUNTER.reassemblyMemuse] = this.#reassembler.memoryBytes;
  }

  #reserve(): void {
    const capacity = this.#store.capacity;
    this.#lists.reserve(capacity);
    this.#watch.reserve(capacity * 2);
    this.#reassembler.reserve(capacity * 2);
  }

  #bump(counter: number): void {
    const values = this.#counters.values;
    values[counter] = (values[counter] as number) + 1;
  }

  #countEvent(event: number): void {
    const events = this.#counters.events;
    events[event] = (events[event] as number) + 1;
  }
}

/** Memory of a table with so many rows. */
function bytesFor(flows: number): number {
  return flows * (FlowStore.BYTES_PER_FLOW + SIDE_BYTES_PER_FLOW) + FlowIndex.bytesFor(flows);
}
