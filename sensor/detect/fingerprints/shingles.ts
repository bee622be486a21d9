/**
 * Shingles of folded text: a hash of every few words in a row. Eight words are a shingle, or sixteen ideographs, which
 * say as much; case, punctuation, white space and line breaks do not count, since only words do.
 *
 * Every second one counts, told by its hash and not by its neighbours (as winnowing would): so a part has the shingles
 * it has in the whole, up to its edges, and boilerplate is told wherever it stands. Of forty words in a row seventeen
 * are expected; fewer than four happen once in 40,000 times.
 *
 * The hash is keyed: with another key the same text has other shingles, so a library of them means nothing to whoever
 * does not have the sensor's key.
 */
import { createHmac } from 'node:crypto';
import { WordReader } from '../../rules/index.ts';

/** Weight of a shingle, and of its words; an ideograph has weight 1. */
const SHINGLE_WEIGHT = 16;
const WORD_WEIGHT = 2;
/** Lead bytes of ideographs and kana: the reader gives each as a word. */
const FIRST_IDEOGRAPH = 0xe3;
const LAST_IDEOGRAPH = 0xe9;
/** A shingle of one-letter words: no shorter text has any. */
export const MIN_SHINGLE_BYTES = SHINGLE_WEIGHT - 1;
/** Words of a shingle and one more fit; a power of two. */
const RING = 32;

/** Takes the shingles of a text in order. */
export type ShingleHandler = (high: number, low: number) => void;

/** One lane of the 64 bits. */
interface Lane {
  readonly seed: number;
  readonly multiplier: number;
  readonly base: number;
  /** Powers of `base`. */
  readonly powers: Int32Array;
}

export class ShingleReader {
  readonly #words = new WordReader();
  readonly #high: Lane;
  readonly #low: Lane;
  /** Hashes and weights of the words in the shingle. */
  readonly #highWords = new Int32Array(RING);
  readonly #lowWords = new Int32Array(RING);
  readonly #weights = new Uint8Array(RING);

  /** `key`: the evidence key of the sensor. */
  constructor(key: Uint8Array) {
    const secret = createHmac('sha256', key).update('stanzawatch fingerprints: shingles').digest();
    this.#high = laneOf(secret, 0);
    this.#low = laneOf(secret, 12);
  }

  /** Tells the shingles of `memory[start..end)` in their order; gives the number of its words. */
  read(memory: Uint8Array, start: number, end: number, onShingle: ShingleHandler): number {
    const words = this.#words;
    const [highLane, lowLane] = [this.#high, this.#low];
    const highMultiplier = highLane.multiplier;
    const lowMultiplier = lowLane.multiplier;
    let high = 0;
    let low = 0;
    let weight = 0;
    let inShingle = 0;
    let front = 0;
    let total = 0;
    let at = start;
    while (at < end) {
      at = words.read(memory, at, end, 0);
      // Most messages: too few words for a shingle.
      if (total === 0 && at === end && WORD_WEIGHT * words.count < SHINGLE_WEIGHT)
        return words.count;
      for (let word = 0; word < words.count; word++) {
        const from = words.starts[word] as number;
        const to = words.ends[word] as number;
        let highWord = highLane.seed;
        for (let i = from; i < to; i++) {
          const byte = memory[i] as number;
          const small = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
          highWord = Math.imul(highWord ^ small, highMultiplier);
          highWord ^= highWord >>> 15;
        }
        const lowWord = Math.imul(highWord ^ (highWord >>> 13), lowMultiplier) ^ lowLane.seed;
        const lead = memory[from] as number;
        const own = lead >= FIRST_IDEOGRAPH && lead <= LAST_IDEOGRAPH ? 1 : WORD_WEIGHT;
        const place = (front + inShingle++) & (RING - 1);
        this.#highWords[place] = highWord;
        this.#lowWords[place] = lowWord;
        this.#weights[place] = own;
        weight += own;
        high = (Math.imul(high, highLane.base) + highWord) | 0;
        low = (Math.imul(low, lowLane.base) + lowWord) | 0;
        // What is in front goes as long as the rest is a shingle: one word takes the place of two ideographs.
        while (weight - (this.#weights[front] as number) >= SHINGLE_WEIGHT) {
          const power = --inShingle;
          high -= Math.imul(this.#highWords[front] as number, highLane.powers[power] as number);
          low -= Math.imul(this.#lowWords[front] as number, lowLane.powers[power] as number);
          high |= 0;
          low |= 0;
          weight -= this.#weights[front] as number;
          front = (front + 1) & (RING - 1);
        }
        if (weight < SHINGLE_WEIGHT) continue;
        const mixedLow = mixed(low);
        if ((mixedLow & 1) === 0) onShingle(mixed(high), mixedLow);
      }
      total += words.count;
    }
    return total;
  }

  /** The shingles of a text, ascending, each once, as pairs of words; and the number of its words. */
  select(
    memory: Uint8Array,
    start: number,
    end: number,
  ): { readonly words: number; readonly shingles: Uint32Array } {
    const kept = new Set<bigint>();
    const words = this.read(memory, start, end, (high, low) => {
      kept.add((BigInt(high) << 32n) | BigInt(low));
    });
    const sorted = [...kept].sort((a, b) => (a < b ? -1 : 1));
    const shingles = new Uint32Array(2 * sorted.length);
    sorted.forEach((shingle, i) => {
      shingles[2 * i] = Number(shingle >> 32n);
      shingles[2 * i + 1] = Number(shingle & 0xffffffffn);
    });
    return { words, shingles };
  }
}

function laneOf(secret: Buffer, at: number): Lane {
  const base = secret.readInt32LE(at + 8) | 1;
  const powers = new Int32Array(RING + 1).fill(1);
  for (let i = 1; i <= RING; i++) powers[i] = Math.imul(powers[i - 1] as number, base);
  return { seed: secret.readInt32LE(at), multiplier: secret.readInt32LE(at + 4) | 1, base, powers };
}

function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b | 0);
  return (value ^ (value >>> 16)) >>> 0;
}
