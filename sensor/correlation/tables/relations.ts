/**
 * The one question about two people: does the addressee know the sender? Answered from the roster view and the
 * contact memory, and honest about what the sensor cannot know yet: a friend is no stranger because the capture
 * began yesterday.
 */
import { isWithinDomain, domainOf } from '../../xmpp/index.ts';
import type { JidKeys } from '../keys.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import type { Contacts } from './contacts.ts';
import type { TableOptions } from './index.ts';
import { SUBSCRIPTION, type Roster } from './roster.ts';

/** What the sender is to the addressee. */
export const RELATION = {
  /** Nothing speaks for an acquaintance, but the sensor has not watched long enough to deny it. */
  unknown: 0,
  /** The same account. */
  self: 1,
  /** The addressee's own server, or a service of it. */
  server: 2,
  /** On a roster with the addressee's consent; the two have not met yet. */
  contact: 3,
  /** The addressee has turned to the sender before: written, shown presence (rooms too), subscribed. */
  answered: 4,
  stranger: 5,
} as const;

export class Relations implements Learner {
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  readonly #contacts: Contacts;
  readonly #roster: Roster;
  readonly #learningUsec: number;
  /** Since when the sensor watches. */
  #sinceUsec = Infinity;
  /** The stanza of the answer kept, and the answer. */
  #session = 0;
  #serial = -1;
  #direction = 0;
  #relation: number = RELATION.unknown;

  constructor({ thresholds }: TableOptions, contacts: Contacts, roster: Roster) {
    this.#contacts = contacts;
    this.#roster = roster;
    // So long to watch before silence between two accounts means something.
    this.#learningUsec = thresholds.learningSeconds * 1e6;
  }

  /** RELATION.* of the sender of a stanza to its addressee, as it was before the stanza. */
  of(scene: Scene): number {
    const { session, serial, direction } = scene.view;
    const isSame =
      this.#serial === serial &&
      this.#session === session.sessionId &&
      this.#direction === direction;
    if (isSame) return this.#relation;
    this.#session = session.sessionId;
    this.#serial = serial;
    this.#direction = direction;
    const { from, to } = scene;
    this.#relation =
      from.isKnown && to.isKnown && !from.hasLocal && isOwnService(scene)
        ? RELATION.server
        : this.between(from, to, scene.nowUsec);
    return this.#relation;
  }

  /** The same for any two addresses. */
  between(from: JidKeys, to: JidKeys, nowUsec: number): number {
    if (!from.isKnown || !to.isKnown) return RELATION.unknown;
    if (from.bare.equals(to.bare)) return RELATION.self;
    if (from.bare.equals(to.domain)) return RELATION.server;
    // Asked first: of ordinary messages it is the only question.
    if (this.#contacts.hasTurnedTo(to.bare, from.bare, nowUsec)) return RELATION.answered;
    if (this.isOnRoster(from, to, nowUsec)) return RELATION.contact;
    const isSure =
      nowUsec - this.#sinceUsec >= this.#learningUsec || this.#roster.isSeen(to.bare, nowUsec);
    return isSure ? RELATION.stranger : RELATION.unknown;
  }

  isStranger(scene: Scene): boolean {
    return this.of(scene) === RELATION.stranger;
  }

  /** Is this the first message with text of a stranger to this addressee? */
  isFirstOfStranger(scene: Scene): boolean {
    const { from, to, nowUsec } = scene;
    return (
      scene.outline.isHuman &&
      !scene.isRepeat &&
      this.isStranger(scene) &&
      this.#contacts.messages(from.bare, to.bare, nowUsec) === 0
    );
  }

  learn({ nowUsec }: Scene): void {
    if (nowUsec < this.#sinceUsec) this.#sinceUsec = nowUsec;
    this.#serial = -1;
  }

  /**
   * Is the sender on the addressee's list in any state, or the addressee on the sender's in one that its server agreed
   * to? The gateway of the sender counts like the sender.
   */
  isOnRoster(from: JidKeys, to: JidKeys, nowUsec: number): boolean {
    const roster = this.#roster;
    return (
      roster.subscription(to.bare, from.bare, nowUsec) !== 0 ||
      roster.subscription(from.bare, to.bare, nowUsec) > SUBSCRIPTION.none ||
      (from.hasLocal && roster.subscription(to.bare, from.domain, nowUsec) !== 0)
    );
  }
}

/** A domain that is the addressee's or one below it: server, room service, gateway. */
function isOwnService({ view }: Scene): boolean {
  return isWithinDomain(domainOf(view.from), domainOf(view.to));
}
