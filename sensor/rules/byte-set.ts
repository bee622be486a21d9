/**
 * A set of byte strings that is asked about bytes in place: no string is made to find out that
 * something is not in it. Keys lie end to end in one array, found by an open-addressed table;
 * a hundred thousand domains cost a few MiB.
 */

/** Load factor of the table is at most a half. */
const FIRST_SLOTS = 64;
/** Bits of the filter for each slot. */
const FILTER_BITS = 8;

export class ByteSet {
  /** Compare ASCII letters without regard to case. */
  readonly #folds: boolean;
  #bytes = new Uint8Array(1024);
  #used = 0;
  /** Start of key i; key i ends where key i + 1 starts. */
  #starts = new Uint32Array(FIRST_SLOTS / 2 + 1);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  /** Key index + 1; 0 is free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;
  /** A bit for the shape of each key: what has another shape is not read as a whole. */
  #shapes = new Uint8Array((FIRST_SLOTS * FILTER_BITS) / 8);

  constructor(folds: boolean) {
    this.#folds = folds;
  }

  get size(): number {
    return this.#size;
  }

  add(key: Uint8Array): void {
    const hash = this.#hash(key, 0, key.length);
    if (this.#find(hash, key, 0, key.length)) return;
    this.#reserve(key.length);
    for (let i = 0; i < key.length; i++) {
      this.#bytes[this.#used + i] = this.#fold(key[i] as number);
    }
    this.#used += key.length;
    this.#hashes[this.#size] = hash;
    this.#size++;
    this.#starts[this.#size] = this.#used;
    this.#insert(this.#size - 1);
  }

  /** Is `memory[start..end)` in the set? */
  has(memory: Uint8Array, start: number, end: number): boolean {
    if (end <= start || !this.#mayHave(memory, start, end)) return false;
    return this.#find(this.#hash(memory, start, end), memory, start, end);
  }

  /** Is `memory[start..end)` in the set, or what follows any of its dots? Linear. */
  hasDomain(memory: Uint8Array, start: number, end: number): boolean {
    if (end <= start || !this.#mayHaveDomain(memory, start, end)) return false;
    let hash = 0;
    for (let i = end - 1; i >= start; i--) {
      const byte = memory[i] as number;
      if (byte === 46 && this.#find(hash, memory, i + 1, end)) return true;
      hash = (Math.imul(hash, 31) + this.#fold(byte)) | 0;
    }
    return this.#find(hash, memory, start, end);
  }

  #mayHave(memory: Uint8Array, start: number, end: number): boolean {
    const shape = shapeOf(memory, start, end) & (this.#shapes.length * 8 - 1);
    return ((this.#shapes[shape >>> 3] as number) & (1 << (shape & 7))) !== 0;
  }

  #mayHaveDomain(memory: Uint8Array, start: number, end: number): boolean {
    if (this.#mayHave(memory, start, end)) return true;
    for (let i = start; i + 1 < end; i++) {
      if (memory[i] === 46 && this.#mayHave(memory, i + 1, end)) return true;
    }
    return false;
  }

  #fold(byte: number): number {
    return this.#folds && byte >= 65 && byte <= 90 ? byte + 32 : byte;
  }

  /** Runs from the end to the start, so that `hasDomain` gets every suffix's hash on its way. */
  #hash(memory: Uint8Array, start: number, end: number): number {
    let hash = 0;
    for (let i = end - 1; i >= start; i--) {
      hash = (Math.imul(hash, 31) + this.#fold(memory[i] as number)) | 0;
    }
    return hash;
  }

  #find(hash: number, memory: Uint8Array, start: number, end: number): boolean {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return false;
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, memory, start, end)) {
        return true;
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
    const [from, to] = [this.#starts[key] as number, this.#starts[key + 1] as number];
    if (to === from) return;
    const shape = shapeOf(this.#bytes, from, to) & (this.#shapes.length * 8 - 1);
    this.#shapes[shape >>> 3] = (this.#shapes[shape >>> 3] as number) | (1 << (shape & 7));
  }

  #reserve(length: number): void {
    if (this.#used + length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    if (this.#size + 1 <= this.#hashes.length) return;
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Uint32Array(hashes.length + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    this.#slots = new Uint32Array(hashes.length * 2);
    this.#shapes = new Uint8Array((this.#slots.length * FILTER_BITS) / 8);
    for (let key = 0; key < this.#size; key++) this.#insert(key);
  }
}

/** The polynomial hash has weak low bits; the table takes the low ones. */
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
