/**
 * A list whose values are looked for inside texts and are known by their HMAC alone (type `hmac`; value-seal.ts). Every
 * run of words of a text that has the shape of a value is hashed as it is read; an HMAC is made for what the table of
 * fast hashes knows, which is next to nothing but the values themselves.
 *
 * What stands between words does not count, and a number may be grouped in any way: 12-345-678 is 12345678.
 */
import type { Dataset, DatasetType } from './types.ts';
import {
  HMAC_BYTES,
  MAX_VALUE_BYTES,
  SEALED_CHARS,
  SEAL_BYTES,
  ValueSealer,
  finish,
  mix,
  unseal,
  valueKey,
} from './value-seal.ts';
import { IN_WORD, WordReader } from './words.ts';

/** Lines that are unsealed together. */
const BATCH = 4096;
/** Places found in one text, or window of one: what is behind is not looked at, since each costs an HMAC. */
const MAX_PLACES = 256;
/** Bits of the filter for each value: what is not in the set is told by it, in nearly all cases. */
const FILTER_BITS = 16;
const FILTER_SHIFT = 0x9e3779b1;
const FIRST_ENTRIES = 64;
const NO_DIGIT = 255;
const hexValue = new Uint8Array(256).fill(NO_DIGIT);
for (let i = 0; i < 16; i++) hexValue[i.toString(16).charCodeAt(0)] = i;

/** Shared by all sets: a text is read and asked about before the next one. */
const reader = new WordReader();
const candidate = new Uint8Array(MAX_VALUE_BYTES);
const shape = { hash: 0, length: 0, words: 0, holds: 0 };

export interface HashedSetOptions {
  /** Key the lines were sealed with; asked when there are any. Undefined: there is none. */
  readonly key: () => Uint8Array | undefined;
  readonly maxBytes?: number;
}

export class HashedSet implements Dataset {
  readonly name: string;
  readonly type: DatasetType = 'hmac';
  readonly exact = false;
  readonly hasReputation = false;
  isLearned = false;
  expired = 0;
  expiresMs = Infinity;
  stamp: string | undefined;
  /** Start and end of what the latest lookup found. */
  readonly places: number[] = [];
  readonly #options: HashedSetOptions;
  #sealer: ValueSealer | undefined;
  /** By entry. */
  #hashes = new Uint32Array(FIRST_ENTRIES);
  #hmacs = new Uint8Array(HMAC_BYTES * FIRST_ENTRIES);
  #count = 0;
  /** Entries of files; those behind were learned. */
  #loaded = 0;
  /** Sealed parts of the latest entries, until there is a batch of them. */
  readonly #waiting = new Uint8Array(SEAL_BYTES * BATCH);
  #waits = 0;
  #isForeign = false;
  /** By slot: fast hash (0: free) and entry. */
  #slots = new Uint32Array(2);
  #entries = new Uint32Array(2);
  #filter = new Uint32Array(1);
  #filterShift = 31;
  #isBuilt = true;
  /** By what stands in a value and its length: most words such a value may be written in, 0 for none. */
  readonly #shapes = new Uint8Array(8 * (MAX_VALUE_BYTES + 1));
  #maxWords = 0;
  #maxLength = 0;
  /** By what stands in some words: 1 when more may stand behind them in a value. */
  readonly #mayBegin = new Uint8Array(8);
  /** Some value has letters alone: then every word counts. */
  #hasWords = false;

  constructor(name: string, options: HashedSetOptions) {
    this.name = name;
    this.#options = options;
  }

  get size(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#hashes.byteLength + this.#hmacs.byteLength + this.#slots.byteLength * 2;
  }

  get isFull(): boolean {
    return this.byteLength > (this.#options.maxBytes ?? Infinity);
  }

  /** One line of a list; false when it is none of this type, or there is no room. */
  addBytes(memory: Uint8Array, start: number, end: number): boolean {
    if (end - start !== SEALED_CHARS) return false;
    const entry = this.#newEntry(0);
    if (!readHex(memory, start, this.#hmacs, entry * HMAC_BYTES, HMAC_BYTES)) return this.#giveUp();
    const sealedAt = start + 2 * HMAC_BYTES;
    if (!readHex(memory, sealedAt, this.#waiting, this.#waits * SEAL_BYTES, SEAL_BYTES)) {
      return this.#giveUp();
    }
    this.#waits++;
    if (this.#waits === BATCH) this.#unseal();
    return !this.isFull;
  }

  /** All files were read. A text says why the set cannot be used. */
  finish(): string | undefined {
    this.#unseal();
    this.#loaded = this.#count;
    this.#build();
    if (!this.#isForeign) return undefined;
    return this.#options.key() === undefined
      ? `dataset ${this.name} was sealed with the key of a sensor, and there is none in the data folder`
      : `dataset ${this.name} was sealed with another key than that of this sensor`;
  }

  has(value: string): boolean {
    const bytes = new TextEncoder().encode(value);
    return this.lookup(bytes, 0, bytes.length) >= 0;
  }

  hasBytes(memory: Uint8Array, start: number, end: number): boolean {
    return this.lookup(memory, start, end) >= 0;
  }

  /** 0 when some words of the text are a value; where they stand is in `places`. */
  lookup(memory: Uint8Array, start: number, end: number): number {
    this.places.length = 0;
    if (this.#count === 0) return -1;
    if (!this.#isBuilt) this.#build();
    if (!this.#hasWords && !hasDigitOrAt(memory, start, end)) return -1;
    const overlap = this.#maxWords;
    let at = start;
    while (at < end && this.places.length < 2 * MAX_PLACES) {
      at = reader.read(memory, at, end, overlap);
      this.#search(memory);
    }
    return this.places.length > 0 ? 0 : -1;
  }

  #search(memory: Uint8Array): void {
    const { count, starts, ends, holds, joins } = reader;
    const sealer = this.#sealer;
    if (sealer === undefined) return;
    const { seed, multiplier } = sealer;
    for (let first = 0; first < count && this.places.length < 2 * MAX_PLACES; first++) {
      let hash = seed;
      let length = 0;
      let all = 0;
      const stop = Math.min(count, first + this.#maxWords);
      for (let word = first; word < stop; word++) {
        if (word > first && joins[word] === 0) break;
        const from = starts[word] as number;
        const to = ends[word] as number;
        length += to - from;
        all |= holds[word] as number;
        if (length > this.#maxLength || this.#mayBegin[all] === 0) break;
        for (let i = from; i < to; i++) {
          const byte = memory[i] as number;
          hash = mix(hash, byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte, multiplier);
        }
        const most = this.#shapes[all * (MAX_VALUE_BYTES + 1) + length] as number;
        if (most <= word - first) continue;
        const slot = this.#find(finish(hash), 0);
        if (slot >= 0) this.#confirm(memory, first, word, slot);
      }
    }
  }

  /** The first slot of `hash` from the `skip`-th on; -1 when there is none. */
  #find(hash: number, skip: number): number {
    const bit = Math.imul(hash, FILTER_SHIFT) >>> this.#filterShift;
    if ((((this.#filter[bit >>> 5] as number) >>> (bit & 31)) & 1) === 0) return -1;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let left = skip;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (slots[slot] === hash && left-- === 0) return slot;
    }
    return -1;
  }

  /** Words `first` to `last` have the hash of a value: are they it? */
  #confirm(memory: Uint8Array, first: number, last: number, slot: number): void {
    let length = 0;
    for (let word = first; word <= last; word++) {
      for (let i = reader.starts[word] as number; i < (reader.ends[word] as number); i++) {
        const byte = memory[i] as number;
        candidate[length++] = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
      }
    }
    const hmac = this.#sealer?.hmac(candidate.subarray(0, length));
    if (hmac === undefined) return;
    const hash = this.#slots[slot] as number;
    for (let skip = 0, at = slot; at >= 0; at = this.#find(hash, ++skip)) {
      if (!this.#isEntry(this.#entries[at] as number, hmac)) continue;
      this.places.push(reader.starts[first] as number, reader.ends[last] as number);
      return;
    }
  }

  #isEntry(entry: number, hmac: Uint8Array): boolean {
    for (let i = 0; i < HMAC_BYTES; i++) {
      if (this.#hmacs[entry * HMAC_BYTES + i] !== hmac[i]) return false;
    }
    return true;
  }

  // --- making the set ---

  #newEntry(hash: number): number {
    if (this.#count === this.#hashes.length) {
      const hashes = new Uint32Array(2 * this.#count);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
      const hmacs = new Uint8Array(HMAC_BYTES * 2 * this.#count);
      hmacs.set(this.#hmacs);
      this.#hmacs = hmacs;
    }
    const entry = this.#count++;
    this.#hashes[entry] = hash;
    this.#isBuilt = false;
    return entry;
  }

  /** The line begun is none. */
  #giveUp(): false {
    this.#count--;
    return false;
  }

  #unseal(): void {
    if (this.#waits === 0) return;
    const first = this.#count - this.#waits;
    const sealer = this.#openSealer();
    const hmacs = this.#hmacs.subarray(first * HMAC_BYTES, this.#count * HMAC_BYTES);
    const pads = sealer?.pads(hmacs);
    for (let i = 0; i < this.#waits; i++) {
      const isOurs =
        pads !== undefined && unseal(this.#waiting, i * SEAL_BYTES, pads, i * HMAC_BYTES, shape);
      if (!isOurs) this.#isForeign = true;
      else {
        this.#hashes[first + i] = shape.hash;
        this.#addShape(shape.holds, shape.length, shape.words);
      }
    }
    this.#waits = 0;
  }

  #openSealer(): ValueSealer | undefined {
    if (this.#sealer === undefined) {
      const key = this.#options.key();
      if (key !== undefined) this.#sealer = new ValueSealer(key);
    }
    return this.#sealer;
  }

  #addShape(holds: number, length: number, words: number): void {
    if (length > MAX_VALUE_BYTES) return;
    const at = holds * (MAX_VALUE_BYTES + 1) + length;
    this.#shapes[at] = Math.max(this.#shapes[at] as number, words);
    this.#maxWords = Math.max(this.#maxWords, words);
    this.#maxLength = Math.max(this.#maxLength, length);
    for (let part = 0; part < 8; part++) if ((part & holds) === part) this.#mayBegin[part] = 1;
    if (holds === IN_WORD.letter) this.#hasWords = true;
  }

  #build(): void {
    this.#isBuilt = true;
    let slots = 2;
    while (slots < 2 * this.#count) slots *= 2;
    this.#slots = new Uint32Array(slots);
    this.#entries = new Uint32Array(slots);
    const bits = Math.max(32, (slots / 2) * FILTER_BITS);
    this.#filter = new Uint32Array(bits / 32);
    this.#filterShift = Math.clz32(bits) + 1;
    const mask = slots - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      const hash = this.#hashes[entry] as number;
      if (hash === 0) continue;
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = hash;
      this.#entries[slot] = entry;
      const bit = Math.imul(hash, FILTER_SHIFT) >>> this.#filterShift;
      this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
    }
  }

  /** Takes out every value, also those of its file: nobody can ask what was on the list. */
  empty(): void {
    this.#waits = 0;
    this.#loaded = 0;
    this.#count = 0;
    this.#isBuilt = false;
  }

  // --- values in clear, for cases of rules ---

  /** Adds the value that is the text (folded), until `takeBack`. */
  learn(memory: Uint8Array, start: number, end: number): boolean {
    const key = valueKey(memory.subarray(start, end));
    if (typeof key === 'string') return false;
    this.#sealer ??= new ValueSealer(this.#options.key() ?? new Uint8Array(32));
    const entry = this.#newEntry(this.#sealer.hash(key.bytes));
    this.#hmacs.set(this.#sealer.hmac(key.bytes), entry * HMAC_BYTES);
    this.#addShape(key.holds, key.bytes.length, key.words);
    return true;
  }

  takeBack(): void {
    this.#isBuilt &&= this.#count === this.#loaded;
    this.#count = this.#loaded;
  }

  // --- what only lists about whole values do ---

  isNew(): boolean {
    return false;
  }

  isNewAddress(): boolean {
    return false;
  }

  lookupAddress(): number {
    return -1;
  }

  learnAddress(): boolean {
    return false;
  }

  forget(): void {
    // Rules do not change this list.
  }

  forgetAddress(): void {
    // Nor is there an address on it.
  }
}

function hasDigitOrAt(memory: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = memory[i] as number;
    if ((byte >= 0x30 && byte <= 0x39) || byte === 0x40) return true;
  }
  return false;
}

function readHex(
  memory: Uint8Array,
  from: number,
  to: Uint8Array,
  at: number,
  bytes: number,
): boolean {
  for (let i = 0; i < bytes; i++) {
    const high = hexValue[memory[from + 2 * i] as number] as number;
    const low = hexValue[memory[from + 2 * i + 1] as number] as number;
    if (high === NO_DIGIT || low === NO_DIGIT) return false;
    to[at + i] = (high << 4) | low;
  }
  return true;
}
