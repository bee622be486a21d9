/**
 * A pack: what is counted about 4096 alerts, column by column instead of row by row. An alert stands at the place that the
 * lower 12 bits of its row id say; severity 0 means that there is none. Names are 64 bits of a hash (name-hash.ts),
 * each once in its pack, with 16 bits an alert that say which: the same alerts take 2 KB each as rows, 60 bytes here,
 * and a million of them are counted in a tenth of a second.
 */
import { endianness } from 'node:os';
import { TRIAGE_STATUSES, type TriageStatus } from '../../../core/index.ts';
import type { NameHash } from './name-hash.ts';

export const PACK_BITS = 12;
export const PACK_ALERTS = 1 << PACK_BITS;

/** Blobs are read as they lie; a machine with the other order of bytes does without packs. */
export const CAN_PACK = endianness() === 'LE';

/** Columns of the table that names are taken from. */
export const NAME_COLUMNS = {
  detection: 'detection',
  category: 'category',
  classtype: 'classtype',
  from: 'from_bare',
  to: 'to_bare',
  fromDomain: 'from_domain',
  toDomain: 'to_domain',
  source: 'src_ip',
  destination: 'dest_ip',
} as const;

export type NameColumn = keyof typeof NAME_COLUMNS;
/** A signature's key is not a hash but its sid and gid; `words` are those of the category in lower case. */
export type KeyColumn = NameColumn | 'signature' | 'words';
export type PackColumn = 'last' | 'first' | 'count' | 'severity' | 'status' | KeyColumn;

/** An alert as it is packed. */
export interface PackRow {
  readonly id: number;
  readonly last_ts_us: number;
  readonly ts_us: number;
  readonly count: number;
  readonly severity: number;
  readonly status: TriageStatus;
  readonly gid: number;
  readonly sid: number;
  readonly detection: string;
  readonly category: string;
  readonly classtype: string;
  readonly from_bare: string;
  readonly to_bare: string;
  readonly from_domain: string;
  readonly to_domain: string;
  readonly src_ip: string;
  readonly dest_ip: string;
}

export const PACK_ROW = `a.id, a.last_ts_us, a.ts_us, a.count, a.severity, a.status, a.gid, a.sid,
  ${Object.values(NAME_COLUMNS)
    .map((column) => `a.${column}`)
    .join(', ')}`;

/** For each alert which of the keys; key `k` is at `2k` (low half, or sid) and `2k + 1` (high half, or gid). */
export interface Keys {
  readonly index: Uint16Array;
  readonly keys: Uint32Array;
}

const NAMES = Object.entries(NAME_COLUMNS) as [NameColumn, (typeof NAME_COLUMNS)[NameColumn]][];
const MAX_SEVERITY = 255;
const MAX_UINT32 = 0xffffffff;

/** Columns as they are made or read, for PACK_ALERTS alerts each. */
export class Pack {
  readonly #blobOf: (column: PackColumn) => Uint8Array;

  constructor(blobOf: (column: PackColumn) => Uint8Array) {
    this.#blobOf = blobOf;
  }

  /** Microseconds of the first or the last firing. */
  times(column: 'first' | 'last'): Float64Array {
    const blob = aligned(this.#blobOf(column), 8);
    return new Float64Array(blob.buffer, blob.byteOffset, PACK_ALERTS);
  }

  /** Firings. */
  counts(): Uint32Array {
    const blob = aligned(this.#blobOf('count'), 4);
    return new Uint32Array(blob.buffer, blob.byteOffset, PACK_ALERTS);
  }

  bytes(column: 'severity' | 'status'): Uint8Array {
    return this.#blobOf(column);
  }

  keys(column: KeyColumn): Keys {
    const blob = aligned(this.#blobOf(column), 4);
    const { buffer, byteOffset, byteLength } = blob;
    const start = PACK_ALERTS * 2;
    return {
      index: new Uint16Array(buffer, byteOffset, PACK_ALERTS),
      keys: new Uint32Array(buffer, byteOffset + start, (byteLength - start) / 4),
    };
  }
}

export class PackBuilder {
  readonly #last = new Float64Array(PACK_ALERTS);
  readonly #first = new Float64Array(PACK_ALERTS);
  readonly #count = new Uint32Array(PACK_ALERTS);
  readonly #severity = new Uint8Array(PACK_ALERTS);
  readonly #status = new Uint8Array(PACK_ALERTS);
  readonly #keys: ReadonlyMap<KeyColumn, KeyBuilder>;

  constructor(hash: NameHash) {
    const names = NAMES.map(([column]) => [column, new KeyBuilder(hash)] as const);
    this.#keys = new Map<KeyColumn, KeyBuilder>([
      ...names,
      ['words', new KeyBuilder(hash)],
      ['signature', new KeyBuilder(undefined)],
    ]);
  }

  /** False for an alert that does not fit: then it is not in the pack. */
  add(place: number, row: PackRow): boolean {
    const status = TRIAGE_STATUSES.indexOf(row.status);
    const isFit =
      status >= 0 &&
      isWithin(row.severity, 1, MAX_SEVERITY) &&
      isWithin(row.count, 0, MAX_UINT32) &&
      isWithin(row.sid, 0, MAX_UINT32) &&
      isWithin(row.gid, 0, MAX_UINT32);
    if (!isFit) return false;
    this.#last[place] = row.last_ts_us;
    this.#first[place] = row.ts_us;
    this.#count[place] = row.count;
    this.#severity[place] = row.severity;
    this.#status[place] = status;
    for (const [column, of] of NAMES) this.#keys.get(column)?.addName(place, row[of]);
    this.#keys.get('words')?.addName(place, withoutCase(row.category));
    this.#keys.get('signature')?.addPair(place, row.sid, row.gid);
    return true;
  }

  /** The columns as they are stored. */
  blobs(): ReadonlyMap<PackColumn, Uint8Array> {
    return new Map<PackColumn, Uint8Array>([
      ['last', bytesOf(this.#last)],
      ['first', bytesOf(this.#first)],
      ['count', bytesOf(this.#count)],
      ['severity', this.#severity],
      ['status', this.#status],
      ...[...this.#keys].map(([column, keys]) => [column, keys.blob()] as const),
    ]);
  }

  pack(): Pack {
    const blobs = this.blobs();
    return new Pack((column) => blobs.get(column) ?? new Uint8Array());
  }
}

/** Keys of one column, each once. */
class KeyBuilder {
  readonly #hash: NameHash | undefined;
  readonly #index = new Uint16Array(PACK_ALERTS);
  readonly #known = new Map<string, number>();
  readonly #keys: number[] = [];

  constructor(hash: NameHash | undefined) {
    this.#hash = hash;
  }

  addName(place: number, name: string): void {
    const known = this.#known.get(name);
    if (known !== undefined) {
      this.#index[place] = known;
      return;
    }
    this.#hash?.hash(name);
    this.#index[place] = this.#add(name, this.#hash?.low ?? 0, this.#hash?.high ?? 0);
  }

  addPair(place: number, low: number, high: number): void {
    const name = `${low} ${high}`;
    this.#index[place] = this.#known.get(name) ?? this.#add(name, low, high);
  }

  blob(): Uint8Array {
    return Buffer.concat([bytesOf(this.#index), bytesOf(Uint32Array.from(this.#keys))]);
  }

  #add(name: string, low: number, high: number): number {
    const place = this.#known.size;
    this.#known.set(name, place);
    this.#keys.push(low, high);
    return place;
  }
}

/** As SQLite compares without case: ASCII only. */
export function withoutCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function bytesOf(values: Float64Array | Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Where numbers of so many bytes can be read. */
function aligned(blob: Uint8Array, bytes: number): Uint8Array {
  return blob.byteOffset % bytes === 0 ? blob : new Uint8Array(blob);
}
