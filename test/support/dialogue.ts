/**
 * Plays a conversation of a client and a server through the real tokenizer and xmpp/, and collects what
 * detection would see:
 *
 *     const seen = play([...login(), ['C', "<message to='bob@corp.example'><body>hi</body></message>"]]);
 *     seen.stanzas.at(-1)?.buffers['xmpp.body']        // ['hi']
 *     seen.events.map((event) => event.name)           // ['xmpp.sasl_plain_clear', ...]
 *
 * Bytes may be cut in any way (`segmentation`), and everySegmentation() repeats a conversation at many cuts:
 * what is seen must not depend on them.
 */
import {
  BUFFERS,
  Counters,
  defaultLimits,
  eventName,
  type BufferName,
} from '../../sensor/core/index.ts';
import type { Direction } from '../../sensor/core/index.ts';
import {
  createXmpp,
  type LoginOutcome,
  type SessionSummary,
  type StanzaView,
  type Xmpp,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from '../../sensor/xmpp/index.ts';

/**
 * One turn: the client ('C') or server ('S') sends text or bytes, or loses `gap` bytes; or packet time
 * passes.
 */
export type Turn =
  readonly ['C' | 'S', string | Uint8Array | { readonly gap: number }] | readonly ['wait', number];

/** Bytes per piece; default: each turn in one piece. A function gives the length of each piece. */
export type Segmentation = number | ((remaining: number) => number);

export interface DialogueOptions {
  readonly segmentation?: Segmentation;
  /** The start of the flow was not captured. */
  readonly midstream?: boolean;
  /** Default 5222. */
  readonly serverPort?: number;
  readonly redirectAllow?: readonly string[];
  /** Gets every callback as well, while the stanza is in memory: a detection engine, for example. */
  readonly handler?: Partial<XmppHandler>;
  /** Default true: the flow is closed behind the last turn. */
  readonly close?: boolean;
}

/** A stanza, nonza or stream header, copied out of the tokenizer's memory. */
export interface SeenStanza {
  readonly direction: 'C' | 'S';
  readonly kind: number;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly type: string;
  readonly namespaces: readonly string[];
  readonly isCopy: boolean;
  readonly isBroken: boolean;
  readonly serial: number;
  /** Text of every region, by buffer name; no entry for buffers without regions. */
  readonly buffers: Partial<Record<BufferName, readonly string[]>>;
}

export interface SeenEvent {
  readonly name: string;
  readonly direction: 'C' | 'S';
  readonly serial: number;
  readonly stanza: XmppEvent['stanza'];
  readonly context: XmppEvent['context'];
}

/** The facts of a session as they stood when it ended. */
export type SeenSession = Omit<XmppSession, 'inSync' | 'holes' | 'stanzas'> & {
  readonly inSync: readonly boolean[];
  readonly summary: SessionSummary;
};

export interface Seen {
  /** message, presence and iq. */
  readonly stanzas: readonly SeenStanza[];
  /** Every other first-level element. */
  readonly nonzas: readonly SeenStanza[];
  readonly headers: readonly SeenStanza[];
  readonly events: readonly SeenEvent[];
  readonly sessions: readonly SeenSession[];
  readonly encrypted: readonly string[];
  readonly counters: Counters;
  /** Event names in order; `only` keeps those that start with it. */
  names(only?: string): string[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Copies what xmpp/ hands on, and passes it to another handler too. */
export class Collector implements XmppHandler {
  readonly stanzas: SeenStanza[] = [];
  readonly nonzas: SeenStanza[] = [];
  readonly headers: SeenStanza[] = [];
  readonly events: SeenEvent[] = [];
  readonly sessions: SeenSession[] = [];
  readonly encrypted: string[] = [];
  readonly #also: Partial<XmppHandler>;

  constructor(also: Partial<XmppHandler> = {}) {
    this.#also = also;
  }

  onSessionOpen(session: XmppSession): void {
    this.#also.onSessionOpen?.(session);
  }

  onStanza(view: StanzaView): void {
    const seen = copyStanza(view);
    if (view.kind === 4) this.headers.push(seen);
    else if (view.kind === 3) this.nonzas.push(seen);
    else this.stanzas.push(seen);
    this.#also.onStanza?.(view);
  }

  onEvent(event: XmppEvent): void {
    this.events.push({
      name: eventName(event.event),
      direction: event.direction === 0 ? 'C' : 'S',
      serial: event.serial,
      stanza: { ...event.stanza },
      context: { ...event.context },
    });
    this.#also.onEvent?.(event);
  }

  onEncrypted(flow: number, how: 'starttls' | 'compressed'): void {
    this.encrypted.push(how);
    this.#also.onEncrypted?.(flow, how);
  }

  onLogin(login: LoginOutcome): void {
    this.#also.onLogin?.(login);
  }

  onSealed(flow: number): void {
    this.#also.onSealed?.(flow);
  }

  onSessionEnd(session: XmppSession, summary: SessionSummary): void {
    this.sessions.push({
      flow: session.flow,
      connection: session.connection,
      transport: session.transport,
      compressed: session.compressed,
      tls: session.tls,
      phase: session.phase,
      authenticated: session.authenticated,
      user: session.user,
      domain: session.domain,
      peerDomain: session.peerDomain,
      mechanism: session.mechanism,
      outcome: session.outcome,
      jid: session.jid,
      client: session.client,
      inSync: [...session.inSync],
      startUsec: session.startUsec,
      sessionId: session.sessionId,
      summary,
    });
    this.#also.onSessionEnd?.(session, summary);
  }
}

function copyStanza(view: StanzaView): SeenStanza {
  const buffers: Partial<Record<BufferName, string[]>> = {};
  for (let i = 0; i < view.regionCount; i++) {
    const name = BUFFERS[view.regions[3 * i] as number] as BufferName;
    const offset = view.regions[3 * i + 1] as number;
    const length = view.regions[3 * i + 2] as number;
    (buffers[name] ??= []).push(decoder.decode(view.memory.subarray(offset, offset + length)));
  }
  return {
    direction: view.direction === 0 ? 'C' : 'S',
    kind: view.kind,
    name: view.name,
    from: view.from,
    to: view.to,
    id: view.id,
    type: view.type,
    namespaces: [...view.namespaces()],
    isCopy: view.isCopy,
    isBroken: view.isBroken,
    serial: view.serial,
    buffers,
  };
}

/** Send bytes into a room in pieces. @returns how many were read as XML. */
export function feed(
  xmpp: Xmpp,
  flow: number,
  direction: Direction,
  bytes: Uint8Array,
  segmentation: Segmentation,
  tsUsec: number,
): number {
  let read = 0;
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const wanted = typeof segmentation === 'number' ? segmentation : segmentation(left);
    const length = Math.max(1, Math.min(left, Math.floor(wanted)));
    read += xmpp.data(flow, direction, bytes, at, length, tsUsec);
    at += length;
  }
  return read;
}

// One room serves all conversations of a process: making a tokenizer for each would cost more than
// the conversations. Its handler is whoever plays at the time.
let listener: XmppHandler = new Collector();
let nextFlow = 1;
const rooms = new Map<string, { readonly xmpp: Xmpp; readonly counters: Counters }>();

function roomFor(redirectAllow: readonly string[]): { xmpp: Xmpp; counters: Counters } {
  const key = redirectAllow.join(' ');
  let room = rooms.get(key);
  if (room === undefined) {
    const counters = new Counters();
    // Conversations are played one after the other: memory for a few flows is plenty.
    const limits = { ...defaultLimits(), flowTableFlows: 64, xmlSlots: 4 };
    const handler: XmppHandler = {
      onSessionOpen: (session) => {
        listener.onSessionOpen(session);
      },
      onStanza: (stanza) => {
        listener.onStanza(stanza);
      },
      onEvent: (event) => {
        listener.onEvent(event);
      },
      onEncrypted: (flow, how) => {
        listener.onEncrypted(flow, how);
      },
      onLogin: (login) => {
        listener.onLogin?.(login);
      },
      onSealed: (sealed) => {
        listener.onSealed?.(sealed);
      },
      onSessionEnd: (session, summary) => {
        listener.onSessionEnd(session, summary);
      },
    };
    const xmpp = createXmpp({
      limits,
      counters,
      handler,
      config: { redirectAllow },
    });
    room = { xmpp, counters };
    rooms.set(key, room);
  }
  return room;
}

const START_USEC = 1_795_000_000_000_000;

/** Play a conversation. Each turn is 1 ms after the one before it. */
export function play(turns: Iterable<Turn>, options: DialogueOptions = {}): Seen {
  const { xmpp, counters } = roomFor(options.redirectAllow ?? []);
  const collector = new Collector(options.handler);
  listener = collector;
  const flow = nextFlow++;
  const segmentation = options.segmentation ?? Infinity;
  let now = START_USEC;
  xmpp.open(flow, options.midstream ?? false, 40000, options.serverPort ?? 5222, now);
  for (const [who, what] of turns) {
    now += 1000;
    if (who === 'wait') {
      now += what * 1_000_000;
      continue;
    }
    const direction = who === 'C' ? 0 : 1;
    if (typeof what === 'string') {
      feed(xmpp, flow, direction, encoder.encode(what), segmentation, now);
    } else if (what instanceof Uint8Array) {
      feed(xmpp, flow, direction, what, segmentation, now);
    } else {
      xmpp.gap(flow, direction, what.gap);
    }
  }
  if (options.close ?? true) xmpp.close(flow, 'closed', now + 1000);
  return {
    stanzas: collector.stanzas,
    nonzas: collector.nonzas,
    headers: collector.headers,
    events: collector.events,
    sessions: collector.sessions,
    encrypted: collector.encrypted,
    counters,
    names: (only = '') =>
      collector.events.map((event) => event.name).filter((name) => name.startsWith(only)),
  };
}

/** Piece sizes everySegmentation() plays by default: all small ones, then some larger, then whole turns. */
export const PIECE_SIZES: readonly number[] = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  64,
  100,
  210,
  512,
  1400,
  Infinity,
];

/**
 * Play a conversation at many piece sizes and check each. The message of a failed check names the size.
 */
export function everySegmentation(
  turns: readonly Turn[],
  check: (seen: Seen) => void,
  options: DialogueOptions = {},
  sizes: readonly number[] = PIECE_SIZES,
): void {
  for (const size of sizes) {
    const seen = play(turns, { ...options, segmentation: size });
    try {
      check(seen);
    } catch (error) {
      if (error instanceof Error) error.message = `pieces of ${size} bytes: ${error.message}`;
      throw error;
    }
  }
}

/** How a client logs in, for login(). */
export interface LoginOptions {
  readonly user?: string;
  readonly password?: string;
  readonly domain?: string;
  readonly resource?: string;
  /** PLAIN (default) or another one, with its first payload already in base64. */
  readonly mechanism?: string;
  readonly payload?: string;
}

export function clientHeader(domain: string, attributes = ''): string {
  return `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'${attributes}>`;
}

export function serverHeader(domain: string, id = 's1', attributes = ''): string {
  return `<?xml version='1.0'?><stream:stream from='${domain}' id='${id}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'${attributes}>`;
}

export const PLAIN_FEATURES =
  "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>";

export const BIND_FEATURES =
  "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>";

/** PLAIN payload of a user and password. */
export function plainPayload(user: string, password: string): string {
  return Buffer.from(`\0${user}\0${password}`).toString('base64');
}

/** A c2s session up to and including resource binding: alice@corp.example/desk, by SASL PLAIN. */
export function login(options: LoginOptions = {}): Turn[] {
  const user = options.user ?? 'alice';
  const domain = options.domain ?? 'corp.example';
  const resource = options.resource ?? 'desk';
  const mechanism = options.mechanism ?? 'PLAIN';
  const payload = options.payload ?? plainPayload(user, options.password ?? 'wonder-land-1');
  return [
    ['C', clientHeader(domain)],
    ['S', serverHeader(domain)],
    ['S', PLAIN_FEATURES],
    [
      'C',
      `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'>${payload}</auth>`,
    ],
    ['S', "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"],
    ['C', clientHeader(domain)],
    ['S', serverHeader(domain, 's2')],
    ['S', BIND_FEATURES],
    [
      'C',
      `<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    ],
    [
      'S',
      `<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${user}@${domain}/${resource}</jid></bind></iq>`,
    ],
  ];
}

/** A server-to-server session validated by dialback; play it with `serverPort: 5269`. */
export function federation(from = 'ext.example', to = 'corp.example'): Turn[] {
  const header = (attributes: string): string =>
    `<?xml version='1.0'?><stream:stream version='1.0' xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' ${attributes}>`;
  return [
    ['C', header(`from='${from}' to='${to}'`)],
    ['S', header(`from='${to}' to='${from}' id='d1'`)],
    ['S', "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>"],
    ['C', `<db:result from='${from}' to='${to}'>37c69b1cf07a3f67</db:result>`],
    ['S', `<db:result from='${to}' to='${from}' type='valid'/>`],
  ];
}

/** A component that has shaken hands; play it with `serverPort: 5347`. */
export function component(domain = 'gateway.corp.example'): Turn[] {
  const header = (attributes: string): string =>
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' ${attributes}>`;
  return [
    ['C', header(`to='${domain}'`)],
    ['S', header(`from='${domain}' id='c1'`)],
    ['C', '<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>'],
    ['S', '<handshake/>'],
  ];
}
