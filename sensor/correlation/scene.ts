/**
 * The stanza in hand with everything a watch may ask about it: who, where on its way, what the gates say. One
 * object, set anew for each element; what costs is worked out when it is asked for the first time.
 */
import { bufferId, formatAddress, type Direction } from '../core/index.ts';
import type {
  ComposedText,
  EmitEvent,
  EventContext,
  FlowEndpoints,
  Incident,
  ReadComposed,
} from '../detect/index.ts';
import { NAMESPACES, nameId } from '../xml/index.ts';
import { normalizeJid, type StanzaTree, type StanzaView, type XmppSession } from '../xmpp/index.ts';
import { AddressKeys } from './address-keys.ts';
import { JidKeys, Key } from './keys.ts';
import { Outline } from './outline.ts';

/** Where on its way the stanza was seen (direction gate, threats.md 0.1). */
export const HOP = {
  /** A client writes it: the first hop. */
  fromClient: 0,
  /** A server delivers it to a client: the last hop. */
  toClient: 1,
  /** Between servers. */
  federation: 2,
  /** On a component link. */
  component: 3,
  /** Between two clients without a server (XEP-0174). */
  serverless: 4,
} as const;

const FROM = bufferId('xmpp.from');
const TO = bufferId('xmpp.to');
const ID = nameId('id');
const REGION_WORDS = 3;
/** What is known of the id. */
const [UNREAD, NONE, KNOWN] = [0, 1, 2];

export type EndpointsOf = (flow: number) => FlowEndpoints | undefined;

/** The gates a scene asks (gates/). */
export interface SceneGates {
  isRepeat(scene: Scene): boolean;
  isCanned(scene: Scene): boolean;
  isBot(address: JidKeys): boolean;
}

export class Scene {
  /** Sender and addressee; unknown (`isKnown` false) when neither stanza nor session names them. */
  readonly from = new JidKeys();
  readonly to = new JidKeys();
  /** Type, children and body at a glance. */
  readonly outline = new Outline();
  /** HOP.* */
  hop = 0;
  nowUsec = 0;
  /** Gap gate: this direction was read from its first byte, without a hole. */
  isSynced = false;
  /** The same for both directions. */
  isWhole = false;
  readonly #endpointsOf: EndpointsOf;
  readonly #addresses: AddressKeys;
  readonly #gates: SceneGates;
  readonly #id = new Key();
  #idState: number = UNREAD;
  #isRepeat: boolean | undefined;
  #isCanned: boolean | undefined;
  #view: StanzaView | undefined;
  #emit: EmitEvent | undefined;
  #read: ReadComposed | undefined;
  #endpoints: FlowEndpoints | undefined;
  /** One bit for each namespace the tokenizer knows; of the element in hand when `#hasChildBits`. */
  readonly #childBits = new Int32Array((NAMESPACES.length >> 5) + 1);
  #hasChildBits = false;

  constructor(endpointsOf: EndpointsOf, gates: SceneGates) {
    this.#endpointsOf = endpointsOf;
    this.#gates = gates;
    this.#addresses = new AddressKeys(endpointsOf);
  }

  enter(view: StanzaView, emit: EmitEvent, read?: ReadComposed): void {
    const { session, direction } = view;
    this.#view = view;
    this.#emit = emit;
    this.#read = read;
    this.#endpoints = undefined;
    this.#hasChildBits = false;
    this.nowUsec = view.tsUsec;
    this.isSynced = session.inSync[direction];
    this.isWhole = session.inSync[0] && session.inSync[1];
    this.#idState = UNREAD;
    this.#isRepeat = undefined;
    this.#isCanned = undefined;
    this.hop = hopOf(session, direction);
    this.#address(view);
    this.outline.read(view);
  }

  /**
   * Duplicate gate: this message was counted at another place already (copy, other leg, resend, reflection). It is
   * remembered when somebody asks, that is when somebody would count it.
   */
  get isRepeat(): boolean {
    this.#isRepeat ??= this.#gates.isRepeat(this);
    return this.#isRepeat;
  }

  /** Canned-body gate: the text is a fallback, a notice or a greeting every client sends. */
  get isCanned(): boolean {
    this.#isCanned ??= this.#gates.isCanned(this);
    return this.#isCanned;
  }

  /** Sender or addressee is a bot the operator allows (`detection.bot_allow`). */
  get hasBot(): boolean {
    return this.#gates.isBot(this.from) || this.#gates.isBot(this.to);
  }

  /** Key of the stanza's id, undefined when it has none. */
  get id(): Key | undefined {
    if (this.#idState === UNREAD) {
      const { tree } = this.view;
      const token = tree.attr(0, ID);
      const length = token < 0 ? 0 : tree.valueLength(token);
      this.#idState = length > 0 ? KNOWN : NONE;
      if (length > 0) this.#id.ofSample(this.view, tree.valueOffset(token), length);
    }
    return this.#idState === KNOWN ? this.#id : undefined;
  }

  get view(): StanzaView {
    return this.#view as StanzaView;
  }

  /** The element's tree, as interned names and positions in `view.memory`. */
  get tree(): StanzaTree {
    return this.view.tree;
  }

  get session(): XmppSession {
    return this.view.session;
  }

  get direction(): Direction {
    return this.view.direction;
  }

  /** Addresses of the flow; undefined when the capture does not tell (rule cases without any). */
  get endpoints(): FlowEndpoints | undefined {
    this.#endpoints ??= this.#endpointsOf(this.view.session.flow);
    return this.#endpoints;
  }

  /** Address of the client (the side that opened the connection) as text, for what an alert says. */
  get clientIp(): string {
    return addressText(this.endpoints?.clientWords);
  }

  get serverIp(): string {
    return addressText(this.endpoints?.serverWords);
  }

  /** Key of the client's address (the side that opened the connection). */
  get clientAddress(): Key {
    return this.#addresses.client(this.session);
  }

  /** Key of the server's address. */
  get serverAddress(): Key {
    return this.#addresses.server(this.session);
  }

  /** Does the stanza come from a client to its server? Then addresses are what the client claims. */
  get isFirstHop(): boolean {
    return this.hop === HOP.fromClient;
  }

  /** Sender and addressee of different domains. False when one of them is unknown. */
  get isAcrossDomains(): boolean {
    return this.from.isKnown && this.to.isKnown && !this.from.domain.equals(this.to.domain);
  }

  /** Is there a child in this namespace (id of `nsId`)? The children are walked once for all who ask. */
  holds(ns: number): boolean {
    if (!this.#hasChildBits) this.#readChildren();
    return ((this.#childBits[ns >> 5] as number) & (1 << (ns & 31))) !== 0;
  }

  /** Index in `view.regions` of the first text of a buffer, -1 when there is none. */
  region(buffer: number): number {
    const { regions, regionCount } = this.view;
    for (let i = 0; i < regionCount; i++) if (regions[REGION_WORDS * i] === buffer) return i;
    return -1;
  }

  /** Raise an event for this stanza. `region`: index in `view.regions` of the text to show as evidence. */
  raise(event: number, incident: Incident, context: EventContext, region?: number): void {
    (this.#emit as EmitEvent)(event, context, region, incident);
  }

  /** Read a text put together from this stanza and earlier ones with the rules; true when one fires for it. */
  read(text: ComposedText): boolean {
    return this.#read?.(text) ?? false;
  }

  #readChildren(): void {
    const { tree } = this.view;
    const bits = this.#childBits;
    this.#hasChildBits = true;
    bits.fill(0);
    if (tree.isEmpty) return;
    for (let child = tree.firstChild(0); child >= 0; child = tree.nextSibling(child, 0)) {
      const ns = tree.ns(child);
      bits[ns >> 5] = (bits[ns >> 5] as number) | (1 << (ns & 31));
    }
  }

  #address(view: StanzaView): void {
    this.from.forget();
    this.to.forget();
    const { regions, regionCount } = view;
    for (let i = 0; i < regionCount; i++) {
      const buffer = regions[REGION_WORDS * i] as number;
      if (buffer !== FROM && buffer !== TO) continue;
      const keys = buffer === FROM ? this.from : this.to;
      if (keys.isKnown) continue;
      keys.ofRegion(
        view.keys,
        regions[REGION_WORDS * i + 1] as number,
        regions[REGION_WORDS * i + 2] as number,
      );
      if (this.from.isKnown && this.to.isKnown) break;
    }
    // Letters beyond ASCII fold by the book (RFC 7622), which takes text; such addresses are rare.
    if (!this.from.isPlain) this.from.ofText(normalizeJid(view.from));
    if (!this.to.isPlain) this.to.ofText(normalizeJid(view.to));
    // A server that writes to its client need not say to whom (RFC 6120 section 8.1.1.1).
    const { jid, connection } = view.session;
    if (!this.to.isKnown && view.direction === 1 && connection === 'c2s' && jid !== '') {
      this.to.ofText(jid);
      if (!this.to.isPlain) this.to.ofText(normalizeJid(jid));
    }
  }
}

export function addressText(words: ArrayLike<number> | undefined): string {
  if (words === undefined) return '';
  const [a = 0, b = 0, c = 0, d = 0] = Array.from(words);
  return formatAddress(a, b, c, d);
}

function hopOf({ connection }: XmppSession, direction: Direction): number {
  switch (connection) {
    case 'c2s':
      return direction === 0 ? HOP.fromClient : HOP.toClient;
    case 's2s':
      return HOP.federation;
    case 'component':
      return HOP.component;
    default:
      return HOP.serverless;
  }
}
