import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { examineStore, quickCheckStore } from '../../../sensor/output/sqlite/examine-store.ts';
import { MIGRATIONS } from '../../../sensor/output/sqlite/migrations/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { testFolder } from './store-bench.ts';

const dir = testFolder();
const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;
const STATS = `INSERT INTO sensor_stats (ts_us, stored, sensor, uptime, packets, bytes, dropped, flows_active, seen_bytes,
  gap_bytes, counters, events) VALUES (?, 1, 's', 1, 1, 1, 0, 0, 0, 0, '{}', '{}')`;

/** Names of a store's files, and what is in them. */
function filesOf(path: string): string[] {
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(basename(path)))
    .sort()
    .map((name) => `${name} ${readFileSync(join(dirname(path), name)).toString('base64')}`);
}

function storeAt(name: string, journal: 'WAL' | 'DELETE'): string {
  const path = join(dir, name);
  const db = openStore(path);
  db.prepare(STATS).run(1_700_000_000_000_001);
  db.prepare(STATS).run(1_700_000_000_000_000);
  db.pragma(`journal_mode = ${journal}`);
  db.close();
  return path;
}

describe('examineStore() and quickCheckStore()', () => {
  const FOUND = { version: NEWEST, newest: NEWEST, rows: 2, newestUsec: 1_700_000_000_000_000 };

  for (const journal of ['WAL', 'DELETE'] as const) {
    it(`read a store nobody has open (${journal}) and leave nothing beside it`, () => {
      const path = storeAt(`closed-${journal}.db`, journal);
      const before = filesOf(path);
      assert.deepEqual(examineStore(path), FOUND);
      assert.deepEqual(quickCheckStore(path), { problem: '' });
      assert.deepEqual(filesOf(path), before);
    });
  }

  it('read one that is being written', () => {
    const path = join(dir, 'open.db');
    const db = openStore(path);
    try {
      db.prepare(STATS).run(1_700_000_000_000_000);
      const names = readdirSync(dir).filter((name) => name.startsWith('open.db'));
      assert.equal(names.length, 3);
      assert.deepEqual(examineStore(path), { ...FOUND, rows: 1 });
      assert.deepEqual(quickCheckStore(path), { problem: '' });
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.startsWith('open.db')),
        names,
      );
    } finally {
      db.close();
    }
  });

  it('leave alone one whose log was left behind', () => {
    const path = join(dir, 'left.db');
    const db = openStore(join(dir, 'writing.db'));
    db.prepare(STATS).run(1);
    for (const end of ['', '-wal']) copyFileSync(join(dir, `writing.db${end}`), `${path}${end}`);
    db.close();
    const before = filesOf(path);
    assert.match(JSON.stringify(examineStore(path)), /leftAlone.*left behind/);
    assert.match(JSON.stringify(quickCheckStore(path)), /leftAlone/);
    assert.deepEqual(filesOf(path), before);
  });

  it('tell an older store, and refuse a newer one, another program, and no database', () => {
    const path = storeAt('version.db', 'DELETE');
    const change = (sql: string): void => {
      const db = new Database(path);
      db.exec(sql);
      db.close();
    };
    change(`DELETE FROM schema_migrations WHERE version = ${NEWEST}`);
    const older = { version: NEWEST - 1, newest: NEWEST, rows: 0, newestUsec: undefined };
    assert.deepEqual(examineStore(path), older);
    change(`INSERT INTO schema_migrations VALUES (${NEWEST + 1}, 'next', 0)`);
    assert.throws(() => examineStore(path), { code: 'STORE_NEWER' });
    change('DROP TABLE schema_migrations');
    assert.throws(() => examineStore(path), {
      code: 'STORE_UNREADABLE',
      message: /another program/,
    });
    for (const text of ['', 'no database, only a text']) {
      writeFileSync(path, text);
      assert.throws(() => examineStore(path), { code: 'STORE_UNREADABLE' });
    }
  });
});
