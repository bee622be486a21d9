/**
 * What undecided flows have said so far, in order, so that it can be replayed once they are judged.
 * A fixed number of slots, each with room for the probe bytes of both halves and a log of who said
 * how much when.
 */
import type { Direction } from '../core/index.ts';

/** Turns of the two halves, and gaps, that a slot can tell apart. */
const MAX_RECORDS = 256;

/** Who gets what a slot holds, in the order of arrival. Returning false ends the replay. */
export interface ReplayTarget {
  replayBytes(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean;
  replayGap(flow: number, direction: Direction, length: number): boolean;
}

export class ProbeSlot {
  flow = -1;
  /** Neighbours in the order of age. */
  older: ProbeSlot | undefined;
  newer: ProbeSlot | undefined;
  /** Bytes of direction 0, then of direction 1. */
  readonly bytes: Uint8Array;
  /** Bytes held per direction. */
  readonly lengths = new Int32Array(2);
  /** Where the bytes begin that belong together: behind the last gap. */
  readonly starts = new Int32Array(2);
  readonly #room: number;
  /** [direction * 2 + isGap, length] */
  readonly #records = new Int32Array(MAX_RECORDS * 2);
  #count = 0;

  constructor(probeBytes: number) {
    this.#room = probeBytes;
    this.bytes = new Uint8Array(probeBytes * 2);
  }

  /** Where the bytes of a direction begin. */
  base(direction: Direction): number {
    return direction * this.#room;
  }

  /** No more can be held of this direction. */
  isFull(direction: Direction): boolean {
    return this.lengths[direction] === this.#room || this.#count === MAX_RECORDS;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  clear(): void {
    this.lengths.fill(0);
    this.starts.fill(0);
    this.#count = 0;
  }

  /** Keep bytes; returns how many there was room for. */
  append(direction: Direction, bytes: Uint8Array, offset: number, length: number): number {
    const held = this.lengths[direction] as number;
    const room = this.#room - held;
    const kept = length < room ? length : room;
    if (kept === 0 || !this.#record(direction * 2, kept)) return 0;
    const at = this.base(direction) + held;
    for (let i = 0; i < kept; i++) this.bytes[at + i] = bytes[offset + i] as number;
    this.lengths[direction] = held + kept;
    return kept;
  }

  /** Keep a gap; false when there is no room for it. */
  gap(direction: Direction, length: number): boolean {
    this.starts[direction] = this.lengths[direction] as number;
    return this.#record(direction * 2 + 1, length);
  }

  replay(target: ReplayTarget): boolean {
    const at = [this.base(0), this.base(1)];
    for (let i = 0; i < this.#count; i++) {
      const kind = this.#records[i * 2] as number;
      const length = this.#records[i * 2 + 1] as number;
      const direction: Direction = kind < 2 ? 0 : 1;
      const isGap = (kind & 1) !== 0;
      if (isGap) {
        if (!target.replayGap(this.flow, direction, length)) return false;
      } else {
        const offset = at[direction] as number;
        at[direction] = offset + length;
        if (!target.replayBytes(this.flow, direction, this.bytes, offset, length)) return false;
      }
    }
    return true;
  }

  #record(kind: number, length: number): boolean {
    const last = (this.#count - 1) * 2;
    if (this.#count > 0 && this.#records[last] === kind) {
      this.#records[last + 1] = (this.#records[last + 1] as number) + length;
      return true;
    }
    if (this.#count === MAX_RECORDS) return false;
    this.#records[this.#count * 2] = kind;
    this.#records[this.#count * 2 + 1] = length;
    this.#count++;
    return true;
  }
}

export class ProbeSlots {
  readonly #probeBytes: number;
  readonly #max: number;
  readonly #free: ProbeSlot[] = [];
  #made = 0;
  #oldest: ProbeSlot | undefined;
  #newest: ProbeSlot | undefined;

  constructor(maxSlots: number, probeBytes: number) {
    this.#max = Math.max(1, maxSlots);
    this.#probeBytes = Math.max(64, probeBytes);
  }

  /** The slot that has been in use longest, when none is free. */
  get pressed(): ProbeSlot | undefined {
    return this.#free.length === 0 && this.#made >= this.#max ? this.#oldest : undefined;
  }

  /** An empty slot for a flow; only when none is `pressed`. */
  take(flow: number): ProbeSlot {
    let slot = this.#free.pop();
    if (slot === undefined) {
      slot = new ProbeSlot(this.#probeBytes);
      this.#made++;
    }
    slot.flow = flow;
    slot.older = this.#newest;
    slot.newer = undefined;
    if (this.#newest === undefined) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
    return slot;
  }

  give(slot: ProbeSlot): void {
    if (slot.older === undefined) this.#oldest = slot.newer;
    else slot.older.newer = slot.newer;
    if (slot.newer === undefined) this.#newest = slot.older;
    else slot.newer.older = slot.older;
    slot.clear();
    slot.flow = -1;
    this.#free.push(slot);
  }
}
