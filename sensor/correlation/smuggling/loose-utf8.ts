/**
 * UTF-8 as careless readers decode it: the first byte says how many belong to the character, and the others are
 * taken for granted. So a lead byte swallows the `<` behind it, and an overlong form becomes the markup it spells;
 * both are what attacks on the difference between two readers are made of.
 */

const REPLACEMENT = 0xfffd;

export class LooseUtf8 {
  /** Bytes that `decode` has used. */
  used = 0;
  readonly #units: Uint16Array;
  readonly #buffer: Buffer;
  #count = 0;

  /** `units`: UTF-16 code units of one piece. */
  constructor(units: number) {
    this.#units = new Uint16Array(units + 1);
    this.#buffer = Buffer.from(this.#units.buffer);
  }

  /** Text of the bytes from `at` on, until a piece is full or `end` is reached; `used` tells how far it came. */
  decode(bytes: Uint8Array, at: number, end: number): string {
    const room = this.#units.length - 1;
    this.#count = 0;
    let next = at;
    while (next < end && this.#count < room) {
      const lead = bytes[next] as number;
      const length = lengthOf(lead);
      if (length === 1) this.#put(lead < 0x80 ? lead : REPLACEMENT);
      else if (next + length > end) this.#put(REPLACEMENT);
      else this.#put(join(bytes, next, length));
      next += length;
    }
    this.used = Math.min(next, end) - at;
    return this.#buffer.toString('utf16le', 0, 2 * this.#count);
  }

  #put(point: number): void {
    const units = this.#units;
    if (point <= 0xffff) {
      units[this.#count++] = point;
    } else if (point > 0x10ffff) {
      units[this.#count++] = REPLACEMENT;
    } else {
      units[this.#count++] = 0xd7c0 + (point >> 10);
      units[this.#count++] = 0xdc00 + (point & 0x3ff);
    }
  }
}

/** Bytes of the character that begins with `lead`; those no UTF-8 has stand alone. */
function lengthOf(lead: number): number {
  if (lead < 0xc0 || lead > 0xf7) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function join(bytes: Uint8Array, at: number, length: number): number {
  let point = (bytes[at] as number) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  return point;
}
