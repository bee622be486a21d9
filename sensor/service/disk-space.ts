/** Room on the disk of a folder. */
import { statfs } from 'node:fs/promises';
import type { HealthFacts } from './health-facts.ts';

/** Undefined where it cannot be told. */
export async function diskSpace(folder: string): Promise<HealthFacts['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, bytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
