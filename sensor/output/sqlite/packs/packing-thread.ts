/** The thread that makes packs until none is due. It rests as long as each took: others need the disk, too. */
import Database from 'better-sqlite3';
import { workerData } from 'node:worker_threads';
import { monotonicMs } from '../../../core/index.ts';
import { PackMaker, duePacks } from './pack-maker.ts';
import type { PackingTask } from './packing.ts';

const BUSY_MS = 5000;
const MAX_REST_MS = 2000;
/** As the sensor has it: whoever comes last copies pages that many batches touched. */
const CHECKPOINT_PAGES = 16_384;

const { path, stop } = workerData as PackingTask;
const db = new Database(path, { fileMustExist: true, timeout: BUSY_MS });
try {
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const maker = new PackMaker(db);
  for (const pack of duePacks(db)) {
    if (Atomics.load(stop, 0) !== 0) break;
    const start = monotonicMs();
    maker.make(pack);
    Atomics.wait(stop, 0, 0, Math.min(monotonicMs() - start, MAX_REST_MS));
  }
} finally {
  db.close();
}
