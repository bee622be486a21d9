/**
 * `nuisance-flood`: small things in masses: pings without a pause (XEP-0199), calls for attention (XEP-0224), calls to
 * very many people (XEP-0353, XEP-0166), and two programs that answer each other's chat states and receipts (XEP-0085,
 * XEP-0184).
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const PINGS = eventId('service.ping_flood');
const ATTENTION = eventId('service.attention_flood');
const CALLS = eventId('service.call_flood');
const STATES = eventId('service.state_loop');

const PING = nsId('urn:xmpp:ping');
const ATTENTION_NS = nsId('urn:xmpp:attention:0');
const JINGLE = nsId('urn:xmpp:jingle:1');
const JINGLE_MESSAGE = nsId('urn:xmpp:jingle-message:0');
const CHAT_STATES = nsId('http://jabber.org/protocol/chatstates');
const RECEIPTS = nsId('urn:xmpp:receipts');
const NAME = {
  action: nameId('action'),
  received: nameId('received'),
};

export function watchNuisance(options: WatchOptions): Watch {
  return new NuisanceWatch(options);
}

class NuisanceWatch implements Watch {
  readonly name = 'nuisance';
  readonly kinds = KINDS.message | KINDS.iq;
  readonly types = ~(1 << TYPE.error);
  readonly children = [PING, ATTENTION_NS, JINGLE, JINGLE_MESSAGE, CHAT_STATES, RECEIPTS];
  readonly #thresholds;
  /** By sender and addressee. */
  readonly #pings: LruTable;
  readonly #pingTimes: RecentTimes;
  readonly #attentions: LruTable;
  readonly #attentionTimes: RecentTimes;
  /** By caller. */
  readonly #callers: LruTable;
  readonly #called: RecentDistinct;
  /** By pair, whoever wrote first: whose turn it was, and when turns were taken. */
  readonly #states: LruTable;
  readonly #writer: Column<Int32Array>;
  readonly #turns: RecentTimes;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const capacity = limits.correlationNuisanceEntries;
    this.#pings = new LruTable(memory, 'pings', capacity / 4, thresholds.pingSeconds);
    this.#pingTimes = new RecentTimes(this.#pings, thresholds.pings + 1);
    this.#attentions = new LruTable(
      memory,
      'attentions',
      capacity / 8,
      thresholds.attentionSeconds,
    );
    this.#attentionTimes = new RecentTimes(this.#attentions, thresholds.attentions + 1);
    this.#callers = new LruTable(memory, 'callers', capacity / 4, thresholds.callSeconds);
    this.#called = new RecentDistinct(this.#callers, thresholds.calls);
    this.#states = new LruTable(memory, 'chat_states', capacity / 4, thresholds.stateSeconds);
    this.#writer = this.#states.int32();
    this.#turns = new RecentTimes(this.#states, thresholds.states);
  }

  stanza(scene: Scene): void {
    const { from, to, view } = scene;
    if (view.kind === STANZA.iq) this.#iq(scene);
    else if (view.kind === STANZA.message && from.isKnown && to.isKnown) this.#message(scene);
  }

  #iq(scene: Scene): void {
    const { outline, tree, from } = scene;
    if (outline.type !== TYPE.get && outline.type !== TYPE.set) return;
    const child = tree.firstChild(0);
    if (child < 0 || !from.isKnown || scene.isRepeat) return;
    const ns = tree.ns(child);
    if (ns === PING) this.#ping(scene);
    else if (ns === JINGLE && tree.attrValue(child, NAME.action) === 'session-initiate') {
      this.#call(scene);
    }
  }

  #message(scene: Scene): void {
    const { outline, tree } = scene;
    const { marks } = outline;
    if ((marks & MARK.attention) !== 0 && !scene.isRepeat) this.#attention(scene);
    // Most messages that come here are texts with a chat state beside them.
    if (outline.body >= 0 || outline.type === TYPE.groupchat) return;
    if ((marks & MARK.call) !== 0 && !scene.isRepeat) {
      const call = tree.childInNs(0, JINGLE_MESSAGE);
      if (call >= 0 && tree.localName(call) === 'propose') this.#call(scene);
    }
    if ((marks & MARK.state) !== 0 && isState(scene)) this.#state(scene);
  }

  #ping(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    const { pings, pingSeconds } = this.#thresholds;
    const { high, low } = this.#key.ofPair(from.full, to.isKnown ? to.full : from.domain);
    const slot = this.#pings.claim(high, low, nowUsec);
    this.#pingTimes.add(slot, nowUsec);
    const count = this.#pingTimes.within(slot, nowUsec, pingSeconds);
    if (count <= pings) return;
    const target = view.to === '' ? 'its server' : shown(view.to);
    const summary = `${shown(view.from)} sent ${target} ${counted(count, 'ping')} or more within ${span(pingSeconds)}`;
    scene.raise(PINGS, pairOf(scene), { summary, pings: count });
  }

  #attention(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    const { attentions, attentionSeconds } = this.#thresholds;
    const { high, low } = this.#key.ofPair(from.bare, to.bare);
    const slot = this.#attentions.claim(high, low, nowUsec);
    this.#attentionTimes.add(slot, nowUsec);
    const count = this.#attentionTimes.within(slot, nowUsec, attentionSeconds);
    if (count <= attentions) return;
    const summary = `${shown(accountOf(view.from))} rang ${shown(accountOf(view.to))} for attention ${counted(count, 'time')} or more within ${span(attentionSeconds)}`;
    scene.raise(ATTENTION, pairOf(scene), { summary, times: count });
  }

  #call(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    if (!from.isKnown || !to.isKnown || from.bare.equals(to.bare)) return;
    const { calls, callSeconds } = this.#thresholds;
    const slot = this.#callers.claim(from.bare.high, from.bare.low, nowUsec);
    if (!this.#called.add(slot, to.bare.high, to.bare.low, nowUsec)) return;
    const people = this.#called.within(slot, nowUsec, callSeconds);
    if (people < calls) return;
    const caller = accountOf(view.from);
    const summary = `${shown(caller)} called ${counted(people, 'person', 'people')} or more within ${span(callSeconds)}, the last one ${shown(accountOf(view.to))}`;
    const incident = { key: caller, contributors: [shown(accountOf(view.to))] };
    scene.raise(CALLS, incident, { summary, people });
  }

  /**
   * Only turns count, so that the same stanza on another leg is none: a phone that wakes up confirms a hundred messages at once, but nobody
   * answers that.
   */
  #state(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    if (from.bare.equals(to.bare)) return;
    const slot = this.#pair(this.#states, from.bare, to.bare, nowUsec);
    const writer = from.bare.low | 1;
    const isTurn = this.#writer.values[slot] !== writer && this.#writer.values[slot] !== 0;
    this.#writer.values[slot] = writer;
    if (!isTurn) return;
    this.#turns.add(slot, nowUsec);
    const { states, stateSeconds } = this.#thresholds;
    const turns = this.#turns.within(slot, nowUsec, stateSeconds);
    if (turns < states) return;
    const summary = `${shown(accountOf(view.from))} and ${shown(accountOf(view.to))} answered each other's chat states or receipts ${counted(turns, 'time')} or more within ${span(stateSeconds)}`;
    scene.raise(STATES, pairOf(scene, true), { summary, turns });
  }

  /** Slot of two people, whoever wrote. */
  #pair(table: LruTable, one: Key, other: Key, nowUsec: number): number {
    const { high, low } = this.#key.ofEither(one, other);
    return table.claim(high, low, nowUsec);
  }
}

/** A chat state or a receipt; what asks for a receipt is none. */
function isState({ tree }: Scene): boolean {
  return tree.childInNs(0, CHAT_STATES) >= 0 || tree.child(0, RECEIPTS, NAME.received) >= 0;
}

/** `isMutual`: one attack, whoever of the two wrote last. */
function pairOf(
  { view, session }: Scene,
  isMutual = false,
): {
  readonly key: string;
  readonly contributors: readonly string[];
} {
  const people = [accountOf(view.from), accountOf(view.to === '' ? session.domain : view.to)];
  if (isMutual) people.sort();
  return { key: people.join(' '), contributors: isMutual ? people.map(shown) : [] };
}
