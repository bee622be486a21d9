/** Numbers 0, 1, 2, ... for pairs of 32 bits, in the order in which they come: keys of many packs as one. */

const FIRST_SLOTS = 1 << 12;

export class KeyTable {
  /** Number + 1 of the key in each slot; 0 for none. */
  #slots = new Int32Array(FIRST_SLOTS);
  #keys = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  numberOf(low: number, high: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(low, 0x9e3779b1) ^ high) & mask;
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) break;
      if (this.#keys[number * 2] === low && this.#keys[number * 2 + 1] === high) return number;
      slot = (slot + 1) & mask;
    }
    const number = this.#size++;
    this.#slots[slot] = number + 1;
    this.#keys[number * 2] = low;
    this.#keys[number * 2 + 1] = high;
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    const keys = this.#keys;
    const count = this.#size;
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#keys = new Uint32Array(this.#slots.length);
    this.#size = 0;
    for (let i = 0; i < count; i++) {
      this.numberOf(keys[i * 2] as number, keys[i * 2 + 1] as number);
    }
  }
}
