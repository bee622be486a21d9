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
  TOKEN,
  createTokenizer,
  type TapeInfo,
  type XmlHandler,
  type XmlTokenizer,
} from '../xml/index.ts';
import { onBytesRead, onElementDone, onElementSize } from './bounds.ts';
import { onNonza, onStanza } from './dispatch.ts';
import { connectionByPort, onHeader } from './header.ts';
import { NAME, NS } from './ids.ts';
import { JID_FAULTS } from './jid-scan.ts';
import { readPayload } from './login.ts';
import { onEncrypted, startsNextLayer } from './negotiate.ts';
import { RedirectCheck } from './redirect.ts';
import type { LoginName } from './sasl.ts';
import { Scrubber } from './secrets.ts';
import { Session } from './session.ts';
import { onCaps } from './software.ts';
import { EVENT, Stage } from './stage.ts';
import { StanzaReader } from './stanza-reader.ts';
import { PHASE, STANZA, type ConnectionKind, type XmppHandler, type XmppSession } from './types.ts';
import { DEPTH_32, STANZA_1M, STANZA_64K, mayBeRestart, needsEveryByte } from './xml-events.ts';

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
  /** Buffers that rules read: the costly others (path, folded text) are left out. Default: all. */
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
  readonly #sessions = new Map<number, Session>();
  /** Session of each tokenizer half. */
  readonly #owners: (Session | undefined)[] = [];
  #nextSessionId = 1;

  constructor(options: XmppOptions) {
    this.#counters = options.counters;
    this.#handler = options.handler;
    this.#tokenizer = options.createTokenizer?.(this) ?? createTokenizer(options.limits, this);
    const nobody = new Session(-1, 0, true, 'c2s', 0, [-1, -1], 0);
    this.#stage = new Stage(this.#tokenizer, options.counters, options.handler, nobody);
    this.#reader = new StanzaReader(this.#stage, options.limits.xmppRegions);
    this.#scrubber = new Scrubber(this.#tokenizer.memory, this.#stage.tape, (offset, length) =>
      this.#stage.strings.decode(offset, length),
    );
    this.#redirects = new RedirectCheck(options.config.redirectAllow);
  }

  wantBuffers(buffers: ReadonlySet<number>): void {
    this.#reader.wantBuffers(buffers);
  }

  session(flow: number): XmppSession | undefined {
    return this.#sessions.get(flow);
  }

  open(
    flow: number,
    midstream: boolean,
    _clientPort: number,
    serverPort: number,
    tsUsec: number,
  ): void {
    if (this.#sessions.has(flow)) this.close(flow, 'reopened', tsUsec);
    const halves: [number, number] = [
      this.#tokenizer.openHalf(midstream),
      this.#tokenizer.openHalf(midstream),
    ];
    const session = new Session(
      flow,
      this.#nextSessionId++,
      midstream,
      connectionByPort(serverPort),
      serverPort,
      halves,
      tsUsec,
    );
    this.#sessions.set(flow, session);
    this.#owners[halves[0]] = session;
    this.#owners[halves[1]] = session;
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
    const session = this.#sessions.get(flow);
    if (session === undefined || length <= 0 || session.stopped[direction]) return 0;
    const half = session.halves[direction];
    this.#enter(session, direction, tsUsec);
    if (
      (session.starttlsSent || session.compressSent) &&
      this.#isNextLayer(session, half, bytes, offset)
    ) {
      // The client is ahead of the answer it got; or the answer was lost and the server is beyond it.
      session.stopped[direction] = true;
      if (direction === DIRECTION.toClient) {
        onEncrypted(this.#stage, session.starttlsSent ? 'starttls' : 'compressed');
      }
      return 0;
    }
    session.bytes[direction] += length;
    const values = this.#counters.values;
    values[COUNTER.xmlBytes] = (values[COUNTER.xmlBytes] as number) + length;
    const consumed = this.#tokenizer.feed(half, bytes, offset, length, tsUsec);
    this.#enter(session, direction, tsUsec);
    onBytesRead(this.#stage, consumed, this.#tokenizer.openElementBytes(half));
    return consumed;
  }

  #isNextLayer(session: Session, half: number, bytes: Uint8Array, offset: number): boolean {
    return (
      this.#tokenizer.openElementBytes(half) === 0 &&
      startsNextLayer(session.starttlsSent, session.compressSent, bytes, offset)
    );
  }

  gap(flow: number, direction: Direction, length: number): void {
    const session = this.#sessions.get(flow);
    if (session === undefined || length <= 0 || session.stopped[direction]) return;
    this.#enter(session, direction, this.#stage.tsUsec);
    // First the element that was cut short, then everything that depends on it.
    this.#tokenizer.gap(session.halves[direction]);
    session.inSync[direction] = false;
    session.openSinceUsec[direction] = 0;
  }

  close(flow: number, reason: string, tsUsec: number): void {
    const session = this.#sessions.get(flow);
    if (session === undefined) return;
    for (const direction of [DIRECTION.toServer, DIRECTION.toClient]) {
      const half = session.halves[direction];
      this.#enter(session, direction, tsUsec);
      this.#tokenizer.closeHalf(half);
      this.#owners[half] = undefined;
    }
    this.#enter(session, DIRECTION.toServer, tsUsec);
    this.#stage.releaseAll(session.sawEverything && session.headers[DIRECTION.toClient] > 0);
    session.phase = PHASE.closed;
    this.#sessions.delete(flow);
    this.#countSession(session.connection, -1);
    this.#handler.onSessionEnd(session, session.summary(tsUsec, reason));
  }

  // XmlHandler

  streamHeader(half: number, info: TapeInfo, wasOpen: boolean): void {
    const session = this.#resume(half, info);
    if (session === undefined) return;
    const before = session.connection;
    onHeader(this.#stage, wasOpen);
    if (session.connection !== before) {
      this.#countSession(before, -1);
      this.#countSession(session.connection, 1);
    }
    this.#deliver(info, STANZA.header);
  }

  element(half: number, info: TapeInfo): void {
    const session = this.#resume(half, info);
    if (session === undefined) return;
    const stage = this.#stage;
    const { tape, direction } = stage;
    const kind = stage.hasElement ? this.#kindOf() : STANZA.nonza;
    this.#count(session, direction, kind);
    if (stage.hasElement) {
      const isSasl = tape.ns(0) === NS.sasl || tape.ns(0) === NS.sasl2;
      let payload: LoginName | undefined;
      if (isSasl && direction === DIRECTION.toServer) {
        const { top, end } = this.#reader.table;
        payload = readPayload(stage, top, end - top);
      }
      this.#scrubber.scrub(info);
      if (session.inSync[direction] && !session.rootOpen[direction]) {
        stage.raise(EVENT.outOfStream, { name: stage.localName(0) });
      }
      if (kind === STANZA.nonza) onNonza(stage, payload, this.#redirects);
      else onStanza(stage, kind === STANZA.iq);
      onElementDone(stage, info);
      this.#deliver(info, kind);
    }
    session.elements[direction]++;
  }

  streamEnd(half: number): void {
    const session = this.#owners[half];
    if (session === undefined) return;
    const direction = session.halves[0] === half ? DIRECTION.toServer : DIRECTION.toClient;
    session.ended[direction] = true;
    session.rootOpen[direction] = false;
    if (session.ended[0] && session.ended[1]) session.phase = PHASE.closed;
  }

  event(half: number, event: number, serial: number, offset: number, info: TapeInfo): void {
    const session = this.#resume(half, info);
    if (session === undefined) return;
    const stage = this.#stage;
    const { direction } = stage;
    stage.serial = serial;
    if (serial === 0) stage.hasElement = false;
    if (event === STANZA_64K) onElementSize(stage, 64 * 1024);
    else if (event === STANZA_1M) onElementSize(stage, 1024 * 1024);
    if (event === DEPTH_32 && session.authenticated) return;
    if (needsEveryByte(event) && !session.inSync[direction]) return;
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
  #resume(half: number, info: TapeInfo): Session | undefined {
    const session = this.#owners[half];
    if (session === undefined) return undefined;
    const stage = this.#stage;
    stage.session = session;
    stage.direction = session.halves[0] === half ? DIRECTION.toServer : DIRECTION.toClient;
    stage.tape.load(info);
    stage.serial = info.serial;
    stage.hasElement = info.tokenCount > 0 && stage.tape.kind(0) === TOKEN.start;
    return session;
  }

  #enter(session: Session, direction: Direction, tsUsec: number): void {
    const stage = this.#stage;
    stage.session = session;
    stage.direction = direction;
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

  #count(session: Session, direction: Direction, kind: number): void {
    const values = this.#counters.values;
    const at = (STANZA_COUNTER[kind] as number) + direction;
    values[at] = (values[at] as number) + 1;
    if (kind === STANZA.message) session.messages[direction]++;
    else if (kind === STANZA.presence) session.presences[direction]++;
    else if (kind === STANZA.iq) session.iqs[direction]++;
    else session.nonzas[direction]++;
  }

  #countSession(connection: ConnectionKind, by: number): void {
    const values = this.#counters.values;
    const at = CONNECTION_COUNTER[connection];
    values[at] = (values[at] as number) + by;
  }

  /** Read the element, tell what should not be in it, hand it on. */
  #deliver(info: TapeInfo, kind: number): void {
    const reader = this.#reader;
    const { walker, table, view } = reader;
    reader.read(info, kind);
    if (kind <= STANZA.iq) this.#inspect();
    if (walker.caps >= 0 && kind === STANZA.presence && view.direction === DIRECTION.toServer) {
      onCaps(this.#stage, walker.caps);
    }
    if (table.capped) this.#counters.add('xmppStanzasCapped', 1);
    this.#handler.onStanza(view);
  }

  #mayRedirect(session: Session, direction: Direction): boolean {
    return direction === DIRECTION.toClient || session.connection === 's2s';
  }

  #inspect(): void {
    const stage = this.#stage;
    const { walker } = this.#reader;
    const { session, direction, tape, jids } = stage;
    // An error echoes what it answers; what it echoes was judged when it was sent.
    if (walker.nested >= 0 && !(walker.error >= 0 && stage.attr(0, NAME.type) === 'error')) {
      stage.raise(EVENT.nestedStanza, { element: stage.localName(walker.nested) });
    }
    if (walker.streamNested >= 0) {
      const nested = walker.streamNested;
      stage.raise(EVENT.streamNsNested, { element: stage.localName(nested) });
      if (tape.is(nested, NS.streams, NAME.stream)) {
        stage.raise(EVENT.streamReopen, { depth: 1 });
      } else if (this.#mayRedirect(session, direction) && tape.is(nested, NS.streams, NAME.error)) {
        this.#redirects.check(stage, nested);
      }
    }
    for (let k = 0; k < walker.jidAttributes; k++) {
      const token = walker.jidAttribute[k] as number;
      const length = tape.valueLength(token);
      jids.scan(tape.valueOffset(token), length);
      if (jids.fault === 0 || length === 0) continue;
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
