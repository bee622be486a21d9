/** One XMPP session: what the contract shows, and what the phase machine must remember. */
import { DIRECTION, type Direction } from '../core/index.ts';
import { Attempts } from './attempts.ts';
import { Half } from './half.ts';
import { domainOf, bareJid } from './jid.ts';
import type { Registration } from './registration.ts';
import {
  PHASE,
  type ConnectionKind,
  type LoginSummary,
  type SessionSummary,
  type TlsState,
  type XmppEvent,
  type XmppSession,
} from './types.ts';

/** Why an event waits: the answer of the other half that decides whether it was one. */
export type HoldReason =
  'password' | 'sasl' | 'starttls' | 'dialback' | 'handshake' | 'legacy' | 'peer';

export interface HeldEvent {
  readonly reason: HoldReason;
  readonly event: XmppEvent;
}

/** Where a login by jabber:iq:auth stands. */
export type LegacyLogin = 'none' | 'sent' | 'told';

/** How sure the name of the client's software is; a surer source replaces a less sure one. */
export const CLIENT_SOURCE = { none: 0, resource: 1, caps: 2, userAgent: 3, version: 4 } as const;

/** Events that wait for an answer, per session; the oldest goes when there are more. */
const MAX_HELD = 16;
const MAX_STREAM_ERRORS = 8;
const MAX_MECHANISMS = 32;
const MAX_LOGINS = 16;

const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

export class Session implements XmppSession {
  // First what every stanza asks for: it shares a few cache lines.
  /** As the halves say; read for every stanza. */
  readonly inSync: [boolean, boolean];
  readonly holes: [number, number] = [0, 0];
  readonly toServer: Half;
  readonly toClient: Half;
  connection: ConnectionKind;
  phase: number = PHASE.preHeader;
  authenticated = false;
  /** Did the sensor read both directions from their first byte on? What phase events rest on. */
  sawEverything: boolean;
  starttlsSent = false;
  /** The server refused STARTTLS before it was asked: the question was captured late. */
  starttlsRefused = false;
  compressSent = false;
  jid = '';
  /** UTF-8 of `jid`, for buffers of stanzas without `from`. */
  jidBytes: Uint8Array = NO_BYTES;
  jidLength = 0;
  /** The cell of the session, if it still owns one, has this JID (jid-cells.ts). */
  jidPlaced = false;
  jidBareBytes = 0;
  jidDomainOffset = 0;
  jidNonAscii = false;
  domain = '';

  readonly flow: number;
  readonly sessionId: number;
  readonly startUsec: number;
  readonly isMidstream: boolean;
  readonly serverPort: number;
  transport: 'tcp' | 'bosh' | 'websocket' = 'tcp';
  compressed = false;
  tls: TlsState = 'none';
  user = '';
  peerDomain = '';
  mechanism = '';
  outcome = '';
  client = '';

  // SASL. Client and server take turns, so message n of the one is answered by message n of the other:
  // counting both tells an unanswered step from packets captured in the wrong order.
  clientSteps = 0;
  serverSteps = 0;
  /** The server half told of success at this step, the client half has not got there: restart it then. */
  restartAtStep = 0;
  /** Attempts and answers that wait for each other. */
  readonly attempts = new Attempts();
  /** Logins and registrations that were answered; SASL logins of them that failed. */
  answered = 0;
  failures = 0;
  sasl2 = false;
  /** LOGIN: client messages of this attempt that carried a payload (name, then password). */
  payloads = 0;
  passwordSeen = false;
  passwordAccepted = false;
  /** A stream header of the client came while the answer to its login was still open. */
  earlyHeader = false;

  legacy: LegacyLogin = 'none';
  legacyId = '';
  legacyResource = '';
  /** An iq of the server that answers nothing seen so far: it may have been captured too early. */
  earlyAnswerId = '';
  earlyAnswerType = '';
  readonly registrations: Registration[] = [];
  dialbackOpen = 0;
  handshakeSent = false;
  plaintextTold = false;

  clientSource: number = CLIENT_SOURCE.none;
  readonly held: HeldEvent[] = [];

  readonly streamErrors: string[] = [];
  readonly mechanismsOffered: string[] = [];
  readonly logins: LoginSummary[] = [];
  tokensIssued = 0;
  compressionOffered = false;
  starttlsOffered: 'absent' | 'offered' | 'required' = 'absent';

  /** `halves`: the tokenizer's number of each direction. */
  constructor(
    flow: number,
    sessionId: number,
    isMidstream: boolean,
    connection: ConnectionKind,
    serverPort: number,
    halves: readonly [number, number],
    startUsec: number,
  ) {
    this.flow = flow;
    this.sessionId = sessionId;
    this.isMidstream = isMidstream;
    this.connection = connection;
    this.serverPort = serverPort;
    this.startUsec = startUsec;
    this.sawEverything = !isMidstream;
    this.inSync = [!isMidstream, !isMidstream];
    this.toServer = new Half(this, DIRECTION.toServer, halves[0]);
    this.toClient = new Half(this, DIRECTION.toClient, halves[1]);
    if (isMidstream) {
      this.authenticated = true;
      this.phase = PHASE.session;
    }
  }

  get stanzas(): readonly [number, number] {
    return [this.toServer.stanzas, this.toClient.stanzas];
  }

  half(direction: Direction): Half {
    return direction === DIRECTION.toServer ? this.toServer : this.toClient;
  }

  /** Is a login step of the client still unanswered? */
  get loginOpen(): boolean {
    return this.clientSteps > this.serverSteps;
  }

  setJid(jid: string): void {
    if (jid === this.jid) return;
    this.jid = jid;
    // Copied: small arrays of their own have their bytes beside them.
    this.jidBytes = encoder.encode(jid).slice();
    this.jidLength = this.jidBytes.length;
    this.jidPlaced = false;
    this.jidNonAscii = this.jidLength !== jid.length;
    const bare = bareJid(jid);
    const domain = domainOf(jid);
    this.jidBareBytes = this.jidNonAscii ? encoder.encode(bare).length : bare.length;
    const domainBytes = this.jidNonAscii ? encoder.encode(domain).length : domain.length;
    this.jidDomainOffset = this.jidBareBytes - domainBytes;
  }

  /** The address a stanza without `from` comes from (RFC 6120 section 8.1.2.1); '' when unknown. */
  implicitFrom(direction: Direction): string {
    if (!this.ownsImplicit(direction)) return '';
    if (direction === DIRECTION.toServer) return this.jid;
    return this.jid === '' ? this.domain : bareJid(this.jid);
  }

  /** Does the address of this session own the stanzas without `from` of a direction? */
  ownsImplicit(direction: Direction): boolean {
    const { connection } = this;
    return (
      connection === 'c2s' || (connection === 'serverless' && direction === DIRECTION.toServer)
    );
  }

  /** Who a login speaks for before an address is bound; '' while no name was seen. */
  loginAddress(): string {
    if (this.user === '' || this.domain === '' || this.user.includes('@')) return this.user;
    return `${this.user}@${this.domain}`;
  }

  /** Advance, never go back: packets of the two directions may come in the wrong order. */
  advance(phase: number): void {
    if (phase > this.phase) this.phase = phase;
  }

  /** What the client says it is. A stream of a server or component speaks for all its users: none of them is it. */
  setClient(name: string, source: number): void {
    if (this.connection === 's2s' || this.connection === 'component') return;
    if (name === '' || source < this.clientSource) return;
    this.client = name;
    this.clientSource = source;
  }

  noteStreamError(condition: string): void {
    if (this.streamErrors.length < MAX_STREAM_ERRORS) this.streamErrors.push(condition);
  }

  noteLogin(login: Omit<LoginSummary, 'attempts'>): void {
    const { kind, user, mechanism, outcome } = login;
    const at = this.logins.findIndex(
      (one) =>
        one.kind === kind &&
        one.user === user &&
        one.mechanism === mechanism &&
        one.outcome === outcome,
    );
    const attempts = (this.logins[at]?.attempts ?? 0) + 1;
    if (at >= 0) this.logins[at] = { ...login, attempts };
    else if (this.logins.length < MAX_LOGINS) this.logins.push({ ...login, attempts });
  }

  noteMechanism(mechanism: string): void {
    const known = this.mechanismsOffered;
    if (known.length < MAX_MECHANISMS && !known.includes(mechanism)) known.push(mechanism);
  }

  hold(reason: HoldReason, event: XmppEvent): void {
    if (this.held.length >= MAX_HELD) this.held.shift();
    this.held.push({ reason, event });
  }

  summary(endUsec: number, endReason: string): SessionSummary {
    const { toServer, toClient } = this;
    return {
      endUsec,
      endReason,
      messages: [toServer.messages, toClient.messages],
      presences: [toServer.presences, toClient.presences],
      iqs: [toServer.iqs, toClient.iqs],
      nonzas: [toServer.nonzas, toClient.nonzas],
      bytes: [toServer.bytes, toClient.bytes],
      streamErrors: this.streamErrors,
      starttls: this.tls === 'started' ? 'proceeded' : this.starttlsOffered,
      compression: this.compressed ? 'active' : this.compressionOffered ? 'offered' : 'absent',
      mechanismsOffered: this.mechanismsOffered,
      logins: this.logins,
      tokensIssued: this.tokensIssued,
    };
  }
}
