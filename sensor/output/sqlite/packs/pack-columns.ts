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
  fromFull: 'from_jid',
  toFull: 'to_jid',
  campaign: 'campaign_id',
  file: 'file_id',
  flow: 'community_id',
} as const;

export type NameColumn = keyof typeof NAME_COLUMNS;
/** A signature's key is not a hash but its sid and gid; `categoryAnyCase` is the category in lower case. */
export type KeyColumn = NameColumn | 'signature' | 'categoryAnyCase';
const PLAIN_COLUMNS = ['last', 'first', 'count', 'severity', 'status'] as const;
export type PackColumn = (typeof PLAIN_COLUMNS)[number] | KeyColumn;

type NamedColumn = (typeof NAME_COLUMNS)[NameColumn];

/** An alert as it is packed. */
export interface PackRow extends Readonly<Record<NamedColumn, string>> {
  readonly id: number;
  readonly last_ts_us: number;
  readonly ts_us: number;
  readonly count: number;
  readonly severity: number;
  readonly status: TriageStatus;
  readonly gid: number;
  readonly sid: number;
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

const NAMES = Object.entries(NAME_COLUMNS) as [NameColumn, NamedColumn][];
const KEY_COLUMNS: readonly KeyColumn[] = [
  ...NAMES.map(([column]) => column),
  'categoryAnyCase',
  'signature',
];
/** Of a column with one key for all. */
const SAME = new Uint16Array(PACK_ALERTS);
const KEY_BYTES = 8;
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
    if (byteLength === KEY_BYTES) {
      return { index: SAME, keys: new Uint32Array(buffer, byteOffset, 2) };
    }
    const start = PACK_ALERTS * 2;
    return {
      index: new Uint16Array(buffer, byteOffset, PACK_ALERTS),
      keys: new Uint32Array(buffer, byteOffset + start, (byteLength - start) / 4),
    };
  }
}

/** Columns are made when they are asked for: a question looks at few of them. */
export class PackBuilder {
  readonly #hash: NameHash;
  readonly #rows = new Map<number, PackRow>();

  constructor(hash: NameHash) {
    this.#hash = hash;
  }

  /** False for an alert that does not fit: then it is not in the pack. */
  add(place: number, row: PackRow): boolean {
    const isFit =
      TRIAGE_STATUSES.includes(row.status) &&
      isWithin(row.severity, 1, MAX_SEVERITY) &&
      isWithin(row.count, 0, MAX_UINT32) &&
      isWithin(row.sid, 0, MAX_UINT32) &&
      isWithin(row.gid, 0, MAX_UINT32);
    if (isFit) this.#rows.set(place, row);
    return isFit;
  }

  /** The columns as they are stored. */
  blobs(): (readonly [PackColumn, Uint8Array])[] {
    return [...PLAIN_COLUMNS, ...KEY_COLUMNS].map((column) => [column, this.#blob(column)]);
  }

  pack(): Pack {
    const made = new Map<PackColumn, Uint8Array>();
    return new Pack((column) => {
      const blob = made.get(column) ?? this.#blob(column);
      made.set(column, blob);
      return blob;
    });
  }

  #blob(column: PackColumn): Uint8Array {
    switch (column) {
      case 'last':
        return this.#numbers(new Float64Array(PACK_ALERTS), (row) => row.last_ts_us);
      case 'first':
        return this.#numbers(new Float64Array(PACK_ALERTS), (row) => row.ts_us);
      case 'count':
        return this.#numbers(new Uint32Array(PACK_ALERTS), (row) => row.count);
      case 'severity':
        return this.#numbers(new Uint8Array(PACK_ALERTS), (row) => row.severity);
      case 'status':
        return this.#numbers(new Uint8Array(PACK_ALERTS), ({ status }) =>
          TRIAGE_STATUSES.indexOf(status),
        );
      case 'signature':
        return this.#keys(
          (row) => `${row.sid} ${row.gid}`,
          (row) => [row.sid, row.gid],
        );
      case 'categoryAnyCase':
        return this.#names(({ category }) => withoutCase(category));
      default: {
        const of = NAME_COLUMNS[column];
        return this.#names((row) => row[of]);
      }
    }
  }

  #numbers(
    into: Float64Array | Uint32Array | Uint8Array,
    of: (row: PackRow) => number,
  ): Uint8Array {
    for (const [place, row] of this.#rows) into[place] = of(row);
    return bytesOf(into);
  }

  #names(nameOf: (row: PackRow) => string): Uint8Array {
    return this.#keys(nameOf, (_, name) => {
      this.#hash.hash(name);
      return [this.#hash.low, this.#hash.high];
    });
  }

  /** Each key once; without the index where all alerts have the same. */
  #keys(
    nameOf: (row: PackRow) => string,
    keyOf: (row: PackRow, name: string) => readonly [low: number, high: number],
  ): Uint8Array {
    const index = new Uint16Array(PACK_ALERTS);
    const known = new Map<string, number>();
    const keys: number[] = [];
    for (const [place, row] of this.#rows) {
      const name = nameOf(row);
      let number = known.get(name);
      if (number === undefined) {
        number = known.size;
        known.set(name, number);
        keys.push(...keyOf(row, name));
      }
      index[place] = number;
    }
    const bytes = bytesOf(Uint32Array.from(keys));
    return known.size === 1 ? bytes : Buffer.concat([bytesOf(index), bytes]);
  }
}

/** As SQLite compares without case: ASCII only. */
export function withoutCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function bytesOf(values: Float64Array | Uint32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Where numbers of so many bytes can be read. */
function aligned(blob: Uint8Array, bytes: number): Uint8Array {
  return blob.byteOffset % bytes === 0 ? blob : new Uint8Array(blob);
}

/** Where in its pack an alert stands, by its row id. */
export function placeOf(id: number): number {
  return id & (PACK_ALERTS - 1);
}

/** In which pack. */
export function packOf(id: number): number {
  return Math.floor(id / 2 ** PACK_BITS);
}
