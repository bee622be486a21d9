/**
 * A copy of the store every so many seconds, for readers that may not write beside it (peers.md 4.6: Grafana's data
 * source opens a WAL database only where it may make `-shm`). A thread of its own makes it: neither the sensor nor those
 * who ask the store wait. Readers see the old copy or the new one, never a half.
 */
import type { Worker } from 'node:worker_threads';
import { log, startThread } from '../../core/index.ts';

export interface ReplicaOptions {
  /** Where the copy goes; its folder is made when it is missing. */
  readonly copy: string;
  /** From the end of one copy to the start of the next. */
  readonly seconds: number;
}

/** What the thread is told. */
export interface ReplicaTask {
  readonly path: string;
  readonly copy: string;
}

export class StoreReplica {
  readonly #task: ReplicaTask;
  readonly #seconds: number;
  #timer: NodeJS.Timeout | undefined;
  #thread: Worker | undefined;
  #copies = 0;
  /** What went wrong last, told once. */
  #problem = '';

  constructor(path: string, { copy, seconds }: ReplicaOptions) {
    this.#task = { path, copy };
    this.#seconds = seconds;
    this.#schedule();
  }

  /** Copies made so far. */
  get copies(): number {
    return this.#copies;
  }

  /** No copy is begun any more; one that is being made is given up. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#copy();
    }, this.#seconds * 1000).unref();
  }

  #copy(): void {
    const script = new URL('./replica-thread.js', import.meta.url);
    const thread = startThread(script, this.#task, (problem) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      if (problem === '') this.#copies++;
      else if (problem !== this.#problem) {
        log('error', 'output', `Cannot copy the store to ${this.#task.copy}: ${problem}`);
      }
      this.#problem = problem;
      this.#schedule();
    });
    this.#thread = thread;
  }
}
