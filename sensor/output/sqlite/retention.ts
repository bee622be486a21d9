/**
 * Keeps the store within its age and size, in chunks small enough to run between two batches: a big DELETE, or
 * VACUUM, would stop the writer for minutes and want twice the disk (peers.md section 3).
 *
 * Age counts from the moment a row was stored. Size: everything else goes before alerts, oldest rows first, until
 * little of it is left, so that a flood of flows cannot push alerts out. The audit trail is never deleted, nor is what
 * servers offer but for a bound on the rows: a baseline that is forgotten can be lowered unseen.
 */
import type Database from 'better-sqlite3';
import { monotonicMs } from '../../core/index.ts';
import { dropLeftPack } from './packs/pack-maker.ts';

export interface RetentionLimits {
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
  /** Rows of `server_features`; those seen least often give way. */
  readonly maxServers: number;
}

const CHUNK_ROWS = 500;
const VACUUM_PAGES = 500;
/** Rows of other tables that alerts do not outlive. */
const FLOOR_ROWS = 1000;

/** In the order in which they give way. Rows get their id, or their `stored`, in the order of writing. */
const TABLES = [
  { name: 'flows', order: 'id' },
  { name: 'sensor_stats', order: 'id' },
  { name: 'sessions', order: 'id' },
  { name: 'files', order: 'id' },
  { name: 'identities', order: 'stored' },
  { name: 'exposures', order: 'stored' },
  { name: 'campaigns', order: 'stored' },
  { name: 'alerts', order: 'id' },
] as const;

type Table = (typeof TABLES)[number];

export class Retention {
  readonly #db: Database.Database;
  readonly #limits: RetentionLimits;
  #deleted = 0;

  constructor(db: Database.Database, limits: RetentionLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  /** Rows deleted so far. */
  get deleted(): number {
    return this.#deleted;
  }

  /**
   * Works for at most about `budgetMs`; true when the store is within its limits. `nowSeconds`: wall clock.
   * Throws SQLite's errors.
   */
  run(nowSeconds: number, budgetMs: number): boolean {
    const deadline = monotonicMs() + budgetMs;
    this.#boundServers();
    do {
      // First, as the size that has to go includes it.
      const hasDropped = dropLeftPack(this.#db);
      const isDone = !hasDropped && !this.#deleteByAge(nowSeconds) && !this.#deleteBySize();
      const isVacuumed = !this.#vacuumStep();
      if (isDone && isVacuumed) return true;
    } while (monotonicMs() < deadline);
    return false;
  }

  /** Bytes of pages in use; deleted pages are not, even before the file shrinks. */
  usedBytes(): number {
    return (
      (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size')
    );
  }

  #deleteByAge(nowSeconds: number): boolean {
    const cutoff = Math.floor(nowSeconds - this.#limits.maxAgeSeconds);
    return TABLES.some((table) => this.#deleteOldest(table, cutoff) > 0);
  }

  #deleteBySize(): boolean {
    if (this.usedBytes() <= this.#limits.maxBytes) return false;
    return TABLES.some((table) => {
      if (table.name !== 'alerts' && this.#hasAtMost(table, FLOOR_ROWS)) return false;
      return this.#deleteOldest(table, Number.MAX_SAFE_INTEGER) > 0;
    });
  }

  /** Deletes the oldest rows stored before `cutoff`, at most a chunk. */
  #deleteOldest({ name, order }: Table, cutoff: number): number {
    // The oldest chunk first, then the age: without it a table without old rows would be read whole each time.
    const { changes } = this.#db
      .prepare(
        `DELETE FROM ${name} WHERE id IN
           (SELECT id FROM (SELECT id, stored FROM ${name} ORDER BY ${order} LIMIT ${CHUNK_ROWS}) WHERE stored < ?)`,
      )
      .run(cutoff);
    this.#deleted += changes;
    return changes;
  }

  /** Anybody can ask a server for a thousand domains; what many sessions were offered outlives that. */
  #boundServers(): void {
    const { changes } = this.#db
      .prepare(
        `DELETE FROM server_features WHERE id IN
           (SELECT id FROM server_features ORDER BY sessions DESC, ts_us DESC LIMIT ${CHUNK_ROWS} OFFSET ?)`,
      )
      .run(this.#limits.maxServers);
    this.#deleted += changes;
  }

  #hasAtMost({ name }: Table, rows: number): boolean {
    return this.#db.prepare(`SELECT 1 FROM ${name} LIMIT 1 OFFSET ${rows}`).get() === undefined;
  }

  /** Gives some free pages back to the file system; false when there are few. */
  #vacuumStep(): boolean {
    if (this.#pragma('freelist_count') < VACUUM_PAGES) return false;
    this.#db.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
    return true;
  }

  #pragma(name: string): number {
    return this.#db.pragma(name, { simple: true }) as number;
  }
}
