/**
 * Bytes to strings without making the same string again and again: addresses, names and types
 * repeat from stanza to stanza. Direct-mapped and fixed in size: a collision replaces the older.
 */
const SLOTS = 2048;
const SLOT_BYTES = 128;

export class StringCache {
  readonly #memory: Uint8Array;
  readonly #buffer: Buffer;
  readonly #bytes = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #strings: string[] = new Array<string>(SLOTS).fill('');

  constructor(memory: Uint8Array) {
    this.#memory = memory;
    this.#buffer = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** The text at `offset`; longer text than a slot holds is decoded each time. */
  get(offset: number, length: number): string {
    if (length === 0) return '';
    if (length > SLOT_BYTES) return this.decode(offset, length);
    const memory = this.#memory;
    let hash = length;
    for (let i = offset; i < offset + length; i++) {
      hash = (Math.imul(hash, 31) + (memory[i] as number)) | 0;
    }
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const at = slot * SLOT_BYTES;
    if (this.#lengths[slot] === length) {
      let i = 0;
      while (i < length && this.#bytes[at + i] === memory[offset + i]) i++;
      if (i === length) return this.#strings[slot] as string;
    }
    const text = this.decode(offset, length);
    for (let i = 0; i < length; i++) this.#bytes[at + i] = memory[offset + i] as number;
    this.#lengths[slot] = length;
    this.#strings[slot] = text;
    return text;
  }

  /** The text at `offset`, decoded from UTF-8. */
  decode(offset: number, length: number): string {
    return this.#buffer.toString('utf8', offset, offset + length);
  }
}
