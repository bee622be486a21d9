/**
 * Makes packs of alerts that have none, and anew where many of a pack have changed. It may stop at any time and go on
 * later, and holds the lock of writers only while a pack is noted and while its bytes are stored, some milliseconds each:
 * a pack is noted first, so that triggers tell of every change to its alerts, and they are read after that.
 */
import type Database from 'better-sqlite3';
import { randomInt } from 'node:crypto';
import { NameHash } from './name-hash.ts';
import {
  PACK_ALERTS,
  PACK_BITS,
  PACK_ROW,
  PackBuilder,
  placeOf,
  type PackRow,
} from './pack-columns.ts';
import { TEXT_COLUMNS, TextsBuilder } from './pack-texts.ts';

/** Strays that questions may well read one by one; those above are packed, most first. */
const MAX_STRAYS = 4096;
/** A pack that so few have left is not made anew. */
const MIN_STRAYS = 32;
/** Of ids with large holes not all at once. */
const MAX_DUE = 10_000;
/** Bytes of columns in one transaction, more where one has more. */
const SLICE_BYTES = 128 * 1024;
/**
 * The first pack none of whose alerts retention has taken: what is deleted stands in no pack either, not even as the hash
 * of a name or as a word. Row ids begin with 1.
 */
const FIRST_WHOLE = `(SELECT (min(id) + ${PACK_ALERTS - 1} - (min(id) = 1)) >> ${PACK_BITS} FROM alerts)`;
/** Each making of a pack has a number of its own, negative before it is done. */
const MAX_MAKING = 2 ** 47;

type MadeRow = PackRow & Readonly<Record<(typeof TEXT_COLUMNS)[number], string>>;

export class PackMaker {
  readonly #db: Database.Database;
  readonly #hash: NameHash;
  readonly #rows: Database.Statement<[number, number], MadeRow>;
  readonly #note: Database.Transaction<(pack: number, making: number) => void>;

  /** On a store of schema 6 or newer. */
  constructor(db: Database.Database) {
    this.#db = db;
    const salt = db
      .prepare<[], { low: number; high: number }>('SELECT low, high FROM alert_pack_salt')
      .get();
    this.#hash = new NameHash(salt ?? { low: 0, high: 0 });
    this.#rows = db.prepare(
      `SELECT ${PACK_ROW}, ${TEXT_COLUMNS.map((column) => `a.${column}`).join(', ')}
       FROM alerts a WHERE a.id >= ? AND a.id < ? ORDER BY a.id`,
    );
    const addPack = db.prepare<[number, number]>(
      'INSERT OR REPLACE INTO alert_packs VALUES (?, ?, 0, 0)',
    );
    const dropStrays = db.prepare<[number, number]>(
      'DELETE FROM alert_strays WHERE id >= ? AND id < ?',
    );
    this.#note = db.transaction((pack: number, making: number) => {
      addPack.run(pack, -making);
      dropStrays.run(pack * PACK_ALERTS, (pack + 1) * PACK_ALERTS);
    });
  }

  /** Throws SQLite's errors; a pack that was begun is made again. */
  make(pack: number): void {
    const making = randomInt(1, MAX_MAKING);
    this.#note.immediate(pack, making);
    const columns = new PackBuilder(this.#hash);
    const texts = new TextsBuilder();
    const unfit: number[] = [];
    let firstUsec = Number.MAX_SAFE_INTEGER;
    let lastUsec = 0;
    for (const row of this.#rows.iterate(pack * PACK_ALERTS, (pack + 1) * PACK_ALERTS)) {
      const place = placeOf(row.id);
      if (!columns.add(place, row)) {
        unfit.push(row.id);
        continue;
      }
      texts.add(
        place,
        TEXT_COLUMNS.map((column) => row[column]),
      );
      firstUsec = Math.min(firstUsec, row.last_ts_us);
      lastUsec = Math.max(lastUsec, row.last_ts_us);
    }
    const blobs = [...columns.blobs(), ...texts.blobs()];
    this.#store({ pack, making, blobs, unfit, firstUsec, lastUsec });
  }

  /** In slices, so that no writer waits long; nothing of it is read before the last. */
  #store({ pack, making, blobs, unfit, firstUsec, lastUsec }: Made): void {
    const db = this.#db;
    const isOurs = db.prepare('SELECT 1 FROM alert_packs WHERE pack = ? AND made = ?');
    // Its alerts may have gone, and the pack with them; or another process makes it by now.
    const slice = db.transaction((work: () => void): boolean => {
      const isStill = isOurs.get(pack, -making) !== undefined;
      if (isStill) work();
      return isStill;
    });
    const addColumn = db.prepare('INSERT OR REPLACE INTO alert_pack_columns VALUES (?, ?, ?)');
    for (const some of slicesOf(blobs)) {
      const isStill = slice.immediate(() => {
        for (const [name, data] of some) addColumn.run(pack, name, data);
      });
      if (!isStill) return;
    }
    slice.immediate(() => {
      const addStray = db.prepare('INSERT OR IGNORE INTO alert_strays VALUES (?)');
      for (const id of unfit) addStray.run(id);
      db.prepare('UPDATE alert_packs SET made = ?, first_us = ?, last_us = ? WHERE pack = ?').run(
        making,
        firstUsec,
        lastUsec,
        pack,
      );
    });
  }
}

type NamedBlob = readonly [name: string, data: Uint8Array];

function* slicesOf(blobs: readonly NamedBlob[]): Generator<readonly NamedBlob[]> {
  let slice: NamedBlob[] = [];
  let bytes = 0;
  for (const blob of blobs) {
    slice.push(blob);
    bytes += blob[1].length;
    if (bytes < SLICE_BYTES) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  yield slice;
}

interface Made {
  readonly pack: number;
  readonly making: number;
  readonly blobs: readonly NamedBlob[];
  readonly unfit: readonly number[];
  readonly firstUsec: number;
  readonly lastUsec: number;
}

/** The packs to make, the latest first: those that are missing, then those many have left. */
export function duePacks(db: Database.Database): number[] {
  return duePacksOf(<Columns>(sql: string) => db.prepare<[], Columns>(sql).all());
}

/** The same, for any connection. */
export function duePacksOf(all: <Columns>(sql: string) => Columns[]): number[] {
  const missing = all<{ pack: number }>(
    `WITH RECURSIVE ends (first, last) AS (SELECT ${FIRST_WHOLE}, (SELECT max(id) FROM alerts) >> 12),
       packs (pack) AS (SELECT last - 1 FROM ends WHERE last > first
         UNION ALL SELECT pack - 1 FROM packs WHERE pack > (SELECT first FROM ends))
     SELECT pack FROM packs WHERE NOT EXISTS
       (SELECT 1 FROM alert_packs p WHERE p.pack = packs.pack AND p.made > 0) LIMIT ${MAX_DUE}`,
  ).map(({ pack }) => pack);
  const left = all<{ pack: number; strays: number }>(
    `SELECT id >> 12 AS pack, count(*) AS strays FROM alert_strays GROUP BY pack ORDER BY strays DESC`,
  );
  let strays = left.reduce((sum, each) => sum + each.strays, 0);
  for (const each of left) {
    if (strays <= MAX_STRAYS || each.strays < MIN_STRAYS) break;
    strays -= each.strays;
    if (!missing.includes(each.pack)) missing.push(each.pack);
  }
  return missing;
}

/** Drops the first pack when retention has taken of its alerts; false when there is none such. */
export function dropLeftPack(db: Database.Database): boolean {
  const pack = db
    .prepare<[], number | null>(
      `SELECT min(pack) FROM alert_packs WHERE pack < ifnull(${FIRST_WHOLE}, ${Number.MAX_SAFE_INTEGER})`,
    )
    .pluck()
    .get();
  if (pack === null || pack === undefined) return false;
  db.transaction(() => {
    db.prepare('DELETE FROM alert_packs WHERE pack = ?').run(pack);
    db.prepare('DELETE FROM alert_pack_columns WHERE pack = ?').run(pack);
    db.prepare('DELETE FROM alert_strays WHERE id >= ? AND id < ?').run(
      pack * PACK_ALERTS,
      (pack + 1) * PACK_ALERTS,
    );
  }).immediate();
  return true;
}
