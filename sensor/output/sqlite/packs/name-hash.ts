/**
 * 64 bits for a name, as two halves: HalfSipHash-2-4 over UTF-16 code units, with the store's own salt. Two of a million
 * names share them by a chance of one in thirty million, and nobody who does not know the salt can make two that do.
 */

const SPREAD_LOW = 0x6c796765;
const SPREAD_HIGH = 0x74656462;

export interface Salt {
  readonly low: number;
  readonly high: number;
}

export class NameHash {
  readonly #salt: Salt;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  /** Of the name hashed last, 0 to 2^32 - 1. */
  low = 0;
  high = 0;

  constructor(salt: Salt) {
    this.#salt = salt;
  }

  /** Puts the two halves into `low` and `high`; zeros for no name. */
  hash(name: string): void {
    const { length } = name;
    if (length === 0) {
      this.low = this.high = 0;
      return;
    }
    const { low, high } = this.#salt;
    this.#a = low;
    this.#b = high ^ 0xee;
    this.#c = SPREAD_LOW ^ low;
    this.#d = SPREAD_HIGH ^ high;
    for (let i = 0; i < length; i += 2) {
      this.#add(name.charCodeAt(i) | ((i + 1 < length ? name.charCodeAt(i + 1) : 0) << 16));
    }
    this.#add(length);
    this.#c ^= 0xee;
    this.#rounds(4);
    this.low = (this.#b ^ this.#d) >>> 0;
    this.#b ^= 0xdd;
    this.#rounds(4);
    this.high = (this.#b ^ this.#d) >>> 0;
  }

  #add(word: number): void {
    this.#d ^= word;
    this.#rounds(2);
    this.#a ^= word;
  }

  #rounds(count: number): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let i = 0; i < count; i++) {
      a = (a + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      a = (a << 16) | (a >>> 16);
      c = (c + d) | 0;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a + d) | 0;
      d = ((d << 7) | (d >>> 25)) ^ a;
      c = (c + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ c;
      c = (c << 16) | (c >>> 16);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}
