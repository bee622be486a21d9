/**
 * `spim-muc-hitrun`: somebody joins a room, drops a link or a long text, and leaves; or says the same in several rooms
 * right after joining them. Only first visits count, and of the first kind only those to rooms of another domain:
 * phones come and go in the rooms of their users, and bots of the own organisation drop links by profession.
 */
import { bufferId, eventId, type ThresholdValues } from '../../core/index.ts';
import { STANZA, bareJid, type SessionSummary, type XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import type { Contacts } from '../tables/contacts.ts';
import type { Strangers } from '../tables/strangers.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow } from '../by-flow.ts';

const HIT_AND_RUN = eventId('spim.hit_and_run');
const HOPPING = eventId('spim.room_hopping');
const BODY = bufferId('xmpp.body');
const REGION_WORDS = 3;
const LINK_SIGNS = ['://', 'www.'];
/** Rooms a session may visit at a time and be judged at its end. */
const VISITS = 16;

export function watchVisits(options: WatchOptions): Watch {
  return new VisitWatch(options);
}

/** A visit of a client session, to be judged when it ends without leaving. */
interface OpenVisit {
  readonly high: number;
  readonly low: number;
  readonly visitor: string;
  readonly room: string;
}

class VisitWatch implements Watch {
  readonly name = 'spim-muc-hitrun';
  readonly kinds = KINDS.message | KINDS.presence;
  readonly types = (1 << TYPE.groupchat) | (1 << TYPE.absent) | (1 << TYPE.unavailable);
  readonly hops = (1 << HOP.fromClient) | (1 << HOP.federation);
  readonly #thresholds: ThresholdValues;
  readonly #contacts: Contacts;
  readonly #strangers: Strangers;
  /** First visits, by visitor and room. */
  readonly #visits: LruTable;
  /** Of another organisation than the room? */
  readonly #isForeign: Column<Uint8Array>;
  readonly #joinedUsec: Column<Float64Array>;
  readonly #messages: Column<Uint16Array>;
  /** Does one of them hold a link or a long text? */
  readonly #isDrop: Column<Uint8Array>;
  /** Rooms, by visitor and text. */
  readonly #texts: LruTable;
  readonly #rooms: RecentDistinct;
  /** By flow. */
  readonly #open = new ByFlow<OpenVisit[]>();
  readonly #key = new Key();
  readonly #text = new Key();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#contacts = tables.contacts;
    this.#strangers = tables.strangers;
    const capacity = limits.correlationVisitEntries;
    const { spimVisitSeconds, spimHopSeconds, spimVisitRooms } = thresholds;
    this.#visits = new LruTable(memory, 'visits', capacity, spimVisitSeconds);
    this.#isForeign = this.#visits.uint8();
    this.#joinedUsec = this.#visits.float64();
    this.#messages = this.#visits.uint16();
    this.#isDrop = this.#visits.uint8();
    this.#texts = new LruTable(memory, 'visit_texts', capacity, spimHopSeconds);
    this.#rooms = new RecentDistinct(this.#texts, spimVisitRooms);
  }

  stanza(scene: Scene): void {
    const { outline, from, to } = scene;
    if (!from.isKnown || !from.hasLocal || !to.isKnown || scene.isRepeat) return;
    if (scene.view.kind === STANZA.message) {
      if (outline.type === TYPE.groupchat && outline.body >= 0) this.#said(scene);
    } else if (!to.hasResource) return;
    else if (outline.type === TYPE.absent && (outline.marks & MARK.mucJoin) !== 0)
      this.#joined(scene);
    else if (outline.type === TYPE.unavailable) this.#left(scene);
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary, teller: Teller): void {
    const visits = this.#open.get(session.flow);
    if (visits === undefined) return;
    this.#open.delete(session.flow);
    for (const { high, low, visitor, room } of visits) {
      const slot = this.#visits.find(high, low, endUsec);
      if (slot < 0 || !this.#isHitAndRun(slot, endUsec)) continue;
      const place = { session, direction: 0, tsUsec: endUsec } as const;
      const { key, context } = this.#about(slot, visitor, room, endUsec);
      const incident = { key, contributors: [visitor, room] };
      teller.raise(HIT_AND_RUN, place, incident, context, { from: visitor, to: room });
      this.#visits.remove(slot);
    }
  }

  /** Into a room the visitor never was in. */
  #joined(scene: Scene): void {
    const { from, to, nowUsec, view } = scene;
    if (this.#contacts.hasTurnedTo(from.bare, to.bare, nowUsec)) return;
    const { high, low } = this.#key.ofPair(from.bare, to.bare);
    const slot = this.#visits.claim(high, low, nowUsec);
    this.#isForeign.values[slot] = this.#strangers.isForeign(scene) ? 1 : 0;
    this.#joinedUsec.values[slot] = nowUsec;
    this.#messages.values[slot] = 0;
    this.#isDrop.values[slot] = 0;
    if (scene.hop !== HOP.fromClient) return;
    const visits = this.#open.get(view.session.flow);
    const visit = { high, low, visitor: bareJid(view.from), room: bareJid(view.to) };
    if (visits === undefined) this.#open.set(view.session.flow, [visit]);
    else if (visits.length < VISITS) visits.push(visit);
  }

  #said(scene: Scene): void {
    if (this.#visits.count === 0) return;
    const slot = this.#visit(scene);
    if (slot < 0) return;
    const { nowUsec } = scene;
    const { memory, regions } = scene.view;
    const { body } = scene.outline;
    const offset = regions[REGION_WORDS * body + 1] as number;
    const length = regions[REGION_WORDS * body + 2] as number;
    this.#messages.values[slot] = Math.min(0xffff, (this.#messages.values[slot] as number) + 1);
    const text = Buffer.from(memory.buffer, memory.byteOffset + offset, length);
    const isDrop =
      length >= this.#thresholds.spimVisitChars || LINK_SIGNS.some((sign) => text.includes(sign));
    if (!isDrop) return;
    this.#isDrop.values[slot] = 1;
    this.#same(scene, this.#text.ofBytes(memory, offset, length), nowUsec);
  }

  /** Is the same said in another room? */
  #same(scene: Scene, text: Key, nowUsec: number): void {
    const { from, to, view } = scene;
    const { spimVisitRooms, spimHopSeconds } = this.#thresholds;
    const { high, low } = this.#key.ofPair(from.bare, text);
    const slot = this.#texts.claim(high, low, nowUsec);
    this.#rooms.add(slot, to.bare.high, to.bare.low, nowUsec);
    const rooms = this.#rooms.within(slot, nowUsec, spimHopSeconds);
    if (rooms < spimVisitRooms) return;
    const visitor = bareJid(view.from);
    const room = bareJid(view.to);
    scene.raise(
      HOPPING,
      { key: visitor, contributors: [visitor, room] },
      {
        summary: `${shown(visitor)} joined at least ${counted(rooms, 'room')} and said the same in each within ${span(spimHopSeconds)}, lately in ${shown(room)}`,
        rooms,
        seconds: spimHopSeconds,
      },
      scene.region(BODY),
    );
  }

  #left(scene: Scene): void {
    if (this.#visits.count === 0) return;
    const slot = this.#visit(scene);
    if (slot < 0) return;
    const { nowUsec, view } = scene;
    if (this.#isHitAndRun(slot, nowUsec)) {
      const visitor = bareJid(view.from);
      const room = bareJid(view.to);
      const { key, context } = this.#about(slot, visitor, room, nowUsec);
      scene.raise(HIT_AND_RUN, { key, contributors: [visitor, room] }, context);
    }
    this.#visits.remove(slot);
  }

  #visit({ from, to, nowUsec }: Scene): number {
    const { high, low } = this.#key.ofPair(from.bare, to.bare);
    return this.#visits.find(high, low, nowUsec);
  }

  #isHitAndRun(slot: number, nowUsec: number): boolean {
    const { spimVisitSeconds, spimVisitMessages } = this.#thresholds;
    const messages = this.#messages.values[slot] as number;
    const stayedUsec = Math.abs(nowUsec - (this.#joinedUsec.values[slot] as number));
    return (
      this.#isForeign.values[slot] === 1 &&
      this.#isDrop.values[slot] === 1 &&
      messages <= spimVisitMessages &&
      stayedUsec <= spimVisitSeconds * 1e6
    );
  }

  #about(
    slot: number,
    visitor: string,
    room: string,
    nowUsec: number,
  ): { key: string; context: Record<string, string | number> } {
    const messages = this.#messages.values[slot] as number;
    const seconds = Math.round(Math.abs(nowUsec - (this.#joinedUsec.values[slot] as number)) / 1e6);
    return {
      key: visitor,
      context: {
        summary: `${shown(visitor)} joined ${shown(room)} for the first time, left ${counted(messages, 'message')} with a link or long text and was gone after ${span(seconds)}`,
        messages,
        seconds,
        room,
      },
    };
  }
}
