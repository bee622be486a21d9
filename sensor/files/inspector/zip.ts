/**
 * Zip archives as both their lists tell them: the directory at the end, which most programs read, and the headers
 * before the data, which streaming readers use. Archives in which the two differ show one thing to a scanner and
 * another to the victim, so both are listed and the difference is told. APPNOTE 6.3.10.
 */
import { u16le, u32le } from '../../core/index.ts';
import { asBuffer, hasAt, indexOf, lastIndexOf, u64le } from './bytes.ts';

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  /** Where its data begins in the bytes, and its packed length. */
  readonly start: number;
  readonly packed: number;
  /** Unpacked length as told, -1 when not told. */
  readonly size: number;
}

export interface ZipListing {
  readonly entries: readonly ZipEntry[];
  /** Number of members the directory claims, or of those found. */
  readonly count: number;
  /** Offset of the first local header: more than 0 when something stands before the archive. */
  readonly begin: number;
  readonly hasDirectory: boolean;
  /** What is not as its own lists promise, '' when all is. */
  readonly lie: string;
}

const LOCAL = 'PK\x03\x04';
const CENTRAL = 'PK\x01\x02';
const END = 'PK\x05\x06';
const END_64 = 'PK\x06\x06';
const LOCATOR_64 = 'PK\x06\x07';
const DESCRIPTOR = 'PK\x07\x08';
const LOCAL_LENGTH = 30;
const CENTRAL_LENGTH = 46;
const END_LENGTH = 22;
const COMMENT_MAX = 0xffff;
const DESCRIPTOR_MAX = 24;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;
const IN_EXTRA_32 = 0xffffffff;
/** Members read of one archive; the inspection itself stops sooner. */
const ENTRIES_MAX = 4096;

interface Header {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  packed: number;
  size: number;
  /** Of the local header. */
  offset: number;
}

/** Undefined when the bytes hold no zip archive. */
export function readZip(bytes: Uint8Array): ZipListing | undefined {
  const end = findEnd(bytes);
  return end === undefined ? readLocalOnly(bytes) : readDirectory(bytes, end);
}

interface Directory {
  readonly at: number;
  readonly count: number;
  /** What must be added to the offsets it tells: the archive may stand behind something else. */
  readonly shift: number;
}

function findEnd(bytes: Uint8Array): Directory | undefined {
  const tail = Math.max(0, bytes.length - END_LENGTH - COMMENT_MAX);
  const found = lastIndexOf(bytes.subarray(tail), END);
  const end = tail + found;
  if (found === -1 || end + END_LENGTH > bytes.length) return undefined;
  let count = u16le(bytes, end + 10);
  let length = u32le(bytes, end + 12);
  let offset = u32le(bytes, end + 16);
  let directoryEnd = end;
  const locator = end - 20;
  if (hasAt(bytes, locator, LOCATOR_64)) {
    const end64 = lastIndexOf(bytes.subarray(0, locator), END_64);
    if (end64 !== -1 && end64 + 56 <= bytes.length) {
      count = u64le(bytes, end64 + 32);
      length = u64le(bytes, end64 + 40);
      offset = u64le(bytes, end64 + 48);
      directoryEnd = end64;
    }
  }
  const at = directoryEnd - length;
  if (hasAt(bytes, at, CENTRAL)) return { at, count, shift: at - offset };
  if (hasAt(bytes, offset, CENTRAL)) return { at: offset, count, shift: 0 };
  return count === 0 ? { at: end, count, shift: 0 } : undefined;
}

function readDirectory(bytes: Uint8Array, { at, count, shift }: Directory): ZipListing {
  const lies = new Lies();
  const headers: Header[] = [];
  let next = at;
  while (headers.length < ENTRIES_MAX && hasAt(bytes, next, CENTRAL)) {
    if (next + CENTRAL_LENGTH > bytes.length) break;
    const nameLength = u16le(bytes, next + 28);
    const extraLength = u16le(bytes, next + 30);
    const nameAt = next + CENTRAL_LENGTH;
    const header: Header = {
      flags: u16le(bytes, next + 8),
      method: u16le(bytes, next + 10),
      packed: u32le(bytes, next + 20),
      size: u32le(bytes, next + 24),
      offset: u32le(bytes, next + 42),
      name: nameOf(bytes, nameAt, nameLength, u16le(bytes, next + 8)),
    };
    readExtra(bytes, nameAt + nameLength, extraLength, header, true);
    header.offset += shift;
    headers.push(header);
    next = nameAt + nameLength + extraLength + u16le(bytes, next + 32);
  }
  if (headers.length < ENTRIES_MAX && headers.length !== count)
    lies.tell(`the directory promises ${count} members and lists ${headers.length}`);
  const entries = headers.map((header) => entryOf(bytes, header, lies));
  const begin = headers.reduce((least, header) => Math.min(least, header.offset), at);
  entries.push(...unlisted(bytes, headers, entries, at, lies));
  return {
    entries,
    count: Math.max(count, entries.length),
    begin: Math.max(0, begin),
    hasDirectory: true,
    lie: lies.first,
  };
}

/** The directory's words about a member beside those of the header before its data. */
function entryOf(bytes: Uint8Array, header: Header, lies: Lies): ZipEntry {
  const { offset, name, method, size, packed, flags } = header;
  const isEncrypted = (flags & FLAG_ENCRYPTED) !== 0;
  if (offset < 0 || offset + LOCAL_LENGTH > bytes.length || !hasAt(bytes, offset, LOCAL)) {
    lies.tell('a member is not where the directory says');
    return { name, method, isEncrypted, start: bytes.length, packed: 0, size };
  }
  const local = readLocal(bytes, offset);
  if (local.header.name !== name)
    lies.tell('a member has one name in the directory and another at its data');
  else if (local.header.method !== method) lies.tell('a member is packed in two ways at once');
  if (local.start + packed > bytes.length) lies.tell('a member reaches beyond the end');
  return {
    name,
    method,
    isEncrypted: isEncrypted || (local.header.flags & FLAG_ENCRYPTED) !== 0,
    start: Math.min(local.start, bytes.length),
    packed: Math.min(packed, Math.max(0, bytes.length - local.start)),
    size,
  };
}

/** Members between the listed ones; and listed ones that share their bytes. */
function unlisted(
  bytes: Uint8Array,
  headers: readonly Header[],
  entries: readonly ZipEntry[],
  directoryAt: number,
  lies: Lies,
): ZipEntry[] {
  const spans = headers
    .map(({ offset }, i) => {
      const entry = entries[i] as ZipEntry;
      return { from: offset, to: entry.start + entry.packed };
    })
    .filter(({ from }) => from >= 0 && from < bytes.length)
    .sort((a, b) => a.from - b.from);
  const found: ZipEntry[] = [];
  const work = searchWork(bytes);
  for (let i = 0; i < spans.length && found.length < ENTRIES_MAX; i++) {
    const { to } = spans[i] as { from: number; to: number };
    const nextFrom = spans[i + 1]?.from ?? directoryAt;
    if (to > nextFrom) lies.tell('members overlap');
    // What was not read of the directory cannot be said to be missing in it.
    if (spans.length >= ENTRIES_MAX) continue;
    let at = to;
    // Behind the data there may be its descriptor.
    while (at < nextFrom && at - to <= DESCRIPTOR_MAX && !hasAt(bytes, at, LOCAL)) at++;
    while (at < nextFrom && hasAt(bytes, at, LOCAL) && found.length < ENTRIES_MAX) {
      lies.tell('a member is missing in the directory');
      const { header, start } = readLocal(bytes, at);
      const packed = packedLength(bytes, header, start, work);
      found.push(toEntry(header, start, packed));
      at = start + packed;
    }
  }
  return found;
}

/** An archive whose end is not there: cut off, or never written. */
function readLocalOnly(bytes: Uint8Array): ZipListing | undefined {
  const begin = hasAt(bytes, 0, LOCAL) ? 0 : indexOf(bytes, LOCAL, 0, Math.min(bytes.length, 64));
  if (begin === -1) return undefined;
  const entries: ZipEntry[] = [];
  const work = searchWork(bytes);
  let at = begin;
  while (
    entries.length < ENTRIES_MAX &&
    hasAt(bytes, at, LOCAL) &&
    at + LOCAL_LENGTH <= bytes.length
  ) {
    const { header, start } = readLocal(bytes, at);
    const packed = packedLength(bytes, header, start, work);
    entries.push(toEntry(header, Math.min(start, bytes.length), packed));
    at = start + packed;
    // A descriptor behind the data, with or without its signature.
    if ((header.flags & FLAG_DESCRIPTOR) !== 0 && !hasAt(bytes, at, LOCAL)) {
      const next = indexOf(bytes, 'PK', at, at + DESCRIPTOR_MAX + 4);
      if (next === -1) break;
      at = hasAt(bytes, next, DESCRIPTOR) ? indexOf(bytes, 'PK', next + 4, next + 32) : next;
      if (at === -1) break;
    }
  }
  return { entries, count: entries.length, begin, hasDirectory: false, lie: '' };
}

function toEntry(header: Header, start: number, packed: number): ZipEntry {
  const { name, method, flags, size } = header;
  const isUntold = (flags & FLAG_DESCRIPTOR) !== 0 && size === 0;
  const isEncrypted = (flags & FLAG_ENCRYPTED) !== 0;
  return { name, method, isEncrypted, start, packed, size: isUntold ? -1 : size };
}

function readLocal(bytes: Uint8Array, at: number): { header: Header; start: number } {
  if (at + LOCAL_LENGTH > bytes.length) {
    const header = { name: '', flags: 0, method: 0, packed: 0, size: 0, offset: at };
    return { header, start: bytes.length };
  }
  const flags = u16le(bytes, at + 6);
  const nameLength = u16le(bytes, at + 26);
  const extraLength = u16le(bytes, at + 28);
  const header: Header = {
    name: nameOf(bytes, at + LOCAL_LENGTH, nameLength, flags),
    flags,
    method: u16le(bytes, at + 8),
    packed: u32le(bytes, at + 18),
    size: u32le(bytes, at + 22),
    offset: at,
  };
  readExtra(bytes, at + LOCAL_LENGTH + nameLength, extraLength, header, false);
  return { header, start: at + LOCAL_LENGTH + nameLength + extraLength };
}

/** Zip64: what does not fit into 32 bits stands in an extra field, in this order. */
function readExtra(
  bytes: Uint8Array,
  from: number,
  length: number,
  header: Header,
  hasOffset: boolean,
): void {
  const end = Math.min(from + length, bytes.length);
  for (let at = from; at + 4 <= end; at += 4 + u16le(bytes, at + 2)) {
    if (u16le(bytes, at) !== 1) continue;
    let value = at + 4;
    const take = (): number => {
      value += 8;
      return value <= end ? u64le(bytes, value - 8) : 0;
    };
    if (header.size === IN_EXTRA_32) header.size = take();
    if (header.packed === IN_EXTRA_32) header.packed = take();
    if (hasOffset && header.offset === IN_EXTRA_32) header.offset = take();
    return;
  }
}

/** Packed length as the header tells it, or as far as the next header when it does not. */
function packedLength(bytes: Uint8Array, header: Header, start: number, work: Work): number {
  if (start >= bytes.length) return 0;
  const isUntold = (header.flags & FLAG_DESCRIPTOR) !== 0 && header.packed === 0;
  if (!isUntold) return Math.min(header.packed, bytes.length - start);
  const end = Math.min(bytes.length, start + work.left);
  let length = end - start;
  for (let at = start; at !== -1 && at + 12 <= end;) {
    at = indexOf(bytes, DESCRIPTOR, at, end);
    if (at !== -1 && at + 12 <= end && u32le(bytes, at + 8) === at - start) {
      work.left -= at - start;
      return at - start;
    }
    if (at !== -1) at += 4;
  }
  for (const next of [LOCAL, CENTRAL]) {
    const at = indexOf(bytes, next, start, end);
    if (at !== -1) length = Math.min(length, at - start);
  }
  work.left -= end - start;
  return length;
}

function nameOf(bytes: Uint8Array, at: number, length: number, flags: number): string {
  const name = asBuffer(bytes).subarray(at, at + length);
  return (flags & FLAG_UTF8) !== 0 || name.every((byte) => byte < 0x80)
    ? name.toString('utf8')
    : new TextDecoder('ibm866').decode(name);
}

/** Bytes that may still be searched for the ends of members of untold length. */
interface Work {
  left: number;
}

/** Each byte a few times: members inside members make the same bytes be searched again. */
function searchWork(bytes: Uint8Array): Work {
  return { left: bytes.length * 4 };
}

class Lies {
  first = '';

  tell(lie: string): void {
    if (this.first === '') this.first = lie;
  }
}
