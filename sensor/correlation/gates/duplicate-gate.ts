/**
 * Duplicate gate (threats.md 0.1, gate 4): one stanza is one stanza to every counter, however often it crosses the
 * sensor: client to server, server to server, server to client; a room's reflection to each occupant; carbons,
 * archives, offline delivery; resends after a lost connection. The rules stand as a table in NOTES.md.
 *
 * A wrong "repeat" hides an attack from the counters, a wrong "new" counts one message twice. So a repeat needs
 * proof: the same sender, addressee, id and text at another place. What comes by the same place again is new.
 */
import { STANZA, type StanzaView } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { RoomNames } from '../tables/room-names.ts';
import { isOwnWrapper } from '../wrapped-message.ts';
import { BY, StanzaName } from './stanza-name.ts';

/** How long a stanza is known again by id and text: queues of servers and sleeping phones. */
const NAMED_SECONDS = 15 * 60;
/** How long where only text and path speak for it: the time a stanza needs to cross the servers. */
const NAMELESS_SECONDS = 60;
/** Requests for a subscription are delivered at every login until they are answered (RFC 6121 section 3.1.3). */
const PENDING_SECONDS = 24 * 3600;
/** What was kept for somebody offline comes right after the login. */
const DELIVERY_USEC = 2 * 60 * 1e6;

/** Words of an entry: when it was counted (seconds), */
const SECONDS = 0;
/** and where: session, direction and hop. */
const SESSION = 1;
const PLACE = 2;
/** 32 bits of the sender's full JID. */
const FROM = 3;
/** 32 bits of whom its name leaves open: the sender to a room, the occupant a room writes to. */
const PARTY = 4;
/** 32 bits of the name a room passed it on under; 0 for not yet. */
const RELAYED_AS = 5;
const WORDS = 6;

export class DuplicateGate {
  readonly #rooms: RoomNames;
  readonly #sightings: LruTable;
  /** Words of an entry, side by side: a stanza touches one line of cache. */
  readonly #words: Column<Int32Array>;
  readonly #name = new StanzaName();
  readonly #nobody = new Key();
  /** Time of the latest message whose sender was not known. */
  #anonymousUsec = -Infinity;

  constructor(memory: StateMemory, capacity: number, rooms: RoomNames) {
    this.#rooms = rooms;
    const table = new LruTable(memory, 'sightings', capacity, PENDING_SECONDS);
    this.#sightings = table;
    this.#words = table.int32(WORDS);
  }

  /** Was the stanza in hand counted before? To be asked once: it remembers the stanza. */
  isRepeat(scene: Scene): boolean {
    const { kind } = scene.view;
    if (kind === STANZA.message) return this.#isRepeatedMessage(scene);
    if (kind === STANZA.presence) return this.#isRepeatedPresence(scene);
    return kind === STANZA.iq && this.#isRepeatedIq(scene);
  }

  #isRepeatedMessage(scene: Scene): boolean {
    const { outline } = scene;
    // Copies are of the past or of another device; who is in them is not who the stanza names.
    if ((outline.marks & (MARK.carbon | MARK.archive)) !== 0 && isOwnWrapper(scene)) return true;
    this.#name.ofMessage(scene);
    if (outline.type !== TYPE.groupchat) {
      return this.#isRepeatedBetween(scene) || isDeliveredLate(scene);
    }
    if (!isToOccupant(scene)) return this.#isRepeatedToRoom(scene);
    // What a room says of the time before one entered it (XEP-0045 section 7.2.14).
    return (outline.marks & MARK.delay) !== 0 || this.#isRepeatedReflection(scene);
  }

  /** Between two accounts, or to an occupant of a room. */
  #isRepeatedBetween(scene: Scene): boolean {
    const { from, to, hop, nowUsec } = scene;
    const sender = from.isKnown ? from.bare : this.#nobody;
    const addressee = to.isKnown ? to.bare : this.#nobody;
    const slot = this.#claim(scene, BY.parties, sender, addressee, this.#name.hasId);
    const windowSeconds = this.#name.hasId ? NAMED_SECONDS : NAMELESS_SECONDS;
    if (!this.#sightings.wasNew && this.#wasElsewhere(slot, scene, windowSeconds)) return true;
    this.#settle(slot, scene, 0);
    if (hop === HOP.fromClient && !from.isKnown) this.#anonymousUsec = nowUsec;
    const isRepeat =
      hop !== HOP.fromClient &&
      (this.#wasAnonymous(scene, addressee) || this.#wasThroughRoom(scene));
    if (!isRepeat && hop !== HOP.toClient && this.#isThroughRoom(scene)) {
      this.#settle(this.#claim(scene, BY.room, to.bare, this.#nobody, true), scene, from.bare.low);
    }
    return isRepeat;
  }

  /** A private message to an occupant, or an invitation the room passes on. */
  #isThroughRoom({ outline, to, nowUsec }: Scene): boolean {
    if (!this.#name.hasId || !to.hasLocal) return false;
    if ((outline.marks & MARK.mucUser) !== 0) return true;
    return to.hasResource && this.#rooms.isRoom(to.bare, nowUsec);
  }

  /** The first hop was seen without a sender: capture began after the login. */
  #wasAnonymous(scene: Scene, addressee: Key): boolean {
    if (Math.abs(scene.nowUsec - this.#anonymousUsec) > NAMED_SECONDS * 1e6) return false;
    const slot = this.#find(scene, BY.parties, this.#nobody, addressee, this.#name.hasId);
    return (
      slot >= 0 &&
      this.#wasElsewhere(slot, scene, this.#name.hasId ? NAMED_SECONDS : NAMELESS_SECONDS)
    );
  }

  /** Private messages and invitations come from the room (XEP-0045 sections 7.5, 7.8.2). */
  #wasThroughRoom(scene: Scene): boolean {
    if ((scene.outline.marks & MARK.mucUser) === 0 || !this.#name.hasId) return false;
    if (this.#wasRelayed(scene, BY.room, NAMED_SECONDS)) return true;
    // Rooms put invitations in words nobody wrote.
    if (!this.#name.hasText || scene.from.hasResource) return false;
    this.#name.hasText = false;
    return this.#wasRelayed(scene, BY.room, NAMED_SECONDS);
  }

  #isRepeatedToRoom(scene: Scene): boolean {
    const { from, to } = scene;
    if (!to.isKnown) return false;
    if (this.#name.hasId) {
      const slot = this.#claim(scene, BY.room, to.bare, this.#nobody, true);
      if (this.#isRepeatedBy(slot, scene, from.bare.low, NAMED_SECONDS)) return true;
    }
    if (!this.#name.hasText) return false;
    const slot = this.#claim(scene, BY.roomText, to.bare, this.#nobody, false);
    if (!this.#name.hasId) return this.#isRepeatedBy(slot, scene, from.bare.low, NAMELESS_SECONDS);
    this.#settle(slot, scene, from.bare.low);
    return false;
  }

  /** A room passes a message on to an occupant (XEP-0045 section 7.4): one message, many addressees. */
  #isRepeatedReflection(scene: Scene): boolean {
    const { from } = scene;
    if (!from.isKnown) return false;
    const slot = this.#claim(scene, BY.occupant, from.full, this.#nobody, this.#name.hasId);
    if (this.#wasReflected(slot, scene, this.#name.hasId ? NAMED_SECONDS : NAMELESS_SECONDS))
      return true;
    this.#settle(slot, scene, scene.to.full.low);
    // Some rooms drop or rewrite the id.
    return (
      (this.#name.hasId && this.#wasRelayed(scene, BY.room, NAMED_SECONDS)) ||
      (this.#name.hasText && this.#wasRelayed(scene, BY.roomText, NAMELESS_SECONDS))
    );
  }

  #isRepeatedPresence(scene: Scene): boolean {
    const { outline, from, to, hop } = scene;
    const { type, marks } = outline;
    if (!from.isKnown) return false;
    this.#name.ofPresence();
    const isStay = type === TYPE.absent || type === TYPE.unavailable;
    if (!to.isKnown) {
      this.#settle(this.#claim(scene, BY.sender, from.full, this.#nobody, false), scene, 0);
      return false;
    }
    if (isStay && hop !== HOP.fromClient && (marks & MARK.mucUser) !== 0 && from.hasResource) {
      const slot = this.#claim(scene, BY.occupant, from.full, this.#nobody, false);
      if (this.#wasReflected(slot, scene, NAMELESS_SECONDS)) return true;
      this.#settle(slot, scene, to.full.low);
      return false;
    }
    const isEntering = to.hasResource && (hop === HOP.fromClient || (marks & MARK.mucJoin) !== 0);
    if (isStay && isEntering) {
      const slot = this.#claim(scene, BY.occupant, to.full, this.#nobody, false);
      if (this.#isRepeatedBy(slot, scene, from.bare.low, NAMELESS_SECONDS)) return true;
    }
    const slot = this.#claim(scene, BY.parties, from.bare, to.bare, false);
    const isPending = type === TYPE.subscribe && hop === HOP.toClient;
    const windowSeconds = isPending ? PENDING_SECONDS : NAMELESS_SECONDS;
    if (!this.#sightings.wasNew && this.#wasElsewhere(slot, scene, windowSeconds)) return true;
    this.#settle(slot, scene, 0);
    if (!isStay || hop === HOP.fromClient) return false;
    // The client wrote it once, for all who may see it.
    const sent = this.#find(scene, BY.sender, from.full, this.#nobody, false);
    return sent >= 0 && this.#wasElsewhere(sent, scene, NAMELESS_SECONDS);
  }

  /** Requests and answers have an id (RFC 6120 section 8.2.3); what ends at the own server is seen once. */
  #isRepeatedIq(scene: Scene): boolean {
    const { from, to, hop } = scene;
    if (!from.isKnown || !to.isKnown || from.bare.equals(to.bare)) return false;
    if (hop === HOP.toClient && !from.hasLocal) return false;
    this.#name.ofIq(scene);
    if (!this.#name.hasId) return false;
    const slot = this.#claim(scene, BY.parties, from.full, to.full, true);
    const isRepeat =
      hop !== HOP.fromClient &&
      !this.#sightings.wasNew &&
      this.#wasElsewhere(slot, scene, NAMELESS_SECONDS);
    if (!isRepeat) this.#settle(slot, scene, 0);
    return isRepeat;
  }

  /** Was this stanza counted at another place, or written again by a client that lost its connection? */
  #wasElsewhere(slot: number, scene: Scene, windowSeconds: number): boolean {
    const { hop, from, view } = scene;
    if (!this.#isFresh(slot, scene.nowUsec, windowSeconds) || this.#isPlace(slot, view, hop)) {
      return false;
    }
    if (hop !== HOP.fromClient) return true;
    if (!this.#name.hasId) return false;
    const { values } = this.#words;
    if ((values[slot * WORDS + PLACE] as number) >> 1 !== HOP.fromClient) return true;
    // Resuming a stream (XEP-0198) keeps the full JID; two devices are two senders.
    return from.isKnown && values[slot * WORDS + FROM] === from.full.low;
  }

  /** Fan-out of a room: again at the same place, but for another occupant. */
  #wasReflected(slot: number, scene: Scene, windowSeconds: number): boolean {
    const { hop, to, view, nowUsec } = scene;
    if (this.#sightings.wasNew || !this.#isFresh(slot, nowUsec, windowSeconds)) return false;
    const party = this.#words.values[slot * WORDS + PARTY];
    return !this.#isPlace(slot, view, hop) || party !== to.full.low;
  }

  #isRepeatedBy(slot: number, scene: Scene, party: number, windowSeconds: number): boolean {
    const isKnown = !this.#sightings.wasNew && this.#words.values[slot * WORDS + PARTY] === party;
    if (isKnown && this.#wasElsewhere(slot, scene, windowSeconds)) return true;
    this.#settle(slot, scene, party);
    return false;
  }

  /** Is the sender of this a room that was written to? The first name it passes a message on under binds. */
  #wasRelayed(scene: Scene, by: number, windowSeconds: number): boolean {
    const { from, nowUsec } = scene;
    const slot = this.#find(scene, by, from.bare, this.#nobody, by === BY.room);
    if (slot < 0 || !this.#isFresh(slot, nowUsec, windowSeconds)) return false;
    const name = from.full.low | 1;
    const { values } = this.#words;
    const bound = values[slot * WORDS + RELAYED_AS] as number;
    if (bound === 0) values[slot * WORDS + RELAYED_AS] = name;
    return bound === 0 || bound === name;
  }

  /** Packet time may step back: the distance counts. */
  #isFresh(slot: number, nowUsec: number, windowSeconds: number): boolean {
    const then = this.#words.values[slot * WORDS + SECONDS] as number;
    return Math.abs(secondsOf(nowUsec) - then) <= windowSeconds;
  }

  #isPlace(slot: number, { session, direction }: StanzaView, hop: number): boolean {
    const { values } = this.#words;
    return (
      values[slot * WORDS + SESSION] === (session.sessionId | 0) &&
      values[slot * WORDS + PLACE] === (direction | (hop << 1))
    );
  }

  /** It is counted here and now. */
  #settle(slot: number, { view, hop, from, nowUsec }: Scene, party: number): void {
    const { values } = this.#words;
    const at = slot * WORDS;
    values[at + SECONDS] = secondsOf(nowUsec);
    values[at + SESSION] = view.session.sessionId;
    values[at + PLACE] = view.direction | (hop << 1);
    values[at + FROM] = from.isKnown ? from.full.low : 0;
    values[at + PARTY] = party;
    values[at + RELAYED_AS] = 0;
  }

  #claim(scene: Scene, by: number, first: Key, second: Key, withId: boolean): number {
    const { high, low } = this.#name.of(scene, by, first, second, withId);
    return this.#sightings.claim(high, low, scene.nowUsec);
  }

  #find(scene: Scene, by: number, first: Key, second: Key, withId: boolean): number {
    const { high, low } = this.#name.of(scene, by, first, second, withId);
    return this.#sightings.find(high, low, scene.nowUsec);
  }
}

/** A room writes to full JIDs; to bare ones only somebody who is none. */
function isToOccupant({ hop, to }: Scene): boolean {
  return hop !== HOP.fromClient && to.hasResource;
}

/** Kept for somebody who was offline (XEP-0160): it was counted when it was sent, or is of another day. */
function isDeliveredLate({ outline, view, hop, nowUsec }: Scene): boolean {
  return (
    (outline.marks & MARK.delay) !== 0 &&
    view.isCopy &&
    hop === HOP.toClient &&
    Math.abs(nowUsec - view.session.startUsec) <= DELIVERY_USEC
  );
}

/** The difference of two of these is right for 68 years. */
function secondsOf(usec: number): number {
  return (usec / 1e6) | 0;
}
