/**
 * The databases of a plan, compiled or read back from the start-up cache. A cache file is named
 * by everything that goes into it (libhs version, CPU, every expression), so a stale one is never
 * read, and it carries its own checksum, so a damaged one is compiled anew.
 */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CompileError, Database, platform, version } from 'hyperscan-js';
import { OperatorError, errorText, log } from '../core/index.ts';
import type { Family, MatchPlan } from './plan.ts';

const MAGIC = 'stanzawatch databases 1\n';
const SUFFIX = '.hsdb';
const CHECKSUM_BYTES = 32;
/** Files kept in the cache folder: the set in force, and those before it for a way back. */
const KEPT_FILES = 4;

export interface CompiledDatabases {
  /** One for each family of the plan. */
  readonly databases: readonly Database[];
  readonly fromCache: boolean;
}

/** Throws OperatorError RULES_INVALID when libhs refuses the rules together. */
export function compileDatabases(plan: MatchPlan, cacheDir: string | undefined): CompiledDatabases {
  if (cacheDir === undefined) return { databases: compile(plan), fromCache: false };
  const file = join(cacheDir, `${cacheKey(plan.families)}${SUFFIX}`);
  const cached = readCache(file, plan.families.length);
  if (cached !== undefined) return { databases: cached, fromCache: true };
  const databases = compile(plan);
  writeCache(cacheDir, file, databases);
  return { databases, fromCache: false };
}

function compile(plan: MatchPlan): Database[] {
  return plan.families.map(({ expressions }) => {
    try {
      return Database.compile(expressions);
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
  for (const { expressions } of families) {
    hash.update(`family ${expressions.length}\n`);
    for (const { expression, flags, ext } of expressions) {
      hash.update(JSON.stringify([expression, flags ?? 0, ext ?? {}])).update('\n');
    }
  }
  return hash.digest('hex').slice(0, 40);
}

/** The databases of a cache file; undefined when it is missing, damaged or of another libhs. */
function readCache(file: string, count: number): Database[] | undefined {
  const databases: Database[] = [];
  try {
    const bytes = readFileSync(file);
    const body = bytes.subarray(MAGIC.length + CHECKSUM_BYTES);
    const checksum = bytes.subarray(MAGIC.length, MAGIC.length + CHECKSUM_BYTES);
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
    if (!createHash('sha256').update(body).digest().equals(checksum)) return undefined;
    let at = 0;
    while (at < body.length) {
      const length = body.readUInt32LE(at);
      databases.push(Database.deserialize(body.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    if (databases.length === count) return databases;
  } catch {
    // Any failure means the same: compile. A missing file is the normal first start.
  }
  for (const database of databases) database.close();
  return undefined;
}

/** A cache that cannot be written costs time at the next start, nothing else. */
function writeCache(folder: string, file: string, databases: readonly Database[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    const parts = databases.flatMap((database) => {
      const bytes = database.serialize();
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    });
    const body = Buffer.concat(parts);
    const checksum = createHash('sha256').update(body).digest();
    // A unique name, then a rename: two sensors starting at once never read half a file.
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, Buffer.concat([Buffer.from(MAGIC, 'latin1'), checksum, body]));
    renameSync(temporary, file);
    removeOldFiles(folder);
  } catch (error) {
    log('warn', 'detect', `Cannot write the rule cache: ${errorText(error)}`);
  }
}

function removeOldFiles(folder: string): void {
  readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => ({ path: join(folder, name), age: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.age - a.age)
    .slice(KEPT_FILES)
    .forEach(({ path }) => {
      rmSync(path, { force: true });
    });
}
