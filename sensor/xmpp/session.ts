/** One XMPP session: what the contract shows, and what the phase machine must remember. */
import type { Direction } from '../core/index.ts';
import { domainOf, bareJid } from './jid.ts';
import {
  PHASE,
  type ConnectionKind,
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

const encoder = new TextEncoder();

export class Session implements XmppSession {
  readonly flow: number;
  readonly sessionId: number;
  readonly startUsec: number;
  readonly isMidstream: boolean;
  readonly serverPort: number;
  /** Tokenizer half of each direction. */
  readonly halves: [number, number];

  connection: ConnectionKind;
  transport: 'tcp' | 'bosh' | 'websocket' = 'tcp';
  compressed = false;
  tls: TlsState = 'none';
  phase: number = PHASE.preHeader;
  authenticated = false;
  user = '';
  domain = '';
  peerDomain = '';
  mechanism = '';
  outcome = '';
  jid = '';
  client = '';
  readonly inSync: [boolean, boolean];

  /** The half is not read any more: TLS, compression. */
  readonly stopped: [boolean, boolean] = [false, false];
  /** Bytes, stream headers and first-level elements seen per direction. */
  readonly bytes: [number, number] = [0, 0];
  readonly headers: [number, number] = [0, 0];
  readonly elements: [number, number] = [0, 0];
  /** Host the first stream header of each direction named, normalised. */
  readonly hosts: [string, string] = ['', ''];
  /** A stream header was read and the stream has not ended since. */
  readonly rootOpen: [boolean, boolean] = [false, false];
  readonly ended: [boolean, boolean] = [false, false];

  // SASL. Client and server take turns, so message n of the one is answered by message n of the other:
  // counting both tells an unanswered step from packets captured in the wrong order.
  clientSteps = 0;
  serverSteps = 0;
  /** The server half told of success at this step, the client half has not got there: restart it then. */
  restartAtStep = 0;
  sasl2 = false;
  /** LOGIN: client messages of this attempt that carried a payload (name, then password). */
  payloads = 0;
  passwordSeen = false;
  passwordAccepted = false;
  /** A stream header of the client came while the answer to its login was still open. */
  earlyHeader = false;

  starttlsSent = false;
  compressSent = false;
  legacy: LegacyLogin = 'none';
  legacyId = '';
  legacyResource = '';
  /** An iq of the server that answers nothing seen so far: it may have been captured too early. */
  earlyAnswerId = '';
  earlyAnswerType = '';
  dialbackOpen = 0;
  handshakeSent = false;
  plaintextTold = false;

  // Pace of the stream (bounds.ts).
  readonly preauthBytes: [number, number] = [0, 0];
  readonly openSinceUsec: [number, number] = [0, 0];
  readonly bloatTold: [boolean, boolean] = [false, false];
  /** Serial of the element never_ending_element was told for, per direction; -1 none. */
  readonly endlessTold: [number, number] = [-1, -1];

  clientSource: number = CLIENT_SOURCE.none;
  readonly held: HeldEvent[] = [];

  readonly messages: [number, number] = [0, 0];
  readonly presences: [number, number] = [0, 0];
  readonly iqs: [number, number] = [0, 0];
  readonly nonzas: [number, number] = [0, 0];
  readonly streamErrors: string[] = [];
  readonly mechanismsOffered: string[] = [];
  compressionOffered = false;
  starttlsOffered: 'absent' | 'offered' | 'required' = 'absent';

  /** UTF-8 of `jid`, for buffers of stanzas without `from`. */
  jidBytes: Uint8Array = new Uint8Array(0);
  jidBareBytes = 0;
  jidDomainOffset = 0;

  constructor(
    flow: number,
    sessionId: number,
    isMidstream: boolean,
    connection: ConnectionKind,
    serverPort: number,
    halves: [number, number],
    startUsec: number,
  ) {
    this.flow = flow;
    this.sessionId = sessionId;
    this.isMidstream = isMidstream;
    this.connection = connection;
    this.serverPort = serverPort;
    this.halves = halves;
    this.startUsec = startUsec;
    this.inSync = [!isMidstream, !isMidstream];
    if (isMidstream) {
      this.authenticated = true;
      this.phase = PHASE.session;
    }
  }

  /** Did the sensor read both directions from their first byte on? What phase events rest on. */
  get sawEverything(): boolean {
    return this.inSync[0] && this.inSync[1];
  }

  /** Is a login step of the client still unanswered? */
  get loginOpen(): boolean {
    return this.clientSteps > this.serverSteps;
  }

  setJid(jid: string): void {
    if (jid === this.jid) return;
    this.jid = jid;
    this.jidBytes = encoder.encode(jid);
    this.jidBareBytes = encoder.encode(bareJid(jid)).length;
    this.jidDomainOffset = this.jidBareBytes - encoder.encode(domainOf(jid)).length;
  }

  /** The address a stanza without `from` comes from (RFC 6120 section 8.1.2.1); '' when unknown. */
  implicitFrom(direction: Direction): string {
    if (direction === 0)
      return this.connection === 'c2s' || this.connection === 'serverless' ? this.jid : '';
    if (this.connection !== 'c2s') return '';
    return this.jid === '' ? this.domain : bareJid(this.jid);
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

  setClient(name: string, source: number): void {
    if (name === '' || source < this.clientSource) return;
    this.client = name;
    this.clientSource = source;
  }

  noteStreamError(condition: string): void {
    if (this.streamErrors.length < MAX_STREAM_ERRORS) this.streamErrors.push(condition);
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
    return {
      endUsec,
      endReason,
      messages: this.messages,
      presences: this.presences,
      iqs: this.iqs,
      nonzas: this.nonzas,
      bytes: this.bytes,
      streamErrors: this.streamErrors,
      starttls: this.tls === 'started' ? 'proceeded' : this.starttlsOffered,
      compression: this.compressed ? 'active' : this.compressionOffered ? 'offered' : 'absent',
      mechanismsOffered: this.mechanismsOffered,
    };
  }
}
