/**
 * Finds XMPP in flows, on any port, and hands its bytes on. A flow is judged by its first bytes,
 * mostly by its first segment; what undecided flows say is held and replayed. Flows that are
 * something else, or that went over to TLS, are ignored from then on and cost nothing.
 */
import {
  COUNTER,
  EVENTS,
  STREAM_PORTS,
  XMPP_PORTS,
  eventId,
  portSet,
  type Counters,
  type Direction,
} from '../core/index.ts';
import type { FlowEndReason, FlowFacts, FlowHandler } from '../flow/index.ts';
import { DROPPED, FlowStates, HAS_BYTES, IS_OTHER, NOT_START, STATE } from './flow-states.ts';
import { judgeHalf, type HalfContext } from './judge-half.ts';
import type { Carrier } from './carrier.ts';
import { HttpStreams } from './http-streams.ts';
import { PlainStream } from './plain-stream.ts';
import { ProbeSlots, type ProbeSlot, type ReplayTarget } from './probe-slots.ts';
import { isTlsHello, offersXmpp } from './tls-record.ts';
import { SocksStreams } from './socks-streams.ts';
import type { AppProto, TransportHandler, TransportOptions } from './types.ts';
import { VERDICT, type Verdict } from './verdict.ts';

const TLS_DIRECT = eventId('transport.tls_direct');
const STARTTLS_DONE = eventId('transport.starttls_done');
const NOT_XMPP_ON_XMPP_PORT = eventId('transport.not_xmpp_on_xmpp_port');
const XMPP_ON_ODD_PORT = eventId('transport.xmpp_on_odd_port');
const COMPRESSED = eventId('transport.compressed');

/**
 * Ports where TLS comes first (XEP-0368); in the middle of a flow elsewhere TLS followed STARTTLS.
 */
const TLS_PORTS: readonly number[] = [5223, 5270];
/** End of a start tag: only with one can an undecided XML text have become decidable. */
const TAG_END = 0x3e;
/**
 * First byte of a TLS handshake record: one that is not whole is judged again with every segment.
 */
const TLS_HANDSHAKE = 0x16;
/** So much of the layer behind STARTTLS is shown at most. */
const NEXT_LAYER_BYTES = 16 * 1024;
/** Below so many bytes a half is judged again with every segment: encoding and first words show early. */
const EARLY_BYTES = 32;

export class Transport implements FlowHandler, ReplayTarget {
  readonly #handler: TransportHandler;
  readonly #flows: FlowFacts;
  readonly #counters: Counters;
  readonly #isStreamPort: Uint8Array;
  readonly #isXmppPort: Uint8Array;
  readonly #probeBytes: number;
  readonly #midstreamBytes: number;
  readonly #states = new FlowStates();
  readonly #slots: ProbeSlots;
  readonly #slotOf: (ProbeSlot | undefined)[] = [];
  readonly #plain: PlainStream;
  readonly #socks: SocksStreams;
  readonly #http: HttpStreams;
  readonly #context: HalfContext = {
    isClient: true,
    isStart: true,
    isStreamPort: false,
    isFinal: false,
    chunkStart: 0,
  };

  constructor(options: TransportOptions) {
    const { handler, limits } = options;
    this.#handler = handler;
    this.#flows = options.flows;
    this.#counters = options.counters;
    const streamPorts = options.streamPorts ?? STREAM_PORTS;
    this.#isStreamPort = portSet(streamPorts);
    this.#isXmppPort = portSet([...XMPP_PORTS, ...streamPorts]);
    this.#probeBytes = limits.transportProbeBytes;
    this.#midstreamBytes = limits.transportMidstreamBytes;
    this.#slots = new ProbeSlots(limits.transportProbeFlows, limits.transportProbeBytes);
    this.#plain = new PlainStream(handler);
    this.#socks = new SocksStreams(handler, this.#counters, limits.transportSocksFlows);
    this.#http = new HttpStreams(handler, this.#counters, limits, (flow, direction, event) => {
      this.#raise(flow, direction, event);
    });
  }

  /**
   * The XMPP stream of a flow has ended in STARTTLS or compression: its bytes are no longer read. Behind STARTTLS
   * the handler may want to see how the next layer begins; it ends that with stopReading().
   */
  setEncrypted(flow: number, how: 'starttls' | 'compressed'): void {
    if (this.#states.state(flow) !== STATE.xmpp) return;
    this.#states.setState(flow, STATE.encrypted);
    this.#bump(how === 'starttls' ? COUNTER.encryptedStarttls : COUNTER.encryptedCompressed);
    this.#raise(flow, 0, how === 'starttls' ? STARTTLS_DONE : COMPRESSED);
    if (how === 'starttls' && this.#handler.onNextLayer !== undefined) {
      this.#states.scan(flow, -this.#states.scan(flow, 0));
    } else {
      this.#flows.ignore(flow);
    }
  }

  /** The handler has seen enough of an encrypted flow, or of one of SOCKS5 or HTTP. */
  stopReading(flow: number): void {
    const state = this.#states.state(flow);
    if (state !== STATE.encrypted && this.#carrierOf(state) === undefined) return;
    this.#http.stop(flow);
    this.#flows.ignore(flow);
  }

  onOpen(flow: number): void {
    this.#states.open(flow);
    this.#slotOf[flow] = undefined;
    if (!this.#flows.isMidstream(flow)) {
      if (this.#onStreamPort(flow)) this.#handler.onConnect?.(flow);
      return;
    }
    this.#states.set(flow, 0, NOT_START);
    this.#states.set(flow, 1, NOT_START);
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const state = this.#states.state(flow);
    if (state === STATE.xmpp) this.#plain.onData(flow, direction, bytes, offset, length);
    else if (state <= STATE.probing) this.#probe(flow, direction, bytes, offset, length);
    else if (state === STATE.encrypted) {
      // Both sides say TLS within their first bytes; where one side is not captured this ends it.
      if (this.#states.scan(flow, length) > NEXT_LAYER_BYTES) this.#flows.ignore(flow);
      this.#handler.onNextLayer?.(flow, direction, bytes, offset, length);
    } else if (this.#carrierOf(state)?.onData(flow, direction, bytes, offset, length) === false) {
      this.#closeOther(flow);
    }
  }

  onGap(flow: number, direction: Direction, length: number): void {
    const state = this.#states.state(flow);
    if (state === STATE.xmpp) {
      this.#plain.onGap(flow, direction, length);
    } else if (state <= STATE.probing) {
      this.#states.set(flow, direction, NOT_START);
      if (!this.#slotFor(flow).gap(direction, length)) this.#giveUp(flow);
    } else if (this.#carrierOf(state)?.onGap(flow, direction, length) === false) {
      this.#closeOther(flow);
    }
  }

  onEvent(flow: number, direction: Direction, event: number): void {
    const state = this.#states.state(flow);
    if (state === STATE.xmpp || EVENTS[event]?.layer === 'sensor') {
      this.#handler.onFlowEvent(flow, direction, event);
    } else if (state <= STATE.probing) {
      this.#states.keepEvent(flow, direction, event);
    }
  }

  onClose(flow: number, reason: FlowEndReason): void {
    if (this.#states.state(flow) === STATE.probing) this.#giveUp(flow);
    const carrier = this.#carrierOf(this.#states.state(flow));
    if (carrier !== undefined) {
      carrier.onClose(flow, reason);
      this.#bump(COUNTER.notXmppFlows);
    }
    this.#release(flow);
    this.#handler.onClose(flow, reason, this.#appProto(flow));
    this.#states.setState(flow, STATE.other);
  }

  replayBytes(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    this.onData(flow, direction, bytes, offset, length);
    return this.#isRead(flow);
  }

  replayGap(flow: number, direction: Direction, length: number): boolean {
    this.onGap(flow, direction, length);
    return this.#isRead(flow);
  }

  // --- probing ---

  #probe(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    if (this.#states.state(flow) === STATE.idle) {
      this.#states.setState(flow, STATE.probing);
      this.#bump(COUNTER.probedFlows);
    }
    this.#states.set(flow, direction, HAS_BYTES);
    if (!this.#holds(flow, direction) && length < this.#probeBytes) {
      // Mostly the first segment decides: judge it where it lies.
      const verdict = this.#judge(flow, direction, bytes, offset, length, 0, false);
      if (this.#act(flow, direction, verdict, bytes, offset, length)) {
        this.onData(flow, direction, bytes, offset, length);
        return;
      }
    }
    const end = offset + length;
    let at = offset;
    while (at < end && this.#states.state(flow) === STATE.probing) {
      at += this.#keep(flow, direction, bytes, at, end - at);
    }
    if (at < end && this.#states.state(flow) !== STATE.probing) {
      this.onData(flow, direction, bytes, at, end - at);
    }
  }

  /** Does the flow's slot hold bytes of this direction that continue into the next ones? */
  #holds(flow: number, direction: Direction): boolean {
    const slot = this.#slotOf[flow];
    return slot !== undefined && slot.lengths[direction] !== slot.starts[direction];
  }

  /** Hold bytes of an undecided flow, look again, and judge for good when no more can be held. */
  #keep(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    const slot = this.#slotFor(flow);
    const start = slot.starts[direction] as number;
    const before = (slot.lengths[direction] as number) - start;
    const kept = slot.append(direction, bytes, offset, length);
    const held = before + kept;
    const base = slot.base(direction) + start;
    const isTls = slot.bytes[base] === TLS_HANDSHAKE;
    if (before < EARLY_BYTES || isTls || contains(bytes, offset, kept, TAG_END)) {
      const verdict = this.#judge(flow, direction, slot.bytes, base, held, before, false);
      if (this.#act(flow, direction, verdict, slot.bytes, base, held)) return kept;
    }
    if (slot.isFull(direction) || kept < length) {
      if (!this.#mayForget(flow, direction, held)) this.#giveUp(flow);
    }
    return kept;
  }

  /** Judge one half, unless that was done. */
  #judge(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    chunkStart: number,
    isFinal: boolean,
  ): Verdict {
    if (this.#states.has(flow, direction, IS_OTHER)) return VERDICT.other;
    const context = this.#context;
    context.isClient = direction === 0;
    context.isStart = !this.#states.has(flow, direction, NOT_START);
    context.isStreamPort = this.#onStreamPort(flow);
    context.isFinal = isFinal;
    context.chunkStart = chunkStart;
    return judgeHalf(bytes, offset, length, context);
  }

  /** Draw the consequence of one half's verdict; true when the flow is decided. */
  #act(
    flow: number,
    direction: Direction,
    verdict: Verdict,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    switch (verdict) {
      case VERDICT.more:
        return false;
      case VERDICT.xmpp:
      case VERDICT.xmppMiddle:
        this.#openXmpp(flow, direction, verdict === VERDICT.xmppMiddle);
        return true;
      case VERDICT.tls:
        this.#closeTls(flow, bytes, offset, length);
        return true;
      case VERDICT.socks:
        return this.#carry(flow, direction, STATE.socks);
      case VERDICT.http:
        return this.#carry(flow, direction, STATE.http);
      case VERDICT.other:
        return this.#isOther(flow, direction);
    }
  }

  #isOther(flow: number, direction: Direction): boolean {
    this.#states.set(flow, direction, IS_OTHER);
    // On a stream port the other half may yet answer in XMPP, if only with a stream error.
    const isOver = !this.#onStreamPort(flow) || this.#states.has(flow, 1 - direction, IS_OTHER);
    if (isOver) this.#closeOther(flow);
    return isOver;
  }

  /**
   * Inside a stanza larger than the slot, on a stream port: forget what is held and look on for the
   * start of the next one, within the limit.
   */
  #mayForget(flow: number, direction: Direction, held: number): boolean {
    if (!this.#states.has(flow, direction, NOT_START) || !this.#onStreamPort(flow)) return false;
    if (this.#states.has(flow, direction, IS_OTHER)) return false;
    if (this.#states.scan(flow, held) > this.#midstreamBytes) return false;
    this.#states.set(flow, 0, NOT_START | DROPPED);
    this.#states.set(flow, 1, NOT_START | DROPPED);
    this.#slotOf[flow]?.clear();
    return true;
  }

  /** No more will be held of this flow: judge it by what is there. */
  #giveUp(flow: number): void {
    const slot = this.#slotOf[flow];
    for (let direction: Direction = 0; ; direction = 1) {
      if (slot !== undefined && this.#holds(flow, direction)) {
        const start = slot.starts[direction] as number;
        const base = slot.base(direction) + start;
        const held = (slot.lengths[direction] as number) - start;
        const verdict = this.#judge(flow, direction, slot.bytes, base, held, 0, true);
        const isDecisive = verdict !== VERDICT.other && verdict !== VERDICT.more;
        if (isDecisive && this.#act(flow, direction, verdict, slot.bytes, base, held)) return;
      }
      if (direction === 1) break;
    }
    this.#closeOther(flow);
  }

  // --- verdicts ---

  #openXmpp(flow: number, direction: Direction, isMiddle: boolean): void {
    const other = 1 - direction;
    const isOtherMiddle =
      this.#states.has(flow, other, HAS_BYTES) && this.#states.has(flow, other, NOT_START);
    const isMidstream = isMiddle || isOtherMiddle || this.#states.has(flow, 0, DROPPED);
    this.#states.setState(flow, STATE.xmpp);
    this.#bump(COUNTER.xmppFlows);
    this.#handler.onXmppOpen(flow, isMidstream);
    if ((this.#isXmppPort[this.#flows.serverPort(flow)] as number) === 0) {
      this.#raise(flow, 0, XMPP_ON_ODD_PORT);
    }
    for (let i = 0, kept = this.#states.keptEvent(flow, 0); kept !== 0;) {
      this.#handler.onFlowEvent(flow, (kept & 1) === 0 ? 0 : 1, kept >>> 1);
      kept = this.#states.keptEvent(flow, ++i);
    }
    this.#slotOf[flow]?.replay(this);
    this.#release(flow);
  }

  /** Are its bytes handed on? */
  #isRead(flow: number): boolean {
    const state = this.#states.state(flow);
    return state === STATE.xmpp || this.#carrierOf(state) !== undefined;
  }

  /** What reads flows of a state, where that is not XMPP. */
  #carrierOf(state: number): Carrier | undefined {
    if (state === STATE.socks) return this.#socks;
    return state === STATE.http ? this.#http : undefined;
  }

  /** A flow that is no XMPP may carry files of it, but on the ports of streams: there it is alien. */
  #carry(flow: number, direction: Direction, state: number): boolean {
    const carrier = this.#carrierOf(state);
    const isWanted = state === STATE.socks || this.#handler.onHttpRequest !== undefined;
    if (carrier === undefined || !isWanted || this.#onStreamPort(flow)) {
      return this.#isOther(flow, direction);
    }
    const { pressed } = carrier;
    if (pressed !== undefined) this.#closeOther(pressed);
    const hasRoom = carrier.open(flow);
    if (pressed !== undefined || !hasRoom) this.#bump(COUNTER.filesNotFollowed);
    if (!hasRoom) return this.#isOther(flow, direction);
    this.#states.setState(flow, state);
    this.#slotOf[flow]?.replay(this);
    this.#release(flow);
    return true;
  }

  #closeTls(flow: number, bytes: Uint8Array, offset: number, length: number): void {
    this.#states.setState(flow, STATE.tls);
    const isHello = isTlsHello(bytes, offset, length);
    if (this.#onStreamPort(flow) || (isHello && offersXmpp(bytes, offset, length))) {
      const isDirect = isHello || TLS_PORTS.includes(this.#flows.serverPort(flow));
      this.#bump(isDirect ? COUNTER.encryptedDirect : COUNTER.encryptedStarttls);
      if (isHello) this.#raise(flow, 0, TLS_DIRECT);
    } else {
      this.#bump(COUNTER.notXmppFlows);
    }
    this.#release(flow);
    this.#flows.ignore(flow);
  }

  #closeOther(flow: number): void {
    const carrier = this.#carrierOf(this.#states.state(flow));
    this.#states.setState(flow, STATE.other);
    carrier?.onClose(flow, 'ignored');
    this.#bump(COUNTER.notXmppFlows);
    // What was picked up in its middle may be the inside of a TLS session.
    const isSure = !this.#states.has(flow, 0, NOT_START) || !this.#states.has(flow, 1, NOT_START);
    if (isSure && this.#onStreamPort(flow)) this.#raise(flow, 0, NOT_XMPP_ON_XMPP_PORT);
    this.#release(flow);
    this.#flows.ignore(flow);
  }

  #appProto(flow: number): AppProto {
    switch (this.#states.state(flow)) {
      case STATE.xmpp:
      case STATE.encrypted:
        return 'xmpp';
      case STATE.tls:
        return 'tls';
      default:
        return 'failed';
    }
  }

  #onStreamPort(flow: number): boolean {
    return this.#isStreamPort[this.#flows.serverPort(flow)] === 1;
  }

  /** The flow's slot; when all are taken, the flow that has waited longest is judged now. */
  #slotFor(flow: number): ProbeSlot {
    let slot = this.#slotOf[flow];
    if (slot !== undefined) return slot;
    const pressed = this.#slots.pressed;
    if (pressed !== undefined) this.#giveUp(pressed.flow);
    slot = this.#slots.take(flow);
    this.#slotOf[flow] = slot;
    return slot;
  }

  #release(flow: number): void {
    const slot = this.#slotOf[flow];
    if (slot === undefined) return;
    this.#slotOf[flow] = undefined;
    this.#slots.give(slot);
  }

  #raise(flow: number, direction: Direction, event: number): void {
    const events = this.#counters.events;
    events[event] = (events[event] as number) + 1;
    this.#handler.onFlowEvent(flow, direction, event);
  }

  #bump(counter: number): void {
    const values = this.#counters.values;
    values[counter] = (values[counter] as number) + 1;
  }
}

function contains(bytes: Uint8Array, offset: number, length: number, byte: number): boolean {
  for (let i = offset; i < offset + length; i++) if (bytes[i] === byte) return true;
  return false;
}
