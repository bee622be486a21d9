/**
 * Halves that lack bytes and wait for them, for a time that depends only on what for: so a queue
 * each keeps them in the order in which they are due. Packet time.
 */
import { LinkedLists } from './linked-lists.ts';
import type { PacketClock } from './packet-clock.ts';

/** What a half waits for. */
export const WAIT = {
  /** Bytes its peer has acknowledged. */
  acknowledged: 0,
  /** A retransmission, when nothing of the peer is captured. */
  alone: 1,
} as const;

/** Value of a half that waits for nothing. */
const NOTHING = -1;

export class WaitQueues {
  readonly #clock: PacketClock;
  /** Microseconds of patience by WAIT. */
  readonly #patience: readonly number[];
  readonly #queues = new LinkedLists(2);
  #due: Float64Array = new Float64Array(0);
  #waitsFor: Int8Array = new Int8Array(0);

  constructor(clock: PacketClock, acknowledgedUsec: number, aloneUsec: number) {
    this.#clock = clock;
    this.#patience = [acknowledgedUsec, aloneUsec];
  }

  /** Make room for halves 0 to count - 1. */
  reserve(count: number): void {
    this.#queues.reserve(count);
    const due = new Float64Array(count);
    due.set(this.#due);
    this.#due = due;
    const waitsFor = new Int8Array(count).fill(NOTHING);
    waitsFor.set(this.#waitsFor);
    this.#waitsFor = waitsFor;
  }

  /** Start waiting, unless the half waits for that already. */
  add(half: number, what: number): void {
    if (this.#waitsFor[half] === what) return;
    this.remove(half);
    this.#waitsFor[half] = what;
    this.#due[half] = (this.#clock.now[0] as number) + (this.#patience[what] as number);
    this.#queues.append(what, half);
  }

  /** Stop waiting, if the half waits. */
  remove(half: number): void {
    const what = this.#waitsFor[half] as number;
    if (what === NOTHING) return;
    this.#waitsFor[half] = NOTHING;
    this.#queues.remove(what, half);
  }

  /** A half that has waited long enough, taken out of its queue, or -1. */
  takeDue(what: number): number {
    const half = this.#queues.head(what);
    if (half < 0 || (this.#due[half] as number) > (this.#clock.now[0] as number)) return -1;
    this.remove(half);
    return half;
  }
}
