/** The thread that makes packs until none is due. It rests as long as each took: others need the disk, too. */
import Database from 'better-sqlite3';
import { workerData } from 'node:worker_threads';
import { errorText, monotonicMs } from '../../../core/index.ts';
import { PackMaker, duePacks } from './pack-maker.ts';
import { STOP, TURNED, type PackingTask } from './packing.ts';

const BUSY_MS = 5000;
/** Longer than a question may take: one that runs keeps the log from being turned on. */
const TURN_MS = 20_000;
const MAX_REST_MS = 2000;
/** As the sensor has it: whoever comes last copies pages that many batches touched. */
const CHECKPOINT_PAGES = 16_384;

const { path, signs } = workerData as PackingTask;
const db = new Database(path, { fileMustExist: true, timeout: BUSY_MS });
try {
  turnLogOn();
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const maker = new PackMaker(db);
  for (const pack of duePacks(db)) {
    if (Atomics.load(signs, STOP) !== 0) break;
    const start = monotonicMs();
    maker.make(pack);
    Atomics.wait(signs, STOP, 0, Math.min(monotonicMs() - start, MAX_REST_MS));
  }
} catch (error) {
  // An error of SQLite's loses its message on the way to the other thread.
  throw new Error(errorText(error), { cause: error });
} finally {
  db.close();
}

/** Without a write-ahead log, as a sensor that ended leaves its store, whoever asks and who packs wait for each other. */
function turnLogOn(): void {
  if (db.pragma('journal_mode', { simple: true }) === 'wal') return;
  db.pragma(`busy_timeout = ${TURN_MS}`);
  db.pragma('journal_mode = WAL');
  db.pragma(`busy_timeout = ${BUSY_MS}`);
  Atomics.store(signs, TURNED, 1);
}
