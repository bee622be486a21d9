/**
 * S2S domain table with the dialback ledger (XEP-0220): which pairs of domains were asked for and proven on which
 * stream, which verifications run between which addresses, and which address ever proved a domain.
 *
 * A stream may prove many pairs (piggybacking) and prove them in both directions (XEP-0288), so what counts is the
 * stream, who asked on it, and the pair. SASL proves the pair of the header (RFC 6120 section 6, XEP-0178).
 */
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA, domainOf, normalizeDomain, normalizeJid } from '../../xmpp/index.ts';
import type { LoginOutcome, StanzaView, XmppSession } from '../../xmpp/index.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import { Horizon } from './horizon.ts';
import type { TableOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

/** What was said of a pair on a stream, as bits. */
const STATE = { asked: 1, accepted: 2, proven: 3 } as const;

const DIALBACK = nsId('jabber:server:dialback');
const RESULT = nameId('result');
const VERIFY = nameId('verify');
const NAME = { from: nameId('from'), to: nameId('to'), id: nameId('id'), type: nameId('type') };
const ID_BYTES = 1024;
/** Verifications are answered within seconds; a stream that waits for one is given up after minutes. */
const VERIFY_SECONDS = 3600;

/** An element of dialback as it stands on the wire. Reused: valid during the call. */
export class DialbackStep {
  isVerify = false;
  /** '' for a question. */
  type = '';
  from = '';
  to = '';
  readonly fromKeys = new JidKeys();
  readonly toKeys = new JidKeys();
  readonly id = new Key();
  idText = '';

  /** @returns false when the element is none, or names nobody. */
  read({ kind, tree }: StanzaView): boolean {
    if (kind !== STANZA.nonza || tree.isEmpty || tree.ns(0) !== DIALBACK) return false;
    const name = tree.name(0);
    if (name !== RESULT && name !== VERIFY) return false;
    this.isVerify = name === VERIFY;
    this.type = tree.attrValue(0, NAME.type);
    this.from = normalizeDomain(tree.attrValue(0, NAME.from));
    this.to = normalizeDomain(tree.attrValue(0, NAME.to));
    this.fromKeys.ofText(this.from);
    this.toKeys.ofText(this.to);
    this.idText = tree.attrValue(0, NAME.id).slice(0, ID_BYTES);
    this.id.ofText(this.idText);
    return this.from !== '' && this.to !== '';
  }
}

export class S2sDomains implements Learner {
  readonly kinds = KINDS.nonza | KINDS.header;
  /** By stream, direction of the claim, claimed domain and addressee. */
  readonly #pairs: LruTable;
  readonly #state: Column<Uint8Array>;
  /** By asking and asked address and stream id. */
  readonly #verifications: LruTable;
  /** By address and domain. */
  readonly #origins: LruTable;
  /** By flow: id the answering server gave the stream. */
  readonly #streamIds = new ByFlow<string>();
  readonly #step = new DialbackStep();
  readonly #key = new Key();
  readonly #stream = new Key();
  readonly #fromKeys = new JidKeys();
  readonly #toKeys = new JidKeys();
  /** Streams older than what was forgotten are not judged. */
  readonly #horizon: Horizon;

  constructor({ memory, limits, thresholds }: TableOptions) {
    const capacity = limits.correlationDialbackEntries;
    this.#horizon = new Horizon(memory, 's2s_pairs', capacity, Infinity);
    this.#pairs = this.#horizon.table;
    this.#state = this.#pairs.uint8();
    this.#verifications = new LruTable(memory, 's2s_verifications', capacity / 4, VERIFY_SECONDS);
    const life = thresholds.s2sProvenSeconds;
    this.#origins = new LruTable(memory, 's2s_origins', capacity / 4, life);
  }

  /** Can the table tell of everything that happened on this stream? */
  remembers(session: XmppSession): boolean {
    return this.#horizon.isCompleteSince(session.startUsec);
  }

  /** Id the answering server gave the stream, '' when it was not seen. */
  streamId({ flow }: XmppSession): string {
    return this.#streamIds.get(flow) ?? '';
  }

  /** Was a key for this pair sent on the stream in this direction? */
  wasClaimed(session: XmppSession, direction: number, from: Key, to: Key): boolean {
    return (this.#stateOf(session, direction, from, to) & STATE.asked) !== 0;
  }

  /** Was the pair proven on the stream, whoever asked? Stanzas may then go both ways (XEP-0288). */
  isProven(session: XmppSession, direction: number, from: Key, to: Key): boolean {
    return (
      this.#stateOf(session, direction, from, to) === STATE.proven ||
      this.#stateOf(session, 1 - direction, to, from) === STATE.proven
    );
  }

  /** The same for addresses as they are written, which may spell a domain in another way. */
  isProvenByName(session: XmppSession, direction: number, from: string, to: string): boolean {
    const fromKey = this.#fromKeys.ofText(normalizeDomain(domainOf(normalizeJid(from)))).domain;
    const toKey = this.#toKeys.ofText(normalizeDomain(domainOf(normalizeJid(to)))).domain;
    return this.isProven(session, direction, fromKey, toKey);
  }

  /** Did one address ask another to verify the key of the stream with this id? */
  wasVerificationAsked(asking: Key, asked: Key, id: Key, nowUsec: number): boolean {
    const { high, low } = this.#verification(asking, asked, id);
    return this.#verifications.find(high, low, nowUsec) >= 0;
  }

  /** Did this address prove the domain, on any stream, lately? */
  hasProven(address: Key, domain: Key, nowUsec: number): boolean {
    const { high, low } = this.#key.ofPair(address, domain);
    return this.#origins.find(high, low, nowUsec) >= 0;
  }

  learn(scene: Scene): void {
    const { view, hop } = scene;
    if (hop !== HOP.federation) return;
    if (view.kind === STANZA.header) this.#learnHeader(view);
    else if (this.#step.read(view)) this.#learnStep(scene, this.#step);
  }

  login({ session, tsUsec, succeeded, user }: LoginOutcome): void {
    if (session.connection !== 's2s' || !succeeded) return;
    const to = this.#toKeys.ofText(normalizeDomain(session.domain)).domain;
    for (const name of [session.peerDomain, user]) {
      if (name === '') continue;
      const from = this.#fromKeys.ofText(normalizeDomain(name)).domain;
      this.#add(session, 0, from, to, STATE.proven, tsUsec);
    }
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#streamIds.delete(flow);
  }

  #learnHeader({ session, direction, tree }: StanzaView): void {
    if (direction !== 1 || tree.isEmpty) return;
    this.#streamIds.set(session.flow, tree.attrValue(0, NAME.id).slice(0, ID_BYTES));
  }

  #learnStep(scene: Scene, step: DialbackStep): void {
    const { nowUsec, session, direction } = scene;
    const { type, fromKeys, toKeys } = step;
    const isToServer = direction === 0;
    if (step.isVerify) {
      if (type !== '') return;
      const [client, server] = [scene.clientAddress, scene.serverAddress];
      const [asking, asked] = isToServer ? [client, server] : [server, client];
      const { high, low } = this.#verification(asking, asked, step.id);
      this.#verifications.claim(high, low, nowUsec);
      return;
    }
    const [from, to] = [fromKeys.domain, toKeys.domain];
    if (type === '') {
      this.#add(session, direction, from, to, STATE.asked, nowUsec);
      return;
    }
    if (type !== 'valid') return;
    const wasClaimed = this.wasClaimed(session, 1 - direction, to, from);
    // Noted in any case: the claim may be captured behind its answer.
    this.#add(session, 1 - direction, to, from, STATE.accepted, nowUsec);
    if (!wasClaimed) return;
    // The claimant is on the other end than the one who answers.
    const claimant = isToServer ? scene.serverAddress : scene.clientAddress;
    const { high, low } = this.#key.ofPair(claimant, to);
    this.#origins.claim(high, low, nowUsec);
  }

  #add(
    session: XmppSession,
    direction: number,
    from: Key,
    to: Key,
    bits: number,
    nowUsec: number,
  ): void {
    const { high, low } = this.#pair(session, direction, from, to);
    this.#horizon.pass(nowUsec);
    const slot = this.#pairs.claim(high, low, nowUsec);
    this.#state.values[slot] = (this.#state.values[slot] as number) | bits;
  }

  #stateOf(session: XmppSession, direction: number, from: Key, to: Key): number {
    const { high, low } = this.#pair(session, direction, from, to);
    const slot = this.#pairs.find(high, low, 0);
    return slot < 0 ? 0 : (this.#state.values[slot] as number);
  }

  #pair({ sessionId }: XmppSession, direction: number, from: Key, to: Key): Key {
    this.#key.ofPair(from, to);
    return this.#key.ofFour(this.#key.high, this.#key.low, sessionId, direction);
  }

  #verification(asking: Key, asked: Key, id: Key): Key {
    this.#stream.ofPair(asking, asked);
    return this.#key.ofPair(this.#stream, id);
  }
}
