/**
 * A look at a store that leaves nothing behind. SQLite makes `-wal` and `-shm` beside a database in WAL mode even for
 * who only reads it, unless they are there; so a store that nobody has open is read into memory, as far as it is small
 * enough, and a larger one is left alone.
 */
import Database from 'better-sqlite3';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { OperatorError } from '../../core/index.ts';
import { refuseNewer, schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Cell } from './record-rows.ts';
import { storeError } from './store-error.ts';
import { storeSize } from './store-size.ts';

const BUSY_MS = 2000;
const MAGIC = 'SQLite format 3\0';
/** Bytes of the header that say WAL (2) or rollback journal (1): SQLite's file format, section 1.3.3. */
const VERSIONS_AT = 18;
const WAL_VERSION = 2;
const JOURNAL_VERSION = 1;
const MAX_IN_MEMORY_BYTES = 256 * 1024 * 1024;

export interface StoreExamination {
  readonly version: number;
  /** The schema this program writes. */
  readonly newest: number;
  /** 0 for another schema than the newest. */
  readonly rows: number;
  /** Time of the newest alert or report of the sensor; undefined without one. */
  readonly newestUsec: number | undefined;
}

/** Why a store was not opened: to open it would leave files beside it. */
export interface StoreLeftAlone {
  readonly leftAlone: string;
}

export function sqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return db.prepare('SELECT sqlite_version()').pluck().get() as string;
  } finally {
    db.close();
  }
}

/** Throws OperatorError with the STORE_ codes. */
export function examineStore(path: string): StoreExamination | StoreLeftAlone {
  return withStore(path, (db) => {
    const version = schemaVersion(db);
    refuseNewer(db, version, MIGRATIONS);
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (version !== newest) return { version, newest, rows: 0, newestUsec: undefined };
    const asked = {
      path,
      all: <Columns>(sql: string, values: readonly Cell[] = []) =>
        db.prepare(sql).all(...values) as Columns[],
    };
    const latest = ['alerts', 'sensor_stats'].map((table) =>
      db.prepare(`SELECT ts_us FROM ${table} ORDER BY id DESC LIMIT 1`).pluck().get(),
    );
    const times = latest.filter((time): time is number => typeof time === 'number');
    return {
      ...{ version, newest, rows: storeSize(asked).rows },
      newestUsec: times.length === 0 ? undefined : Math.max(...times),
    };
  });
}

/** What SQLite's quick check says: '' when nothing is wrong. Takes as long as reading the file. Throws OperatorError. */
export function quickCheckStore(path: string): { readonly problem: string } | StoreLeftAlone {
  return withStore(path, (db) => {
    const answer = db.pragma('quick_check(1)', { simple: true });
    return { problem: answer === 'ok' ? '' : String(answer) };
  });
}

function withStore<Result>(
  path: string,
  use: (db: Database.Database) => Result,
): Result | StoreLeftAlone {
  let db: Database.Database | undefined;
  try {
    const opened = openUntouched(path);
    if ('leftAlone' in opened) return opened;
    db = opened;
    return use(db);
  } catch (error) {
    throw error instanceof OperatorError ? error : storeError(error, 'read the store', path);
  } finally {
    db?.close();
  }
}

function openUntouched(path: string): Database.Database | StoreLeftAlone {
  const isInWalMode = walMode(path);
  const hasLog = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
  const hasIndex = existsSync(`${path}-shm`);
  if (!isInWalMode || (existsSync(`${path}-wal`) && hasIndex)) {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  }
  if (hasLog) {
    return { leftAlone: 'its write-ahead log was left behind, and the next start takes it over' };
  }
  const { size } = statSync(path);
  if (size > MAX_IN_MEMORY_BYTES) {
    return {
      leftAlone: 'no process has it open, and to open one of this size leaves files beside it',
    };
  }
  const content = readFileSync(path);
  // A copy in memory has no log: what says WAL would be refused.
  content.fill(JOURNAL_VERSION, VERSIONS_AT, VERSIONS_AT + 2);
  return new Database(content, { readonly: true });
}

/** Throws STORE_UNREADABLE for what is no database. */
function walMode(path: string): boolean {
  const header = Buffer.alloc(VERSIONS_AT + 2);
  const file = openSync(path, 'r');
  let length: number;
  try {
    length = readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (length === 0) {
    throw new OperatorError(
      'STORE_UNREADABLE',
      `${path} is empty`,
      'Move it away: the next start makes a new one',
    );
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new OperatorError(
      'STORE_UNREADABLE',
      `${path} is no SQLite database`,
      'Move it away and restore a backup, or let the next start make a new one',
    );
  }
  return header[VERSIONS_AT] === WAL_VERSION;
}
