/** Fuzz targets are modules of this folder with `name` and `fuzz(random, isOver)`; found by listing. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface FuzzTarget {
  readonly name: string;
  /** Runs until `isOver()`; throws when a property is violated. Deterministic from `random`. */
  fuzz(random: () => number, isOver: () => boolean): { runs: number };
}

const OWN = ['main.js', 'targets.js'];

/** All targets, in name order. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  const folder = dirname(fileURLToPath(import.meta.url));
  const files = readdirSync(folder).filter(
    (file) => file.endsWith('.js') && !file.endsWith('.test.js') && !OWN.includes(file),
  );
  const modules = await Promise.all(
    files
      .sort()
      .map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<FuzzTarget>),
  );
  if (modules.length === 0) throw new Error('no fuzz targets found');
  return modules;
}

/** Small seeded generator (mulberry32): numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Runs one target for `budgetMs`, and once at least; an error carries the seed that reproduces it. */
export function runTarget(target: FuzzTarget, seed: number, budgetMs: number): number {
  // From the first question on: what a target prepares may take a busy machine longer than the budget.
  let end: number | undefined;
  const isOver = (): boolean => {
    const now = performance.now();
    end ??= now + budgetMs;
    return now > end;
  };
  try {
    return target.fuzz(seededRandom(seed), isOver).runs;
  } catch (error) {
    throw new Error(`fuzz ${target.name} failed with seed ${seed}`, { cause: error });
  }
}
