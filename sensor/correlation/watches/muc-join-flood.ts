/**
 * `muc-join-flood`: newcomers that pour into one room, one account that enters very many rooms, and nicknames that are
 * too long or change all the time. Who was in the room before is no newcomer, so that a server that starts again
 * may send all of its users back at once.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const JOIN_FLOOD = eventId('service.muc_join_flood');
const HOPPING = eventId('service.muc_room_hopping');
const LONG_NICK = eventId('service.muc_nick_long');
const NICK_CHANGES = eventId('service.muc_nick_changes');

const PUBSUB = nsId('http://jabber.org/protocol/pubsub');
const PRIVATE = nsId('jabber:iq:private');
const BOOKMARKS = nsId('storage:bookmarks');
const NAME = { items: nameId('items'), node: nameId('node') };
const BOOKMARK_NODES = ['urn:xmpp:bookmarks:1', 'storage:bookmarks'];

export function watchJoinFlood(options: WatchOptions): Watch {
  return new JoinFloodWatch(options);
}

class JoinFloodWatch implements Watch {
  readonly name = 'muc-join-flood';
  readonly kinds = KINDS.presence | KINDS.iq;
  readonly hops = ~(1 << HOP.toClient);
  readonly types = (1 << TYPE.absent) | (1 << TYPE.get);
  readonly #thresholds;
  /** By room and account: who was there. */
  readonly #occupants: LruTable;
  /** By room. */
  readonly #rooms: LruTable;
  readonly #joins: RecentTimes;
  /** By account. */
  readonly #accounts: LruTable;
  readonly #entered: RecentTimes;
  readonly #bookmarkUsec: Column<Float64Array>;
  /** By room and device: the nickname it has. */
  readonly #nicks: LruTable;
  readonly #nick: Column<Int32Array>;
  readonly #changes: RecentTimes;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const { correlationOccupantEntries: occupants, correlationRoomEntries: rooms } = limits;
    const { mucJoinSeconds, mucRoomsSeconds, mucKnownSeconds } = thresholds;
    this.#occupants = new LruTable(memory, 'occupants', occupants, mucKnownSeconds);
    this.#rooms = new LruTable(memory, 'room_joins', rooms / 4, mucJoinSeconds);
    this.#joins = new RecentTimes(this.#rooms, thresholds.mucJoins);
    this.#accounts = new LruTable(memory, 'room_visitors', rooms / 4, mucRoomsSeconds);
    const most = Math.max(thresholds.mucRooms, thresholds.mucRoomsBookmarked);
    this.#entered = new RecentTimes(this.#accounts, most);
    this.#bookmarkUsec = this.#accounts.float64();
    this.#nicks = new LruTable(memory, 'nicknames', occupants / 4, mucKnownSeconds);
    this.#nick = this.#nicks.int32(2);
    this.#changes = new RecentTimes(this.#nicks, thresholds.mucNickChanges + 1);
  }

  stanza(scene: Scene): void {
    const { outline, to, view, from } = scene;
    if (view.kind === STANZA.iq) {
      if (scene.hop === HOP.fromClient) this.#noteBookmarks(scene);
      return;
    }
    if (!to.hasResource || !to.hasLocal || scene.isRepeat) return;
    if (!from.hasLocal || (outline.marks & MARK.mucUser) !== 0) return;
    if ((outline.marks & MARK.mucJoin) !== 0) this.#join(scene);
    else if (this.#nicks.count > 0) this.#rename(scene, false);
  }

  #join(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    const { high, low } = this.#key.ofPair(to.bare, from.bare);
    this.#occupants.claim(high, low, nowUsec);
    const isNewcomer = this.#occupants.wasNew;
    this.#rename(scene, true);
    if (!isNewcomer) return;
    this.#judgeRoom(scene);
    this.#judgeAccount(scene);
  }

  #judgeRoom(scene: Scene): void {
    const { to, nowUsec } = scene;
    const { mucJoins, mucJoinSeconds } = this.#thresholds;
    const slot = this.#rooms.claim(to.bare.high, to.bare.low, nowUsec);
    this.#joins.add(slot, nowUsec);
    const joins = this.#joins.within(slot, nowUsec, mucJoinSeconds);
    if (joins < mucJoins) return;
    const room = accountOf(scene.view.to);
    const many = `${joins} newcomers or more entered ${shown(room)} within ${span(mucJoinSeconds)}`;
    scene.raise(
      JOIN_FLOOD,
      { key: room, contributors: [shown(accountOf(scene.view.from))] },
      {
        summary: `${many}, the last one ${shown(accountOf(scene.view.from))}`,
        joins,
        room: shown(room),
      },
    );
  }

  #judgeAccount(scene: Scene): void {
    const { from, nowUsec, view } = scene;
    const { mucRooms, mucRoomsBookmarked, mucRoomsSeconds } = this.#thresholds;
    const slot = this.#accounts.claim(from.bare.high, from.bare.low, nowUsec);
    this.#entered.add(slot, nowUsec);
    const bookmarkUsec = this.#bookmarkUsec.values[slot] as number;
    const hasBookmarks =
      bookmarkUsec !== 0 && Math.abs(nowUsec - bookmarkUsec) <= mucRoomsSeconds * 1e6;
    const rooms = this.#entered.within(slot, nowUsec, mucRoomsSeconds);
    if (rooms < (hasBookmarks ? mucRoomsBookmarked : mucRooms)) return;
    const who = accountOf(view.from);
    scene.raise(
      HOPPING,
      { key: who, contributors: [shown(accountOf(view.to))] },
      {
        summary: `${shown(who)} entered ${counted(rooms, 'room')} for the first time within ${span(mucRoomsSeconds)}, the last one ${shown(accountOf(view.to))}`,
        rooms,
      },
    );
  }

  /** A nickname is taken or changed; only who joined by the book is known to be in a room. */
  #rename(scene: Scene, isJoin: boolean): void {
    const { from, to, nowUsec } = scene;
    const { high, low } = this.#key.ofPair(to.bare, from.full);
    const slot = isJoin
      ? this.#nicks.claim(high, low, nowUsec)
      : this.#nicks.find(high, low, nowUsec);
    if (slot < 0) return;
    const values = this.#nick.values;
    const hadNick = values[2 * slot] !== 0 || values[2 * slot + 1] !== 0;
    const isSame = values[2 * slot] === to.full.high && values[2 * slot + 1] === to.full.low;
    if (isSame) return;
    values[2 * slot] = to.full.high;
    values[2 * slot + 1] = to.full.low;
    this.#judgeNick(scene);
    if (!hadNick) return;
    this.#changes.add(slot, nowUsec);
    const { mucNickChanges, mucJoinSeconds } = this.#thresholds;
    const changes = this.#changes.within(slot, nowUsec, mucJoinSeconds);
    if (changes <= mucNickChanges) return;
    const { view } = scene;
    const [who, room] = [accountOf(view.from), accountOf(view.to)];
    scene.raise(
      NICK_CHANGES,
      { key: `${room} ${who}`, contributors: [] },
      {
        summary: `${shown(who)} changed nickname ${counted(changes, 'time')} or more within ${span(mucJoinSeconds)} in ${shown(room)}`,
        changes,
        room: shown(room),
      },
    );
  }

  #judgeNick(scene: Scene): void {
    const { view } = scene;
    const nick = view.to.slice(view.to.indexOf('/') + 1);
    const most = this.#thresholds.mucNickChars;
    // Counted as people see them: a letter of any script is one.
    if (nick.length <= most || Array.from(nick).length <= most) return;
    const chars = Array.from(nick).length;
    scene.raise(
      LONG_NICK,
      { key: accountOf(view.from), contributors: [shown(accountOf(view.to))] },
      {
        summary: `${shown(accountOf(view.from))} entered ${shown(accountOf(view.to))} under a nickname of ${counted(chars, 'character')}`,
        chars,
      },
    );
  }

  #noteBookmarks(scene: Scene): void {
    const { tree, from, nowUsec } = scene;
    const child = tree.firstChild(0);
    if (child < 0 || !from.isKnown) return;
    const ns = tree.ns(child);
    if (ns !== PUBSUB && ns !== PRIVATE) return;
    const items = tree.child(child, PUBSUB, NAME.items);
    const isAsked =
      ns === PRIVATE
        ? tree.childInNs(child, BOOKMARKS) >= 0
        : items >= 0 && BOOKMARK_NODES.includes(tree.attrValue(items, NAME.node));
    if (!isAsked) return;
    const slot = this.#accounts.claim(from.bare.high, from.bare.low, nowUsec);
    this.#bookmarkUsec.values[slot] = nowUsec;
  }
}
