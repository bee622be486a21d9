/**
 * A set of byte strings that is asked about bytes in place: no string is made to find out that
 * something is not in it. Keys lie end to end in one array, found by an open-addressed table;
 * a hundred thousand domains cost a few MiB.
 */

import { randomInt } from 'node:crypto';

/** Load factor of the table is at most a half. */
const FIRST_SLOTS = 64;
/** Bits of the filter for each slot. */
const FILTER_BITS = 8;
const DOT = 46;
/** Secret of the process: traffic fills sets too, and must not choose which keys collide. */
const SEED = randomInt(2 ** 32) | 0;
const MULTIPLIER = randomInt(2 ** 32) | 1;

export class ByteSet {
  /** Compare ASCII letters without regard to case. */
  readonly #folds: boolean;
  /** Memory it may take. */
  maxBytes = Infinity;
  #bytes = new Uint8Array(1024);
  #used = 0;
  /** Start of key i; key i ends where key i + 1 starts. */
  #starts = new Uint32Array(FIRST_SLOTS / 2 + 1);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  /** Key index + 1; 0 is free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  /** Keys in the table, removed ones included. */
  #count = 0;
  /** By key: 1 once it was removed. Removed keys keep their place until the table grows. */
  #removed: Uint8Array | undefined;
  #removedCount = 0;
  /** A bit for the shape of each key: what has another shape is not read as a whole. */
  #shapes = new Uint8Array((FIRST_SLOTS * FILTER_BITS) / 8);

  constructor(folds: boolean) {
    this.#folds = folds;
  }

  get size(): number {
    return this.#count - this.#removedCount;
  }

  /** Memory of keys, table and filter. */
  get byteLength(): number {
    return (
      this.#bytes.byteLength +
      this.#starts.byteLength +
      this.#hashes.byteLength +
      this.#slots.byteLength +
      this.#shapes.byteLength +
      (this.#removed?.byteLength ?? 0)
    );
  }

  /**
   * Index of `memory[start..end)`, added when it was not there; -1 when there is no room for it.
   * Indexes count up from 0 and hold as long as nothing is removed.
   */
  add(memory: Uint8Array, start = 0, end = memory.length): number {
    const hash = this.#hash(memory, start, end);
    const known = this.#find(hash, memory, start, end);
    if (known >= 0) {
      this.#setRemoved(known, 0);
      return known;
    }
    const length = end - start;
    if (!this.#reserve(length)) return -1;
    for (let i = 0; i < length; i++) {
      this.#bytes[this.#used + i] = this.#fold(memory[start + i] as number);
    }
    const key = this.#count++;
    this.#used += length;
    this.#hashes[key] = hash;
    this.#starts[key + 1] = this.#used;
    this.#insert(key);
    return key;
  }

  /** Take `memory[start..end)` out; false when it was not there. */
  remove(memory: Uint8Array, start: number, end: number): boolean {
    const key = this.indexOf(memory, start, end);
    if (key < 0) return false;
    this.#setRemoved(key, 1);
    return true;
  }

  /** Is `memory[start..end)` in the set? */
  has(memory: Uint8Array, start: number, end: number): boolean {
    return this.indexOf(memory, start, end) >= 0;
  }

  /** Index of `memory[start..end)`, -1 when it is not in the set. */
  indexOf(memory: Uint8Array, start: number, end: number): number {
    if (end <= start || !this.#mayHave(memory, start, end)) return -1;
    return this.#live(this.#find(this.#hash(memory, start, end), memory, start, end));
  }

  /**
   * Index of the longest key among `memory[start..end)` and what follows any of its dots; -1 when
   * there is none. Linear.
   */
  indexOfDomain(memory: Uint8Array, start: number, end: number): number {
    if (end <= start || !this.#mayHaveDomain(memory, start, end)) return -1;
    let hash = SEED;
    let longest = -1;
    for (let i = end - 1; i >= start; i--) {
      const byte = memory[i] as number;
      if (byte === DOT) {
        const parent = this.#live(this.#find(hash, memory, i + 1, end));
        if (parent >= 0) longest = parent;
      }
      hash = Math.imul(hash ^ this.#fold(byte), MULTIPLIER);
    }
    const whole = this.#live(this.#find(hash, memory, start, end));
    return whole >= 0 ? whole : longest;
  }

  /** Calls back with every key, borrowed until the set changes. */
  forEach(visit: (key: Uint8Array) => void): void {
    for (let key = 0; key < this.#count; key++) {
      if (this.#removed?.[key] === 1) continue;
      visit(this.#bytes.subarray(this.#starts[key], this.#starts[key + 1]));
    }
  }

  #live(key: number): number {
    return key >= 0 && this.#removed?.[key] === 1 ? -1 : key;
  }

  #setRemoved(key: number, value: 0 | 1): void {
    if ((this.#removed?.[key] ?? 0) === value) return;
    this.#removed ??= new Uint8Array(this.#hashes.length);
    this.#removed[key] = value;
    this.#removedCount += value === 1 ? 1 : -1;
  }

  #mayHave(memory: Uint8Array, start: number, end: number): boolean {
    const shape = shapeOf(memory, start, end) & (this.#shapes.length * 8 - 1);
    return ((this.#shapes[shape >>> 3] as number) & (1 << (shape & 7))) !== 0;
  }

  #mayHaveDomain(memory: Uint8Array, start: number, end: number): boolean {
    if (this.#mayHave(memory, start, end)) return true;
    for (let i = start; i + 1 < end; i++) {
      if (memory[i] === DOT && this.#mayHave(memory, i + 1, end)) return true;
    }
    return false;
  }

  #fold(byte: number): number {
    return this.#folds && byte >= 65 && byte <= 90 ? byte + 32 : byte;
  }

  /** Runs from the end to the start, so that `indexOfDomain` gets every suffix's hash on its way. */
  #hash(memory: Uint8Array, start: number, end: number): number {
    let hash = SEED;
    for (let i = end - 1; i >= start; i--) {
      hash = Math.imul(hash ^ this.#fold(memory[i] as number), MULTIPLIER);
    }
    return hash;
  }

  /** Index of a key, also of a removed one; -1 when there is none. */
  #find(hash: number, memory: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return -1;
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, memory, start, end)) {
        return entry - 1;
      }
    }
  }

  #equals(key: number, memory: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[key] as number;
    if ((this.#starts[key + 1] as number) - from !== end - start) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.#bytes[from + i] !== this.#fold(memory[start + i] as number)) return false;
    }
    return true;
  }

  #insert(key: number): void {
    const mask = this.#slots.length - 1;
    let slot = spread(this.#hashes[key] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = key + 1;
    const from = this.#starts[key] as number;
    const to = this.#starts[key + 1] as number;
    if (to === from) return;
    const shape = shapeOf(this.#bytes, from, to) & (this.#shapes.length * 8 - 1);
    this.#shapes[shape >>> 3] = (this.#shapes[shape >>> 3] as number) | (1 << (shape & 7));
  }

  /** Make room for one more key of `length` bytes; false when that is above the limit. */
  #reserve(length: number): boolean {
    const isTableFull = this.#count + 1 > this.#hashes.length;
    const areBytesFull = this.#used + length > this.#bytes.length;
    if (!isTableFull && !areBytesFull) return true;
    // What comes and goes must not grow for ever: many removed keys are dropped first.
    if (this.#removedCount * 4 > this.#count) {
      this.#dropRemoved();
      return this.#reserve(length);
    }
    const capacity = areBytesFull
      ? Math.max(this.#bytes.length * 2, this.#used + length)
      : this.#bytes.length;
    const bytesAfter = capacity - this.#bytes.length + this.byteLength;
    const tableBytes = this.byteLength - this.#bytes.byteLength;
    if (bytesAfter + (isTableFull ? tableBytes : 0) > this.maxBytes) return false;
    if (areBytesFull) {
      const bytes = new Uint8Array(capacity);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    if (isTableFull) this.#growTable();
    return true;
  }

  #growTable(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Uint32Array(hashes.length + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    if (this.#removed !== undefined) {
      const removed = new Uint8Array(hashes.length);
      removed.set(this.#removed);
      this.#removed = removed;
    }
    this.#slots = new Uint32Array(hashes.length * 2);
    this.#shapes = new Uint8Array((this.#slots.length * FILTER_BITS) / 8);
    for (let key = 0; key < this.#count; key++) this.#insert(key);
  }

  #dropRemoved(): void {
    let kept = 0;
    let used = 0;
    for (let key = 0; key < this.#count; key++) {
      if (this.#removed?.[key] === 1) continue;
      const from = this.#starts[key] as number;
      const to = this.#starts[key + 1] as number;
      this.#bytes.copyWithin(used, from, to);
      used += to - from;
      this.#hashes[kept] = this.#hashes[key] as number;
      this.#starts[++kept] = used;
    }
    this.#count = kept;
    this.#used = used;
    this.#removed = undefined;
    this.#removedCount = 0;
    this.#slots.fill(0);
    this.#shapes.fill(0);
    for (let key = 0; key < kept; key++) this.#insert(key);
  }
}

/** Products have weak low bits; the table takes the low ones. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

/** Hash of length and four bytes, blind to case: cheap for a value of any length. */
function shapeOf(memory: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const bytes =
    (memory[start] as number) |
    ((memory[start + (length >>> 1)] as number) << 8) |
    ((memory[start + length - (length >>> 2) - 1] as number) << 16) |
    ((memory[end - 1] as number) << 24);
  return spread(Math.imul(bytes | 0x20202020, 0x9e3779b1) ^ length);
}
