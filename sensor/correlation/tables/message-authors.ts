/**
 * Who wrote which message, for the day in which people correct what they wrote: by conversation and id. In a room
 * the author is an occupant: by occupant id (XEP-0421), else by nickname, followed through its changes.
 */
import { nameId, nsId } from '../../xml/index.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { TableOptions } from './index.ts';

/** Ids that are counters belong to several people of a room: beyond this many nobody is judged by them. */
const AUTHORS = 3;
const ID_BYTES = 1024;

const NS = {
  occupantId: nsId('urn:xmpp:occupant-id:0'),
  stanzaId: nsId('urn:xmpp:sid:0'),
  mucUser: nsId('http://jabber.org/protocol/muc#user'),
  delay: nsId('urn:xmpp:delay'),
};
const NAME = {
  id: nameId('id'),
  by: nameId('by'),
  stanzaId: nameId('stanza-id'),
  x: nameId('x'),
  item: nameId('item'),
  nick: nameId('nick'),
  status: nameId('status'),
  code: nameId('code'),
};

export class MessageAuthors implements Learner {
  readonly kinds = KINDS.message | KINDS.presence;
  readonly #table: LruTable;
  readonly #authors: Column<Int32Array>;
  readonly #count: Column<Uint8Array>;
  /** Address in a room -> occupant it stands for, where that is not the address itself. */
  readonly #nicks: LruTable;
  readonly #occupants: Column<Int32Array>;
  readonly #conversation = new Key();
  readonly #author = new Key();
  readonly #key = new Key();
  readonly #by = new JidKeys();

  constructor({ memory, limits, thresholds }: TableOptions) {
    const { messageIdSeconds } = thresholds;
    const capacity = limits.correlationMessageAuthorEntries;
    this.#table = new LruTable(memory, 'message_authors', capacity, messageIdSeconds);
    this.#authors = this.#table.int32(2 * AUTHORS);
    this.#count = this.#table.uint8();
    const nicks = limits.correlationNickChangeEntries;
    this.#nicks = new LruTable(memory, 'nick_changes', nicks, messageIdSeconds);
    this.#occupants = this.#nicks.int32(2);
  }

  learn(scene: Scene): void {
    if (scene.view.kind !== 0) {
      if (scene.holds(NS.mucUser)) this.#learnNick(scene);
      return;
    }
    // Without text there is nothing to correct: receipts and typing notices need no memory.
    if (scene.outline.body < 0) return;
    const { tree, nowUsec } = scene;
    const isRoom = isGroupchat(scene);
    // To a room messages are seen once more, and only then from whom they are.
    if ((scene.isRepeat && !isRoom) || !this.#place(scene, isRoom)) return;
    const id = tree.attr(0, NAME.id);
    if (id >= 0) this.#note(scene, id, nowUsec);
    if (!isRoom || !scene.holds(NS.stanzaId)) return;
    for (let at = tree.firstChild(0); at >= 0; at = tree.nextSibling(at, 0)) {
      if (!tree.is(at, NS.stanzaId, NAME.stanzaId) || !this.#isByRoom(scene, at)) continue;
      const given = tree.attr(at, NAME.id);
      if (given >= 0) this.#note(scene, given, nowUsec);
    }
  }

  /**
   * Was the message of this id (an attribute of the stanza in hand) written in the same conversation, by others
   * and not by the sender? False when nobody knows.
   */
  isOfAnother(scene: Scene, id: number): boolean {
    if (!this.#place(scene, isGroupchat(scene))) return false;
    this.#keyOf(scene, id);
    const slot = this.#table.find(this.#key.high, this.#key.low, scene.nowUsec);
    if (slot < 0) return false;
    const count = this.#count.values[slot] as number;
    return count > 0 && count <= AUTHORS && !this.#isAuthor(slot, count);
  }

  #note(scene: Scene, id: number, nowUsec: number): void {
    this.#keyOf(scene, id);
    const slot = this.#table.claim(this.#key.high, this.#key.low, nowUsec);
    const count = this.#count.values[slot] as number;
    if (count > AUTHORS || this.#isAuthor(slot, count)) return;
    this.#count.values[slot] = count + 1;
    if (count === AUTHORS) return;
    const at = 2 * (slot * AUTHORS + count);
    this.#authors.values[at] = this.#author.high;
    this.#authors.values[at + 1] = this.#author.low;
  }

  #isAuthor(slot: number, count: number): boolean {
    const { values } = this.#authors;
    const { high, low } = this.#author;
    for (let at = 2 * slot * AUTHORS, end = at + 2 * count; at < end; at += 2) {
      if (values[at] === high && values[at + 1] === low) return true;
    }
    return false;
  }

  /** Sets conversation and author of the stanza in hand; false when they are not known for sure. */
  #place(scene: Scene, isRoom: boolean): boolean {
    const { from, to, hop } = scene;
    if (!from.isKnown || !to.isKnown) return false;
    if (!isRoom) {
      // The same for both directions.
      this.#conversation.ofEither(from.bare, to.bare);
      this.#author.copy(from.bare);
      return true;
    }
    // Only what the room passed on says who an occupant is; it goes to full addresses.
    if (!from.hasResource || hop === HOP.fromClient || !to.hasResource) return false;
    this.#conversation.copy(from.bare);
    return this.#occupant(scene);
  }

  #occupant(scene: Scene): boolean {
    const { tree, view, from, nowUsec } = scene;
    if (scene.holds(NS.occupantId)) {
      const id = tree.attr(tree.childInNs(0, NS.occupantId), NAME.id);
      if (id < 0) return false;
      const length = Math.min(tree.valueLength(id), ID_BYTES);
      this.#author.ofBytes(view.memory, tree.valueOffset(id), length);
      return true;
    }
    // Nickname changes that were not seen, and history of people who left, would make two people of one.
    if (!scene.isWhole || scene.holds(NS.delay)) return false;
    const slot = this.#nicks.find(from.full.high, from.full.low, nowUsec);
    if (slot < 0) this.#author.copy(from.full);
    else this.#load(slot);
    return true;
  }

  /** An occupant goes on under another nickname (XEP-0045 section 7.6): status 303 and the new one. */
  #learnNick(scene: Scene): void {
    const { tree, view, from, nowUsec } = scene;
    if (scene.hop === HOP.fromClient || !from.hasResource || view.type !== 'unavailable') return;
    const x = tree.child(0, NS.mucUser, NAME.x);
    const item = x < 0 ? -1 : tree.child(x, NS.mucUser, NAME.item);
    const nick = item < 0 ? '' : tree.attrValue(item, NAME.nick);
    if (nick === '' || !hasStatus(scene, x, '303')) return;
    const known = this.#nicks.find(from.full.high, from.full.low, nowUsec);
    if (known < 0) this.#author.copy(from.full);
    else this.#load(known);
    const next = this.#by.ofText(`${view.from.slice(0, view.from.indexOf('/'))}/${nick}`).full;
    const slot = this.#nicks.claim(next.high, next.low, nowUsec);
    this.#occupants.values[2 * slot] = this.#author.high;
    this.#occupants.values[2 * slot + 1] = this.#author.low;
  }

  #load(slot: number): void {
    this.#author.high = this.#occupants.values[2 * slot] as number;
    this.#author.low = this.#occupants.values[2 * slot + 1] as number;
  }

  #isByRoom({ tree, view, from }: Scene, element: number): boolean {
    const by = tree.attr(element, NAME.by);
    if (by < 0) return false;
    return this.#by
      .ofBytes(view.memory, tree.valueOffset(by), tree.valueLength(by))
      .bare.equals(from.bare);
  }

  #keyOf({ tree, view }: Scene, id: number): void {
    this.#key.ofSample(view, tree.valueOffset(id), tree.valueLength(id));
    this.#key.ofPair(this.#conversation, this.#key);
  }
}

export function isGroupchat({ outline }: Scene): boolean {
  return outline.type === TYPE.groupchat;
}

function hasStatus({ tree }: Scene, x: number, code: string): boolean {
  for (let at = tree.firstChild(x); at >= 0; at = tree.nextSibling(at, x)) {
    if (tree.name(at) === NAME.status && tree.attrValue(at, NAME.code) === code) return true;
  }
  return false;
}
