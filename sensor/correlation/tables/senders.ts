/**
 * Sender profiles: since when an account writes, and what it did in the window that began with its first message
 * (threshold state.profile_seconds), so that a burst is never cut in two. Windows of single detections, and those of
 * domains and addresses, stay with their watch.
 */
import { STANZA } from '../../xmpp/index.ts';
import type { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { Contacts } from './contacts.ts';
import type { TableOptions } from './index.ts';

/** Who was silent for so long is new again. */
const LIFE_SECONDS = 14 * 24 * 3600;
/** What is known of a sender: when it was first seen, */
const FIRST = 0;
/** when its window began, */
const SINCE = 1;
/** and the counts of that. */
const MESSAGES = 2;
const RECIPIENTS = 3;
const ERRORS = 4;
const FACTS = 5;

export class Senders implements Learner {
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  /** By bare JID. */
  readonly #table: LruTable;
  readonly #facts: Column<Float64Array>;
  readonly #windowUsec: number;
  readonly #contacts: Contacts;

  /** `contacts` has to learn of a stanza before. */
  constructor({ memory, limits, thresholds }: TableOptions, contacts: Contacts) {
    this.#table = new LruTable(memory, 'senders', limits.correlationSenderEntries, LIFE_SECONDS);
    this.#facts = this.#table.float64(FACTS);
    this.#windowUsec = thresholds.profileSeconds * 1e6;
    this.#contacts = contacts;
  }

  /** Slot of an account for the questions below, -1 when it never wrote; valid during the stanza in hand. */
  find({ high, low }: Key, nowUsec: number): number {
    return this.#table.find(high, low, nowUsec);
  }

  /** When the account was first seen, microseconds. */
  firstUsec(slot: number): number {
    return this.#facts.values[slot * FACTS + FIRST] as number;
  }

  /** Messages with text in the window. */
  messages(slot: number, nowUsec: number): number {
    return this.#count(slot, MESSAGES, nowUsec);
  }

  /** Different recipients of them. */
  recipients(slot: number, nowUsec: number): number {
    return this.#count(slot, RECIPIENTS, nowUsec);
  }

  /** Errors that came back in the window, whatever was sent. */
  errors(slot: number, nowUsec: number): number {
    return this.#count(slot, ERRORS, nowUsec);
  }

  learn(scene: Scene): void {
    const { outline, from, to, nowUsec, view } = scene;
    if (outline.type === TYPE.error) {
      if (to.isKnown && !scene.isRepeat) this.#add(this.#claim(to.bare, nowUsec) + ERRORS);
      return;
    }
    if (view.kind !== STANZA.message || !outline.isHuman || !from.isKnown || scene.isRepeat) return;
    const at = this.#claim(from.bare, nowUsec);
    this.#add(at + MESSAGES);
    // Whom it last wrote to before the window began is new to the window; never is 0.
    const isNew = this.#contacts.previousUsec < (this.#facts.values[at + SINCE] as number);
    if (isNew) this.#add(at + RECIPIENTS);
  }

  /** Place of the sender's facts, its window up to date. */
  #claim({ high, low }: Key, nowUsec: number): number {
    const at = this.#table.claim(high, low, nowUsec) * FACTS;
    const { values } = this.#facts;
    if (this.#table.wasNew) values[at + FIRST] = nowUsec;
    if (!this.#isInWindow(at, nowUsec)) {
      values[at + SINCE] = nowUsec;
      for (let fact = MESSAGES; fact < FACTS; fact++) values[at + fact] = 0;
    }
    return at;
  }

  #add(at: number): void {
    this.#facts.values[at] = (this.#facts.values[at] as number) + 1;
  }

  #count(slot: number, fact: number, nowUsec: number): number {
    const at = slot * FACTS;
    return this.#isInWindow(at, nowUsec) ? (this.#facts.values[at + fact] as number) : 0;
  }

  /** Packet time may step back: the distance counts. */
  #isInWindow(at: number, nowUsec: number): boolean {
    return Math.abs(nowUsec - (this.#facts.values[at + SINCE] as number)) <= this.#windowUsec;
  }
}
