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

/** Profiles of one kind of sender. Slots are valid until the next claim: ask, and forget them. */
export class Profiles {
  readonly #table: LruTable;
  readonly #windowUsec: number;
  readonly #firstUsec: Column<Float64Array>;
  readonly #sinceUsec: Column<Float64Array>;
  /** Messages, recipients, errors and accounts of the window. */
  readonly #counts: Column<Uint32Array>;

  constructor(memory: StateMemory, name: string, capacity: number, windowSeconds: number) {
    this.#table = new LruTable(memory, name, capacity, LIFE_SECONDS);
    this.#windowUsec = windowSeconds * 1e6;
    this.#firstUsec = this.#table.float64();
    this.#sinceUsec = this.#table.float64();
    this.#counts = this.#table.uint32(4);
  }

  /** Slot of a profile, -1 when there is none. */
  find({ high, low }: Key, nowUsec: number): number {
    return this.#table.find(high, low, nowUsec);
  }

  /** When the sender was first seen, microseconds. */
  firstUsec(slot: number): number {
    return this.#firstUsec.values[slot] as number;
  }

  /** When it was last seen, microseconds. */
  lastUsec(slot: number): number {
    return this.#table.usedUsec(slot);
  }

  /** Messages with text in the window. */
  messages(slot: number, nowUsec: number): number {
    return this.#count(slot, 0, nowUsec);
  }

  /** Different recipients of them; of domains and addresses: pairs of account and recipient. */
  recipients(slot: number, nowUsec: number): number {
    return this.#count(slot, 1, nowUsec);
  }

  /** Errors that came back to the sender in the window, whatever it had sent. */
  errors(slot: number, nowUsec: number): number {
    return this.#count(slot, 2, nowUsec);
  }

  /** Different accounts that wrote in the window; 1 for an account. */
  accounts(slot: number, nowUsec: number): number {
    return this.#count(slot, 3, nowUsec);
  }

  /** Take a message. The times: when its account last wrote at all, and to this recipient. */
  add(key: Key, accountUsec: number, pairUsec: number, nowUsec: number): void {
    const slot = this.#claim(key, nowUsec);
    const since = this.#sinceUsec.values[slot] as number;
    const counts = this.#counts.values;
    counts[4 * slot] = (counts[4 * slot] as number) + 1;
    if (pairUsec < since || pairUsec === 0)
      counts[4 * slot + 1] = (counts[4 * slot + 1] as number) + 1;
    if (accountUsec < since || accountUsec === 0)
      counts[4 * slot + 3] = (counts[4 * slot + 3] as number) + 1;
  }

  addError(key: Key, nowUsec: number): void {
    const slot = this.#claim(key, nowUsec);
    const counts = this.#counts.values;
    counts[4 * slot + 2] = (counts[4 * slot + 2] as number) + 1;
  }

  #claim({ high, low }: Key, nowUsec: number): number {
    const slot = this.#table.claim(high, low, nowUsec);
    if (this.#table.wasNew) this.#firstUsec.values[slot] = nowUsec;
    if (!this.#isInWindow(slot, nowUsec)) {
      this.#sinceUsec.values[slot] = nowUsec;
      this.#counts.values.fill(0, 4 * slot, 4 * slot + 4);
    }
    return slot;
  }

  #count(slot: number, which: number, nowUsec: number): number {
    if (!this.#isInWindow(slot, nowUsec)) return 0;
    return this.#counts.values[4 * slot + which] as number;
  }

  /** Packet time may step back: the distance counts. */
  #isInWindow(slot: number, nowUsec: number): boolean {
    return Math.abs(nowUsec - (this.#sinceUsec.values[slot] as number)) <= this.#windowUsec;
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
    if (scene.isRepeat) return;
    if (outline.type === TYPE.error) {
      if (to.isKnown) this.#learnError(scene);
      return;
    }
    if (scene.view.kind !== STANZA.message || !outline.isHuman || !from.isKnown) return;
    const slot = this.accounts.find(from.bare, nowUsec);
    const accountUsec = slot < 0 ? 0 : this.accounts.lastUsec(slot);
    const { previousUsec } = this.#contacts;
    this.accounts.add(from.bare, accountUsec, previousUsec, nowUsec);
    if (hop !== HOP.fromClient) this.domains.add(from.domain, accountUsec, previousUsec, nowUsec);
    else this.sources.add(scene.clientAddress, accountUsec, previousUsec, nowUsec);
  }

  #learnError({ to, nowUsec, hop }: Scene): void {
    this.accounts.addError(to.bare, nowUsec);
    if (hop === HOP.federation) this.domains.addError(to.domain, nowUsec);
  }
}
