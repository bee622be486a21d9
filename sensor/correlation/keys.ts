/**
 * 64-bit keys of what traffic names: JIDs, ids, texts, addresses. Seeded anew in every process, so that nobody can
 * make two names collide in advance; nothing that leaves the sensor depends on them.
 */
import { randomBytes } from 'node:crypto';
import type { KeyMaker, StanzaView } from '../xmpp/index.ts';

const seed = randomBytes(8);
const SEED_HIGH = seed.readInt32LE(0);
const SEED_LOW = seed.readInt32LE(4);
const encoder = new TextEncoder();
const scratch = new Uint8Array(16384);
const folded = new Uint8Array(3072);
/** RFC 7622 section 3.1: three parts of 1023 octets and two separators. */
const MAX_JID_BYTES = 3071;
const SLASH = 0x2f;
const AT = 0x40;

const SHORT_BYTES = 16;
const SAMPLE_BYTES = 4096;

/** Where a stanza's bytes lie, and what makes keys of them. */
type Sampled = Pick<StanzaView, 'memory' | 'keys'>;

/** A key, filled in place. */
export class Key {
  high = 0;
  low = 0;

  /** Of bytes as they are. */
  ofBytes(memory: Uint8Array, offset: number, length: number): this {
    let high = SEED_HIGH;
    let low = SEED_LOW;
    for (let i = offset, end = offset + length; i < end; i++) {
      const byte = memory[i] as number;
      high = Math.imul(((high << 5) | (high >>> 27)) ^ byte, 0x2c1b3c6d);
      low = Math.imul(low ^ (low >>> 15) ^ byte, 0x297a2d39);
    }
    return this.set(high, low);
  }

  /** Of bytes in a stanza's memory: what `ofBytes` says, made in WebAssembly; for texts of some length. */
  ofRegion(keys: KeyMaker, offset: number, length: number): this {
    const words = keys.hashBytes(offset, length, SEED_HIGH, SEED_LOW);
    this.high = words[0] as number;
    this.low = words[1] as number;
    return this;
  }

  /** Of what may be a mebibyte long: of more than 4 KiB the beginning, the end and the length count. */
  ofSample({ memory, keys }: Sampled, offset: number, length: number): this {
    // Below that a call into WebAssembly costs more than it saves.
    if (length < SHORT_BYTES) return this.ofBytes(memory, offset, length);
    if (length <= SAMPLE_BYTES) return this.ofRegion(keys, offset, length);
    const half = SAMPLE_BYTES / 2;
    const { high, low } = this.ofRegion(keys, offset, half);
    this.ofRegion(keys, offset + length - half, half);
    return this.ofFour(high, low, this.high ^ length, this.low);
  }

  /** Of a text; beyond 16 KiB of UTF-8 the rest does not count. */
  ofText(text: string): this {
    const { written } = encoder.encodeInto(text, scratch);
    return this.ofBytes(scratch, 0, written);
  }

  /** Of numbers (an address, a place); negative ones and fractions are cut to 32 bits. */
  ofWords(words: ArrayLike<number>): this {
    let high = SEED_HIGH;
    let low = SEED_LOW;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      high = Math.imul(((high << 5) | (high >>> 27)) ^ word, 0x2c1b3c6d);
      low = Math.imul(low ^ (low >>> 15) ^ word, 0x297a2d39);
    }
    return this.set(high, low);
  }

  /** Of two keys in order: a pair of people, a flow and an id. */
  ofPair(first: Key, second: Key): this {
    return this.ofFour(first.high, first.low, second.high, second.low);
  }

  /** Of two keys in whichever order: who talks to whom. */
  ofEither(one: Key, other: Key): this {
    return one.isAfter(other) ? this.ofPair(other, one) : this.ofPair(one, other);
  }

  /** An order of keys that means nothing, but is always the same. */
  isAfter(other: Key): boolean {
    return this.high === other.high ? this.low > other.low : this.high > other.high;
  }

  /** Of up to four words. */
  ofFour(a: number, b: number, c: number, d: number): this {
    let high = SEED_HIGH ^ a;
    let low = SEED_LOW ^ b;
    high = Math.imul(high ^ (high >>> 16), 0x2c1b3c6d) + c;
    low = Math.imul(low ^ (low >>> 15), 0x297a2d39) + d;
    return this.set(high ^ Math.imul(low, 0x9e3779b1 | 0), low ^ Math.imul(high, 0x85ebca6b | 0));
  }

  copy(other: Key): this {
    this.high = other.high;
    this.low = other.low;
    return this;
  }

  equals(other: Key): boolean {
    return this.high === other.high && this.low === other.low;
  }

  /** The rest of the mixing: every bit of the words depends on all of the input. */
  set(high: number, low: number): this {
    let a = high ^ (low >>> 16);
    let b = low ^ (high >>> 15);
    a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
    b = Math.imul(b ^ (b >>> 15), 0x846ca68b | 0);
    this.high = a ^ (a >>> 15) ^ (b << 7);
    this.low = b ^ (b >>> 16) ^ (this.high >>> 9);
    return this;
  }
}

/** The keys of an address: who it is (bare), where (domain), which device (full). */
export class JidKeys {
  /** Is there an address at all? */
  isKnown = false;
  hasLocal = false;
  hasResource = false;
  /** No byte of account and domain is beyond ASCII: then folding its letters is all there is to compare by. */
  isPlain = true;
  readonly bare = new Key();
  readonly domain = new Key();
  readonly full = new Key();

  forget(): this {
    this.isKnown = false;
    this.hasLocal = false;
    this.hasResource = false;
    this.isPlain = true;
    return this;
  }

  /** Of a JID in a stanza's memory: what `ofBytes` says, made in WebAssembly. */
  ofRegion(keys: KeyMaker, offset: number, length: number): this {
    if (length === 0) return this.forget();
    const words = keys.hashJid(offset, Math.min(length, MAX_JID_BYTES), SEED_HIGH, SEED_LOW);
    const { bare, domain, full } = this;
    bare.high = words[0] as number;
    bare.low = words[1] as number;
    domain.high = words[2] as number;
    domain.low = words[3] as number;
    full.high = words[4] as number;
    full.low = words[5] as number;
    const flags = words[6] as number;
    this.isKnown = true;
    this.hasLocal = (flags & 1) !== 0;
    this.hasResource = (flags & 2) !== 0;
    this.isPlain = (flags & 4) === 0;
    return this;
  }

  /** Of a JID as it stands in memory: ASCII letters of account and domain count in either case (RFC 7622). */
  ofBytes(memory: Uint8Array, offset: number, length: number): this {
    this.forget();
    const size = Math.min(length, MAX_JID_BYTES);
    if (size === 0) return this;
    this.isKnown = true;
    let bareEnd = size;
    let domainAt = 0;
    let bits = 0;
    for (let i = 0; i < size; i++) {
      const byte = memory[offset + i] as number;
      if (byte === SLASH) {
        bareEnd = i;
        break;
      }
      if (byte === AT && domainAt === 0) domainAt = i + 1;
      bits |= byte;
      folded[i] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    for (let i = bareEnd; i < size; i++) folded[i] = memory[offset + i] as number;
    this.hasLocal = domainAt > 0;
    this.hasResource = bareEnd < size;
    this.isPlain = bits < 0x80;
    this.bare.ofBytes(folded, 0, bareEnd);
    if (domainAt > 0) this.domain.ofBytes(folded, domainAt, bareEnd - domainAt);
    else this.domain.copy(this.bare);
    if (this.hasResource) this.full.ofBytes(folded, 0, size);
    else this.full.copy(this.bare);
    return this;
  }

  ofText(jid: string): this {
    const { written } = encoder.encodeInto(jid, scratch);
    return this.ofBytes(scratch, 0, written);
  }
}
