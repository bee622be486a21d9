/**
 * The latest bytes of every stream that is inspected, one slot for each direction of a flow, all in
 * one memory so that libhs scans them in place. A slot holds two windows: it is filled, and when it
 * is full its last window moves to the front, so a byte is moved once.
 *
 * Memory is bounded: when all slots are taken, the one unused for longest begins anew.
 */
import type { Direction } from '../core/index.ts';

/** Slots made at first. */
const FIRST_SLOTS = 4;
/** Halves whose slots can be looked up, at first. */
const FIRST_HALVES = 256;

/** What is known of a half without its slot: is its next byte the first of the stream? */
const AT_START = 1;

export class StreamWindows {
  /** Replaced when it grows: read it anew for every call. */
  memory: Uint8Array<ArrayBuffer>;
  /** By slot: bytes held, and the position of the first of them in the stream. */
  readonly used: Int32Array;
  readonly base: Float64Array;
  /** By slot: 1 when the first byte of the run is the first byte of the stream. */
  readonly isStart: Uint8Array;
  /** Bytes a match may span. */
  readonly window: number;
  /** A slot was taken away from its half: what is known about it is void. */
  onLost: (slot: number) => void = () => undefined;

  readonly #slotBytes: number;
  readonly #maxSlots: number;
  /** By half (2 * flow + direction): slot + 1, and what is known without one. */
  #slotOf = new Int32Array(FIRST_HALVES);
  #known = new Uint8Array(FIRST_HALVES);
  /** By slot: its half, or -1; neighbours in order of last use. */
  readonly #halfOf: Int32Array;
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  #newest = -1;
  #oldest = -1;
  readonly #free: number[] = [];
  #slots = 0;

  /**
   * `window` and `memoryBytes` in bytes; `stateBytes`: what else is kept for each slot. There is always
   * room for two slots.
   */
  constructor(window: number, memoryBytes: number, stateBytes: number) {
    this.window = window;
    this.#slotBytes = 2 * window;
    this.#maxSlots = Math.max(2, Math.floor(memoryBytes / (this.#slotBytes + stateBytes)));
    this.memory = new Uint8Array(Math.min(FIRST_SLOTS, this.#maxSlots) * this.#slotBytes);
    this.used = new Int32Array(this.#maxSlots);
    this.base = new Float64Array(this.#maxSlots);
    this.isStart = new Uint8Array(this.#maxSlots);
    this.#halfOf = new Int32Array(this.#maxSlots).fill(-1);
    this.#newer = new Int32Array(this.#maxSlots).fill(-1);
    this.#older = new Int32Array(this.#maxSlots).fill(-1);
  }

  /** A flow whose bytes follow from the first of each direction on. */
  open(flow: number): void {
    this.#reserve(2 * flow + 1);
    this.#known[2 * flow] = AT_START;
    this.#known[2 * flow + 1] = AT_START;
  }

  /** Offset of a slot in `memory`. */
  offset(slot: number): number {
    return slot * this.#slotBytes;
  }

  /** The slot of a half, or -1. */
  find(flow: number, direction: Direction): number {
    return (this.#slotOf[2 * flow + direction] ?? 0) - 1;
  }

  /** Append bytes, at most one window, to the slot of a half; gives the slot. */
  append(flow: number, direction: Direction, bytes: Uint8Array): number {
    const { length } = bytes;
    const half = 2 * flow + direction;
    let slot = (this.#slotOf[half] ?? 0) - 1;
    if (slot < 0) slot = this.#take(half);
    else this.#touch(slot);
    let used = this.used[slot] as number;
    const at = slot * this.#slotBytes;
    if (used + length > this.#slotBytes) {
      const kept = Math.min(used, this.window);
      this.memory.copyWithin(at, at + used - kept, at + used);
      this.base[slot] = (this.base[slot] as number) + used - kept;
      used = kept;
    }
    this.memory.set(bytes, at + used);
    this.used[slot] = used + length;
    return slot;
  }

  /** Bytes are missing here, or nothing follows: the half begins anew, no longer at its start. */
  forget(flow: number, direction: Direction): void {
    const half = 2 * flow + direction;
    if (half >= this.#slotOf.length) return;
    this.#known[half] = 0;
    const slot = (this.#slotOf[half] as number) - 1;
    if (slot < 0) return;
    this.#slotOf[half] = 0;
    this.#halfOf[slot] = -1;
    this.#unlink(slot);
    this.#free.push(slot);
  }

  #take(half: number): number {
    this.#reserve(half);
    let slot = this.#free.pop();
    if (slot === undefined) slot = this.#slots < this.#maxSlots ? this.#grow() : this.#evict();
    this.used[slot] = 0;
    this.base[slot] = 0;
    this.isStart[slot] = this.#known[half] === AT_START ? 1 : 0;
    this.#known[half] = 0;
    this.#halfOf[slot] = half;
    this.#slotOf[half] = slot + 1;
    this.#link(slot);
    return slot;
  }

  #grow(): number {
    const slot = this.#slots++;
    const needed = this.#slots * this.#slotBytes;
    if (needed > this.memory.length) {
      const bytes = Math.min(2 * this.memory.length, this.#maxSlots * this.#slotBytes);
      const larger = new Uint8Array(bytes);
      larger.set(this.memory);
      this.memory = larger;
    }
    return slot;
  }

  #evict(): number {
    const slot = this.#oldest;
    this.onLost(slot);
    this.#slotOf[this.#halfOf[slot] as number] = 0;
    this.#unlink(slot);
    return slot;
  }

  #reserve(half: number): void {
    if (half < this.#slotOf.length) return;
    let capacity = this.#slotOf.length;
    while (capacity <= half) capacity *= 2;
    const slotOf = new Int32Array(capacity);
    slotOf.set(this.#slotOf);
    this.#slotOf = slotOf;
    const known = new Uint8Array(capacity);
    known.set(this.#known);
    this.#known = known;
  }

  // --- order of last use ---

  #touch(slot: number): void {
    if (this.#newest === slot) return;
    this.#unlink(slot);
    this.#link(slot);
  }

  #link(slot: number): void {
    this.#newer[slot] = -1;
    this.#older[slot] = this.#newest;
    if (this.#newest >= 0) this.#newer[this.#newest] = slot;
    else this.#oldest = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number;
    const older = this.#older[slot] as number;
    if (newer >= 0) this.#older[newer] = older;
    else this.#newest = older;
    if (older >= 0) this.#newer[older] = newer;
    else this.#oldest = newer;
  }
}
