import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreReplica } from '../../../sensor/output/sqlite/replica.ts';
import { alerts, openSink, rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 20) {
    assert.ok(waited < 60_000, 'waited too long');
    await sleep(20);
  }
}

describe('StoreReplica', () => {
  it('copies the store of a sensor that writes, so that who may only read can open it', async () => {
    const path = join(dir, 'live.db');
    const copy = join(dir, 'replica', 'store.db');
    mkdirSync(join(dir, 'replica'));
    // Left by a thread that was stopped half way.
    writeFileSync(`${copy}.new`, 'half');
    const sink = openSink(path, { replica: { copy, seconds: 0.05 } });
    sink.write(alerts(100));
    // The first copy may be of the store as it was before.
    await until(() => existsSync(copy) && rowsOf(copy, 'SELECT 1 FROM alerts').length === 100);
    assert.equal(statSync(copy).mode & 0o777, 0o640);
    // Bytes 18 and 19 of the header: 1 is a rollback journal, 2 a WAL.
    assert.deepEqual([...readFileSync(copy).subarray(18, 20)], [1, 1]);
    for (const suffix of ['-wal', '-shm', '-journal']) assert.ok(!existsSync(copy + suffix));
    const reader = new Database(copy, { readonly: true });
    sink.write(alerts(50, {}, 100));
    await until(() => rowsOf(copy, 'SELECT 1 FROM alerts').length === 150);
    assert.equal(
      reader.prepare('SELECT 1 FROM alerts').all().length,
      100,
      'the old copy stays whole',
    );
    reader.close();
    await sink.close();
    assert.ok(!existsSync(`${path}-wal`));
  });

  it('goes on trying when there is nothing to copy, and stops when it is closed', async () => {
    const path = join(dir, 'later.db');
    const copy = join(dir, 'made', 'later.db');
    const replica = new StoreReplica(path, { copy, seconds: 0.01 });
    await sleep(200);
    assert.equal(replica.copies, 0);
    const sink = openSink(path);
    sink.write(alerts(1));
    await until(() => replica.copies > 0);
    assert.equal(statSync(join(dir, 'made')).mode & 0o777, 0o750);
    await replica.close();
    const { copies } = replica;
    await sleep(100);
    assert.equal(replica.copies, copies);
    await sink.close();
  });
});
