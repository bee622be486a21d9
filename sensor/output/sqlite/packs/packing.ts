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
  /** At STOP and TURNED. */
  readonly signs: Int32Array;
}

/** Not 0: stop. */
export const STOP = 0;
/** Set to 1 when the thread turned the write-ahead log on. */
export const TURNED = 1;

/** More alerts than these are worth a line in the log. */
const MANY_ALERTS = 16 * PACK_ALERTS;

export class Packing {
  readonly #path: string;
  readonly #onEnd: () => void;
  #thread: Worker | undefined;
  readonly #signs = new Int32Array(new SharedArrayBuffer(8));
  #isClosed = false;
  /** What went wrong last, told once. */
  #problem = '';

  /** `onEnd` is called when there is nothing more to pack, or it failed. */
  constructor(path: string, onEnd: () => void = () => undefined) {
    this.#path = path;
    this.#onEnd = onEnd;
  }

  /** What went wrong last; '' when packing works. */
  get problem(): string {
    return this.#problem;
  }

  /** Packing turned the write-ahead log on, which whoever has the store open last may turn off. */
  get hasTurnedLogOn(): boolean {
    return Atomics.load(this.#signs, TURNED) !== 0;
  }

  /** So many alerts are to be packed; nothing happens while some are. */
  start(alerts: number): void {
    if (alerts === 0 || this.#isClosed || this.#thread !== undefined) return;
    // What cannot be packed is tried again and again.
    const isMuch = alerts > MANY_ALERTS && this.#problem === '';
    if (isMuch) {
      log(
        'info',
        'output',
        `The store packs ${alerts} alerts beside its work: until then questions about long times take longer`,
      );
    }
    const script = new URL('./packing-thread.js', import.meta.url);
    const task: PackingTask = { path: this.#path, signs: this.#signs };
    this.#thread = startThread(script, task, (problem) => {
      this.#thread = undefined;
      const isDone = problem === '' && !this.#isClosed;
      if (isMuch && isDone) log('info', 'output', 'The alerts of the store are packed');
      if (problem !== '' && problem !== this.#problem) {
        log('warn', 'output', `Cannot pack alerts, it is tried again: ${problem}`);
      }
      this.#problem = problem;
      if (!this.#isClosed) this.#onEnd();
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
    Atomics.store(this.#signs, STOP, 1);
    Atomics.notify(this.#signs, STOP);
    await this.idle();
  }
}
