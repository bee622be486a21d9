/**
 * Compound files (MS-CFB): storages and streams in sectors with a table of chains. Own reader, since the kept bytes
 * may end anywhere and hostile files lie about every number: chains are followed no longer than the file has sectors.
 */
import { u16le, u32le } from '../../core/index.ts';
import { asBuffer, NOTHING } from './bytes.ts';

export interface Entry {
  /** With its storages: "Macros/VBA/ThisDocument". */
  readonly path: string;
  readonly name: string;
  readonly isStream: boolean;
  /** Hex of the class id. */
  readonly classId: string;
  readonly start: number;
  readonly size: number;
}

const HEADER_LENGTH = 512;
const ENTRY_LENGTH = 128;
const ENTRIES_MAX = 8192;
const DEPTH_MAX = 32;
const NONE = 0xffffffff;
/** Sector numbers from here on have meanings of their own. */
const REGULAR_MAX = 0xfffffffa;
const FAT_IN_HEADER = 109;
const TYPE_STORAGE = 1;
const TYPE_STREAM = 2;
const TYPE_ROOT = 5;

interface RawEntry extends Omit<Entry, 'path' | 'isStream'> {
  readonly type: number;
  readonly left: number;
  readonly right: number;
  readonly child: number;
}

export class CompoundFile {
  readonly entries: readonly Entry[];
  /** A chain that leads nowhere or back, a directory that is none. */
  readonly isBroken: boolean;
  readonly #bytes: Uint8Array;
  readonly #sectorLength: number;
  readonly #miniLength: number;
  readonly #miniCutoff: number;
  readonly #fat: Uint32Array;
  readonly #miniFat: Uint32Array;
  readonly #miniStream: Uint8Array;
  #broken = false;

  /** Any bytes do; what is no compound file has no entries. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const shift = bytes.length >= HEADER_LENGTH ? u16le(bytes, 30) : 9;
    this.#sectorLength = 1 << (shift === 12 ? 12 : 9);
    this.#miniLength = 64;
    this.#miniCutoff = 4096;
    this.#fat = new Uint32Array(0);
    this.#miniFat = new Uint32Array(0);
    this.#miniStream = NOTHING;
    if (bytes.length < HEADER_LENGTH) {
      this.entries = [];
      this.isBroken = true;
      return;
    }
    this.#fat = this.#readFat();
    const raw = this.#readDirectory();
    const root = raw[0];
    if (root?.type === TYPE_ROOT) {
      this.#miniFat = toTable(this.#chain(u32le(bytes, 60), bytes.length));
      this.#miniStream = this.#chain(root.start, root.size);
    }
    this.entries = this.#named(raw);
    this.isBroken = this.#broken || root?.type !== TYPE_ROOT;
  }

  /** At most `limit` bytes; fewer when the chain ends before the told size. */
  read(entry: Entry, limit: number): Uint8Array {
    const size = Math.min(entry.size, limit);
    return entry.size < this.#miniCutoff
      ? this.#miniChain(entry.start, size)
      : this.#chain(entry.start, size);
  }

  find(name: string): Entry | undefined {
    return this.entries.find((entry) => entry.name === name);
  }

  #sector(index: number): Uint8Array {
    const at = (index + 1) * this.#sectorLength;
    return this.#bytes.subarray(at, at + this.#sectorLength);
  }

  #readFat(): Uint32Array {
    const bytes = this.#bytes;
    const sectors: number[] = [];
    const most = Math.ceil(bytes.length / this.#sectorLength);
    for (let i = 0; i < FAT_IN_HEADER; i++) sectors.push(u32le(bytes, 76 + i * 4));
    let next = u32le(bytes, 68);
    for (let steps = 0; next < REGULAR_MAX && steps < most; steps++) {
      const sector = this.#sector(next);
      if (sector.length < this.#sectorLength) break;
      for (let at = 0; at < sector.length - 4; at += 4) sectors.push(u32le(sector, at));
      next = u32le(sector, sector.length - 4);
    }
    const pieces: Uint8Array[] = [];
    for (const index of sectors) {
      if (index >= REGULAR_MAX || pieces.length >= most) continue;
      const sector = this.#sector(index);
      // A table cut off by the end of the kept bytes still keeps the places of what follows.
      if (sector.length === this.#sectorLength) pieces.push(sector);
      else pieces.push(new Uint8Array(this.#sectorLength).fill(0xff));
    }
    return toTable(Buffer.concat(pieces));
  }

  #chain(start: number, size: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let length = 0;
    let index = start;
    const most = Math.ceil(this.#bytes.length / this.#sectorLength);
    while (index < REGULAR_MAX && length < size && pieces.length <= most) {
      const sector = this.#sector(index);
      if (sector.length === 0) break;
      pieces.push(sector);
      length += sector.length;
      index = this.#fat[index] ?? NONE;
    }
    if (pieces.length > most) this.#broken = true;
    return Buffer.concat(pieces).subarray(0, size);
  }

  #miniChain(start: number, size: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let length = 0;
    let index = start;
    while (index < REGULAR_MAX && length < size) {
      const at = index * this.#miniLength;
      const sector = this.#miniStream.subarray(at, at + this.#miniLength);
      if (sector.length === 0) break;
      pieces.push(sector);
      length += sector.length;
      index = this.#miniFat[index] ?? NONE;
    }
    return Buffer.concat(pieces).subarray(0, size);
  }

  #readDirectory(): RawEntry[] {
    const directory = this.#chain(u32le(this.#bytes, 48), ENTRIES_MAX * ENTRY_LENGTH);
    const found: RawEntry[] = [];
    for (let at = 0; at + ENTRY_LENGTH <= directory.length; at += ENTRY_LENGTH) {
      const nameLength = Math.min(64, u16le(directory, at + 64));
      const source = asBuffer(directory);
      found.push({
        name: source.toString('utf16le', at, at + Math.max(0, nameLength - 2)),
        type: directory[at + 66] as number,
        left: u32le(directory, at + 68),
        right: u32le(directory, at + 72),
        child: u32le(directory, at + 76),
        classId: source.toString('hex', at + 80, at + 96),
        start: u32le(directory, at + 116),
        size: u32le(directory, at + 120),
      });
    }
    return found;
  }

  /** Entries with their paths. Those the tree does not reach are kept by their name: code hides there. */
  #named(raw: readonly RawEntry[]): Entry[] {
    const paths = new Map<number, string>();
    const stack: { index: number; path: string; depth: number }[] = [
      { index: raw[0]?.child ?? NONE, path: '', depth: 0 },
    ];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { index, path, depth } = next;
      const entry = raw[index];
      if (entry === undefined) continue;
      if (paths.has(index) || depth > DEPTH_MAX) {
        this.#broken = true;
        continue;
      }
      const own = path === '' ? entry.name : `${path}/${entry.name}`;
      paths.set(index, own);
      stack.push({ index: entry.left, path, depth }, { index: entry.right, path, depth });
      if (entry.type === TYPE_STORAGE)
        stack.push({ index: entry.child, path: own, depth: depth + 1 });
    }
    return raw
      .map(({ name, type, classId, start, size }, index): Entry & { type: number } => ({
        path: paths.get(index) ?? name,
        name,
        isStream: type === TYPE_STREAM,
        classId,
        start,
        size,
        type,
      }))
      .filter(({ type }) => type === TYPE_STREAM || type === TYPE_STORAGE || type === TYPE_ROOT);
  }
}

function toTable(bytes: Uint8Array): Uint32Array {
  const table = new Uint32Array(bytes.length >> 2);
  for (let i = 0; i < table.length; i++) table[i] = u32le(bytes, i * 4);
  return table;
}
