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
/** What is known of a direction. */
const FIRST = 0;
const LAST = 1;
const MESSAGES = 2;
const FACTS = 3;

export class Contacts implements Learner {
  readonly kinds = KINDS.message | KINDS.presence;
  /** When the sender of the stanza just learned had last turned to its addressee, microseconds; 0 for never. */
  previousUsec = 0;
  readonly #pairs: LruTable;
  /** For each of the two directions, side by side: when first, when last, messages. */
  readonly #values: Column<Float64Array>;
  readonly #key = new Key();
  readonly #wrapped = new WrappedMessage();

  constructor({ memory, limits }: TableOptions) {
    const capacity = limits.correlationContactEntries;
    this.#pairs = new LruTable(memory, 'contacts', capacity, LIFE_SECONDS);
    this.#values = this.#pairs.float64(2 * FACTS);
  }

  /** Has one account ever turned to the other? */
  hasTurnedTo(from: Key, to: Key, nowUsec: number): boolean {
    return this.firstUsec(from, to, nowUsec) !== 0;
  }

  /** When one account first turned to the other, microseconds; 0 for never. */
  firstUsec(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#values.values[at + FIRST] as number);
  }

  /** When one account last turned to the other, microseconds; 0 for never. */
  lastUsec(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#values.values[at + LAST] as number);
  }

  /** Messages with text from one account to the other. */
  messages(from: Key, to: Key, nowUsec: number): number {
    const at = this.#at(from, to, nowUsec);
    return at < 0 ? 0 : (this.#values.values[at + MESSAGES] as number);
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
      const { values } = this.#values;
      values[at + MESSAGES] = (values[at + MESSAGES] as number) + 1;
    }
  }

  #learnCopy(scene: Scene): void {
    if (!isOwnWrapper(scene) || !this.#wrapped.read(scene.view) || !this.#wrapped.hasBody) return;
    this.#note(this.#wrapped.from.bare, this.#wrapped.to.bare, scene.nowUsec);
  }

  /** Place of a direction's values. */
  #at(from: Key, to: Key, nowUsec: number): number {
    const isTurned = from.isAfter(to);
    const { high, low } = this.#key.ofEither(from, to);
    const slot = this.#pairs.find(high, low, nowUsec);
    return slot < 0 ? -1 : FACTS * (2 * slot + (isTurned ? 1 : 0));
  }

  #note(from: Key, to: Key, nowUsec: number): number {
    const isTurned = from.isAfter(to);
    const { high, low } = this.#key.ofEither(from, to);
    const at = FACTS * (2 * this.#pairs.claim(high, low, nowUsec) + (isTurned ? 1 : 0));
    const { values } = this.#values;
    this.previousUsec = values[at + LAST] as number;
    if (values[at + FIRST] === 0) values[at + FIRST] = nowUsec;
    values[at + LAST] = nowUsec;
    return at;
  }
}
