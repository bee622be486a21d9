/**
 * Expressions compiled one by one, with start offsets: to find out at load time whether libhs can
 * run them, and for detect/ to find where exactly they match. Both want the same database, and
 * compiling is slow (1 to 200 ms each), so it is kept, in memory and in the start-up cache.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CompileError, Database, FLAG, platform, version } from 'hyperscan-js';
import { readCacheFile, writeCacheFile } from './cache-file.ts';

/** Databases kept open; with more expressions the rest is compiled again when it is needed. */
const MAX_OPEN = 4096;

/** libhs flags for the pcre flags `i`, `s` and `m`. */
export function pcreFlagBits(pcreFlags: string): number {
  return (
    (pcreFlags.includes('i') ? FLAG.caseless : 0) |
    (pcreFlags.includes('s') ? FLAG.dotall : 0) |
    (pcreFlags.includes('m') ? FLAG.multiline : 0)
  );
}

export class ExpressionStore {
  readonly #file: string | undefined;
  /** Serialised databases of the start before, by key. */
  readonly #stored: ReadonlyMap<string, Uint8Array>;
  readonly #open = new Map<string, Database>();
  readonly #keys = new Set<string>();
  #hasNew = false;

  /** `cacheDir`: folder of the start-up cache; without it nothing is kept over a restart. */
  constructor(cacheDir?: string) {
    const libhs = createHash('sha256').update(`${version}\n${platform}`).digest('hex');
    this.#file = cacheDir && join(cacheDir, `expressions-${libhs.slice(0, 16)}.cache`);
    this.#stored = (this.#file === undefined ? undefined : readCacheFile(this.#file)) ?? new Map();
  }

  /** Why libhs cannot run an expression, or undefined when it can. */
  problem(expression: string, pcreFlags: string): string | undefined {
    const key = keyOf(expression, pcreFlags);
    if (this.#keys.has(key)) return undefined;
    if (!this.#stored.has(key)) {
      try {
        this.#keep(key, compile(expression, pcreFlags));
        this.#hasNew = true;
      } catch (error) {
        if (error instanceof CompileError) return error.message;
        throw error;
      }
    }
    this.#keys.add(key);
    return undefined;
  }

  /** The database of an expression that has no problem; its only pattern has id 0. */
  database(expression: string, pcreFlags: string): Database {
    const key = keyOf(expression, pcreFlags);
    let database = this.#open.get(key) ?? restore(this.#stored.get(key));
    database ??= compile(expression, pcreFlags);
    this.#keep(key, database);
    return database;
  }

  /** Write what the next start can use. */
  save(): void {
    const isStale = this.#hasNew || this.#stored.size > this.#keys.size;
    if (this.#file === undefined || !isStale) return;
    const entries = new Map<string, Uint8Array>();
    for (const key of this.#keys) {
      const bytes = this.#stored.get(key) ?? this.#open.get(key)?.serialize();
      if (bytes !== undefined) entries.set(key, bytes);
    }
    writeCacheFile(this.#file, entries);
  }

  #keep(key: string, database: Database): void {
    if (this.#open.size < MAX_OPEN) this.#open.set(key, database);
  }
}

function keyOf(expression: string, pcreFlags: string): string {
  return `${pcreFlags}/${expression}`;
}

function compile(expression: string, pcreFlags: string): Database {
  const flags = pcreFlagBits(pcreFlags) | FLAG.somLeftmost;
  return Database.compile([{ expression, id: 0, flags }]);
}

function restore(bytes: Uint8Array | undefined): Database | undefined {
  if (bytes === undefined) return undefined;
  try {
    return Database.deserialize(bytes);
  } catch {
    return undefined;
  }
}
