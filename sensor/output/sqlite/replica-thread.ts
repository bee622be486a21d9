/** The thread that copies the store once. */
import Database from 'better-sqlite3';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { ReplicaTask } from './replica.ts';

const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;
/** All pages in one step: a step sees one state of the store, and a writer makes the next begin from the start. */
const ALL_PAGES = 0x7fffffff;

const { path, copy } = workerData as ReplicaTask;
const unfinished = `${copy}.new`;

// In the group of the data folder, where the folder's mode says so.
if (!existsSync(dirname(copy))) mkdirSync(dirname(copy), { recursive: true, mode: FOLDER_MODE });
// One that a thread before did not come to the end of.
for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
const store = new Database(path, { readonly: true, fileMustExist: true });
try {
  await store.backup(unfinished, { progress: () => ALL_PAGES });
} finally {
  store.close();
}
// A reader who may not write opens only what needs no -wal and -shm.
const made = new Database(unfinished);
try {
  made.pragma('journal_mode = DELETE');
} finally {
  made.close();
}
chmodSync(unfinished, FILE_MODE);
renameSync(unfinished, copy);
