/**
 * Where the phase machine plays: the session, direction, time and element at hand, and what a step may
 * do about them (raise or hold an event, restart or stop a half). One object, set anew per callback,
 * so the steps are plain functions in files of their own.
 */
import { eventId, type Counters, type Direction } from '../core/index.ts';
import type { XmlTokenizer } from '../xml/index.ts';
import type { ElementReader } from './element-reader.ts';
import { NAME } from './ids.ts';
import { JidScan } from './jid-scan.ts';
import type { Half } from './half.ts';
import type { HoldReason, Session } from './session.ts';
import { StringCache } from './string-cache.ts';
import { TapeReader } from './tape.ts';
import type { XmppEvent, XmppHandler } from './types.ts';
import { TOKEN } from '../xml/index.ts';

export const EVENT = {
  streamReopen: eventId('xmpp.stream_reopen'),
  restartHostSwap: eventId('xmpp.restart_host_swap'),
  stanzaPreauth: eventId('xmpp.stanza_preauth'),
  nestedStanza: eventId('xmpp.nested_stanza'),
  streamNsNested: eventId('xmpp.stream_ns_nested'),
  redirect: eventId('xmpp.redirect'),
  preauthBloat: eventId('xmpp.preauth_bloat'),
  neverEnding: eventId('xmpp.never_ending_element'),
  headerBad: eventId('xmpp.stream_header_bad'),
  outOfStream: eventId('xmpp.stanza_out_of_stream'),
  jidMalformed: eventId('xmpp.jid_malformed'),
  saslPlain: eventId('xmpp.sasl_plain_clear'),
  saslPlainSuccess: eventId('xmpp.sasl_plain_clear_success'),
  legacyPassword: eventId('xmpp.legacy_auth_password'),
  legacyDigest: eventId('xmpp.legacy_auth_digest'),
  plaintextSession: eventId('xmpp.plaintext_session'),
  componentHandshake: eventId('xmpp.component_handshake'),
  manyRecipients: eventId('xmpp.many_recipients'),
  replyElsewhere: eventId('xmpp.reply_elsewhere'),
  saslAuthzid: eventId('xmpp.sasl_authzid'),
  boundOtherUser: eventId('xmpp.bound_other_user'),
  scramWeak: eventId('xmpp.scram_weak'),
  starttlsInject: eventId('policy.starttls_inject'),
  starttlsSpace: eventId('policy.starttls_space'),
  legacyAfterSasl: eventId('auth.legacy_after_sasl'),
} as const;

export type Context = Readonly<Record<string, string | number>>;

const NO_CONTEXT: Context = {};
const NO_STANZA: XmppEvent['stanza'] = { name: '', from: '', to: '', id: '', type: '' };
/** Text facts in events are cut to this many characters. */
const MAX_FACT_CHARS = 256;

export class Stage {
  readonly tokenizer: XmlTokenizer;
  readonly memory: Uint8Array;
  readonly tape: TapeReader;
  readonly strings: StringCache;
  readonly jids: JidScan;
  readonly counters: Counters;
  readonly handler: XmppHandler;

  session: Session;
  half: Half;
  direction: Direction = 0;
  tsUsec = 0;
  /** Serial of the first-level element at hand; 0 between elements and in stream headers. */
  serial = 0;
  /** Is there a start tag on the tape to take name and addresses from? */
  hasElement = false;
  isBroken = false;
  /** Where the element at hand ended among the bytes of its half. */
  endsAt = 0;

  constructor(
    tokenizer: XmlTokenizer,
    reader: ElementReader,
    counters: Counters,
    handler: XmppHandler,
    nobody: Session,
  ) {
    this.tokenizer = tokenizer;
    this.memory = tokenizer.memory;
    this.tape = new TapeReader(tokenizer.memory);
    this.strings = new StringCache(tokenizer.memory);
    this.jids = new JidScan(reader);
    this.counters = counters;
    this.handler = handler;
    this.session = nobody;
    this.half = nobody.toServer;
  }

  /** Text of a token's value (ATTR, TEXT), at most MAX_FACT_CHARS; '' for token -1. */
  value(token: number): string {
    if (token < 0) return '';
    const length = this.tape.valueLength(token);
    const text = this.strings.decode(
      this.tape.valueOffset(token),
      length > MAX_FACT_CHARS * 4 ? MAX_FACT_CHARS * 4 : length,
    );
    return text.length > MAX_FACT_CHARS ? text.slice(0, MAX_FACT_CHARS) : text;
  }

  /** Text of an unprefixed attribute of element `i`, '' when it has none. */
  attr(i: number, name: number): string {
    return this.value(this.tape.attr(i, name));
  }

  /** Local name of an element or attribute. */
  localName(i: number): string {
    const length = this.tape.nameLength(i);
    return this.strings.get(
      this.tape.nameOffset(i),
      length > MAX_FACT_CHARS ? MAX_FACT_CHARS : length,
    );
  }

  /** Tell detection at once. */
  raise(event: number, context: Context = NO_CONTEXT): void {
    this.#emit(this.#build(event, context));
  }

  /** Wait for the other half: its answer decides whether this was an event. */
  hold(reason: HoldReason, event: number, context: Context = NO_CONTEXT): void {
    this.session.hold(reason, this.#build(event, context));
  }

  /** The answer came: `isReal` raises what waited for it, otherwise it is forgotten. */
  release(reason: HoldReason, isReal: boolean): void {
    const held = this.session.held;
    if (held.length === 0) return;
    let kept = 0;
    for (const one of held) {
      if (one.reason !== reason) held[kept++] = one;
      else if (isReal) this.#emit(one.event);
    }
    held.length = kept;
  }

  /** The answer came and makes something worse of what waited for it. */
  promote(reason: HoldReason, event: number): void {
    const held = this.session.held;
    const at = held.findIndex((one) => one.reason === reason);
    const one = held[at];
    if (one === undefined) return;
    held.splice(at, 1);
    this.#emit({ ...one.event, event, tsUsec: this.tsUsec });
  }

  /** At the end of the session no answer will come. A password was sent all the same. */
  releaseAll(areReal: boolean): void {
    this.release('password', true);
    const held = this.session.held;
    if (areReal) for (const one of held) this.#emit(one.event);
    held.length = 0;
  }

  /** The next bytes of this direction are a new document. */
  restart(direction: Direction): void {
    const half = this.session.half(direction);
    this.tokenizer.restart(half.number);
    half.rootOpen = false;
  }

  /** Nothing more of the flow is XML. */
  stopBoth(): void {
    const { toServer, toClient } = this.session;
    this.tokenizer.stop(toServer.number);
    this.tokenizer.stop(toClient.number);
    toServer.stopped = true;
    toClient.stopped = true;
  }

  #emit(event: XmppEvent): void {
    const raised = this.counters.events;
    raised[event.event] = (raised[event.event] ?? 0) + 1;
    this.handler.onEvent(event);
  }

  #build(event: number, context: Context): XmppEvent {
    return {
      event,
      session: this.session,
      direction: this.direction,
      tsUsec: this.tsUsec,
      serial: this.serial,
      stanza: this.hasElement ? this.#describe() : NO_STANZA,
      context,
    };
  }

  /** Whose an element without `from` is. */
  #owner(isStanza: boolean): string {
    const { session, direction } = this;
    const owner = isStanza ? session.implicitFrom(direction) : '';
    return owner === '' && direction === 0 ? session.loginAddress() : owner;
  }

  /** A login is for the server. */
  #addressee(isStanza: boolean): string {
    const to = this.attr(0, NAME.to);
    return to === '' && !isStanza && this.direction === 0 ? this.session.domain : to;
  }

  #describe(): XmppEvent['stanza'] {
    if (this.tape.count === 0 || this.tape.kind(0) !== TOKEN.start) return NO_STANZA;
    const name = this.tape.name(0);
    const from = this.attr(0, NAME.from);
    const isStanza = name === NAME.message || name === NAME.presence || name === NAME.iq;
    return {
      name: this.localName(0),
      from: from === '' ? this.#owner(isStanza) : from,
      to: this.#addressee(isStanza),
      id: this.attr(0, NAME.id),
      type: this.attr(0, NAME.type),
    };
  }
}
