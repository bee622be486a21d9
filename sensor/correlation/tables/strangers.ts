/**
 * Who knocks at whose door: relations.ts as the SPIM detectors need it. While the sensor cannot be sure yet that two
 * people do not know each other, what shows by its mass is counted all the same; what depends on who is new is not.
 */
import { bufferId, type LimitValues, type ThresholdValues } from '../../core/index.ts';
import type { LoginOutcome } from '../../xmpp/index.ts';
import { JidKeys } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import { KINDS, type Learner } from '../types.ts';
import type { Contacts } from './contacts.ts';
import type { Senders } from './senders.ts';
import { RELATION, type Relations } from './relations.ts';

/** How well the addressee of a stanza knows its sender. */
export const DEGREE = {
  /** Nothing to judge: an address is missing, both are one account, or a server writes to its own users. */
  none: 0,
  known: 1,
  /** Not known, but of the same organisation: one domain, or one below the other. */
  colleague: 2,
  /** Of another domain and not known, as far as the sensor has seen. */
  unsure: 3,
  /** Of another domain and not known. */
  stranger: 4,
} as const;

const NEARNESS = bufferId('xmpp.relation');
const REGION_WORDS = 3;
/** First letter of "foreign". */
const FOREIGN = 0x66;
const UNJUDGED = -1;

interface StrangerOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
}

export class Strangers implements Learner {
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  readonly #contacts: Contacts;
  readonly #relations: Relations;
  readonly #senders: Senders;
  readonly #newUsec: number;
  /** Accounts that were registered of late. */
  readonly #registered: LruTable;
  readonly #account = new JidKeys();
  #degree: number = UNJUDGED;

  constructor(
    options: StrangerOptions,
    contacts: Contacts,
    relations: Relations,
    senders: Senders,
  ) {
    const { memory, limits, thresholds } = options;
    this.#contacts = contacts;
    this.#relations = relations;
    this.#senders = senders;
    this.#newUsec = thresholds.spimNewSeconds * 1e6;
    const { correlationRegisteredEntries } = limits;
    const { spimNewSeconds } = thresholds;
    this.#registered = new LruTable(
      memory,
      'registered',
      correlationRegisteredEntries,
      spimNewSeconds,
    );
  }

  /** DEGREE.* of the stanza in hand. */
  degree(scene: Scene): number {
    if (this.#degree === UNJUDGED) this.#degree = this.#judge(scene);
    return this.#degree;
  }

  /**
   * Is the stanza in hand a message somebody may read, from somebody the addressee does not know? Copies and repeats,
   * errors, what is said in rooms and what bots write that the operator allows are none.
   */
  isKnock(scene: Scene): boolean {
    if (scene.isRepeat || scene.view.isCopy || !scene.outline.isHuman) return false;
    if (scene.outline.type === TYPE.groupchat) return false;
    return this.degree(scene) >= DEGREE.colleague && !scene.hasBot;
  }

  /** The first such message of the pair. */
  isFirstKnock(scene: Scene): boolean {
    if (!this.isKnock(scene)) return false;
    return this.#contacts.messages(scene.from.bare, scene.to.bare, scene.nowUsec) === 0;
  }

  /** The first answer to somebody who wrote first, unasked. */
  isFirstAnswer(scene: Scene): boolean {
    const { from, to, nowUsec, outline } = scene;
    if (!outline.isHuman || outline.type === TYPE.groupchat) return false;
    if (scene.isRepeat || !from.isKnown || !to.isKnown) return false;
    const contacts = this.#contacts;
    if (contacts.messages(from.bare, to.bare, nowUsec) > 0) return false;
    return contacts.messages(to.bare, from.bare, nowUsec) > 0;
  }

  /** Has the addressee ever written to the sender? */
  isAnswered({ from, to, nowUsec }: Scene): boolean {
    return this.#contacts.messages(to.bare, from.bare, nowUsec) > 0;
  }

  /** Is the sender on the roster of the addressee? */
  isOnRoster({ from, to, nowUsec }: Scene): boolean {
    return this.#relations.isOnRoster(from, to, nowUsec);
  }

  /** Was no message of the sender ever seen? */
  isUnseenSender({ from, nowUsec }: Scene): boolean {
    return this.#senders.find(from.bare, nowUsec) < 0;
  }

  /** Was the sender first seen, or registered, of late? */
  isNewSender(scene: Scene): boolean {
    const { from, nowUsec } = scene;
    const slot = this.#senders.find(from.bare, nowUsec);
    if (slot < 0) return true;
    const ageUsec = Math.abs(nowUsec - this.#senders.firstUsec(slot));
    return ageUsec <= this.#newUsec || this.isRegistered(scene);
  }

  /** Was the account of the sender registered of late? */
  isRegistered({ from, nowUsec }: Scene): boolean {
    const { high, low } = from.bare;
    return this.#registered.count > 0 && this.#registered.find(high, low, nowUsec) >= 0;
  }

  /** Are sender and addressee of two organisations? */
  isForeign(scene: Scene): boolean {
    const region = scene.region(NEARNESS);
    if (region < 0) return scene.isAcrossDomains;
    const { memory, regions } = scene.view;
    return memory[regions[REGION_WORDS * region + 1] as number] === FOREIGN;
  }

  learn(): void {
    this.#degree = UNJUDGED;
  }

  login({ kind, succeeded, user, domain, tsUsec }: LoginOutcome): void {
    if (kind !== 'registration' || !succeeded || user === '') return;
    const { bare } = this.#account.ofText(`${user}@${domain}`);
    this.#registered.claim(bare.high, bare.low, tsUsec);
  }

  #judge(scene: Scene): number {
    if (!scene.to.hasLocal || scene.hop === HOP.serverless) return DEGREE.none;
    switch (this.#relations.of(scene)) {
      case RELATION.contact:
      case RELATION.answered:
        return DEGREE.known;
      case RELATION.stranger:
        return this.isForeign(scene) ? DEGREE.stranger : DEGREE.colleague;
      case RELATION.unknown:
        if (!scene.from.isKnown) return DEGREE.none;
        return this.isForeign(scene) ? DEGREE.unsure : DEGREE.colleague;
      default:
        return DEGREE.none;
    }
  }
}
