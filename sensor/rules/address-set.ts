/**
 * A set of IP addresses and blocks, asked about addresses as four words (core/ip.ts) or written as
 * text. One table holds all: a key is the masked address and its prefix length, and only lengths
 * that occur are tried.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { formatAddress, isIpv4 } from '../core/index.ts';
import { ByteSet } from './byte-set.ts';

const ADDRESS_BITS = 128;
const V4_BITS = 96;
const V4_PREFIX = [0, 0, 0xffff] as const;
const KEY_BYTES = 17;
const MAX_TEXT = 45;
const DOT = 46;
const COLON = 58;
const ZERO = 48;

/** An address or block; `prefix` counts from the 128 bits of IPv6, so 96 is all of IPv4. */
export interface AddressBlock {
  readonly words: ArrayLike<number>;
  readonly prefix: number;
}

export class AddressSet {
  readonly #keys = new ByteSet(false);
  /** Prefix lengths that occur, longest first. */
  #prefixes: number[] = [];
  readonly #key = new Uint8Array(KEY_BYTES);

  /** Memory the blocks may take. */
  set maxBytes(bytes: number) {
    this.#keys.maxBytes = bytes;
  }

  get size(): number {
    return this.#keys.size;
  }

  get byteLength(): number {
    return this.#keys.byteLength;
  }

  /** Index of the block, as ByteSet.add; -1 when there is no room. */
  add({ words, prefix }: AddressBlock): number {
    if (!this.#prefixes.includes(prefix)) {
      this.#prefixes = [...this.#prefixes, prefix].sort((a, b) => b - a);
    }
    this.#fill(words, prefix);
    return this.#keys.add(this.#key);
  }

  remove({ words, prefix }: AddressBlock): boolean {
    this.#fill(words, prefix);
    return this.#keys.remove(this.#key, 0, KEY_BYTES);
  }

  /** Index of the smallest block around the address, -1 when there is none. */
  indexOf(words: ArrayLike<number>): number {
    for (const prefix of this.#prefixes) {
      this.#fill(words, prefix);
      const index = this.#keys.indexOf(this.#key, 0, KEY_BYTES);
      if (index >= 0) return index;
    }
    return -1;
  }

  /** Every block as text. */
  forEach(visit: (text: string) => void): void {
    this.#keys.forEach((key) => {
      const view = new DataView(key.buffer, key.byteOffset);
      const words = [0, 4, 8, 12].map((at) => view.getInt32(at));
      visit(formatBlock({ words, prefix: key[KEY_BYTES - 1] as number }));
    });
  }

  #fill(words: ArrayLike<number>, prefix: number): void {
    const key = this.#key;
    for (let i = 0; i < 4; i++) {
      const bits = Math.max(0, Math.min(32, prefix - 32 * i));
      const mask = bits === 0 ? 0 : -1 << (32 - bits);
      const word = (words[i] as number) & mask;
      key[4 * i] = word >>> 24;
      key[4 * i + 1] = word >>> 16;
      key[4 * i + 2] = word >>> 8;
      key[4 * i + 3] = word;
    }
    key[KEY_BYTES - 1] = prefix;
  }
}

/** Is the block one of IPv4? */
export function isV4Block({ words, prefix }: AddressBlock): boolean {
  return isIpv4(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0) && prefix >= V4_BITS;
}

/** The block as `parseBlock` reads it. */
function formatBlock(block: AddressBlock): string {
  const [a = 0, b = 0, c = 0, d = 0] = Array.from(block.words);
  const bits = isV4Block(block) ? block.prefix - V4_BITS : block.prefix;
  return formatAddress(a, b, c, d) + (block.prefix === ADDRESS_BITS ? '' : `/${bits}`);
}

/** An address or block as text; undefined when it is none. */
export function parseBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const isV4 = isIPv4(address);
  if (!isV4 && (!isIPv6(address) || address.includes('%'))) return undefined;
  const bits = isV4 ? 32 : ADDRESS_BITS;
  const prefixText = slash < 0 ? String(bits) : text.slice(slash + 1);
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > bits) return undefined;
  return isV4
    ? { words: [...V4_PREFIX, wordOfV4(address)], prefix: prefix + V4_BITS }
    : { words: wordsOfV6(address), prefix };
}

function wordOfV4(text: string): number {
  return text.split('.').reduce((word, part) => (word << 8) | Number(part), 0);
}

/** The URL parser writes every IPv6 address in one way: eight groups at most, dotted tails resolved. */
function wordsOfV6(text: string): number[] {
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
  return [0, 2, 4, 6].map((i) => ((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0));
}

/** Reads the address written in `memory[start..end)` into `words`; false when there is none. */
export function readAddress(
  memory: Uint8Array,
  start: number,
  end: number,
  words: Int32Array,
): boolean {
  const length = end - start;
  if (length < 2 || length > MAX_TEXT) return false;
  for (let i = start; i < end; i++) {
    if (memory[i] === COLON) return readV6(memory, start, end, words);
  }
  return readV4(memory, start, end, words);
}

function readV4(memory: Uint8Array, start: number, end: number, words: Int32Array): boolean {
  let word = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const byte = memory[i] as number;
    if (byte === DOT) {
      if (digits === 0 || ++dots > 3) return false;
      word = (word << 8) | part;
      part = 0;
      digits = 0;
      continue;
    }
    const digit = byte - ZERO;
    // As in lists: no leading zeros, which some read as octal.
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0) || ++digits > 3) return false;
    part = part * 10 + digit;
    if (part > 255) return false;
  }
  if (dots !== 3 || digits === 0) return false;
  words[0] = V4_PREFIX[0];
  words[1] = V4_PREFIX[1];
  words[2] = V4_PREFIX[2];
  words[3] = (word << 8) | part;
  return true;
}

/** Rare on the wire: a string may be made. */
function readV6(memory: Uint8Array, start: number, end: number, words: Int32Array): boolean {
  const text = Buffer.from(memory.buffer, memory.byteOffset + start, end - start).toString(
    'latin1',
  );
  const block = text.includes('/') ? undefined : parseBlock(text.replace(/^\[|\]$/g, ''));
  if (block === undefined) return false;
  words.set(block.words);
  return true;
}
