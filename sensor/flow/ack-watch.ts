/**
 * Halves whose peer acknowledged bytes the sensor does not have. That alone proves no loss: a capture port
 * that merges two directions or several queues delivers an acknowledgement before its data.
 * So the half waits for a grace period first; all wait equally long, and a queue keeps them in order.
 */
import { LinkedLists } from './linked-lists.ts';
import type { PacketClock } from './packet-clock.ts';

const QUEUE = 0;

export class AckWatch {
  readonly #clock: PacketClock;
  readonly #graceUsec: number;
  readonly #queue = new LinkedLists(1);
  /** When each half is due, 0 for one that does not wait. */
  #due: Float64Array = new Float64Array(0);

  constructor(clock: PacketClock, graceUsec: number) {
    this.#clock = clock;
    this.#graceUsec = graceUsec;
  }

  get byteLength(): number {
    return this.#queue.byteLength + this.#due.byteLength;
  }

  reserve(halves: number): void {
    this.#queue.reserve(halves);
    const due = new Float64Array(halves);
    due.set(this.#due);
    this.#due = due;
  }

  /** Start waiting, unless the half waits already. */
  add(half: number): void {
    if (this.#due[half] !== 0) return;
    this.#due[half] = (this.#clock.now[0] as number) + this.#graceUsec;
    this.#queue.append(QUEUE, half);
  }

  remove(half: number): void {
    if (this.#due[half] === 0) return;
    this.#due[half] = 0;
    this.#queue.remove(QUEUE, half);
  }

  /** A half that has waited long enough, taken out of the queue, or -1. */
  takeDue(): number {
    const half = this.#queue.head(QUEUE);
    if (half < 0 || (this.#due[half] as number) > (this.#clock.now[0] as number)) return -1;
    this.remove(half);
    return half;
  }
}
