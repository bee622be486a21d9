/** A connection that cannot write, on which questions run: at most so long as they are given. */
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { LIMITS, OperatorError, monotonicMs } from '../../core/index.ts';
import { refuseNewer, schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { BlobCache } from './packs/blob-cache.ts';
import type { Cell } from './record-rows.ts';
import { storeError } from './store-error.ts';

const READER_BUSY_MS = 5000;
/** 64 MiB: the upper levels of the indexes of a large store. */
const READER_CACHE_KIB = 64 * 1024;

const MAX_STATEMENTS = 64;
/** The oldest schema that questions can be asked of; what came later makes them quicker. */
const OLDEST_SCHEMA = 4;
const PACKS_SCHEMA = 6;

export interface ReaderOptions {
  /** How long a question may wait for a lock, in milliseconds (5000). */
  readonly busyMs?: number;
  /** Packs that are kept in memory, in bytes (limit `store.cache_bytes`). */
  readonly cacheBytes?: number;
}

export class StoreReader {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement<(Cell | bigint)[]>>();
  readonly blobs: BlobCache;
  #deadline = Number.POSITIVE_INFINITY;
  #isInSnapshot = false;

  /** Throws OperatorError STORE_UNREADABLE, STORE_NEWER or STORE_LOCKED. */
  constructor(path: string, options: ReaderOptions = {}) {
    this.blobs = new BlobCache(options.cacheBytes ?? LIMITS.storeCacheBytes.default);
    if (!existsSync(path)) {
      throw new OperatorError(
        'STORE_UNREADABLE',
        `There is no store at ${path}`,
        'Run `stanzawatch read FILE` or `stanzawatch run` first, or name its folder with -l',
      );
    }
    let db: Database.Database | undefined;
    const timeout = options.busyMs ?? READER_BUSY_MS;
    try {
      db = new Database(path, { readonly: true, fileMustExist: true, timeout });
      refuseForeignSchema(db);
      db.pragma(`cache_size = ${-READER_CACHE_KIB}`);
      // SQLite has no time limit of its own; conditions call this every thousandth row they look at.
      db.function('within_time', { deterministic: false }, () => this.#withinTime());
      this.#db = db;
    } catch (error) {
      db?.close();
      throw readError(error, path);
    }
  }

  get path(): string {
    return this.#db.name;
  }

  /** Questions from now on end with STORE_SLOW when they take longer than this, in milliseconds. */
  set timeLimit(ms: number) {
    this.#deadline = monotonicMs() + ms;
  }

  /** The store has packs as they are read (migration 0006), or room for them. */
  get hasPacks(): boolean {
    const rows = this.all('SELECT 1 FROM schema_migrations WHERE version = ?', [PACKS_SCHEMA]);
    return rows.length > 0;
  }

  close(): void {
    this.#db.close();
  }

  /** All that is asked within sees the same state of the store, whatever is written meanwhile. */
  snapshot<Answer>(ask: () => Answer): Answer {
    if (this.#isInSnapshot) return ask();
    this.#isInSnapshot = true;
    this.blobs.nextQuestion();
    try {
      return this.#db.transaction(ask)();
    } catch (error) {
      throw error instanceof OperatorError ? error : readError(error, this.#db.name);
    } finally {
      this.#isInSnapshot = false;
    }
  }

  /** Throws STORE_SLOW when the time of the question is up: for work that is not SQLite's. */
  checkTime(): void {
    this.#withinTime();
  }

  all<Columns>(sql: string, values: readonly Cell[] = []): Columns[] {
    try {
      return this.#prepared(sql).all(...values.map(bound)) as Columns[];
    } catch (error) {
      throw readError(error, this.#db.name);
    }
  }

  /** Some questions ask the same of each of a hundred groups. */
  #prepared(sql: string): Database.Statement<(Cell | bigint)[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#db.prepare<(Cell | bigint)[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #withinTime(): number {
    if (monotonicMs() < this.#deadline) return 1;
    throw slowError();
  }
}

/** As an integer, which columns compare with faster than with the float that a number would be bound as. */
function bound(value: Cell): Cell | bigint {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

export function slowError(): OperatorError {
  return new OperatorError(
    'STORE_SLOW',
    'The question to the store took too long and was given up',
    'Ask for less time, or for a signature, an account or an address',
  );
}

/** Throws STORE_NEWER for the store of a newer program, STORE_UNREADABLE for an older one that cannot be asked. */
export function refuseForeignSchema(db: Database.Database): void {
  const version = schemaVersion(db);
  refuseNewer(db, version, MIGRATIONS);
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version >= OLDEST_SCHEMA) return;
  throw new OperatorError(
    'STORE_UNREADABLE',
    version === 0
      ? `The store ${db.name} is empty`
      : `The store ${db.name} has schema ${version}, this program reads ${newest}`,
    'Run `stanzawatch read` or `stanzawatch run` on it once: they bring it up to date',
  );
}

/** To a reader, everything but a lock means that the store cannot be read. */
function readError(error: unknown, path: string): OperatorError {
  const failure = storeError(error, 'read the store', path);
  if (failure.code !== 'STORE_UNWRITABLE') return failure;
  return new OperatorError(
    'STORE_UNREADABLE',
    failure.message,
    'Join the group that owns the data folder, or run as its user',
    { cause: failure.cause },
  );
}
