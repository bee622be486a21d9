import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MIGRATIONS } from '../../../sensor/output/sqlite/migrations/index.ts';
import { migrate, type Migration } from '../../../sensor/output/sqlite/migrate.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { alerts, openSink, rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();

const next: Migration = {
  version: (MIGRATIONS.at(-1)?.version ?? 0) + 1,
  name: 'next',
  sql: "ALTER TABLE alerts ADD COLUMN added TEXT NOT NULL DEFAULT 'x'; CREATE TABLE added (id INTEGER);",
};

describe('migrations', () => {
  it('are numbered from 1 without holes', () => {
    assert.deepEqual(
      MIGRATIONS.map(({ version }) => version),
      MIGRATIONS.map((_, i) => i + 1),
    );
  });

  it('run on an empty file and are recorded', () => {
    const path = join(dir, 'empty.db');
    openStore(path).close();
    const rows = rowsOf(
      path,
      'SELECT version, name, applied_us > 0 AS dated FROM schema_migrations',
    );
    assert.deepEqual(
      rows,
      MIGRATIONS.map(({ version, name }) => ({ version, name, dated: 1 })),
    );
    openStore(path).close();
    assert.equal(rowsOf(path, 'SELECT * FROM schema_migrations').length, MIGRATIONS.length);
  });

  it('bring version 1 up to date and keep its rows', async () => {
    const path = join(dir, 'one.db');
    openStore(path, MIGRATIONS.slice(0, 1)).close();
    const sink = openSink(path, { open: (name) => openStore(name, MIGRATIONS.slice(0, 1)) });
    sink.write(alerts(5));
    await sink.close();
    openStore(path, [...MIGRATIONS, next]).close();
    assert.deepEqual(rowsOf(path, 'SELECT DISTINCT added FROM alerts'), [{ added: 'x' }]);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 5);
    // The program of today then meets a store of tomorrow.
    assert.throws(() => openStore(path), { code: 'STORE_NEWER' });
  });

  it('leave the store as it was when one fails', () => {
    const db = new Database(join(dir, 'failing.db'));
    migrate(db, MIGRATIONS);
    const broken = { ...next, sql: `${next.sql} CREATE TABLE alerts (id INTEGER);` };
    assert.throws(() => {
      migrate(db, [...MIGRATIONS, broken]);
    }, /already exists/);
    assert.deepEqual(db.prepare("SELECT name FROM sqlite_master WHERE name = 'added'").all(), []);
    assert.equal(
      db.prepare('SELECT max(version) FROM schema_migrations').pluck().get(),
      MIGRATIONS.length,
    );
    db.close();
  });
});
