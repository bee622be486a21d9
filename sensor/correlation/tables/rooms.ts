/**
 * Room baseline: who rules which room (XEP-0045 section 5), learned from what the room itself says: presence of its
 * occupants and the lists it gives. Whom a newcomer raised to owner is noted, and is one of old only after a day.
 */
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { TableOptions } from './index.ts';

/** What somebody may do in a room, by role and affiliation. */
export const RANK = { none: 0, moderator: 1, admin: 2, owner: 3 } as const;

const LIFE_SECONDS = 180 * 24 * 3600;
const MUC_USER = nsId('http://jabber.org/protocol/muc#user');
const MUC_ADMIN = nsId('http://jabber.org/protocol/muc#admin');
const NAME = {
  x: nameId('x'),
  item: nameId('item'),
  status: nameId('status'),
  code: nameId('code'),
  affiliation: nameId('affiliation'),
  role: nameId('role'),
  jid: nameId('jid'),
  query: nameId('query'),
};
/** Status of one's own presence (XEP-0045 section 7.2.3). */
const SELF = '110';

export class Rooms implements Learner {
  readonly kinds = KINDS.presence | KINDS.iq;
  /** By room and account. */
  readonly #rulers: LruTable;
  readonly #rank: Column<Uint8Array>;
  /** When somebody who is no ruler of old gave the rank, microseconds; 0 for one of old. */
  readonly #givenUsec: Column<Float64Array>;
  /** Rooms of which an owner is known. */
  readonly #known: LruTable;
  readonly #settledUsec: number;
  readonly #key = new Key();
  readonly #who = new JidKeys();

  constructor({ memory, limits, thresholds }: TableOptions) {
    const capacity = limits.correlationRoomEntries;
    this.#rulers = new LruTable(memory, 'room_rulers', capacity, LIFE_SECONDS);
    this.#rank = this.#rulers.uint8();
    this.#givenUsec = this.#rulers.float64();
    this.#known = new LruTable(memory, 'rooms', capacity, LIFE_SECONDS);
    this.#settledUsec = thresholds.mucSettledSeconds * 1e6;
  }

  /** Is an owner of the room known? Without one nobody can be told a stranger to it. */
  hasBaseline(room: Key, nowUsec: number): boolean {
    return this.#known.find(room.high, room.low, nowUsec) >= 0;
  }

  /** RANK.* somebody has of old. */
  rankOfOld(room: Key, who: Key, nowUsec: number): number {
    const { high, low } = this.#key.ofPair(room, who);
    const slot = this.#rulers.find(high, low, nowUsec);
    if (slot < 0) return RANK.none;
    const given = this.#givenUsec.values[slot] as number;
    const isSettled = given === 0 || Math.abs(nowUsec - given) >= this.#settledUsec;
    return isSettled ? (this.#rank.values[slot] as number) : RANK.none;
  }

  /** Somebody who is no ruler of old gave a rank to `who`. */
  noteGift(room: Key, who: Key, nowUsec: number): void {
    const { high, low } = this.#key.ofPair(room, who);
    const slot = this.#rulers.claim(high, low, nowUsec);
    if ((this.#rank.values[slot] as number) < RANK.admin) this.#givenUsec.values[slot] = nowUsec;
  }

  learn(scene: Scene): void {
    const { view, hop, outline, from } = scene;
    if (hop === HOP.fromClient || !from.isKnown || !from.hasLocal) return;
    if (view.kind === STANZA.presence) {
      const isStay = outline.type === TYPE.absent && (outline.marks & MARK.mucUser) !== 0;
      if (isStay) this.#learnOccupant(scene);
    } else if (outline.type === TYPE.result && !from.hasResource && scene.holds(MUC_ADMIN)) {
      this.#learnList(scene);
    }
  }

  #learnOccupant(scene: Scene): void {
    const { tree, from, to } = scene;
    const x = tree.child(0, MUC_USER, NAME.x);
    const item = x < 0 ? -1 : tree.child(x, MUC_USER, NAME.item);
    if (item < 0) return;
    if (tree.attr(item, NAME.jid) >= 0) this.#learnItem(scene, item);
    else if (to.isKnown && isSelf(scene, x))
      this.#put(scene, from.bare, to.bare, rankIn(scene, item));
  }

  #learnList(scene: Scene): void {
    const { tree } = scene;
    const query = tree.child(0, MUC_ADMIN, NAME.query);
    if (query < 0) return;
    for (let at = tree.firstChild(query); at >= 0; at = tree.nextSibling(at, query)) {
      if (tree.is(at, MUC_ADMIN, NAME.item)) this.#learnItem(scene, at);
    }
  }

  #learnItem(scene: Scene, item: number): void {
    const { tree, view, from } = scene;
    const jid = tree.attr(item, NAME.jid);
    if (jid < 0) return;
    this.#who.ofBytes(view.memory, tree.valueOffset(jid), tree.valueLength(jid));
    if (this.#who.isKnown) this.#put(scene, from.bare, this.#who.bare, rankIn(scene, item));
  }

  #put({ nowUsec }: Scene, room: Key, who: Key, rank: number): void {
    const { high, low } = this.#key.ofPair(room, who);
    // Most occupants rule nothing and never did.
    if (rank === RANK.none) {
      const slot = this.#rulers.find(high, low, nowUsec);
      if (slot >= 0) this.#rulers.remove(slot);
      return;
    }
    const slot = this.#rulers.claim(high, low, nowUsec);
    this.#rank.values[slot] = rank;
    if (rank === RANK.owner) this.#known.claim(room.high, room.low, nowUsec);
  }
}

function rankIn({ tree }: Scene, item: number): number {
  const affiliation = tree.attrValue(item, NAME.affiliation);
  if (affiliation === 'owner') return RANK.owner;
  if (affiliation === 'admin') return RANK.admin;
  return tree.attrValue(item, NAME.role) === 'moderator' ? RANK.moderator : RANK.none;
}

function isSelf({ tree }: Scene, x: number): boolean {
  for (let at = tree.firstChild(x); at >= 0; at = tree.nextSibling(at, x)) {
    const isStatus = tree.is(at, MUC_USER, NAME.status);
    if (isStatus && tree.attrValue(at, NAME.code) === SELF) return true;
  }
  return false;
}
