/**
 * Values that a list holds without showing them. A line of a list of type `hmac` is 48 hexadecimal digits:
 *
 *   32  HMAC-SHA-256 of the value, its first 128 bits: what decides
 *   16  sealed, with what nobody learns anything from without the key: a fast hash of the value, its length, its number
 *       of words, what stands in it, and a mark that tells whether it was made with this key
 *
 * The fast hash and the shape are why a sensor can look for a million values in every word of a text: an HMAC is made
 * only for what passes both. They are enciphered by the HMAC beside them (AES of it, as a pad), so a list tells how many
 * values it has and nothing more.
 *
 * All keys are derived from the evidence key of the sensor, each for one use: hashes of alerts do not compare with lines.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import { IN_WORD, WordReader } from './words.ts';

export const HMAC_BYTES = 16;
export const SEAL_BYTES = 8;
/** Hexadecimal digits of a line. */
export const SEALED_CHARS = 2 * (HMAC_BYTES + SEAL_BYTES);
/** What a line looks like. */
export const SEALED_LINE = new RegExp(`^[0-9a-f]{${SEALED_CHARS}}$`);
/** Longest value, in bytes without what separates its words; its words, or groups of a number. */
export const MAX_VALUE_BYTES = 128;
const MAX_VALUE_WORDS = 12;

/** What a line sealed with this key ends in. */
const MARK = 0x5ac3;
const WORD_BITS = 5;

/** A value as it is looked for: its words in small letters, without what stands between them. */
export interface ValueKey {
  readonly bytes: Uint8Array;
  /** Words it may be written in: of a number as many as there may be. */
  readonly words: number;
  /** What stands in it (IN_WORD). */
  readonly holds: number;
}

/** What a sealed part says. */
export interface Shape {
  hash: number;
  length: number;
  words: number;
  holds: number;
}

const words = new WordReader();

/**
 * The key of folded text; a text when it cannot be one value of a list. Values are read by the reader that finds them
 * later, so what is taken is found.
 */
export function valueKey(folded: Uint8Array): ValueKey | string {
  words.read(folded, 0, folded.length, 0);
  const { count, starts, ends, holds, joins } = words;
  if (count === 0) return 'no letter and no digit';
  if (count > MAX_VALUE_WORDS) return `more than ${MAX_VALUE_WORDS} words`;
  const bytes: number[] = [];
  let all = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0 && joins[i] === 0) return 'punctuation that ends a phrase stands in it';
    for (let k = starts[i] as number; k < (ends[i] as number); k++)
      bytes.push(small(folded[k] as number));
    all |= holds[i] as number;
  }
  if (bytes.length > MAX_VALUE_BYTES) return `longer than ${MAX_VALUE_BYTES} bytes`;
  const hasDigit = (all & IN_WORD.digit) !== 0;
  return { bytes: Uint8Array.from(bytes), words: hasDigit ? MAX_VALUE_WORDS : count, holds: all };
}

/** ASCII letters in lower case. */
function small(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

export class ValueSealer {
  /** Of the fast hash: where it begins, and what it multiplies with. */
  readonly seed: number;
  readonly multiplier: number;
  readonly #hmacKey: Uint8Array;
  readonly #sealKey: Uint8Array;

  /** `key`: the evidence key of the sensor. */
  constructor(key: Uint8Array) {
    const derive = (use: string): Buffer =>
      createHmac('sha256', key).update(`stanzawatch list of values: ${use}`).digest();
    this.#hmacKey = derive('hmac');
    this.#sealKey = derive('seal').subarray(0, 16);
    const fast = derive('fast hash');
    this.seed = fast.readInt32LE(0);
    this.multiplier = fast.readInt32LE(4) | 1;
  }

  /** The line of a value. */
  seal({ bytes, words, holds }: ValueKey): string {
    const hmac = this.hmac(bytes);
    const sealed = Buffer.alloc(SEAL_BYTES);
    sealed.writeUInt32LE(this.hash(bytes));
    sealed[4] = bytes.length;
    sealed[5] = (holds << WORD_BITS) | words;
    sealed.writeUInt16LE(MARK, 6);
    const pad = this.pads(hmac);
    for (let i = 0; i < SEAL_BYTES; i++) sealed[i] = (sealed[i] as number) ^ (pad[i] as number);
    return hmac.toString('hex') + sealed.toString('hex');
  }

  /** First 128 bits of the HMAC of a key. */
  hmac(bytes: Uint8Array): Buffer {
    return createHmac('sha256', this.#hmacKey).update(bytes).digest().subarray(0, HMAC_BYTES);
  }

  /** The fast hash of a key; the set computes the same on the bytes of a text. */
  hash(bytes: Uint8Array): number {
    let hash = this.seed;
    for (const byte of bytes) hash = mix(hash, byte, this.multiplier);
    return finish(hash);
  }

  /** Pads for HMACs that lie end to end: 16 bytes each, of which SEAL_BYTES are used. */
  pads(hmacs: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-128-ecb', this.#sealKey, null).setAutoPadding(false);
    return cipher.update(hmacs);
  }
}

/** One more byte into a fast hash. */
export function mix(hash: number, byte: number, multiplier: number): number {
  const mixed = Math.imul(hash ^ byte, multiplier);
  return mixed ^ (mixed >>> 15);
}

/** The hash to look up, never 0: that is a free place. */
export function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return (mixed ^ (mixed >>> 16)) >>> 0 || 1;
}

/** Reads a sealed part with its pad into `shape`; false when it was sealed with another key. */
export function unseal(
  sealed: Uint8Array,
  at: number,
  pads: Uint8Array,
  pad: number,
  shape: Shape,
): boolean {
  const byte = (i: number): number => (sealed[at + i] as number) ^ (pads[pad + i] as number);
  if ((byte(6) | (byte(7) << 8)) !== MARK) return false;
  shape.hash = (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
  shape.length = byte(4);
  shape.words = byte(5) & ((1 << WORD_BITS) - 1);
  shape.holds = byte(5) >> WORD_BITS;
  return true;
}
