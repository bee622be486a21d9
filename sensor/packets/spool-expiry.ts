/**
 * Kept packets go when they are too old, whether packets are still kept or not: who switches that off wants fewer of them
 * in the folder, not the last ones for ever. A worker that keeps packets does the same for its own files.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, log } from '../core/index.ts';
import { INDEX, PCAPNG, oldestKeptUsec, spoolFiles, spoolSize } from './spool-names.ts';

const EVERY_MS = 3_600_000;

/** Deletes files that are too old; how many. Rejects with what the file system says, when all that can go is gone. */
export async function expirePackets(folder: string, maxDays: number): Promise<number> {
  const oldestUsec = oldestKeptUsec(maxDays);
  let expired = 0;
  const failures: unknown[] = [];
  for (const name of spoolFiles(folder)) {
    const size = spoolSize(folder, name);
    if (size === undefined || size.usec >= oldestUsec) continue;
    try {
      await rm(join(folder, name.stem + PCAPNG), { force: true });
      await rm(join(folder, name.stem + INDEX), { force: true });
      expired++;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new Error(errorText(failures[0]), { cause: failures[0] });
  return expired;
}

/** Does so at once and every hour, until it is stopped. A folder that refuses is told once. */
export class PacketExpiry {
  readonly #folder: string;
  readonly #maxDays: number;
  readonly #timer: NodeJS.Timeout;
  #isTold = false;

  /** `folder`: `packets` in the data folder, which need not be there. */
  constructor(folder: string, maxDays: number, everyMs = EVERY_MS) {
    this.#folder = folder;
    this.#maxDays = maxDays;
    this.#timer = setInterval(() => void this.#expire(), everyMs);
    this.#timer.unref();
    void this.#expire();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #expire(): Promise<void> {
    try {
      await expirePackets(this.#folder, this.#maxDays);
      this.#isTold = false;
    } catch (error) {
      if (!this.#isTold) {
        log(
          'error',
          'packets',
          `Cannot delete old packets in ${this.#folder}: ${errorText(error)}`,
        );
      }
      this.#isTold = true;
    }
  }
}
