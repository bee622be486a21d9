/**
 * Sender profiles: what an account, a domain and a source address did lately. A count covers the window that began
 * with its first message (threshold state.profile_seconds), so a burst is never cut in two. Windows of single
 * detections stay with their watch.
 */
import { STANZA } from '../../xmpp/index.ts';
import type { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import { KINDS, type Learner } from '../types.ts';
import type { Contacts } from './contacts.ts';
import type { TableOptions } from './index.ts';

/** A sender that was silent for so long is new again. */
const LIFE_SECONDS = 14 * 24 * 3600;

/** What is known of a sender: times, */
const FIRST = 0;
const LAST = 1;
const SINCE = 2;
/** and the counts of the window. */
const MESSAGES = 3;
const RECIPIENTS = 4;
const ERRORS = 5;
const ACCOUNTS = 6;
const FACTS = 7;

/** Profiles of one kind of sender. Slots are valid until the next claim: ask, and forget them. */
export class Profiles {
  readonly #table: LruTable;
  readonly #windowUsec: number;
  readonly #values: Column<Float64Array>;

  constructor(memory: StateMemory, name: string, capacity: number, windowSeconds: number) {
    this.#table = new LruTable(memory, name, capacity, LIFE_SECONDS);
    this.#windowUsec = windowSeconds * 1e6;
    this.#values = this.#table.float64(FACTS);
  }

  /** Slot of a profile, -1 when there is none. */
  find({ high, low }: Key, nowUsec: number): number {
    return this.#table.find(high, low, nowUsec);
  }

  /** When the sender was first seen, microseconds. */
  firstUsec(slot: number): number {
    return this.#values.values[slot * FACTS + FIRST] as number;
  }

  /** When it last wrote, microseconds; 0 when only errors came to it. */
  lastUsec(slot: number): number {
    return this.#values.values[slot * FACTS + LAST] as number;
  }

  /** Messages with text in the window. */
  messages(slot: number, nowUsec: number): number {
    return this.#count(slot, MESSAGES, nowUsec);
  }

  /** Different recipients of them; of domains and addresses: pairs of account and recipient. */
  recipients(slot: number, nowUsec: number): number {
    return this.#count(slot, RECIPIENTS, nowUsec);
  }

  /** Errors that came back to the sender in the window, whatever it had sent. */
  errors(slot: number, nowUsec: number): number {
    return this.#count(slot, ERRORS, nowUsec);
  }

  /** Different accounts that wrote in the window; of no meaning for an account. */
  accounts(slot: number, nowUsec: number): number {
    return this.#count(slot, ACCOUNTS, nowUsec);
  }

  /**
   * Take a message.
   * @param accountUsec when its account wrote before, whomever; 0 for never
   * @param pairUsec when it wrote to this recipient before; 0 for never
   * @returns when this sender wrote before, 0 for never
   */
  add(key: Key, accountUsec: number, pairUsec: number, nowUsec: number): number {
    const at = this.#claim(key, nowUsec);
    const { values } = this.#values;
    const since = values[at + SINCE] as number;
    const last = values[at + LAST] as number;
    values[at + LAST] = nowUsec;
    values[at + MESSAGES] = (values[at + MESSAGES] as number) + 1;
    // What happened before the window began is new to it; `never` is 0.
    if (pairUsec < since) values[at + RECIPIENTS] = (values[at + RECIPIENTS] as number) + 1;
    if (accountUsec < since) values[at + ACCOUNTS] = (values[at + ACCOUNTS] as number) + 1;
    return last;
  }

  addError(key: Key, nowUsec: number): void {
    const at = this.#claim(key, nowUsec);
    const { values } = this.#values;
    values[at + ERRORS] = (values[at + ERRORS] as number) + 1;
  }

  /** Place of the sender's values, its window up to date. */
  #claim({ high, low }: Key, nowUsec: number): number {
    const at = this.#table.claim(high, low, nowUsec) * FACTS;
    const { values } = this.#values;
    if (this.#table.wasNew) values[at + FIRST] = nowUsec;
    if (!this.#isInWindow(at, nowUsec)) {
      values[at + SINCE] = nowUsec;
      for (let fact = MESSAGES; fact < FACTS; fact++) values[at + fact] = 0;
    }
    return at;
  }

  #count(slot: number, fact: number, nowUsec: number): number {
    const at = slot * FACTS;
    return this.#isInWindow(at, nowUsec) ? (this.#values.values[at + fact] as number) : 0;
  }

  /** Packet time may step back: the distance counts. */
  #isInWindow(at: number, nowUsec: number): boolean {
    return Math.abs(nowUsec - (this.#values.values[at + SINCE] as number)) <= this.#windowUsec;
  }
}

export class Senders implements Learner {
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  /** By bare JID. */
  readonly accounts: Profiles;
  /** By domain, of what other servers send. */
  readonly domains: Profiles;
  /** By address of the client, of what clients send. */
  readonly sources: Profiles;
  readonly #contacts: Contacts;

  /** `contacts` has to learn of a stanza before. */
  constructor({ memory, limits, thresholds }: TableOptions, contacts: Contacts) {
    const make = (name: string, capacity: number): Profiles =>
      new Profiles(memory, name, capacity, thresholds.profileSeconds);
    this.#contacts = contacts;
    this.accounts = make('senders', limits.correlationSenderEntries);
    this.domains = make('sender_domains', limits.correlationSenderDomainEntries);
    this.sources = make('sender_addresses', limits.correlationSenderAddressEntries);
  }

  learn(scene: Scene): void {
    const { outline, from, to, nowUsec, hop } = scene;
    if (outline.type === TYPE.error) {
      if (to.isKnown && !scene.isRepeat) this.#learnError(scene);
      return;
    }
    if (scene.view.kind !== STANZA.message || !outline.isHuman || !from.isKnown) return;
    if (scene.isRepeat) return;
    const { previousUsec } = this.#contacts;
    const accountUsec = this.accounts.add(from.bare, 0, previousUsec, nowUsec);
    if (hop !== HOP.fromClient) this.domains.add(from.domain, accountUsec, previousUsec, nowUsec);
    else this.sources.add(scene.clientAddress, accountUsec, previousUsec, nowUsec);
  }

  #learnError({ to, nowUsec, hop }: Scene): void {
    this.accounts.addError(to.bare, nowUsec);
    if (hop === HOP.federation) this.domains.addError(to.domain, nowUsec);
  }
}
