/**
 * The databases of a plan, compiled or read back from the start-up cache. A cache file is named
 * by everything that goes into it (libhs version, CPU, every expression), so a stale one is never
 * read.
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CompileError, Database, platform, version } from 'hyperscan-js';
import { OperatorError } from '../core/index.ts';
import { readCacheFile, writeCacheFile } from '../rules/index.ts';
import type { CompiledRule, Family } from './plan.ts';

const PREFIX = 'databases-';
/** Files kept in the cache folder: the set in force, and those before it for a way back. */
const KEPT_FILES = 4;

/** Families, and the rules each expression belongs to: ruleList[ruleStart[id] .. ruleStart[id + 1]). */
export interface DatabasePlan {
  readonly families: readonly Family[];
  readonly rules: readonly CompiledRule[];
  readonly ruleStart: Int32Array;
  readonly ruleList: Int32Array;
}

export interface CompiledDatabases {
  /** One for each family of the plan. */
  readonly databases: readonly Database[];
  readonly fromCache: boolean;
}

/** Throws OperatorError RULES_INVALID when libhs refuses the rules together. */
export function compileDatabases(
  plan: DatabasePlan,
  cacheDir: string | undefined,
): CompiledDatabases {
  if (cacheDir === undefined) return { databases: compile(plan), fromCache: false };
  const file = join(cacheDir, `${PREFIX}${cacheKey(plan.families)}.cache`);
  const cached = readCache(file, plan.families.length);
  if (cached !== undefined) return { databases: cached, fromCache: true };
  const databases = compile(plan);
  const entries = databases.map((database, i) => [`${i}`, database.serialize()] as const);
  if (writeCacheFile(file, new Map(entries))) removeOldFiles(cacheDir);
  return { databases, fromCache: false };
}

function compile(plan: DatabasePlan): Database[] {
  return plan.families.map(({ expressions, mode = 'block' }) => {
    try {
      return Database.compile(expressions, { mode });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      const first = plan.ruleList[plan.ruleStart[error.id] ?? -1];
      const rule = first === undefined ? undefined : plan.rules[first]?.rule;
      const where =
        rule === undefined ? 'the rules' : `sid ${rule.sid} (${rule.file}:${rule.line})`;
      throw new OperatorError(
        'RULES_INVALID',
        `Cannot compile ${where}: ${error.message}`,
        'disable the rule or make its pattern smaller',
        { cause: error },
      );
    }
  });
}

function cacheKey(families: readonly Family[]): string {
  const hash = createHash('sha256').update(`${version}\n${platform}\n`);
  for (const { expressions, mode = 'block' } of families) {
    hash.update(`family ${mode} ${expressions.length}\n`);
    for (const { expression, flags, ext } of expressions) {
      hash.update(JSON.stringify([expression, flags ?? 0, ext ?? {}])).update('\n');
    }
  }
  return hash.digest('hex').slice(0, 40);
}

/** The databases of a cache file; undefined when it is missing, damaged or of another libhs. */
function readCache(file: string, count: number): Database[] | undefined {
  const entries = readCacheFile(file);
  if (entries?.size !== count) return undefined;
  const databases: Database[] = [];
  try {
    for (const bytes of entries.values()) databases.push(Database.deserialize(bytes));
    return databases;
  } catch {
    for (const database of databases) database.close();
    return undefined;
  }
}

/** Another sensor may be removing the same files: what is gone is gone. */
function removeOldFiles(folder: string): void {
  readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(folder, name))
    .map((path) => ({ path, age: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.age - a.age)
    .slice(KEPT_FILES)
    .forEach(({ path }) => {
      rmSync(path, { force: true });
    });
}
