/**
 * `muc-takeover`: a room changes hands. Told are orders the room carried out for somebody who is no owner or admin of
 * old: making others owner or admin, throwing out many, destroying the room, opening or unmasking it. Orders that
 * the room refused are somebody's mistake; rooms of which no owner is known are not judged.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { accountOf } from '../accounts.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { RANK, type Rooms } from '../tables/rooms.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const GRANT = eventId('service.muc_grant');
const PURGE = eventId('service.muc_purge');
const DESTROYED = eventId('service.muc_destroyed');
const OPENED = eventId('service.muc_opened');

const MUC_ADMIN = nsId('http://jabber.org/protocol/muc#admin');
const MUC_OWNER = nsId('http://jabber.org/protocol/muc#owner');
const DATA = nsId('jabber:x:data');
const NAME = {
  item: nameId('item'),
  affiliation: nameId('affiliation'),
  role: nameId('role'),
  jid: nameId('jid'),
  nick: nameId('nick'),
  destroy: nameId('destroy'),
  x: nameId('x'),
  field: nameId('field'),
  var: nameId('var'),
  value: nameId('value'),
  id: nameId('id'),
};
/** Fields of the room's form and the value that opens or unmasks it (XEP-0045 section 15.5.3). */
const OPENING: ReadonlyMap<string, RegExp> = new Map([
  ['muc#roomconfig_whois', /^anyone$/],
  ['muc#roomconfig_publicroom', /^(?:1|true)$/],
  ['muc#roomconfig_membersonly', /^(?:0|false)$/],
  ['muc#roomconfig_passwordprotectedroom', /^(?:0|false)$/],
]);
const ORDER_SECONDS = 120;
const ID_BYTES = 1024;
/** People in one order; more are counted as so many. */
const MOST_TARGETS = 64;

/** What somebody told a room to do. */
interface Order {
  readonly raised: readonly string[];
  readonly removed: readonly string[];
  readonly isDestroyed: boolean;
  readonly opened: readonly string[];
}

export function watchTakeover(options: WatchOptions): Watch {
  return new TakeoverWatch(options);
}

class TakeoverWatch implements Watch {
  readonly name = 'muc-takeover';
  readonly kinds = KINDS.iq;
  readonly types = (1 << TYPE.set) | (1 << TYPE.result);
  readonly #thresholds;
  readonly #rooms: Rooms;
  /** By room, who ordered and id: what waits for the room's answer. */
  readonly #orders: LruTable;
  readonly #order: ObjectColumn<Order>;
  /** By room and who ordered. */
  readonly #purges: LruTable;
  readonly #removed: RecentDistinct;
  readonly #key = new Key();
  readonly #id = new Key();
  readonly #who = new JidKeys();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#rooms = tables.rooms;
    const capacity = limits.correlationRoomEntries / 16;
    this.#orders = new LruTable(memory, 'room_orders', capacity, ORDER_SECONDS);
    this.#order = this.#orders.objects();
    const window = thresholds.mucRemovalSeconds;
    this.#purges = new LruTable(memory, 'room_purges', capacity, window);
    this.#removed = new RecentDistinct(this.#purges, thresholds.mucRemovals);
  }

  stanza(scene: Scene): void {
    const { type } = scene.outline;
    if (type === TYPE.set) {
      if (scene.hop === HOP.toClient || scene.isRepeat) return;
      if (scene.holds(MUC_ADMIN) || scene.holds(MUC_OWNER)) this.#note(scene);
    } else if (type === TYPE.result && this.#orders.count > 0) {
      this.#answer(scene);
    }
  }

  #note(scene: Scene): void {
    const { from, to, tree, nowUsec } = scene;
    if (!from.isKnown || !to.hasLocal || to.hasResource) return;
    const query = tree.firstChild(0);
    const order =
      tree.ns(query) === MUC_ADMIN ? affiliations(scene, query) : ownership(scene, query);
    if (order === undefined || !this.#name(scene, to.bare, from.bare)) return;
    const slot = this.#orders.claim(this.#key.high, this.#key.low, nowUsec);
    this.#order.values[slot] = order;
  }

  #answer(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    if (!from.hasLocal || !to.isKnown || !this.#name(scene, from.bare, to.bare)) return;
    const slot = this.#orders.find(this.#key.high, this.#key.low, nowUsec);
    const order = slot < 0 ? undefined : this.#order.values[slot];
    if (order === undefined) return;
    this.#orders.remove(slot);
    if (!this.#rooms.hasBaseline(from.bare, nowUsec)) return;
    this.#judge(scene, order, this.#rooms.rankOfOld(from.bare, to.bare, nowUsec));
  }

  #judge(scene: Scene, order: Order, rank: number): void {
    const { raised, removed, opened, isDestroyed } = order;
    if (rank < RANK.admin && raised.length > 0) {
      for (const jid of raised) {
        this.#rooms.noteGift(scene.from.bare, this.#who.ofText(jid).bare, scene.nowUsec);
      }
      this.#tell(scene, GRANT, `gave ${list(raised)} the room to rule`, raised);
    }
    if (rank < RANK.moderator && removed.length > 0) this.#purge(scene, removed);
    if (rank < RANK.owner && isDestroyed) this.#tell(scene, DESTROYED, 'destroyed the room', []);
    if (rank < RANK.owner && opened.length > 0) {
      this.#tell(scene, OPENED, `opened the room (${opened.join(', ')})`, []);
    }
  }

  #purge(scene: Scene, removed: readonly string[]): void {
    const { from, to, nowUsec } = scene;
    const { mucRemovals, mucRemovalSeconds } = this.#thresholds;
    const { high, low } = this.#key.ofPair(from.bare, to.bare);
    const slot = this.#purges.claim(high, low, nowUsec);
    for (const who of removed) {
      const key = this.#id.ofText(who);
      this.#removed.add(slot, key.high, key.low, nowUsec);
    }
    const count = this.#removed.within(slot, nowUsec, mucRemovalSeconds);
    if (count < mucRemovals) return;
    const many = `threw out ${count} people or more within ${span(mucRemovalSeconds)}`;
    this.#tell(scene, PURGE, many, removed);
  }

  /** The room answers, so its address is the sender. */
  #tell(scene: Scene, event: number, what: string, whom: readonly string[]): void {
    const { view, session } = scene;
    const room = accountOf(view.from);
    const actor = accountOf(view.to === '' ? session.jid : view.to);
    scene.raise(
      event,
      { key: `${room} ${actor}`, contributors: whom.map(shown) },
      {
        summary: `${shown(actor)}, who was no owner of ${shown(room)} before, ${what}`,
        room: shown(room),
        actor: shown(actor),
        people: counted(whom.length, 'person', 'people'),
      },
    );
  }

  /** Key of an order; false when it has no id. */
  #name({ tree, view }: Scene, room: Key, actor: Key): boolean {
    const id = tree.attr(0, NAME.id);
    if (id < 0) return false;
    const length = Math.min(tree.valueLength(id), ID_BYTES);
    this.#id.ofBytes(view.memory, tree.valueOffset(id), length);
    this.#key.ofPair(room, actor);
    this.#key.ofPair(this.#key, this.#id);
    return true;
  }
}

function affiliations({ tree }: Scene, query: number): Order | undefined {
  const raised: string[] = [];
  const removed: string[] = [];
  for (let at = tree.firstChild(query); at >= 0; at = tree.nextSibling(at, query)) {
    if (!tree.is(at, MUC_ADMIN, NAME.item) || raised.length + removed.length >= MOST_TARGETS)
      continue;
    const affiliation = tree.attrValue(at, NAME.affiliation);
    const who = tree.attrValue(at, NAME.jid) || tree.attrValue(at, NAME.nick);
    if (affiliation === 'owner' || affiliation === 'admin') raised.push(who);
    const isKick = tree.attrValue(at, NAME.role) === 'none';
    if (affiliation === 'outcast' || isKick) removed.push(who);
  }
  if (raised.length + removed.length === 0) return undefined;
  return { raised, removed, isDestroyed: false, opened: [] };
}

function ownership({ tree }: Scene, query: number): Order | undefined {
  const isDestroyed = tree.child(query, MUC_OWNER, NAME.destroy) >= 0;
  const opened: string[] = [];
  const form = tree.child(query, DATA, NAME.x);
  if (form >= 0) {
    for (let at = tree.firstChild(form); at >= 0; at = tree.nextSibling(at, form)) {
      if (!tree.is(at, DATA, NAME.field)) continue;
      const name = tree.attrValue(at, NAME.var);
      const value = tree.child(at, DATA, NAME.value);
      const isOpen = value >= 0 && OPENING.get(name)?.test(tree.textOf(value).trim()) === true;
      if (isOpen) opened.push(name.replace('muc#roomconfig_', ''));
    }
  }
  if (!isDestroyed && opened.length === 0) return undefined;
  return { raised: [], removed: [], isDestroyed, opened };
}

function list(people: readonly string[]): string {
  const [first = '', ...others] = people;
  return others.length === 0 ? shown(first) : `${shown(first)} and ${others.length} more`;
}
