/**
 * Expressions compiled one by one, with start offsets: to find out at load time whether libhs can
 * run them, and for detect/ to find where exactly they match. Both want the same database, and
 * compiling is slow (1 to 200 ms each), so it is kept, in memory and in the start-up cache.
 *
 * For a few expressions (several wide repeats) libhs can tell where matches end but not where
 * they start. They run without starts: a match then counts from where the search began.
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

interface Compiled {
  readonly database: Database;
  readonly hasStarts: boolean;
}

export class ExpressionStore {
  readonly #file: string | undefined;
  /** Serialised databases of the start before, by key. */
  readonly #stored: ReadonlyMap<string, Uint8Array>;
  readonly #open = new Map<string, Database>();
  /** Expressions in use, each with whether libhs tells their starts. */
  readonly #known = new Map<string, boolean>();
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
    if (this.#known.has(key)) return undefined;
    const isStored = this.#stored.has(entryName(key, true));
    if (isStored || this.#stored.has(entryName(key, false))) {
      this.#known.set(key, isStored);
      return undefined;
    }
    try {
      const { database, hasStarts } = compile(expression, pcreFlags);
      this.#known.set(key, hasStarts);
      this.#keep(key, database);
      this.#hasNew = true;
      return undefined;
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
  }

  /** Does libhs tell where the matches of an expression start? */
  hasStarts(expression: string, pcreFlags: string): boolean {
    return this.#known.get(keyOf(expression, pcreFlags)) ?? true;
  }

  /** The database of an expression that has no problem; its only pattern has id 0. */
  database(expression: string, pcreFlags: string): Database {
    const key = keyOf(expression, pcreFlags);
    const stored = this.#stored.get(entryName(key, this.#known.get(key) ?? true));
    const database = this.#open.get(key) ?? restore(stored);
    if (database !== undefined) return database;
    const compiled = compile(expression, pcreFlags);
    this.#keep(key, compiled.database);
    return compiled.database;
  }

  /** Write what the next start can use. */
  save(): void {
    const isStale = this.#hasNew || this.#stored.size > this.#known.size;
    if (this.#file === undefined || !isStale) return;
    const entries = new Map<string, Uint8Array>();
    for (const [key, hasStarts] of this.#known) {
      const name = entryName(key, hasStarts);
      const bytes = this.#stored.get(name) ?? this.#open.get(key)?.serialize();
      if (bytes !== undefined) entries.set(name, bytes);
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

/** Name of an expression in the cache file. */
function entryName(key: string, hasStarts: boolean): string {
  return `${hasStarts ? 'starts' : 'ends'} ${key}`;
}

function compile(expression: string, pcreFlags: string): Compiled {
  const flags = pcreFlagBits(pcreFlags);
  try {
    const database = Database.compile([{ expression, id: 0, flags: flags | FLAG.somLeftmost }]);
    return { database, hasStarts: true };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { database: Database.compile([{ expression, id: 0, flags }]), hasStarts: false };
  }
}

function restore(bytes: Uint8Array | undefined): Database | undefined {
  if (bytes === undefined) return undefined;
  try {
    return Database.deserialize(bytes);
  } catch {
    return undefined;
  }
}
