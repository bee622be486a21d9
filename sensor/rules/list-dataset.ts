/**
 * A list a rule asks about whole values, on bytes in place:
 *
 * - `domain`: the host of the value or any parent of it is listed (`exact`: the host itself)
 * - `jid`: the full JID, the bare JID or the domain of the value is listed
 * - `rtbl`: the SHA-256 of the bare JID or of its domain is listed, as real-time block lists have it
 * - `url`: that URL is listed (scheme and fragment do not matter)
 * - `ip`, `ipv6`, `ipv4`: the address, or the host of the value, is in a listed block
 * - `md5`, `sha256`: the hash is listed; values are hex, or the bytes themselves
 * - `text`, `string`: the value itself is listed, byte for byte
 *
 * Where several entries fit, the most special one is the answer.
 */
import { sha256Bytes } from '../core/index.ts';
import { AddressSet, isV4Block, parseBlock, readAddress } from './address-set.ts';
import { ByteSet } from './byte-set.ts';
import { addPlainLine, datasetKeys, domainForms } from './dataset-values.ts';
import type { Dataset, DatasetType } from './types.ts';
import { ValueMemo } from './value-memo.ts';
import {
  afterScheme,
  bareEnd,
  domainStart,
  hostEnd,
  hostStart,
  isPlainHost,
  urlEnd,
} from './value-scan.ts';

export const DATASET_TYPES: readonly DatasetType[] = [
  ...(['string', 'text', 'domain', 'jid', 'url'] as const),
  ...(['rtbl', 'md5', 'sha256', 'ip', 'ipv4', 'ipv6', 'hmac'] as const),
];

/** Lists of type `hmac` are sets of another kind (hashed-set.ts). */
export type ListType = Exclude<DatasetType, 'hmac'>;

export interface ListOptions {
  /** Domains: only the listed host itself. */
  readonly exact?: boolean;
  /** Lines are `value,reputation`. */
  readonly hasReputation?: boolean;
  /** Memory the list may take. */
  readonly maxBytes?: number;
}

/** Longer values are not learned: names and addresses are shorter, and traffic chooses them. */
const MAX_LEARNED_BYTES = 1023;
const HASH_BYTES: Readonly<Partial<Record<DatasetType, number>>> = {
  md5: 16,
  sha256: 32,
  rtbl: 32,
};
/** JIDs, and their domains, whose hash is known to be listed or not. */
const RTBL_CELLS = 16384;
const RTBL_DOMAIN_CELLS = 1024;
const RTBL = { absent: 1, listed: 2 } as const;

const encoder = new TextEncoder();
const scratch = new Uint8Array(32);
const words = new Int32Array(4);
const NO_DIGIT = 255;
const hexValue = new Uint8Array(256).fill(NO_DIGIT);
encoder.encode('0123456789abcdef').forEach((byte, value) => (hexValue[byte] = value));
encoder.encode('ABCDEF').forEach((byte, value) => (hexValue[byte] = value + 10));

export class ListDataset implements Dataset {
  readonly name: string;
  readonly type: ListType;
  readonly exact: boolean;
  readonly hasReputation: boolean;
  readonly places = undefined;
  /** Rules add and remove values. */
  isLearned = false;
  /** Values left out because their date has passed. */
  expired = 0;
  /** When the first of its values expires. */
  expiresMs = Infinity;
  /** What it was made of: a list of the same stamp is the same. */
  stamp: string | undefined;
  /** Changes since the list was made. */
  changes = 0;
  #isFull = false;
  readonly #set: ByteSet;
  readonly #addresses: AddressSet | undefined;
  readonly #memo: ValueMemo | undefined;
  /** How to take changes back, latest last; undefined when nobody asked. */
  #changesBack: (() => void)[] | undefined;
  readonly #domainMemo: ValueMemo | undefined;
  /** By key index. */
  #reputations: Uint16Array | undefined;

  constructor(name: string, type: ListType, options: ListOptions = {}) {
    this.name = name;
    this.type = type;
    this.exact = options.exact ?? false;
    this.hasReputation = options.hasReputation ?? false;
    this.#set = new ByteSet(type === 'domain' || type === 'jid');
    if (isAddressType(type)) this.#addresses = new AddressSet();
    this.maxBytes = options.maxBytes ?? Infinity;
    if (type === 'rtbl') {
      this.#memo = new ValueMemo(RTBL_CELLS);
      this.#domainMemo = new ValueMemo(RTBL_DOMAIN_CELLS);
    }
    if (this.hasReputation) this.#reputations = new Uint16Array(64);
  }

  get size(): number {
    return this.#addresses?.size ?? this.#set.size;
  }

  /** Memory of the values. */
  get byteLength(): number {
    return (this.#addresses ?? this.#set).byteLength + (this.#reputations?.byteLength ?? 0);
  }

  /** A value was turned away for want of room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Memory the values may take. */
  set maxBytes(bytes: number) {
    (this.#addresses ?? this.#set).maxBytes = bytes;
  }

  /** Add one line of a list; false when it is no value of this type, or the list is full. */
  add(line: string, reputation = 0): boolean {
    const { type } = this;
    if (isAddressType(type)) {
      const block = parseBlock(line);
      if (block === undefined || (type === 'ipv4' && !isV4Block(block))) return false;
      return this.#noted(this.#addresses?.add(block) ?? -1, reputation);
    }
    const keys = datasetKeys(type, line);
    return keys.length > 0 && keys.every((key) => this.#noted(this.#set.add(key), reputation));
  }

  /** The same for the bytes of a line; `add` reads those that are not plain. */
  addBytes(memory: Uint8Array, start: number, end: number, reputation = 0): boolean {
    const index = this.#addPlain(memory, start, end);
    if (index >= 0) return this.#noted(index, reputation);
    const line = Buffer.from(memory.buffer, memory.byteOffset + start, end - start);
    return this.add(line.toString('utf8'), reputation);
  }

  /** Index of a line whose bytes need no second look, -1 for any other. */
  #addPlain(memory: Uint8Array, start: number, end: number): number {
    const hashBytes = HASH_BYTES[this.type];
    if (hashBytes !== undefined) {
      return readHex(memory, start, end, hashBytes) ? this.#set.add(scratch, 0, hashBytes) : -1;
    }
    if (this.#addresses === undefined) {
      return addPlainLine(this.#set, this.type, memory, start, end);
    }
    const isPlain = readAddress(memory, start, end, words) && isV4Block({ words, prefix: 128 });
    return isPlain ? this.#addresses.add({ words, prefix: 128 }) : -1;
  }

  has(value: string): boolean {
    const bytes = encoder.encode(value);
    return this.lookup(bytes, 0, bytes.length) >= 0;
  }

  hasBytes(memory: Uint8Array, start: number, end: number): boolean {
    return this.lookup(memory, start, end) >= 0;
  }

  lookup(memory: Uint8Array, start: number, end: number): number {
    return end > start ? this.#answer(this.#indexOf(memory, start, end)) : -1;
  }

  lookupAddress(address: ArrayLike<number>): number {
    return this.#answer(this.#addresses?.indexOf(address) ?? -1);
  }

  // --- lists that rules fill ---

  /** Would `learn` add the value? */
  isNew(memory: Uint8Array, start: number, end: number): boolean {
    if (this.#isFull || end - start > MAX_LEARNED_BYTES || end <= start) return false;
    if (!this.#learnable(memory, start, end)) return false;
    // A server that speaks for itself does not make its accounts known.
    return this.type === 'jid'
      ? !this.#set.has(memory, start, bareEnd(memory, start, end))
      : this.#indexOf(memory, start, end) < 0;
  }

  isNewAddress(address: ArrayLike<number>): boolean {
    return !this.#isFull && this.lookupAddress(address) < 0;
  }

  /** Add a value of traffic: of a JID the bare one, of a URL the host. False when there is no room. */
  learn(memory: Uint8Array, start: number, end: number): boolean {
    if (isAddressType(this.type)) {
      return readHost(memory, start, end) ? this.learnAddress(words) : true;
    }
    const [bytes, from, to] = this.#keyOf(memory, start, end);
    this.#noteBack(() => {
      const key = bytes.slice(from, to);
      return () => this.#set.remove(key, 0, key.length);
    });
    return this.#learned(this.#set.add(bytes, from, to));
  }

  learnAddress(address: ArrayLike<number>): boolean {
    const block = { words: Array.from(address), prefix: 128 };
    this.#noteBack(() => () => this.#addresses?.remove(block));
    return this.#learned(this.#addresses?.add(block) ?? -1);
  }

  /** Take a value out. */
  forget(memory: Uint8Array, start: number, end: number): void {
    if (isAddressType(this.type)) {
      if (readHost(memory, start, end)) this.forgetAddress(words);
      return;
    }
    const [bytes, from, to] = this.#keyOf(memory, start, end);
    if (!this.#set.remove(bytes, from, to)) return;
    this.#changed();
    this.#noteBack(() => {
      const key = bytes.slice(from, to);
      return () => this.#set.add(key);
    });
  }

  forgetAddress(address: ArrayLike<number>): void {
    const block = { words: Array.from(address), prefix: 128 };
    if (this.#addresses?.remove(block) !== true) return;
    this.#changed();
    this.#noteBack(() => () => this.#addresses?.add(block));
  }

  takeBack(): void {
    for (const back of this.#changesBack?.reverse() ?? []) back();
    this.#changesBack = [];
    this.#isFull = false;
  }

  /** `make` copies what it needs: it is asked only where changes are noted. */
  #noteBack(make: () => () => unknown): void {
    this.#changesBack?.push(make());
  }

  /** Every value as a line of a list file. Values no line can hold are left out. */
  forEachLine(visit: (line: string) => void): void {
    if (this.#addresses !== undefined) {
      this.#addresses.forEach(visit);
      return;
    }
    this.#set.forEach((key) => {
      const line = this.#lineOf(key);
      if (line !== undefined) visit(line);
    });
  }

  #lineOf(key: Uint8Array): string | undefined {
    const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
    if (this.type === 'string') return bytes.toString('base64');
    if (this.type === 'md5' || this.type === 'sha256') return bytes.toString('hex');
    const line = bytes.toString('utf8');
    const isLine = line !== '' && line === line.trim() && !/^#|[\r\n]/.test(line);
    if (!isLine || isAddressType(this.type)) return undefined;
    return datasetKeys(this.type, line).some((read) => bytes.equals(read)) ? line : undefined;
  }

  #changed(): void {
    this.changes++;
    this.#isFull = false;
  }

  #learned(index: number): boolean {
    if (index >= 0) this.changes++;
    else this.#isFull = true;
    return index >= 0;
  }

  #noted(index: number, reputation: number): boolean {
    if (index < 0) {
      this.#isFull = true;
      return false;
    }
    if (this.#reputations === undefined) return true;
    if (index >= this.#reputations.length) {
      const grown = new Uint16Array(this.#reputations.length * 2);
      grown.set(this.#reputations);
      this.#reputations = grown;
    }
    this.#reputations[index] = reputation;
    return true;
  }

  #answer(index: number): number {
    return index < 0 ? -1 : (this.#reputations?.[index] ?? 0);
  }

  #indexOf(memory: Uint8Array, start: number, end: number): number {
    switch (this.type) {
      case 'domain': {
        const isHost = isPlainHost(memory, start, end);
        const from = isHost ? start : hostStart(memory, start, end);
        const to = isHost ? end : hostEnd(memory, from, end);
        return this.exact
          ? this.#set.indexOf(memory, from, to)
          : this.#set.indexOfDomain(memory, from, to);
      }
      case 'jid':
        return this.#indexOfJid(memory, start, end);
      case 'rtbl':
        return this.#indexOfHashed(memory, start, end);
      case 'url': {
        const from = afterScheme(memory, start, end);
        return this.#set.indexOf(memory, from, urlEnd(memory, from, end));
      }
      case 'md5':
      case 'sha256': {
        const bytes = this.type === 'md5' ? 16 : 32;
        if (end - start === bytes) return this.#set.indexOf(memory, start, end);
        return readHex(memory, start, end, bytes) ? this.#set.indexOf(scratch, 0, bytes) : -1;
      }
      case 'ip':
      case 'ipv4':
      case 'ipv6':
        return readHost(memory, start, end) ? (this.#addresses?.indexOf(words) ?? -1) : -1;
      default:
        return this.#set.indexOf(memory, start, end);
    }
  }

  #indexOfJid(memory: Uint8Array, start: number, end: number): number {
    let domain = start;
    let bare = end;
    for (let i = start; i < end; i++) {
      const byte = memory[i] as number;
      if (byte === 0x40 && domain === start) domain = i + 1;
      else if (byte === 0x2f) {
        bare = i;
        break;
      }
    }
    const full = bare < end ? this.#set.indexOf(memory, start, end) : -1;
    if (full >= 0) return full;
    const account = this.#set.indexOf(memory, start, bare);
    if (account >= 0 || domain === start) return account;
    return this.#set.indexOf(memory, domain, bare);
  }

  /** Hashing costs as much as a whole stanza otherwise does: what a JID came to is remembered. */
  #indexOfHashed(memory: Uint8Array, start: number, end: number): number {
    const bare = bareEnd(memory, start, end);
    if (this.#memo?.get(memory, start, bare) === RTBL.absent) return -1;
    const text = Buffer.from(memory.buffer, memory.byteOffset + start, bare - start).toString();
    const domain = text.slice(text.indexOf('@') + 1);
    const canonical = domainForms(domain.toLowerCase()).at(-1) ?? domain.toLowerCase();
    const local = text
      .slice(0, text.length - domain.length)
      .toLowerCase()
      .normalize('NFC');
    let index = local === '' ? -1 : this.#indexOfDigest(local + canonical);
    if (index < 0) index = this.#indexOfHashedDomain(canonical, memory, start, bare);
    this.#memo?.set(memory, start, bare, index < 0 ? RTBL.absent : RTBL.listed);
    return index;
  }

  /** `canonical` is what the domain in `memory[start..end)` is hashed as. */
  #indexOfHashedDomain(canonical: string, memory: Uint8Array, start: number, end: number): number {
    const domain = domainStart(memory, start, end);
    if (this.#domainMemo?.get(memory, domain, end) === RTBL.absent) return -1;
    const index = this.#indexOfDigest(canonical);
    this.#domainMemo?.set(memory, domain, end, index < 0 ? RTBL.absent : RTBL.listed);
    return index;
  }

  #indexOfDigest(text: string): number {
    const digest = sha256Bytes(text);
    return this.#set.indexOf(digest, 0, digest.length);
  }

  #learnable(memory: Uint8Array, start: number, end: number): boolean {
    if (isAddressType(this.type)) return readHost(memory, start, end);
    const [, from, to] = this.#keyOf(memory, start, end);
    return to > from;
  }

  /** The bytes that are learned: where they lie and from where to where. */
  #keyOf(
    memory: Uint8Array,
    start: number,
    end: number,
  ): readonly [bytes: Uint8Array, from: number, to: number] {
    switch (this.type) {
      case 'domain': {
        const from = hostStart(memory, start, end);
        return [memory, from, hostEnd(memory, from, end)];
      }
      case 'jid':
        return [memory, start, bareEnd(memory, start, end)];
      case 'md5':
      case 'sha256': {
        const bytes = this.type === 'md5' ? 16 : 32;
        return readHex(memory, start, end, bytes) ? [scratch, 0, bytes] : [memory, start, start];
      }
      default:
        return [memory, start, end];
    }
  }
}

function isAddressType(type: ListType): type is 'ip' | 'ipv4' | 'ipv6' {
  return type === 'ip' || type === 'ipv4' || type === 'ipv6';
}

/** Hex digits of `bytes` bytes into `scratch`. */
function readHex(memory: Uint8Array, start: number, end: number, bytes: number): boolean {
  if (end - start !== 2 * bytes) return false;
  for (let i = 0; i < bytes; i++) {
    const high = hexValue[memory[start + 2 * i] as number] as number;
    const low = hexValue[memory[start + 2 * i + 1] as number] as number;
    if (high === NO_DIGIT || low === NO_DIGIT) return false;
    scratch[i] = (high << 4) | low;
  }
  return true;
}

/** The address that is the value, or its host, into `words`. */
function readHost(memory: Uint8Array, start: number, end: number): boolean {
  if (readAddress(memory, start, end, words)) return true;
  const from = hostStart(memory, start, end);
  const to = memory[from] === 0x5b ? afterBracket(memory, from, end) : hostEnd(memory, from, end);
  return readAddress(memory, from, to, words);
}

/** Behind the `]` of an IPv6 address in a URL. */
function afterBracket(memory: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; i++) if (memory[i] === 0x5d) return i + 1;
  return end;
}
