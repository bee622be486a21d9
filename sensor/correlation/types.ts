/**
 * Contract of correlation/: who did what to whom, over time. Watches (one file each) see every first-level element
 * with what the sensor remembers, and raise events; rules in signatures/ turn them into alerts.
 */
import type { Direction } from '../core/index.ts';
import type { EventContext, Incident } from '../detect/index.ts';
import type { Rule } from '../rules/index.ts';
import type { LoginOutcome, SessionSummary, XmppEvent, XmppSession } from '../xmpp/index.ts';
import type { Scene } from './scene.ts';

/** Where an event that belongs to no stanza in hand happened. */
export interface Place {
  readonly session: XmppSession;
  readonly direction: Direction;
  readonly tsUsec: number;
}

/** What a watch may do outside a stanza. */
export interface Teller {
  /** Raise an event now. `stanza`: whom it is about, where that is known. */
  raise(
    event: number,
    place: Place,
    incident: Incident,
    context: EventContext,
    stanza?: Partial<XmppEvent['stanza']>,
  ): void;
}

/** Raises events on flows, whatever they carry. */
export interface FlowTeller {
  raiseOnFlow(
    flow: number,
    event: number,
    tsUsec: number,
    incident: Incident,
    context: EventContext,
    parties?: Parties,
  ): void;
}

/** Whom an event on a flow is about, where that is known. */
export interface Parties {
  /** JIDs as they were written, '' when not known. */
  readonly from: string;
  readonly to: string;
}

/** A file whose bytes went from one to another, at its end. */
export interface FileTransfer extends Parties {
  readonly flow: number;
  readonly tsUsec: number;
  readonly bytes: number;
}

/** Kinds of elements as bits, for `Watch.kinds`. */
export const KINDS = { message: 1, presence: 2, iq: 4, nonza: 8, header: 16 } as const;

/**
 * One detector of this room. All calls come in packet order; none may throw on traffic, and what runs for every
 * stanza must not allocate unless it has something to say. `stanza` sees the tables as they were before the stanza.
 */
export interface Watch {
  readonly name: string;
  /** Bits of KINDS it wants; 0 for none. */
  readonly kinds: number;
  /** Where on its way it wants to see an element: bits `1 << HOP.*`; everywhere unless told. */
  readonly hops?: number;
  /** What types of stanza: bits `1 << TYPE.*`; all unless told. */
  readonly types?: number;
  /** Only elements with a child in one of these namespaces (ids of `nsId`). */
  readonly children?: readonly number[];
  stanza?(scene: Scene): void;
  /** Events of other rooms it wants (ids of core/events.ts). */
  readonly events?: readonly number[];
  event?(event: XmppEvent, teller: Teller): void;
  /** A login, or a registration, was answered. Comes before the stanza that answers it. */
  login?(login: LoginOutcome, teller: Teller): void;
  /** After the rules: `fired` are those that matched this stanza, silent ones (noalert, thresholds) included. */
  judged?(scene: Scene, fired: readonly Rule[]): void;
  sessionOpen?(session: XmppSession): void;
  sessionEnd?(session: XmppSession, summary: SessionSummary, teller: Teller): void;
  /** A connection to a port of XMPP began, whatever it will carry. */
  connect?(flow: number, tsUsec: number, teller: FlowTeller): void;
  /** A flow is over: one of those, or one that had a session. Behind `sessionEnd`. */
  disconnect?(flow: number, tsUsec: number, teller: FlowTeller): void;
  /** Time has passed: now and then, also when nothing of interest comes. */
  tick?(tsUsec: number, teller: FlowTeller): void;
  /** A file has ended; the same file seen on two legs comes once. */
  file?(transfer: FileTransfer, teller: FlowTeller): void;
  /** The sensor stops. */
  finish?(): void;
}

/** A state object: learns from every element of its kinds after the watches have seen it. */
export interface Learner {
  readonly kinds: number;
  learn(scene: Scene): void;
  /** A login was answered; the watches have seen it. */
  login?(login: LoginOutcome): void;
  sessionOpen?(session: XmppSession): void;
  sessionEnd?(session: XmppSession, summary: SessionSummary): void;
  /** The sensor stops. */
  finish?(): void;
}

/** What a server was seen to offer; kept over restarts, since a baseline that is lost can be lowered unseen. */
export interface ServerFeatures {
  /** Address and port of the server, domain it was asked for, kind of connection. */
  readonly serverIp: string;
  readonly serverPort: number;
  readonly domain: string;
  readonly connection: string;
  readonly starttls: 'absent' | 'offered' | 'required';
  /** Mechanisms offered before TLS, upper case, sorted. */
  readonly mechanisms: readonly string[];
  /** What else was offered before TLS, sorted: compression, registration, legacy_auth, sasl2, channel_binding. */
  readonly others: readonly string[];
  readonly firstUsec: number;
  readonly lastUsec: number;
  /** Sessions that offered exactly this. */
  readonly sessions: number;
}

/** A wave of messages that belong together; counts grow, `campaignId` stays. No message text. */
export interface Campaign {
  /** The same campaign has the same id in every replay. */
  readonly campaignId: string;
  /** What holds it together. */
  readonly kind: 'text' | 'link' | 'domain';
  /** SimHash (hex) of the text, or the link or domain itself. */
  readonly fingerprint: string;
  readonly firstUsec: number;
  readonly lastUsec: number;
  readonly messages: number;
  /** Different ones; exact to 512. */
  readonly senders: number;
  readonly domains: number;
  readonly recipients: number;
  /** At most 16 each, in order of appearance. */
  readonly senderSamples: readonly string[];
  readonly domainSamples: readonly string[];
}

/** What the room learns that is no alert; goes to the store. */
export interface FactHandler {
  onCampaign(campaign: Campaign): void;
  onServerFeatures(features: ServerFeatures): void;
}
