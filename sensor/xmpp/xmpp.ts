/**
 * The room's engine: owns the sessions, drives the tokenizer with the bytes of their halves, and turns
 * its callbacks into stanzas and events. One instance serves all flows; nothing here is reentrant.
 */
import {
  COUNTER,
  DIRECTION,
  type Counters,
  type Direction,
  type LimitValues,
} from '../core/index.ts';
import {
  ELEMENT_FLAG,
  TOKEN,
  createTokenizer,
  type TapeInfo,
  type XmlHandler,
  type XmlTokenizer,
} from '../xml/index.ts';
import * as codes from './codes.ts';
import { ElementReader } from './element-reader.ts';
import { onBytesRead, onElementDone, onElementSize } from './bounds.ts';
import { onNonza, onStanza } from './dispatch.ts';
import { connectionByPort, onHeader } from './header.ts';
import type { Half } from './half.ts';
import { NAME, NS } from './ids.ts';
import { JID_FAULTS } from './jid-scan.ts';
import { readPayload } from './login.ts';
import { checkChallenge } from './login-checks.ts';
import { onAddresses } from './recipients.ts';
import { onEncrypted, startsNextLayer } from './negotiate.ts';
import { noteUnanswered, settleLogins } from './outcomes.ts';
import { RedirectCheck } from './redirect.ts';
import { readIqPassword } from './registration.ts';
import type { LoginName } from './sasl.ts';
import { SEAM, leaveSeam, onAskedBytes, onAskingSegment, onSealedBytes } from './seal.ts';
import { Scrubber } from './secrets.ts';
import { Session } from './session.ts';
import { onCaps } from './software.ts';
import { EVENT, Stage } from './stage.ts';
import { StanzaReader } from './stanza-reader.ts';
import { PHASE, STANZA, type ConnectionKind, type XmppHandler, type XmppSession } from './types.ts';
import {
  DEPTH_32,
  DTD,
  STANZA_1M,
  STANZA_64K,
  mayBeRestart,
  needsEveryByte,
} from './xml-events.ts';

export interface XmppOptions {
  /** Makes the tokenizer that calls back here; default: that of xml/. */
  readonly createTokenizer?: (handler: XmlHandler) => XmlTokenizer;
  readonly limits: LimitValues;
  readonly counters: Counters;
  readonly handler: XmppHandler;
  readonly config: {
    /** Hosts (and the names below them) a server may redirect its clients to. */
    readonly redirectAllow: readonly string[];
  };
}

/** What the pipeline asks of the room. Times in microseconds of packet time. */
export interface Xmpp {
  /** A flow turned out to carry XMPP. `midstream`: its first bytes were not seen. */
  open(
    flow: number,
    midstream: boolean,
    clientPort: number,
    serverPort: number,
    tsUsec: number,
  ): void;
  /**
   * In-order XML bytes of one direction, borrowed for the call.
   * @returns how many were XML; the rest belongs to the layer told to onEncrypted().
   */
  data(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): number;
  /** `length` bytes of this direction never came. */
  gap(flow: number, direction: Direction, length: number): void;
  /** The flow is over: the session record goes out. Unknown flows are ignored. */
  close(flow: number, reason: string, tsUsec: number): void;
  /** The session of a flow, for alerts of other rooms. */
  session(flow: number): XmppSession | undefined;
  /** Buffers that rules read: the others are left out (the room is always there). Default: all. */
  wantBuffers(buffers: ReadonlySet<number>): void;
}

const CONNECTION_COUNTER: Readonly<Record<ConnectionKind, number>> = {
  c2s: COUNTER.sessionsC2s,
  s2s: COUNTER.sessionsS2s,
  component: COUNTER.sessionsComponent,
  serverless: COUNTER.sessionsServerless,
};

/** Counter of a kind of stanza to the server; to the client is the next one. */
const STANZA_COUNTER = [
  COUNTER.stanzasMessageToServer,
  COUNTER.stanzasPresenceToServer,
  COUNTER.stanzasIqToServer,
  COUNTER.stanzasOtherToServer,
];

class XmppRoom implements Xmpp, XmlHandler {
  readonly #tokenizer: XmlTokenizer;
  readonly #counters: Counters;
  readonly #handler: XmppHandler;
  readonly #stage: Stage;
  readonly #reader: StanzaReader;
  readonly #scrubber: Scrubber;
  readonly #redirects: RedirectCheck;
  /** By flow, which is an index below the limit of flows. */
  readonly #sessions: (Session | undefined)[];
  /** By number of the tokenizer's half. */
  readonly #halves: (Half | undefined)[] = [];
  #nextSessionId = 1;

  constructor(options: XmppOptions) {
    this.#counters = options.counters;
    this.#sessions = new Array<Session | undefined>(options.limits.flowTableFlows).fill(undefined);
    this.#handler = options.handler;
    this.#tokenizer = options.createTokenizer?.(this) ?? createTokenizer(options.limits, this);
    const nobody = new Session(-1, 0, true, 'c2s', 0, [-1, -1], 0);
    const elements = new ElementReader(this.#tokenizer, options.limits.xmppRegions);
    const { counters, handler } = options;
    this.#stage = new Stage(this.#tokenizer, elements, counters, handler, nobody);
    this.#reader = new StanzaReader(this.#stage, elements);
    this.#scrubber = new Scrubber(this.#tokenizer, this.#stage.tape, (offset, length) =>
      this.#stage.strings.decode(offset, length),
    );
    this.#redirects = new RedirectCheck(options.config.redirectAllow);
  }

  wantBuffers(buffers: ReadonlySet<number>): void {
    this.#reader.wantBuffers(buffers);
  }

  session(flow: number): XmppSession | undefined {
    return this.#sessions[flow];
  }

  open(
    flow: number,
    midstream: boolean,
    _clientPort: number,
    serverPort: number,
    tsUsec: number,
  ): void {
    if (this.#sessions[flow] !== undefined) this.close(flow, 'reopened', tsUsec);
    const session = new Session(
      flow,
      this.#nextSessionId++,
      midstream,
      connectionByPort(serverPort),
      serverPort,
      [this.#tokenizer.openHalf(midstream), this.#tokenizer.openHalf(midstream)],
      tsUsec,
    );
    this.#sessions[flow] = session;
    this.#halves[session.toServer.number] = session.toServer;
    this.#halves[session.toClient.number] = session.toClient;
    this.#counters.add('sessionsOpened', 1);
    this.#countSession(session.connection, 1);
    this.#handler.onSessionOpen(session);
  }

  data(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): number {
    const session = this.#sessions[flow];
    if (session === undefined || length <= 0) return 0;
    const half = session.half(direction);
    const end = offset + length;
    if (half.stopped) {
      if (half.seal.seam === SEAM.sealed) {
        this.#enter(half, tsUsec);
        onSealedBytes(this.#stage, bytes, offset, end);
      }
      return 0;
    }
    this.#enter(half, tsUsec);
    if ((session.starttlsSent || session.compressSent) && this.#isNextLayer(half, bytes, offset)) {
      // The client is ahead of the answer it got; or the answer was lost and the server is beyond it.
      half.stopped = true;
      if (half.seal.seam !== SEAM.none) leaveSeam(this.#stage);
      if (direction === DIRECTION.toClient) {
        onEncrypted(this.#stage, session.starttlsSent ? 'starttls' : 'compressed');
      }
      return 0;
    }
    half.bytes += length;
    const values = this.#counters.values;
    values[COUNTER.xmlBytes] = (values[COUNTER.xmlBytes] as number) + length;
    const wasAsked = half.seal.seam === SEAM.asked;
    if (wasAsked) onAskedBytes(this.#stage, bytes, offset, end);
    const consumed = this.#tokenizer.feed(half.number, bytes, offset, length, tsUsec);
    this.#enter(half, tsUsec);
    if (half.seal.seam !== SEAM.none) {
      if (half.seal.seam === SEAM.sealed) onSealedBytes(this.#stage, bytes, offset + consumed, end);
      else if (half.seal.seam === SEAM.asked && !wasAsked)
        onAskingSegment(this.#stage, bytes, offset, end);
    }
    onBytesRead(this.#stage, consumed, this.#tokenizer.openElementBytes(half.number));
    return consumed;
  }

  #isNextLayer(half: Half, bytes: Uint8Array, offset: number): boolean {
    const { session } = half;
    return (
      this.#tokenizer.openElementBytes(half.number) === 0 &&
      startsNextLayer(session.starttlsSent, session.compressSent, bytes, offset)
    );
  }

  gap(flow: number, direction: Direction, length: number): void {
    const session = this.#sessions[flow];
    if (session === undefined || length <= 0) return;
    const half = session.half(direction);
    if (half.seal.seam !== SEAM.none) half.seal.begin(SEAM.over);
    if (half.stopped) return;
    this.#enter(half, this.#stage.tsUsec);
    // First the element that was cut short, then everything that depends on it.
    this.#tokenizer.gap(half.number);
    half.inSync = false;
    session.inSync[direction] = false;
    session.holes[direction]++;
    session.sawEverything = false;
    half.elementOpen = false;
  }

  close(flow: number, reason: string, tsUsec: number): void {
    const session = this.#sessions[flow];
    if (session === undefined) return;
    for (const half of [session.toServer, session.toClient]) {
      this.#enter(half, tsUsec);
      if (half.seal.seam === SEAM.sealed) leaveSeam(this.#stage);
      this.#tokenizer.closeHalf(half.number);
      this.#halves[half.number] = undefined;
    }
    this.#enter(session.toServer, tsUsec);
    this.#stage.releaseAll(session.sawEverything && session.toClient.headers > 0);
    settleLogins(this.#stage, true);
    noteUnanswered(session);
    session.phase = PHASE.closed;
    this.#sessions[flow] = undefined;
    this.#countSession(session.connection, -1);
    this.#handler.onSessionEnd(session, session.summary(tsUsec, reason));
  }

  // XmlHandler

  streamHeader(number: number, info: TapeInfo, wasOpen: boolean): void {
    if (!this.#resume(number, info)) return;
    const { session } = this.#stage;
    const before = session.connection;
    onHeader(this.#stage, wasOpen);
    if (session.connection !== before) {
      this.#countSession(before, -1);
      this.#countSession(session.connection, 1);
    }
    this.#deliver(info, STANZA.header);
  }

  element(number: number, info: TapeInfo): void {
    if (!this.#resume(number, info)) return;
    const stage = this.#stage;
    const { session, tape, direction, half } = stage;
    if (stage.isBroken) session.holes[direction]++;
    const kind = stage.hasElement ? this.#kindOf() : STANZA.nonza;
    this.#count(half, kind);
    if (stage.hasElement) {
      const isSasl = tape.ns(0) === NS.sasl || tape.ns(0) === NS.sasl2;
      let payload: LoginName | undefined;
      if (isSasl && direction === DIRECTION.toServer) {
        const { top, end } = this.#reader.table;
        payload = readPayload(stage, top, end - top);
      } else if (isSasl) {
        checkChallenge(stage);
      }
      const mayHavePassword = kind === STANZA.iq && (info.flags & ELEMENT_FLAG.watched) !== 0;
      const passwordKey = mayHavePassword ? readIqPassword(stage) : undefined;
      this.#scrubber.scrub(info, stage.isBroken || half.dtdSerial === info.serial);
      if (half.inSync && !half.rootOpen) {
        stage.raise(EVENT.outOfStream, { name: stage.localName(0) });
      }
      if (kind === STANZA.nonza) onNonza(stage, payload, this.#redirects);
      else onStanza(stage, kind === STANZA.iq, passwordKey);
      onElementDone(stage, info);
      this.#deliver(info, kind);
    }
    half.elements++;
  }

  streamEnd(number: number): void {
    const half = this.#halves[number];
    if (half === undefined) return;
    half.ended = true;
    half.rootOpen = false;
    const { session } = half;
    if (session.toServer.ended && session.toClient.ended) session.phase = PHASE.closed;
  }

  event(number: number, event: number, serial: number, offset: number, info: TapeInfo): void {
    if (!this.#resume(number, info)) return;
    const stage = this.#stage;
    const { session, direction, half } = stage;
    stage.serial = serial;
    if (serial === 0) stage.hasElement = false;
    else if (event === DTD) half.dtdSerial = serial;
    if (event === STANZA_64K) onElementSize(stage, 64 * 1024);
    else if (event === STANZA_1M) onElementSize(stage, 1024 * 1024);
    if (event === DEPTH_32 && session.authenticated) return;
    if (needsEveryByte(event) && !half.inSync) return;
    const context = { offset };
    if (direction === DIRECTION.toServer) {
      if (session.starttlsSent || session.compressSent) {
        // Records of the next layer, unless the server says no.
        stage.hold('starttls', event, context);
        return;
      }
      if (session.loginOpen && serial === 0 && mayBeRestart(event)) {
        stage.hold('sasl', event, context);
        return;
      }
    }
    stage.raise(event, context);
  }

  /** Set the stage for a half. The tokenizer may speak of another flow's half, when it gives one up. */
  #resume(number: number, info: TapeInfo): boolean {
    const half = this.#halves[number];
    if (half === undefined) return false;
    const stage = this.#stage;
    stage.half = half;
    stage.session = half.session;
    stage.direction = half.direction;
    stage.tape.load(info);
    stage.serial = info.serial;
    stage.hasElement = info.tokenCount > 0 && stage.tape.kind(0) === TOKEN.start;
    stage.isBroken = (info.flags & ELEMENT_FLAG.broken) !== 0;
    stage.endsAt = info.wireOffset + info.wireLength;
    return true;
  }

  #enter(half: Half, tsUsec: number): void {
    const stage = this.#stage;
    stage.half = half;
    stage.session = half.session;
    stage.direction = half.direction;
    stage.tsUsec = tsUsec;
    stage.serial = 0;
    stage.hasElement = false;
  }

  #kindOf(): number {
    const { tape } = this.#stage;
    const ns = tape.ns(0);
    // Picked up late, the namespace of the stream is unknown: then there is none on the tape.
    const isContent =
      ns === NS.client ||
      ns === NS.server ||
      ns === NS.component ||
      ns === NS.componentConnect ||
      (ns === 0 && tape.word(0, 6) === 0);
    if (!isContent) return STANZA.nonza;
    switch (tape.name(0)) {
      case NAME.message:
        return STANZA.message;
      case NAME.presence:
        return STANZA.presence;
      case NAME.iq:
        return STANZA.iq;
      default:
        return STANZA.nonza;
    }
  }

  #count(half: Half, kind: number): void {
    const values = this.#counters.values;
    const at = (STANZA_COUNTER[kind] as number) + half.direction;
    values[at] = (values[at] as number) + 1;
    if (kind === STANZA.message) half.messages++;
    else if (kind === STANZA.presence) half.presences++;
    else if (kind === STANZA.iq) half.iqs++;
    else half.nonzas++;
  }

  #countSession(connection: ConnectionKind, by: number): void {
    const values = this.#counters.values;
    const at = CONNECTION_COUNTER[connection];
    values[at] = (values[at] as number) + by;
  }

  /** Read the element, tell what should not be in it, hand it on. */
  #deliver(info: TapeInfo, kind: number): void {
    const reader = this.#reader;
    const { table, view } = reader;
    reader.read(info, kind);
    if (kind <= STANZA.iq) {
      this.#inspect();
      const addresses = reader.child(codes.CHILD_ADDRESSES);
      if (addresses >= 0) onAddresses(this.#stage, addresses, view.from);
    }
    if (kind === STANZA.presence && view.direction === DIRECTION.toServer) {
      const caps = reader.child(codes.CHILD_CAPS);
      if (caps >= 0) onCaps(this.#stage, caps);
    }
    if (table.capped) this.#counters.add('xmppStanzasCapped', 1);
    this.#handler.onStanza(view);
  }

  #mayRedirect(session: Session, direction: Direction): boolean {
    return direction === DIRECTION.toClient || session.connection === 's2s';
  }

  #inspect(): void {
    const stage = this.#stage;
    const { facts } = this.#reader;
    const { session, direction, tape, jids } = stage;
    const nested = facts[codes.F_NESTED] as number;
    const streamNested = facts[codes.F_STREAM_NESTED] as number;
    // An error echoes what it answers; what it echoes was judged when it was sent.
    const isEcho =
      facts[codes.F_TYPE_IS] === codes.TYPE_ERROR && this.#reader.child(codes.CHILD_ERROR) >= 0;
    if (nested >= 0 && !isEcho) {
      stage.raise(EVENT.nestedStanza, { element: stage.localName(nested) });
    }
    if (streamNested >= 0) {
      stage.raise(EVENT.streamNsNested, { element: stage.localName(streamNested) });
      if (tape.is(streamNested, NS.streams, NAME.stream)) {
        stage.raise(EVENT.streamReopen, { depth: 1 });
      } else if (
        this.#mayRedirect(session, direction) &&
        tape.is(streamNested, NS.streams, NAME.error)
      ) {
        this.#redirects.check(stage, streamNested);
      }
    }
    const suspects = facts[codes.F_JIDS] as number;
    for (let k = 0; k < suspects; k++) {
      const token = facts[codes.F_JID + k] as number;
      const length = tape.valueLength(token);
      jids.scan(tape.valueOffset(token), length);
      if (jids.fault === 0) continue;
      stage.raise(EVENT.jidMalformed, {
        attribute: 'jid',
        reason: JID_FAULTS[jids.fault] as string,
      });
      break;
    }
  }
}

/** Make the room, with a tokenizer of its own for all flows. */
export function createXmpp(options: XmppOptions): Xmpp {
  return new XmppRoom(options);
}
