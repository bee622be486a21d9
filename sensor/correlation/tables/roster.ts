/**
 * Roster view: who stands on whose contact list. Learned from lists and pushes (RFC 6121 section 2) that come from
 * the owner's own server, and from the entries an owner asks it to keep. What others write never puts them on
 * anybody's list; subscriptions on their way are for contacts.ts.
 */
import { nameId, nsId } from '../../xml/index.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { TableOptions } from './index.ts';

/** What the list says of a contact, as bits: the two directions of RFC 6121 section 3.1.1, and that it is there. */
export const SUBSCRIPTION = { none: 1, to: 3, from: 5, both: 7 } as const;

const LIFE_SECONDS = 180 * 24 * 3600;
const ROSTER = nsId('jabber:iq:roster');
const [QUERY, ITEM, JID, SUBSCRIPTION_NAME] = [
  nameId('query'),
  nameId('item'),
  nameId('jid'),
  nameId('subscription'),
];

export class Roster implements Learner {
  readonly kinds = KINDS.iq;
  /** By owner and contact. */
  readonly #entries: LruTable;
  readonly #state: Column<Uint8Array>;
  /** Accounts whose whole list was seen. */
  readonly #owners: LruTable;
  readonly #learned: Column<Uint32Array>;
  readonly #perOwner: number;
  readonly #key = new Key();
  readonly #contact = new JidKeys();

  constructor({ memory, limits }: TableOptions) {
    this.#perOwner = limits.correlationRosterPerOwner;
    const entries = limits.correlationRosterEntries;
    this.#entries = new LruTable(memory, 'roster', entries, LIFE_SECONDS);
    this.#state = this.#entries.uint8();
    const owners = limits.correlationRosterOwners;
    this.#owners = new LruTable(memory, 'roster_owners', owners, LIFE_SECONDS);
    this.#learned = this.#owners.uint32();
  }

  /** Was the whole list of this account seen? Then who is not on it is not. */
  isSeen(owner: Key, nowUsec: number): boolean {
    return this.#owners.find(owner.high, owner.low, nowUsec) >= 0;
  }

  /** SUBSCRIPTION.* of a contact on the list of `owner`, 0 when it is not known to be there. */
  subscription(owner: Key, contact: Key, nowUsec: number): number {
    const { high, low } = this.#key.ofPair(owner, contact);
    const slot = this.#entries.find(high, low, nowUsec);
    return slot < 0 ? 0 : (this.#state.values[slot] as number);
  }

  learn(scene: Scene): void {
    if ((scene.outline.marks & MARK.roster) !== 0) this.#learnList(scene);
  }

  #learnList(scene: Scene): void {
    const { tree, outline, hop, from, to, nowUsec } = scene;
    const { type } = outline;
    let owner: Key;
    if (hop === HOP.toClient) {
      const isOwn = !from.isKnown || from.bare.equals(to.bare) || from.bare.equals(to.domain);
      if (!to.isKnown || !isOwn || (type !== TYPE.result && type !== TYPE.set)) return;
      owner = to.bare;
    } else if (hop === HOP.fromClient && type === TYPE.set && from.isKnown) {
      owner = from.bare;
    } else return;
    const query = tree.child(0, ROSTER, QUERY);
    if (query < 0) return;
    if (type === TYPE.result) this.#beginList(owner, nowUsec);
    const isWish = hop === HOP.fromClient;
    for (let at = tree.firstChild(query); at >= 0; at = tree.nextSibling(at, query)) {
      if (!tree.is(at, ROSTER, ITEM)) continue;
      const jid = tree.attr(at, JID);
      if (jid < 0) continue;
      const { memory } = scene.view;
      this.#contact.ofBytes(memory, tree.valueOffset(jid), tree.valueLength(jid));
      if (!this.#contact.isKnown) continue;
      const state = subscriptionOf(tree.attrValue(at, SUBSCRIPTION_NAME));
      if (state === 0) this.#remove(owner, this.#contact.bare, nowUsec);
      else this.#put(owner, this.#contact.bare, state, isWish, nowUsec);
    }
  }

  #beginList(owner: Key, nowUsec: number): void {
    const slot = this.#owners.claim(owner.high, owner.low, nowUsec);
    this.#learned.values[slot] = 0;
  }

  /** Nobody fills the table with one list. */
  #mayGrow(owner: Key, nowUsec: number): boolean {
    const slot = this.#owners.find(owner.high, owner.low, nowUsec);
    if (slot < 0) return true;
    const learned = (this.#learned.values[slot] as number) + 1;
    this.#learned.values[slot] = learned;
    return learned <= this.#perOwner;
  }

  #put(owner: Key, contact: Key, state: number, isWish: boolean, nowUsec: number): void {
    if (!this.#mayGrow(owner, nowUsec)) return;
    const { high, low } = this.#key.ofPair(owner, contact);
    const slot = this.#entries.claim(high, low, nowUsec);
    // What the owner wishes takes nothing away; the push that follows says how things are.
    this.#state.values[slot] = Math.max(state, isWish ? (this.#state.values[slot] as number) : 0);
  }

  #remove(owner: Key, contact: Key, nowUsec: number): void {
    const { high, low } = this.#key.ofPair(owner, contact);
    const slot = this.#entries.find(high, low, nowUsec);
    if (slot >= 0) this.#entries.remove(slot);
  }
}

/** Bits of SUBSCRIPTION; 0 for `remove`. */
function subscriptionOf(word: string): number {
  switch (word) {
    case 'to':
      return SUBSCRIPTION.to;
    case 'from':
      return SUBSCRIPTION.from;
    case 'both':
      return SUBSCRIPTION.both;
    case 'remove':
      return 0;
    default:
      return SUBSCRIPTION.none;
  }
}
