/** Opens the store for writing: folder, permissions, pragmas, schema. */
import Database from 'better-sqlite3';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { migrate, type Migration } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { storeError } from './store-error.ts';

/** How long a write may wait for a lock; the supervisor stands still meanwhile, and tries again later. */
const BUSY_MS = 250;
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
/** 64 MiB of WAL: a page of an index that many batches touch is copied into the database once for all of them. */
const CHECKPOINT_PAGES = 16_384;
/** Alerts go into ten indexes at places that do not lie together. */
const CACHE_KIB = 64 * 1024;

/**
 * Opens or creates a store. Throws OperatorError with the STORE_ codes.
 *
 * The folder is made with mode 0750 and the file with 0640 (SQLite gives `-wal` and `-shm` the same), so that a
 * group of analysts, or Grafana, may read; folders and files that exist keep their mode.
 */
export function openStore(
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Database.Database {
  let db: Database.Database | undefined;
  try {
    prepareFile(path);
    db = new Database(path, { timeout: BUSY_MS });
    setPragmas(db);
    migrate(db, migrations);
    return db;
  } catch (error) {
    db?.close();
    throw storeError(error, 'open the store', path);
  }
}

function prepareFile(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    chmodSync(folder, 0o750);
  }
  if (!existsSync(path)) {
    closeSync(openSync(path, 'a', 0o640));
    chmodSync(path, 0o640);
  }
}

function setPragmas(db: Database.Database): void {
  // Before the first page is written, which journal_mode does: afterwards only VACUUM could turn it on.
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  // A commit is in the WAL file, that is in the kernel's cache: it survives the death of the process (kill -9), not
  // a power cut, which may take the last commits but never damages the file. FULL adds an fsync per batch.
  db.pragma('synchronous = NORMAL');
  db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.pragma(`cache_size = ${-CACHE_KIB}`);
  db.pragma('foreign_keys = ON');
  db.pragma('temp_store = MEMORY');
}
