/** The store asked in its thread: beside the sensor that writes, when it is missing, locked, exchanged or too slow. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { StoreService } from '../../../sensor/api/index.ts';
import { OperatorError, defaultLimits, type LimitValues } from '../../../sensor/core/index.ts';
import { StoreClient } from '../../../sensor/output/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { campaignRecord, fileRecord, sessionRecord, statsRecord } from '../alert/sample.ts';
import { alerts, openSink, rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();

function client(path: string, limits: Partial<LimitValues> = {}, busyMs = 50): StoreClient {
  // A thread that starts on a busy machine is none that does not come back.
  const patienceMs = 600_000;
  return new StoreClient({ path, limits: { ...defaultLimits(), ...limits }, busyMs, patienceMs });
}

function fill(path: string, count: number): void {
  const db = openStore(path);
  new RecordWriter(db).write([
    ...alerts(count),
    { kind: 'session', record: sessionRecord },
    { kind: 'file', record: fileRecord },
    { kind: 'campaign', record: campaignRecord },
    { kind: 'stats', record: statsRecord },
  ]);
  db.close();
}

describe('StoreClient', () => {
  it('is the store service of the API, and answers every question', async () => {
    const path = join(dir, 'all.db');
    fill(path, 3);
    const store: StoreService = client(path);
    const page = await store.alerts({ limit: 2 });
    assert.equal(page.items.length, 2);
    assert.equal((await store.alerts({ limit: 2, cursor: page.next })).items.length, 1);
    const alert = await store.alert('1');
    assert.ok(alert !== undefined);
    assert.equal(await store.alert('77'), undefined);
    assert.equal((await store.groups({})).items[0]?.alerts, 3);
    assert.equal((await store.top('jid', {})).length, 1);
    assert.equal(
      (await store.timeline({})).buckets.flat().reduce((a, b) => a + b),
      3,
    );
    assert.equal((await store.around(alert)).sameFlow.length, 2);
    assert.equal((await store.sessions({})).items.length, 1);
    assert.equal((await store.files({})).items.length, 1);
    assert.equal((await store.file(fileRecord.fileId))?.id, 1);
    assert.equal((await store.identities({})).items.length, 1);
    assert.equal((await store.exposures({})).items.length, 1);
    assert.equal((await store.campaigns({})).items.length, 1);
    assert.equal((await store.campaign(campaignRecord.campaignId))?.messages, 40);
    assert.ok((await store.graph({ jid: 'alice@corp.example' })).nodes.length > 1);
    assert.deepEqual((await store.stats(0, 1e15)).points, []);
    const { stats, rows, bytes } = await store.latestStats();
    assert.deepEqual([stats?.uptimeSeconds, rows > 3, bytes > 0], [8, true, true]);
    const { cursor } = await store.newsSince(undefined);
    assert.deepEqual(await store.newsSince(cursor), { alerts: [], cursor });
    const entry = await store.triage(alert.alertId, { status: 'closed', comment: 'c' }, 'ann');
    assert.deepEqual(await store.history(alert.alertId), [entry]);
    const bulk = await store.triageMany({ filter: {} }, { status: 'closed' }, 'ann');
    assert.equal(bulk.changed, 2);
    const detail = { n: 1 };
    await store.writeAudit({ tsUsec: 5, actor: 'a', action: 'reveal', object: 'o', detail });
    const [audit] = (await store.audit({})).items;
    assert.deepEqual(audit, { ...audit, actor: 'a', action: 'reveal', object: 'o', detail });
    await store.close();
    assert.ok(!existsSync(`${path}-wal`), 'a writer that closes last leaves no log');
  });

  it('reads and writes while the sensor writes, and lets it leave a tidy file', async () => {
    const path = join(dir, 'live.db');
    const store = client(path, {}, 2000);
    const sink = openSink(path);
    sink.write(alerts(2));
    const { cursor } = await store.newsSince(undefined);
    sink.write(alerts(3, {}, 1));
    const { alerts: news } = await store.newsSince(cursor);
    assert.deepEqual(
      news.map(({ isUpdate }) => isUpdate),
      [false, false],
    );
    const [first] = news;
    assert.ok(first !== undefined);
    await store.triage(first.alertId, { status: 'escalated' }, 'ann');
    assert.equal((await store.alerts({ statuses: ['escalated'] })).items.length, 1);
    await store.close();
    await sink.close();
    assert.deepEqual([existsSync(`${path}-wal`), existsSync(`${path}-shm`)], [false, false]);
    assert.equal(rowsOf(path, 'SELECT 1 FROM alerts').length, 4);
  });

  it('says that there is no store, and finds it once there is', async () => {
    const path = join(dir, 'later', 'store.db');
    const store = client(path);
    await assert.rejects(store.alerts({}), { name: 'OperatorError', code: 'STORE_UNREADABLE' });
    await assert.rejects(store.triage('x', { status: 'new' }, 'a'), { name: 'OperatorError' });
    fill(path, 1);
    assert.equal((await store.alerts({})).items.length, 1);
    await store.close();
  });

  it('notices that the store was moved away and made anew', async () => {
    const path = join(dir, 'moved.db');
    fill(path, 1);
    const store = client(path);
    assert.equal((await store.alerts({})).items.length, 1);
    await store.triageMany({ filter: {} }, { status: 'closed' }, 'ann');
    renameSync(path, `${path}.old`);
    fill(path, 4);
    assert.equal((await store.alerts({})).items.length, 4);
    const { changed } = await store.triageMany({ filter: {} }, { status: 'closed' }, 'ann');
    assert.equal(changed, 4);
    await store.close();
  });

  it('tells a newer store, a locked one and questions that make no sense apart', async () => {
    const newer = join(dir, 'newer.db');
    fill(newer, 1);
    const db = new Database(newer);
    db.exec("INSERT INTO schema_migrations VALUES (999, 'later', 0)");
    db.close();
    const ofNewer = client(newer);
    await assert.rejects(ofNewer.alerts({}), { code: 'STORE_NEWER' });
    await assert.rejects(ofNewer.triage('x', { status: 'new' }, 'a'), { code: 'STORE_NEWER' });
    await ofNewer.close();
    const locked = join(dir, 'locked.db');
    fill(locked, 1);
    const holder = new Database(locked);
    holder.pragma('journal_mode = DELETE');
    holder.exec('BEGIN EXCLUSIVE');
    const ofLocked = client(locked);
    const error = await ofLocked.alerts({}).catch((reason: unknown) => reason);
    assert.ok(error instanceof OperatorError);
    assert.equal(error.code, 'STORE_LOCKED');
    assert.notEqual(error.hint, undefined);
    holder.exec('ROLLBACK');
    holder.close();
    assert.equal((await ofLocked.alerts({})).items.length, 1);
    await assert.rejects(ofLocked.alerts({ limit: -1 }), { code: 'USAGE' });
    await assert.rejects(ofLocked.graph({}), { code: 'USAGE' });
    await ofLocked.close();
  });

  it('gives up a question that takes too long, and answers the next', async () => {
    const path = join(dir, 'slow.db');
    fill(path, 3000);
    const hasty = client(path, { storeQuestionMs: 0 });
    await assert.rejects(hasty.groups({ text: 'nowhere' }), { code: 'STORE_SLOW' });
    assert.notEqual(await hasty.alert('1'), undefined);
    await hasty.close();
  });

  it('ends a thread that does not come back, and goes on with another', async (t) => {
    const path = join(dir, 'stuck.db');
    fill(path, 1);
    const holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
    // The thread waits for the lock, the client for the thread; the second question has all the time it takes.
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const store = new StoreClient({ path, limits: defaultLimits(), busyMs: 5000, patienceMs: 800 });
    assert.notEqual(await store.alert('1'), undefined);
    const stuck = store.writeAudit({ tsUsec: 1, actor: 'a', action: 'x', object: '', detail: {} });
    t.mock.timers.tick(800);
    await assert.rejects(stuck, { code: 'STORE_SLOW' });
    assert.notEqual(await store.alert('1'), undefined);
    holder.exec('ROLLBACK');
    holder.close();
    await store.close();
  });

  it('lets only so many questions wait, and none once it is closed', async () => {
    const path = join(dir, 'busy.db');
    fill(path, 10);
    const store = client(path, { storeQuestions: 3 });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => store.alerts({})));
    const codes = results.map((result) =>
      result.status === 'fulfilled' ? 'ok' : (result.reason as OperatorError).code,
    );
    // One is being asked, three wait.
    assert.deepEqual(codes, ['ok', 'ok', 'ok', 'ok', 'STORE_BUSY', 'STORE_BUSY']);
    const last = store.alerts({});
    const waiting = store.alerts({}).catch((error: unknown) => error);
    await store.close();
    assert.equal((await last).items.length, 10);
    assert.equal(((await waiting) as OperatorError).code, 'STORE_BUSY');
    await assert.rejects(store.alerts({}), { code: 'STORE_BUSY' });
    await store.close();
  });
});
