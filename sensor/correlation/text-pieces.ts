/**
 * Texts kept for a short while, in a ring of bytes: the oldest goes first, for lack of room or when its time is over,
 * and what goes is wiped. Texts may hang together (each knows the one before it).
 */
import type { StateMemory, TableReport } from './state-memory.ts';

const NONE = -1;

/** Of the entry of a text: two times, a length, the one before it. */
const ENTRY_BYTES = 28;

export class TextPieces implements TableReport {
  readonly name: string;
  readonly capacity: number;
  readonly limitBytes: number;
  /** Texts that went for lack of room. */
  evictions = 0;
  readonly #memory: StateMemory;
  readonly #size: number;
  readonly #lifeUsec: number;
  /** Made when the first text comes. */
  #bytes = new Uint8Array(0);
  /** Number of the oldest text that is kept, and of the next. */
  #oldest = 0;
  #next = 0;
  /** By number modulo capacity. Places count on; modulo the size of the ring they are places in it. */
  #starts = new Float64Array(0);
  #lengths = new Int32Array(0);
  #times = new Float64Array(0);
  #previous = new Float64Array(0);
  /** Place behind the latest text. */
  #head = 0;

  constructor(
    memory: StateMemory,
    name: string,
    limits: { readonly entries: number; readonly bytes: number; readonly seconds: number },
  ) {
    this.#memory = memory;
    this.name = name;
    this.capacity = Math.max(1, Math.floor(limits.entries));
    this.#size = Math.max(1, Math.floor(limits.bytes));
    this.limitBytes = this.#size + ENTRY_BYTES * this.capacity;
    this.#lifeUsec = limits.seconds * 1e6;
    memory.register(this);
  }

  get count(): number {
    return this.#next - this.#oldest;
  }

  /** Whatever of them holds text. */
  get bytes(): number {
    return this.#bytes.length === 0 ? 0 : this.limitBytes;
  }

  /** Keeps a text that goes on from another (`previous`, -1 for none). Gives its number; -1 when it is too long. */
  add(from: Uint8Array, offset: number, length: number, previous: number, nowUsec: number): number {
    this.expire(nowUsec);
    if (length > this.#size) return NONE;
    if (this.#bytes.length === 0) this.#make();
    const room = this.#size - (this.#head % this.#size);
    const start = length <= room ? this.#head : this.#head + room;
    while (this.count > 0 && (this.count === this.capacity || !this.#isFree(start + length))) {
      this.#dropOldest();
      this.evictions++;
      this.#memory.countEviction();
    }
    const number = this.#next++;
    const slot = number % this.capacity;
    const at = start % this.#size;
    this.#bytes.set(from.subarray(offset, offset + length), at);
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#times[slot] = nowUsec;
    this.#previous[slot] = previous;
    this.#head = start + length;
    return number;
  }

  /** Is the text still there? */
  has(number: number, nowUsec: number): boolean {
    return (
      number >= this.#oldest &&
      number < this.#next &&
      Math.abs(nowUsec - (this.#times[number % this.capacity] as number)) <= this.#lifeUsec
    );
  }

  previousOf(number: number): number {
    return this.#previous[number % this.capacity] as number;
  }

  timeOf(number: number): number {
    return this.#times[number % this.capacity] as number;
  }

  lengthOf(number: number): number {
    return this.#lengths[number % this.capacity] as number;
  }

  /** Copies a text; it must be there. */
  copy(number: number, to: Uint8Array, at: number): void {
    const slot = number % this.capacity;
    const start = (this.#starts[slot] as number) % this.#size;
    to.set(this.#bytes.subarray(start, start + (this.#lengths[slot] as number)), at);
  }

  /** Wipes what is over. Packet time may step back: the distance counts. */
  expire(nowUsec: number): void {
    while (this.count > 0 && !this.has(this.#oldest, nowUsec)) this.#dropOldest();
  }

  #isFree(end: number): boolean {
    return end - (this.#starts[this.#oldest % this.capacity] as number) <= this.#size;
  }

  #dropOldest(): void {
    const slot = this.#oldest++ % this.capacity;
    const at = (this.#starts[slot] as number) % this.#size;
    this.#bytes.fill(0, at, at + (this.#lengths[slot] as number));
  }

  #make(): void {
    this.#bytes = new Uint8Array(this.#size);
    this.#starts = new Float64Array(this.capacity);
    this.#lengths = new Int32Array(this.capacity);
    this.#times = new Float64Array(this.capacity);
    this.#previous = new Float64Array(this.capacity);
  }
}
