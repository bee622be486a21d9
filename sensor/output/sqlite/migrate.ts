/** Brings a store to the newest schema: forward only, all or nothing. */
import type Database from 'better-sqlite3';
import { OperatorError, log, monotonicMs, wallClockUsec } from '../../core/index.ts';
import { storeHint } from './store-error.ts';

export interface Migration {
  /** Counts from 1 without holes. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** It touches every alert, which takes a while. */
  readonly isLong?: true;
}

/** Version of the store's schema, 0 for an empty file. Throws STORE_UNREADABLE for another program's database. */
export function schemaVersion(db: Database.Database): number {
  const tables = db.prepare<[], { name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  const names = tables.all().map(({ name }) => name);
  if (names.length === 0) return 0;
  if (!names.includes('schema_migrations')) {
    throw new OperatorError(
      'STORE_UNREADABLE',
      `${db.name} is an SQLite database of another program`,
      storeHint('STORE_UNREADABLE'),
    );
  }
  const newest = db.prepare<[], { version: number | null }>(
    'SELECT max(version) AS version FROM schema_migrations',
  );
  return newest.get()?.version ?? 0;
}

/** Refuses a store that a newer program wrote: its columns may mean something else. */
export function refuseNewer(
  db: Database.Database,
  version: number,
  migrations: readonly Migration[],
): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (version <= newest) return;
  throw new OperatorError(
    'STORE_NEWER',
    `The store ${db.name} has schema ${version}, this program knows up to ${newest}`,
    storeHint('STORE_NEWER'),
  );
}

/** Runs what is missing in one transaction. Throws OperatorError STORE_NEWER or STORE_UNREADABLE, or SQLite's. */
export function migrate(db: Database.Database, migrations: readonly Migration[]): void {
  const version = schemaVersion(db);
  refuseNewer(db, version, migrations);
  if (version === migrations.at(-1)?.version) return;
  const start = monotonicMs();
  if (version > 0 && migrations.some((each) => each.version > version && each.isLong)) {
    const newest = migrations.at(-1)?.version ?? 0;
    log(
      'info',
      'output',
      `The store ${db.name} is brought from schema ${version} to ${newest}: about a minute for a million alerts`,
    );
  }
  const run = db.transaction(() => {
    db.exec(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_us INTEGER NOT NULL
       ) STRICT`,
    );
    addTimes(db);
    // Another process may have migrated while this one waited for the lock.
    const reached = schemaVersion(db);
    const record = db.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?)');
    for (const migration of migrations) {
      if (migration.version <= reached) continue;
      db.exec(migration.sql);
      record.run(migration.version, migration.name, wallClockUsec());
    }
  });
  run.immediate();
  if (version === 0) return;
  const seconds = ((monotonicMs() - start) / 1000).toFixed(1);
  log('info', 'output', `The store ${db.name} is up to date after ${seconds} s`);
}

/** `ts_us` and `time`, as all documented tables have them; older stores were made without. */
function addTimes(db: Database.Database): void {
  const columns = db.prepare<[], { name: string }>(
    "SELECT name FROM pragma_table_xinfo('schema_migrations')",
  );
  if (columns.all().some(({ name }) => name === 'ts_us')) return;
  db.exec(
    `ALTER TABLE schema_migrations ADD COLUMN ts_us INTEGER GENERATED ALWAYS AS (applied_us) VIRTUAL;
     ALTER TABLE schema_migrations ADD COLUMN time INTEGER GENERATED ALWAYS AS (applied_us / 1000000) VIRTUAL;`,
  );
}
