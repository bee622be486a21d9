/**
 * The alerts of a store as packs: those that are stored so, and those that are not (new ones, strays) read where they
 * stand and packed for the question. Together they are all alerts, each once, in the snapshot that the question reads.
 */
import type { StoreReader } from '../store-reader.ts';
import { NameHash } from './name-hash.ts';
import {
  CAN_PACK,
  PACK_ALERTS,
  PACK_ROW,
  Pack,
  PackBuilder,
  packOf,
  placeOf,
  type PackColumn,
  type PackRow,
} from './pack-columns.ts';
import { TEXT_COLUMNS, type SoughtText, type TextBlob } from './pack-texts.ts';

/** More alerts than these are not read one by one: then packs are no help. */
export const MAX_LOOSE = 20_000;

/** A pack that is stored. */
export interface StoredPack {
  readonly pack: number;
  /** Another number when it is made anew. */
  readonly made: number;
  /** Of the last firings of its alerts, strays aside. */
  readonly first_us: number;
  readonly last_us: number;
}

/** One pack of a question: what it says, for which of the places, and whose places they are. */
export interface OpenPack {
  readonly columns: Pack;
  /** 1 for each place with an alert that is still as the pack says. */
  readonly present: Uint8Array;
  readonly idAt: (place: number) => number;
  /** 1 for each place with an alert that has the text. */
  readonly having: (text: SoughtText) => Uint8Array;
}

const HAS_TEXT = TEXT_COLUMNS.map((column) => `a.${column} LIKE ? ESCAPE '\\'`).join(' OR ');

export class AlertPacks {
  readonly #reader: StoreReader;
  readonly stored: readonly StoredPack[];
  readonly hash: NameHash;
  readonly #strays: ReadonlyMap<number, readonly number[]>;
  /** Row ids without a pack: from, and before. */
  readonly #gaps: readonly (readonly [first: number, end: number])[];

  private constructor(reader: StoreReader, stored: readonly StoredPack[], strays: Strays) {
    this.#reader = reader;
    this.stored = stored;
    this.#strays = strays;
    this.#gaps = gapsOf(reader, stored);
    const [salt] = reader.all<{ low: number; high: number }>(
      'SELECT low, high FROM alert_pack_salt',
    );
    this.hash = new NameHash(salt ?? { low: 0, high: 0 });
  }

  /** Within a snapshot of the reader; undefined where packs are no help. */
  static open(reader: StoreReader): AlertPacks | undefined {
    if (!CAN_PACK || !reader.hasPacks) return undefined;
    const stored = reader.all<StoredPack>(
      'SELECT pack, made, first_us, last_us FROM alert_packs WHERE made > 0 ORDER BY last_us DESC, pack DESC',
    );
    if (stored.length === 0) return undefined;
    const strays = straysOf(reader, stored);
    if (strays === undefined) return undefined;
    const packs = new AlertPacks(reader, stored, strays);
    const loose =
      packs.#gaps.reduce((sum, [first, end]) => sum + end - first, 0) +
      [...strays.values()].reduce((sum, { length }) => sum + length, 0);
    return loose > MAX_LOOSE ? undefined : packs;
  }

  /** Every alert that fired at that time or later is in one of them; others may be, too. */
  *since(usec: number): Generator<OpenPack> {
    yield* this.loosePacks();
    for (const stored of this.stored) {
      if (stored.last_us < usec) return;
      yield this.opened(stored);
    }
  }

  opened({ pack, made }: StoredPack): OpenPack {
    const { blobs } = this.#reader;
    this.#reader.checkTime();
    const columns = new Pack((column) =>
      blobs.blob(`${pack} ${made} ${column}`, () => this.#blob(pack, column)),
    );
    const severity = columns.bytes('severity');
    const present = new Uint8Array(PACK_ALERTS);
    for (let i = 0; i < PACK_ALERTS; i++) present[i] = severity[i] === 0 ? 0 : 1;
    for (const id of this.#strays.get(pack) ?? []) present[placeOf(id)] = 0;
    return {
      columns,
      present,
      idAt: (place) => pack * PACK_ALERTS + place,
      // Of alerts that are still as the pack says, as all that is known of packs.
      having: (text) =>
        blobs.blob(`${pack} ${made} having ${text.text}`, () => this.#having(pack, made, text)),
    };
  }

  /** Those without a pack. Throws UnfitAlert where one does not fit into any. */
  *loosePacks(): Generator<OpenPack> {
    let builder = new PackBuilder(this.hash);
    let ids: number[] = [];
    for (const row of this.#looseRows()) {
      if (!builder.add(ids.length, row)) throw new UnfitAlert();
      ids.push(row.id);
      if (ids.length < PACK_ALERTS) continue;
      yield this.#loosePack(builder, ids);
      builder = new PackBuilder(this.hash);
      ids = [];
    }
    if (ids.length > 0) yield this.#loosePack(builder, ids);
  }

  *#looseRows(): Generator<PackRow> {
    const reader = this.#reader;
    for (const [first, end] of this.#gaps) {
      yield* reader.all<PackRow>(`SELECT ${PACK_ROW} FROM alerts a WHERE a.id >= ? AND a.id < ?`, [
        first,
        end,
      ]);
    }
    const strays = [...this.#strays.values()].flat();
    if (strays.length === 0) return;
    yield* reader.all<PackRow>(
      `SELECT ${PACK_ROW} FROM alerts a WHERE a.id IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(strays)],
    );
  }

  #loosePack(builder: PackBuilder, ids: readonly number[]): OpenPack {
    const present = new Uint8Array(PACK_ALERTS).fill(1, 0, ids.length);
    const having = (text: SoughtText): Uint8Array => {
      const found = new Set(this.#idsHaving(text, ids));
      return Uint8Array.from({ length: PACK_ALERTS }, (_, place) =>
        Number(found.has(ids[place] ?? 0)),
      );
    };
    return { columns: builder.pack(), present, idAt: (place) => ids[place] ?? 0, having };
  }

  #having(pack: number, made: number, text: SoughtText): Uint8Array {
    const { blobs } = this.#reader;
    const blobOf = (name: TextBlob): Uint8Array =>
      blobs.blob(`${pack} ${made} ${name}`, () => this.#blob(pack, name));
    const places = text.placesIn(blobOf);
    const untold = blobOf('untold');
    if (untold.length === 0) return places;
    const ids = Array.from(
      { length: untold.length / 2 },
      (_, i) => pack * PACK_ALERTS + (untold[i * 2] ?? 0) + (untold[i * 2 + 1] ?? 0) * 256,
    );
    for (const id of this.#idsHaving(text, ids)) places[placeOf(id)] = 1;
    return places;
  }

  /** Those of the alerts that have it, read where they stand. */
  #idsHaving({ pattern }: SoughtText, ids: readonly number[]): number[] {
    return this.#reader
      .all<{ id: number }>(
        `SELECT a.id FROM alerts a WHERE a.id IN (SELECT value FROM json_each(?))
         AND (a.id & 1023 <> 0 OR within_time()) AND (${HAS_TEXT})`,
        [JSON.stringify(ids), ...TEXT_COLUMNS.map(() => pattern)],
      )
      .map(({ id }) => id);
  }

  #blob(pack: number, column: PackColumn | TextBlob): Uint8Array {
    const [row] = this.#reader.all<{ data: Uint8Array }>(
      'SELECT data FROM alert_pack_columns WHERE pack = ? AND name = ?',
      [pack, column],
    );
    // A Buffer's slice() is no copy, so it is not handed on as one.
    return row === undefined ? new Uint8Array() : plain(row.data);
  }
}

/** An alert whose numbers no column takes: the question is answered without packs. */
export class UnfitAlert extends Error {}

function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

type Strays = ReadonlyMap<number, readonly number[]>;

/** Of packs that are ready; undefined when there are too many. */
function straysOf(reader: StoreReader, stored: readonly StoredPack[]): Strays | undefined {
  const rows = reader.all<{ id: number }>('SELECT id FROM alert_strays LIMIT ?', [MAX_LOOSE + 1]);
  if (rows.length > MAX_LOOSE) return undefined;
  const ready = new Set(stored.map(({ pack }) => pack));
  const strays = new Map<number, number[]>();
  for (const { id } of rows) {
    const pack = packOf(id);
    if (!ready.has(pack)) continue;
    const known = strays.get(pack);
    if (known === undefined) strays.set(pack, [id]);
    else known.push(id);
  }
  return strays;
}

function gapsOf(reader: StoreReader, stored: readonly StoredPack[]): [number, number][] {
  const [ends] = reader.all<{ first: number | null; last: number | null }>(
    'SELECT (SELECT min(id) FROM alerts) AS first, (SELECT max(id) FROM alerts) AS last',
  );
  if (ends?.first == null || ends.last === null) return [];
  const gaps: [number, number][] = [];
  let next = ends.first;
  for (const { pack } of [...stored].sort((a, b) => a.pack - b.pack)) {
    const start = pack * PACK_ALERTS;
    if (start > ends.last) break;
    if (start > next) gaps.push([next, start]);
    next = Math.max(next, start + PACK_ALERTS);
  }
  if (next <= ends.last) gaps.push([next, ends.last + 1]);
  return gaps;
}
