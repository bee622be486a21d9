/** What analysts write: one alert, many, the history, the audit, and what becomes of it all. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits, type TriageRequest } from '../../../sensor/core/index.ts';
import { AlertStore, triageStore, type TriageChoice } from '../../../sensor/output/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { Retention } from '../../../sensor/output/sqlite/retention.ts';
import { StoreWriter } from '../../../sensor/output/sqlite/store-writer.ts';
import { alertRecord } from '../alert/sample.ts';
import { alerts, rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();
const limits = { ...defaultLimits(), storeTriageAlerts: 3000 };

function idOf(serial: number): string {
  return serial.toString(16).padStart(32, '0');
}

function storeWith(name: string, count: number): string {
  const path = join(dir, name);
  const db = openStore(path);
  new RecordWriter(db).write(alerts(count));
  db.close();
  return path;
}

function change(
  path: string,
  choice: TriageChoice,
  request: TriageRequest,
): ReturnType<typeof triageStore> {
  return triageStore(path, choice, request, 'ann', limits);
}

describe('triage', () => {
  it('sets status and comment of an alert, keeps what is not said, and remembers all of it', async () => {
    const path = storeWith('one.db', 2);
    const ids = [idOf(1)];
    await change(path, { ids }, { status: 'escalated', comment: 'look' });
    await change(path, { ids }, { comment: 'called \u202eher\u0007' });
    await change(path, { ids }, { status: 'closed' });
    const store = new AlertStore(path);
    const alert = store.findAlert('2');
    assert.deepEqual([alert?.status, alert?.comment], ['closed', 'called \u202eher\u0007']);
    const history = store.history(idOf(1));
    assert.deepEqual(
      history.map(({ actor, status, comment }) => [actor, status, comment]),
      [
        ['ann', 'escalated', 'look'],
        ['ann', 'escalated', 'called \u202eher\u0007'],
        ['ann', 'closed', ''],
      ],
    );
    assert.ok(history.every(({ tsUsec }, i) => tsUsec >= (history[i - 1]?.tsUsec ?? 1)));
    assert.deepEqual(store.history(idOf(0)), []);
    store.close();
    const audit = rowsOf(path, 'SELECT actor, action, object, detail FROM audit ORDER BY id');
    assert.equal(audit.length, 3);
    assert.deepEqual(audit[0], {
      actor: 'ann',
      action: 'triage',
      object: idOf(1),
      detail: '{"status":"escalated","comment":"look"}',
    });
  });

  it('changes all that fit in slices, with one row in the audit, and counts those that changed', async () => {
    const path = storeWith('many.db', 2500);
    await change(path, { ids: [idOf(7)] }, { status: 'acknowledged' });
    const filter = { detection: alertRecord.detection, statuses: ['new', 'acknowledged'] } as const;
    const { changed, alertIds } = await change(path, { filter }, { status: 'acknowledged' });
    assert.equal(changed, 2499);
    assert.equal(new Set(alertIds).size, 2499);
    const [audit, ...others] = rowsOf(
      path,
      "SELECT detail FROM audit WHERE action = 'triage_many'",
    );
    assert.deepEqual(others, []);
    assert.deepEqual(JSON.parse(String(audit?.['detail'])), {
      count: 2500,
      status: 'acknowledged',
      query: JSON.stringify(filter),
    });
    const states = 'SELECT status, count(*) AS alerts FROM alerts GROUP BY status';
    assert.deepEqual(rowsOf(path, states), [{ status: 'acknowledged', alerts: 2500 }]);
    const entries = rowsOf(path, 'SELECT count(*) AS entries FROM alert_triage_history');
    assert.deepEqual(entries, [{ entries: 2500 }]);
  });

  it('takes named ones once, passes over those that are gone, and may have a limit', async () => {
    const path = storeWith('named.db', 5);
    const ids = [idOf(1), idOf(1), idOf(2), 'f'.repeat(32)];
    assert.deepEqual(await change(path, { ids }, { status: 'closed' }), {
      changed: 2,
      alertIds: [idOf(1), idOf(2)],
    });
    const filter = { statuses: ['new'], limit: 2 } as const;
    const { alertIds } = await change(path, { filter }, { status: 'escalated' });
    assert.deepEqual(alertIds, [idOf(4), idOf(3)]);
    assert.deepEqual(await change(path, { filter: { sid: 1 } }, { status: 'closed' }), {
      changed: 0,
      alertIds: [],
    });
  });

  it('refuses what cannot be done, and then nothing has changed', async () => {
    const path = storeWith('refused.db', 3);
    const many = { ...limits, storeTriageAlerts: 2 };
    const ids = [idOf(1)];
    const cases: readonly (readonly [TriageChoice, TriageRequest, RegExp])[] = [
      [{ ids: ['f'.repeat(32)] }, { status: 'closed' }, /There is no alert/],
      [{ ids }, {}, /Say what to change/],
      [{ ids }, { comment: '' }, /Say what to change/],
      [{ ids }, { comment: 'x'.repeat(4001) }, /at most 4000 characters/],
      [{ filter: {} }, { status: 'closed' }, /at most 2 alerts/],
    ];
    for (const [choice, request, message] of cases) {
      await assert.rejects(triageStore(path, choice, request, 'ann', many), {
        code: 'USAGE',
        message,
      });
    }
    assert.deepEqual(rowsOf(path, 'SELECT * FROM alert_triage'), []);
    assert.deepEqual(rowsOf(path, 'SELECT * FROM audit'), []);
    await change(path, { ids }, { comment: 'x'.repeat(4000) });
  });

  it('waits for a lock so long, then says who holds the store', () => {
    const path = storeWith('locked.db', 1);
    const holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
    const writer = new StoreWriter(path, { busyMs: 20 });
    assert.throws(() => writer.triage(idOf(0), { status: 'closed' }, 'ann'), {
      code: 'STORE_LOCKED',
    });
    holder.exec('ROLLBACK');
    assert.equal(writer.triage(idOf(0), { status: 'closed' }, 'ann').status, 'closed');
    holder.close();
    writer.close();
  });

  it('goes with its alert when that is too old', async () => {
    const path = storeWith('old.db', 3);
    await change(path, { filter: {} }, { status: 'closed' });
    const db = openStore(path);
    db.exec('UPDATE alerts SET stored = 1 WHERE id < 3');
    const retention = new Retention(db, { maxAgeSeconds: 86400, maxBytes: 1e9, maxServers: 10 });
    while (!retention.run(Math.floor(new Date().getTime() / 1000), 10));
    db.close();
    for (const table of ['alerts', 'alert_triage', 'alert_triage_history']) {
      const rows = rowsOf(path, `SELECT alert_id FROM ${table}`);
      assert.deepEqual(rows, [{ alert_id: idOf(2) }], table);
    }
    assert.equal(rowsOf(path, 'SELECT * FROM audit').length, 1);
  });

  it('of an alert that grows stays as it is', async () => {
    const path = storeWith('grows.db', 1);
    await change(path, { filter: {} }, { status: 'acknowledged', comment: 'known' });
    const db = openStore(path);
    const grown = {
      ...alertRecord,
      alertId: idOf(0),
      alert: { ...alertRecord.alert, count: 99 },
    };
    new RecordWriter(db).write([{ kind: 'alert_update', record: grown }]);
    db.close();
    const store = new AlertStore(path);
    const alert = store.findAlert('1');
    assert.deepEqual([alert?.count, alert?.status, alert?.comment], [99, 'acknowledged', 'known']);
    store.close();
  });
});
