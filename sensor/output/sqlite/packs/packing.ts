/**
 * Has packs made in a thread of its own, so that neither the sensor nor those who ask wait for it. It may be ended at any
 * time: what is left is made the next time, and until then questions read the alerts.
 */
import type { Worker } from 'node:worker_threads';
import { log, startThread } from '../../../core/index.ts';
import { PACK_ALERTS } from './pack-columns.ts';

/** What the thread is told. */
export interface PackingTask {
  readonly path: string;
  /** Not 0: stop. */
  readonly stop: Int32Array;
}

/** More packs than these are worth a line in the log. */
const MANY_PACKS = 16;

export class Packing {
  readonly #path: string;
  #thread: Worker | undefined;
  #stop = new Int32Array(new SharedArrayBuffer(4));
  #isClosed = false;
  /** What went wrong last, told once. */
  #problem = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** So many packs are to be made; nothing happens while some are being made. */
  start(due: number): void {
    if (due === 0 || this.#isClosed || this.#thread !== undefined) return;
    const isMuch = due > MANY_PACKS;
    if (isMuch) {
      const alerts = due * PACK_ALERTS;
      log(
        'info',
        'output',
        `The store packs ${alerts} alerts beside its work: until then questions about long times take longer`,
      );
    }
    this.#stop = new Int32Array(new SharedArrayBuffer(4));
    const script = new URL('./packing-thread.js', import.meta.url);
    const task: PackingTask = { path: this.#path, stop: this.#stop };
    this.#thread = startThread(script, task, (problem) => {
      this.#thread = undefined;
      const isDone = problem === '' && !this.#isClosed;
      if (isMuch && isDone) log('info', 'output', 'The alerts of the store are packed');
      if (problem !== '' && problem !== this.#problem) {
        log('warn', 'output', `Cannot pack alerts, it is tried again: ${problem}`);
      }
      this.#problem = problem;
    });
  }

  /** Resolves when no pack is being made. */
  async idle(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    thread.ref();
    await new Promise<void>((resolve) => {
      thread.once('exit', () => {
        resolve();
      });
    });
  }

  /** Ends after the pack that is being made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    await this.idle();
  }
}
