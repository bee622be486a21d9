/**
 * Contact memory: who has turned to whom, by pair. What counts is text a person sent, in clear or encrypted, presence
 * shown to somebody (a room is entered that way), and subscriptions asked for or granted; receipts, chat states and
 * errors leave a client by themselves. Genuine copies (carbons, archives) tell of conversations the sensor missed
 * and count as well, but not as messages.
 */
import { STANZA } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import { WrappedMessage, isOwnWrapper } from '../wrapped-message.ts';
import type { TableOptions } from './index.ts';

/** Pairs that have not met for so long are strangers again. */
const LIFE_SECONDS = 180 * 24 * 3600;
const MOST_MESSAGES = 0xffff;

export class Contacts implements Learner {
  readonly kinds = KINDS.message | KINDS.presence;
  /** When the sender of the stanza just learned had last turned to its addressee, microseconds; 0 for never. */
  previousUsec = 0;
  readonly #pairs: LruTable;
  /** Two values a pair: for each direction. */
  readonly #firstUsec: Column<Float64Array>;
  readonly #lastUsec: Column<Float64Array>;
  readonly #messages: Column<Uint16Array>;
  readonly #key = new Key();
  readonly #wrapped = new WrappedMessage();

  constructor({ memory, limits }: TableOptions) {
    const capacity = limits.correlationContactEntries;
    this.#pairs = new LruTable(memory, 'contacts', capacity, LIFE_SECONDS);
    this.#firstUsec = this.#pairs.float64(2);
    this.#lastUsec = this.#pairs.float64(2);
    this.#messages = this.#pairs.uint16(2);
  }

  /** Has one account ever turned to the other? */
  hasTurnedTo(from: Key, to: Key, nowUsec: number): boolean {
    return this.firstUsec(from, to, nowUsec) !== 0;
  }

  /** When one account first turned to the other, microseconds; 0 for never. */
  firstUsec(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#firstUsec.values[at] as number);
  }

  /** When one account last turned to the other, microseconds; 0 for never. */
  lastUsec(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#lastUsec.values[at] as number);
  }

  /** Messages with text from one account to the other, at most 65,535. */
  messages(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#messages.values[at] as number);
  }

  learn(scene: Scene): void {
    const { outline, from, to, view } = scene;
    this.previousUsec = 0;
    if (view.kind === STANZA.presence) {
      const { type } = outline;
      const isShown = type === TYPE.absent || type === TYPE.subscribe || type === TYPE.subscribed;
      if (isShown && from.isKnown && to.isKnown) this.#note(from.bare, to.bare, scene.nowUsec);
      return;
    }
    if ((outline.marks & (MARK.carbon | MARK.archive)) !== 0) this.#learnCopy(scene);
    else if (outline.isHuman && !scene.isRepeat && from.isKnown && to.isKnown) {
      const at = this.#note(from.bare, to.bare, scene.nowUsec);
      const messages = this.#messages.values;
      if ((messages[at] as number) < MOST_MESSAGES) messages[at] = (messages[at] as number) + 1;
    }
  }

  #learnCopy(scene: Scene): void {
    if (!isOwnWrapper(scene) || !this.#wrapped.read(scene.view) || !this.#wrapped.hasBody) return;
    this.#note(this.#wrapped.from.bare, this.#wrapped.to.bare, scene.nowUsec);
  }

  /** Place of a direction's values. */
  #at(from: Key, to: Key, nowUsec: number): number {
    const isTurned = isAfter(from, to);
    const { high, low } = isTurned ? this.#key.ofPair(to, from) : this.#key.ofPair(from, to);
    const slot = this.#pairs.find(high, low, nowUsec);
    return slot < 0 ? -1 : 2 * slot + (isTurned ? 1 : 0);
  }

  #note(from: Key, to: Key, nowUsec: number): number {
    const isTurned = isAfter(from, to);
    const { high, low } = isTurned ? this.#key.ofPair(to, from) : this.#key.ofPair(from, to);
    const at = 2 * this.#pairs.claim(high, low, nowUsec) + (isTurned ? 1 : 0);
    this.previousUsec = this.#lastUsec.values[at] as number;
    if (this.#firstUsec.values[at] === 0) this.#firstUsec.values[at] = nowUsec;
    this.#lastUsec.values[at] = nowUsec;
    return at;
  }
}

/** A pair has one entry, whoever began: the order of the keys means nothing but that. */
function isAfter(one: Key, other: Key): boolean {
  return one.high === other.high ? one.low > other.low : one.high > other.high;
}
