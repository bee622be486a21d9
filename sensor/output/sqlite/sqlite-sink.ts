/**
 * The store as a sink: batches go into transactions at once; what the store does not take now (locked, full, read
 * only) waits in a bounded queue and is tried again, ever more slowly, until it is written.
 */
import type Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  OperatorError,
  errorText,
  log,
  monotonicMs,
  wallClockUsec,
  type LimitValues,
} from '../../core/index.ts';
import type { RecordSink, SensorRecord, ServerFeaturesRecord } from '../../alert/index.ts';
import { openStore } from './open-store.ts';
import { PACK_ALERTS } from './packs/pack-columns.ts';
import { duePacks } from './packs/pack-maker.ts';
import { Packing } from './packs/packing.ts';
import { RecordWriter } from './record-writer.ts';
import { StoreReplica, type ReplicaOptions } from './replica.ts';
import { Retention } from './retention.ts';
import { readServerFeatures } from './server-features.ts';
import { needsReopening, storeError } from './store-error.ts';
import { StoreQueue } from './store-queue.ts';
import { storeSize } from './store-size.ts';

export interface SqliteSinkOptions {
  readonly path: string;
  readonly limits: Pick<LimitValues, 'storeQueue' | 'correlationServerFeatureEntries'>;
  readonly retentionDays: number;
  readonly maxBytes: number;
  /** How long `flush` tries before it reports records that are not written, in milliseconds (5000). */
  readonly flushPatienceMs?: number;
  /** Copies for readers that may not write beside the store. */
  readonly replica?: ReplicaOptions | undefined;
  /** Another way to open the store; the program has one. */
  readonly open?: (path: string) => Database.Database;
}

/** What metrics and /readyz say about the store. */
export interface StoreStatus {
  /** Rows of all tables that grow, as far as row ids tell. */
  readonly rows: number;
  readonly bytes: number;
  readonly queueLength: number;
  /** Attempts to write that failed. */
  readonly writeErrors: number;
  /** Records given up because the queue was full or the schema refused them. */
  readonly dropped: number;
}

interface Connection {
  readonly db: Database.Database;
  readonly writer: RecordWriter;
  readonly retention: Retention;
  /** Inode of the file that was opened: another one means somebody moved the store away. */
  readonly inode: number;
}

const CHUNK_RECORDS = 2000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const FLUSH_STEP_MS = 50;
const DRAIN_BUDGET_MS = 100;
const MAINTENANCE_MS = 60_000;
const MAINTENANCE_RECORDS = 50_000;
const MAINTENANCE_BUDGET_MS = 20;
/** Records after which there may be alerts to pack: as many as two packs have. */
const PACKING_RECORDS = 8192;

export class SqliteSink implements RecordSink {
  readonly name = 'sqlite';
  readonly #options: SqliteSinkOptions;
  readonly #queue: StoreQueue;
  readonly #replica: StoreReplica | undefined;
  readonly #packing: Packing;
  #connection: Connection | undefined;
  #failure: OperatorError | undefined;
  #writeErrors = 0;
  #refused = 0;
  #droppedAtFlush = 0;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #maintenanceTimer: NodeJS.Timeout | undefined;
  #recordsSinceMaintenance = 0;
  #recordsSincePacking = 0;
  #isClosed = false;

  /**
   * Opens or creates the store. Throws OperatorError STORE_NEWER, STORE_UNREADABLE or STORE_UNWRITABLE; a store
   * that is only locked is waited for in the background.
   */
  constructor(options: SqliteSinkOptions) {
    this.#options = options;
    this.#queue = new StoreQueue(options.limits.storeQueue);
    this.#packing = new Packing(options.path);
    try {
      this.#connection = this.#connect();
    } catch (error) {
      const failure = storeError(error, 'open the store', options.path);
      if (failure.code !== 'STORE_LOCKED') throw failure;
      this.#onFailure(failure);
    }
    this.#maintenanceTimer = setInterval(() => {
      this.#maintain();
    }, MAINTENANCE_MS).unref();
    if (options.replica !== undefined)
      this.#replica = new StoreReplica(options.path, options.replica);
    this.#pack();
  }

  get problem(): string | undefined {
    return this.#failure?.message;
  }

  /** Cheap enough for every scrape. */
  status(): StoreStatus {
    const { rows, bytes } = this.#measure();
    return {
      rows,
      bytes,
      queueLength: this.#queue.length,
      writeErrors: this.#writeErrors,
      dropped: this.#queue.dropped + this.#refused,
    };
  }

  /** What servers were seen to offer in earlier runs; nothing while the store cannot be read. */
  serverFeatures(): ServerFeaturesRecord[] {
    const db = this.#connection?.db;
    if (db === undefined) {
      log('warn', 'output', 'What servers offered before is not known: the store cannot be read');
      return [];
    }
    return readServerFeatures(db, this.#options.limits.correlationServerFeatureEntries);
  }

  write(records: readonly SensorRecord[]): void {
    // The store keeps no anomalies; sensor_stats counts them.
    for (const entry of records) if (entry.kind !== 'anomaly') this.#queue.add(entry);
    this.#recordsSinceMaintenance += records.length;
    this.#recordsSincePacking += records.length;
    // While something is wrong the timer decides when to try: each try may block for the busy timeout.
    if (this.#failure === undefined) this.#drain();
    if (this.#recordsSinceMaintenance >= MAINTENANCE_RECORDS) this.#maintain();
    else if (this.#recordsSincePacking >= PACKING_RECORDS) this.#pack();
  }

  async flush(): Promise<void> {
    const patienceMs = this.#options.flushPatienceMs ?? 5000;
    let deadline = monotonicMs() + patienceMs;
    let left = this.#queue.length;
    while (!this.#drain() && monotonicMs() < deadline) {
      // While records are written the store is slow, not away.
      if (this.#queue.length < left) deadline = monotonicMs() + patienceMs;
      left = this.#queue.length;
      await sleep(FLUSH_STEP_MS);
    }
    const dropped = this.#queue.dropped + this.#refused;
    const lost = dropped - this.#droppedAtFlush;
    this.#droppedAtFlush = dropped;
    if (this.#queue.length > 0) {
      throw new OperatorError(
        this.#failure?.code ?? 'STORE_UNWRITABLE',
        `${this.#queue.length} records are not stored: ${this.problem ?? 'the store is slow'}`,
        this.#failure?.hint,
      );
    }
    if (lost > 0) {
      throw new OperatorError(
        'STORE_UNWRITABLE',
        `${lost} records were dropped while the store could not be written`,
        'Raise store.queue, or give the store a faster or larger disk',
      );
    }
  }

  /** Flushes, then closes; the file is left so that it can be read without rights to write in its folder. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#maintenanceTimer);
    await this.#replica?.close();
    await this.#packing.close();
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#retryTimer);
      this.#disconnect(true);
    }
  }

  /** Opens the file anew: it may have been moved away. */
  reopen(): void {
    this.#disconnect(false);
    this.#drain();
  }

  #connect(): Connection {
    const { path, open = openStore, retentionDays, maxBytes, limits } = this.#options;
    const db = open(path);
    const writer = new RecordWriter(db);
    const retention = new Retention(db, {
      maxAgeSeconds: retentionDays * 86400,
      maxBytes,
      maxServers: limits.correlationServerFeatureEntries,
    });
    return { db, writer, retention, inode: inodeOf(path) };
  }

  #disconnect(isFinal: boolean): void {
    const db = this.#connection?.db;
    this.#connection = undefined;
    if (db === undefined) return;
    try {
      // A database in WAL mode cannot be opened by a reader who may not create -wal and -shm beside it.
      if (isFinal) db.pragma('journal_mode = DELETE');
    } catch {
      // Others have it open: they keep the -wal and -shm files alive.
    }
    db.close();
  }

  /** Writes what waits, for a moment; true when nothing is left. */
  #drain(): boolean {
    const deadline = monotonicMs() + DRAIN_BUDGET_MS;
    try {
      do {
        this.#connection ??= this.#connect();
        const chunk = this.#queue.peek(CHUNK_RECORDS);
        if (chunk.length === 0) break;
        this.#refused += this.#connection.writer.write(chunk).refused;
        this.#queue.remove(chunk.length);
      } while (monotonicMs() < deadline);
      this.#onSuccess();
      // After a long lock much has gathered: the supervisor has other things to do in between.
      if (this.#queue.length > 0) this.#schedule(0);
    } catch (error) {
      this.#onFailure(storeError(error, 'write the store', this.#options.path));
    }
    return this.#queue.length === 0;
  }

  #onSuccess(): void {
    clearTimeout(this.#retryTimer);
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    log('info', 'output', `The store ${this.#options.path} takes records again`);
  }

  #onFailure(failure: OperatorError): void {
    this.#writeErrors++;
    if (this.#failure?.code !== failure.code) log('error', 'output', failure.message);
    this.#failure = failure;
    if (needsReopening(failure.cause)) this.#disconnect(false);
    this.#schedule(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#drain();
    }, delayMs).unref();
  }

  /** Retention, and a look whether the file is still ours. Goes on in steps until it is done. */
  #maintain(): void {
    this.#recordsSinceMaintenance = 0;
    const connection = this.#connection;
    if (connection === undefined || this.#failure !== undefined) return;
    if (inodeOf(this.#options.path) !== connection.inode) {
      log('warn', 'output', `The store ${this.#options.path} was moved away: starting a new one`);
      this.reopen();
      return;
    }
    try {
      const now = wallClockUsec() / 1e6;
      if (connection.retention.run(now, MAINTENANCE_BUDGET_MS)) {
        this.#pack();
        return;
      }
      setImmediate(() => {
        if (this.#connection === connection) this.#maintain();
      });
    } catch (error) {
      this.#onFailure(storeError(error, 'trim the store', this.#options.path));
    }
  }

  /** Has the alerts packed that questions about long times are answered from; a store without packs answers slower. */
  #pack(): void {
    this.#recordsSincePacking = 0;
    const db = this.#connection?.db;
    if (db === undefined || this.#failure !== undefined) return;
    try {
      this.#packing.start(duePacks(db).length * PACK_ALERTS);
    } catch (error) {
      log('warn', 'output', `Alerts are not packed: ${errorText(error)}`);
    }
  }

  #measure(): { rows: number; bytes: number } {
    const db = this.#connection?.db;
    if (db === undefined) return { rows: 0, bytes: 0 };
    try {
      return storeSize({
        path: this.#options.path,
        all: <Columns>(sql: string) => db.prepare<[], Columns>(sql).all(),
      });
    } catch {
      return { rows: 0, bytes: 0 };
    }
  }
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
