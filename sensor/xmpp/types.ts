/** Contract of xmpp/: sessions, stanzas and what detect/ hears about them. */
import type { Direction } from '../core/index.ts';
import type { SecretKey } from './secret-key.ts';

export type ConnectionKind = 'c2s' | 's2s' | 'component' | 'serverless';
export type TlsState = 'none' | 'offered' | 'required' | 'started';

/** Phases of a session (threats.md 0.1 gate 3), in order. */
export const PHASE = {
  preHeader: 0,
  header: 1,
  features: 2,
  tls: 3,
  sasl: 4,
  restart: 5,
  bind: 6,
  session: 7,
  closed: 8,
} as const;

/** Kinds of first-level elements. */
export const STANZA = { message: 0, presence: 1, iq: 2, nonza: 3, header: 4 } as const;

/** One XMPP session: both halves of a flow. Strings are decoded once, when they change. */
export interface XmppSession {
  /** Index of the flow in the flow table. */
  readonly flow: number;
  connection: ConnectionKind;
  transport: 'tcp' | 'bosh' | 'websocket';
  compressed: boolean;
  tls: TlsState;
  phase: number;
  /** True once the login was seen to succeed, or when the capture began after it (midstream). */
  authenticated: boolean;
  /** Name given in the login, domain asked for, mechanism used; '' when not seen. Never a password. */
  user: string;
  domain: string;
  peerDomain: string;
  mechanism: string;
  /** '', 'success' or 'failure'. */
  outcome: string;
  /** Full JID from bind (or learned midstream); '' when unknown. Owns stanzas without `from`. */
  jid: string;
  /** Software of the client, '' when unknown. */
  client: string;
  /** Messages, presences and iqs so far, by direction: what XEP-0198 counts. */
  readonly stanzas: readonly [number, number];
  /** Is the reader of this direction in step, and did it see every byte? (gap gate) */
  readonly inSync: readonly [boolean, boolean];
  /**
   * Places of each direction where bytes are missing or an element could not be read to its end. Whoever counts on
   * every element of a stretch compares before and after it.
   */
  readonly holes: readonly [number, number];
  readonly startUsec: number;
  /** Unique for the run, counts from 1. */
  readonly sessionId: number;
}

/**
 * Makes 64-bit keys of what lies in `StanzaView.memory`, in WebAssembly; the words returned are valid until the next
 * call. What is behind them: correlation/keys.ts.
 */
export interface KeyMaker {
  /** Two words each of bare JID, domain and full JID, then flags: 1 has a local part, 2 has a resource, 4 not ASCII. */
  hashJid(offset: number, length: number, seedHigh: number, seedLow: number): Int32Array;
  /** Two words. */
  hashBytes(offset: number, length: number, seedHigh: number, seedLow: number): Int32Array;
}

/**
 * The tree of a first-level element as the tokenizer left it: elements, attributes and texts are named by
 * position, -1 is none, 0 the element itself; names and namespaces are ids of `nameId`, `nsId` (0: not interned).
 */
export interface StanzaTree {
  /** False for a stream header's end and the like: nothing to look at. */
  readonly isEmpty: boolean;
  ns(element: number): number;
  name(element: number): number;
  is(element: number, ns: number, name: number): boolean;
  firstChild(element: number): number;
  nextSibling(element: number, parent: number): number;
  /** First child with this name. */
  child(element: number, ns: number, name: number): number;
  /** First child in this namespace. */
  childInNs(element: number, ns: number): number;
  /** The unprefixed attribute of an element. */
  attr(element: number, name: number): number;
  /** First text directly inside an element. */
  text(element: number): number;
  /** Place of an attribute's or text's decoded value in `StanzaView.memory`. */
  valueOffset(token: number): number;
  valueLength(token: number): number;
  /** Value of an attribute or text, at most 1,024 bytes of it; '' for -1. */
  value(token: number): string;
  /** `value(attr(element, name))`. */
  attrValue(element: number, name: number): string;
  /** `value(text(element))`. */
  textOf(element: number): string;
  /** Local name and namespace as text, for those that are not interned. */
  localName(element: number): string;
  namespace(element: number): string;
}

/**
 * One first-level element, ready for detection. Reused: valid only during the call. Regions name
 * decoded text in `memory`: `regions[3*i]` is the buffer id (core/buffers.ts), `[3*i+1]` the
 * offset, `[3*i+2]` the length. A buffer may have several regions (multi-buffer).
 */
export interface StanzaView {
  readonly session: XmppSession;
  readonly direction: Direction;
  /** STANZA.* */
  readonly kind: number;
  readonly tsUsec: number;
  readonly memory: Uint8Array;
  readonly regions: Uint32Array;
  readonly regionCount: number;
  /** Serial of the element in its half; with the session it identifies the stanza. */
  readonly serial: number;
  readonly rawLength: number;
  /** Where its first byte stands among the bytes of its direction, as `offset` of xml.* events is counted. */
  readonly wireOffset: number;
  readonly isBroken: boolean;
  /** True inside a carbon, archive result or delayed delivery: a copy of another stanza. */
  readonly isCopy: boolean;
  /** Text attributes, decoded on first use. `from` falls back to the bound JID of the sender. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly type: string;
  /** Namespaces of the element's children, in order, without repeats; at most 16. */
  namespaces(): readonly string[];
  /** The element's tree, for those who look at its structure. Valid during the call. */
  readonly tree: StanzaTree;
  readonly keys: KeyMaker;
  /** Decoded text of the first region of a buffer, '' when there is none or nobody wanted it. */
  text(buffer: number): string;
}

/** What happened to an event: enough to build an alert, also before its stanza is complete. */
export interface XmppEvent {
  /** Event id of the catalogue. */
  readonly event: number;
  readonly session: XmppSession;
  readonly direction: Direction;
  readonly tsUsec: number;
  /** 0 when the event belongs to no first-level element. */
  readonly serial: number;
  /** Name, from, to, id, type of the element, '' when not known. */
  readonly stanza: {
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly id: string;
    readonly type: string;
  };
  /** Facts for the alert (names, counts, hosts), never message text or secrets. */
  readonly context: Readonly<Record<string, string | number>>;
}

/** How somebody proves who they are. In-band registration (XEP-0077) sets a password instead. */
export type LoginKind =
  'sasl' | 'sasl2' | 'legacy' | 'handshake' | 'registration' | 'password_change';

/** An attempt that got its answer. Reused: valid only during the call. */
export interface LoginOutcome {
  readonly session: XmppSession;
  readonly tsUsec: number;
  readonly kind: LoginKind;
  /** As the client wrote it; '' when the mechanism names nobody or the attempt was not seen. */
  readonly user: string;
  readonly domain: string;
  readonly mechanism: string;
  readonly succeeded: boolean;
  /** Condition of the failure (RFC 6120 sections 6.5, 8.3.3), '' when it succeeded or none was given. */
  readonly condition: string;
  /** Attempts of this session that were answered before. */
  readonly earlier: number;
  /** Of the password, where it was sent as it is; of the nonce the client chose for SCRAM, and of both nonces. */
  readonly passwordKey: SecretKey | undefined;
  readonly nonceKey: SecretKey | undefined;
  readonly exchangeKey: SecretKey | undefined;
}

/** Attempts of a session that are alike, for the session record. */
export interface LoginSummary {
  readonly kind: LoginKind;
  readonly user: string;
  readonly mechanism: string;
  readonly outcome: 'success' | 'failure' | 'unanswered';
  /** Condition of the latest failure. */
  readonly condition: string;
  readonly attempts: number;
}

/** Callbacks of xmpp/. */
export interface XmppHandler {
  onSessionOpen(session: XmppSession): void;
  onStanza(stanza: StanzaView): void;
  onEvent(event: XmppEvent): void;
  /** `<proceed/>` or `<compressed/>` was read: the flow's bytes are no longer XML. */
  onEncrypted(flow: number, how: 'starttls' | 'compressed'): void;
  onSessionEnd(session: XmppSession, summary: SessionSummary): void;
  /** A login, or a registration, was answered. Comes before the stanza that answers it. */
  onLogin?(login: LoginOutcome): void;
  /** The first bytes behind `<proceed/>` were seen in both directions: nothing more of the flow is of use. */
  onSealed?(flow: number): void;
}

/** Totals of a session, for the session record (EVE event_type xmpp). */
export interface SessionSummary {
  readonly endUsec: number;
  readonly endReason: string;
  readonly messages: readonly [number, number];
  readonly presences: readonly [number, number];
  readonly iqs: readonly [number, number];
  readonly nonzas: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly streamErrors: readonly string[];
  readonly starttls: 'absent' | 'offered' | 'required' | 'proceeded';
  readonly compression: 'absent' | 'offered' | 'active';
  readonly mechanismsOffered: readonly string[];
  /** Logins and registrations in the order of their answers; at most 16 different ones. */
  readonly logins: readonly LoginSummary[];
  /** Tokens for later logins (XEP-0484) the server wrote into the stream. */
  readonly tokensIssued: number;
}
