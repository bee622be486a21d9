import assert from 'node:assert/strict';
import type Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { SensorRecord } from '../../../sensor/alert/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { Retention } from '../../../sensor/output/sqlite/retention.ts';
import {
  T0,
  campaignRecord,
  featuresRecord,
  fileRecord,
  flowRecord,
  statsRecord,
} from '../alert/sample.ts';
import { alerts, sessions, testFolder } from './store-bench.ts';

const dir = testFolder();
const DAY = 86400;
const GIB = 2 ** 30;

function store(name: string, records: readonly SensorRecord[]): Database.Database {
  const db = openStore(join(dir, name));
  new RecordWriter(db).write(records);
  return db;
}

function count(db: Database.Database, table: string): number {
  return (
    db.prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM ${table}`).get()?.rows ?? -1
  );
}

function flows(n: number): SensorRecord[] {
  return Array.from({ length: n }, (_, i) => ({
    kind: 'flow',
    record: { ...flowRecord, communityId: `1:${i}` },
  }));
}

/** Runs until it says that it is done, in steps too short to do more than a little. */
function runAll(retention: Retention, nowSeconds: number): number {
  let steps = 1;
  while (!retention.run(nowSeconds, 0)) assert.ok(++steps < 10_000);
  return steps;
}

describe('Retention.run()', () => {
  it('deletes by the age since storing, in every table, with the triage of alerts', () => {
    const db = store('age.db', [
      ...alerts(1200),
      ...sessions(3),
      ...flows(3),
      { kind: 'stats', record: statsRecord },
      { kind: 'campaign', record: campaignRecord },
      { kind: 'file', record: fileRecord },
    ]);
    const now = Math.floor(new Date().getTime() / 1000);
    db.prepare('UPDATE alerts SET stored = ? WHERE id <= 1100').run(now - 31 * DAY);
    for (const table of ['sessions', 'flows', 'files', 'identities', 'exposures', 'campaigns']) {
      db.prepare(`UPDATE ${table} SET stored = ? WHERE id = 1`).run(now - 31 * DAY);
    }
    const triage = db.prepare("INSERT INTO alert_triage VALUES (?, 'escalated', 0, 'ann', '')");
    for (const id of [5, 1150]) triage.run(id.toString(16).padStart(32, '0'));
    db.exec(
      "INSERT INTO audit (ts_us, actor, action, object, detail) VALUES (0, '', '', '', '{}')",
    );
    const retention = new Retention(db, { maxAgeSeconds: 30 * DAY, maxBytes: GIB, maxServers: 3 });
    assert.ok(runAll(retention, now) > 3, 'in chunks');
    assert.equal(count(db, 'alerts'), 100);
    assert.equal(count(db, 'alert_triage'), 1);
    assert.deepEqual([count(db, 'sessions'), count(db, 'flows')], [2, 2]);
    assert.deepEqual([count(db, 'identities'), count(db, 'exposures')], [0, 0]);
    assert.deepEqual([count(db, 'campaigns'), count(db, 'files')], [0, 0]);
    assert.deepEqual([count(db, 'sensor_stats'), count(db, 'audit')], [1, 1]);
    db.close();
  });

  it('keeps what servers offer, but for the rows seen least often beyond the limit', () => {
    const servers = Array.from({ length: 5 }, (_, i): SensorRecord => ({
      kind: 'server_features',
      record: {
        ...featuresRecord,
        domain: `d${i}.example`,
        sessions: i === 0 ? 9 : 1,
        lastUsec: T0 + i,
      },
    }));
    const db = store('servers.db', servers);
    db.exec('UPDATE server_features SET stored = 0');
    const now = Math.floor(new Date().getTime() / 1000);
    runAll(new Retention(db, { maxAgeSeconds: DAY, maxBytes: 1, maxServers: 3 }), now);
    assert.deepEqual(
      db.prepare('SELECT domain FROM server_features ORDER BY domain').pluck().all(),
      ['d0.example', 'd3.example', 'd4.example'],
    );
    db.close();
  });

  it('keeps rows of an old capture that was read today', () => {
    const db = store('old.db', alerts(10, { tsUsec: 1e15 }));
    const retention = new Retention(db, { maxAgeSeconds: 30 * DAY, maxBytes: GIB, maxServers: 3 });
    runAll(retention, new Date().getTime() / 1000);
    assert.equal(count(db, 'alerts'), 10);
    db.close();
  });

  it('deletes down to the size, oldest first, alerts last, and gives the space back', () => {
    const db = store('size.db', [...flows(8000), ...alerts(6000), ...sessions(4000)]);
    db.pragma('wal_checkpoint(TRUNCATE)');
    const before = statSync(join(dir, 'size.db')).size;
    const keeping = new Retention(db, {
      maxAgeSeconds: DAY,
      maxBytes: before * 0.85,
      maxServers: 3,
    });
    runAll(keeping, new Date().getTime() / 1000);
    assert.ok(keeping.usedBytes() <= before * 0.85);
    assert.equal(count(db, 'alerts'), 6000);
    assert.ok(count(db, 'flows') < 8000);
    assert.equal(db.prepare('SELECT max(id) FROM flows').pluck().get(), 8000, 'oldest first');
    const tight = new Retention(db, { maxAgeSeconds: DAY, maxBytes: before * 0.3, maxServers: 3 });
    runAll(tight, new Date().getTime() / 1000);
    assert.ok(tight.usedBytes() <= before * 0.3);
    assert.ok(count(db, 'alerts') < 6000 && count(db, 'alerts') > 0);
    assert.ok(count(db, 'flows') >= 500 && count(db, 'sessions') >= 500, 'a little of all is left');
    db.pragma('wal_checkpoint(TRUNCATE)');
    assert.ok(statSync(join(dir, 'size.db')).size < before * 0.45);
    db.close();
  });

  it('does nothing, at once, within the limits', () => {
    const db = store('small.db', alerts(10));
    const retention = new Retention(db, { maxAgeSeconds: DAY, maxBytes: GIB, maxServers: 3 });
    assert.equal(retention.run(new Date().getTime() / 1000, 0), true);
    assert.equal(retention.deleted, 0);
    db.close();
  });

  it('ends where nothing is left to delete', () => {
    const db = store('tiny.db', alerts(10));
    const retention = new Retention(db, { maxAgeSeconds: DAY, maxBytes: 1, maxServers: 3 });
    runAll(retention, new Date().getTime() / 1000);
    assert.equal(count(db, 'alerts'), 0);
    db.close();
  });
});
