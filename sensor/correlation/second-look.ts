/**
 * A second look: what only seems wrong because the two directions of a stream were captured out of order is looked
 * at again a moment later, and told if it still is wrong. At most so many wait; the oldest is looked at early.
 */
import type { XmppSession } from '../xmpp/index.ts';

const MOST_WAITING = 256;

export interface Suspicion {
  readonly session: XmppSession;
  readonly tsUsec: number;
}

export class SecondLook<T extends Suspicion> {
  readonly #waitUsec: number;
  readonly #look: (suspicion: T) => void;
  #waiting: T[] = [];

  /** `look`: called once for every suspicion, in the order they came. */
  constructor(waitSeconds: number, look: (suspicion: T) => void) {
    this.#waitUsec = waitSeconds * 1e6;
    this.#look = look;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(suspicion: T): void {
    if (this.#waiting.length >= MOST_WAITING) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#look(oldest);
    }
    this.#waiting.push(suspicion);
  }

  /** Packet time may step back: the distance counts. */
  tick(nowUsec: number): void {
    const first = this.#waiting[0];
    if (first === undefined || Math.abs(nowUsec - first.tsUsec) < this.#waitUsec) return;
    this.#settle(({ tsUsec }) => Math.abs(nowUsec - tsUsec) >= this.#waitUsec);
  }

  /** A session is over: nothing more will explain what happened in it. */
  end(session: XmppSession): void {
    if (this.#waiting.length > 0) this.#settle((one) => one.session === session);
  }

  #settle(isDue: (suspicion: T) => boolean): void {
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((one) => !isDue(one));
    for (const one of due) this.#look(one);
  }
}
