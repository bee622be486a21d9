/**
 * Files across capture workers. Legs of one transfer over the servers of both sides (in-band data) may reach different
 * workers, each of which puts the file together. Where their records meet, the same bytes of the same transfer are told
 * once; a worker by itself tells none twice.
 */
import type { LimitValues } from '../core/index.ts';
import { LruMap } from './lru-map.ts';
import type { FileRecord } from './types.ts';

/** Longest time between two legs of a transfer. */
const LEGS_USEC = 60e6;

export class FileCopies {
  readonly #seen: LruMap<string, number>;

  constructor({ filesRecent }: Pick<LimitValues, 'filesRecent'>) {
    this.#seen = new LruMap(filesRecent);
  }

  /** True when another worker told this file already. */
  isCopy(file: FileRecord): boolean {
    const { road, sid, from, to, sha256, seenBytes, lack } = file;
    // Without a name for the transfer, equal bytes may well be two.
    if (sid === '') return false;
    const key = JSON.stringify([road, sid, from, to, sha256, seenBytes, lack]);
    const before = this.#seen.get(key);
    this.#seen.set(key, file.tsUsec);
    return before !== undefined && Math.abs(file.tsUsec - before) <= LEGS_USEC;
  }
}
