/**
 * Transcripts are made in a thread of their own: packets are hostile, rules take seconds to load, and nobody else waits.
 * A thread that takes too long, or too much memory, ends; one that is not asked for a while ends too, so that the next
 * has the rules of then.
 */
import { Worker } from 'node:worker_threads';
import type { Transcript } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, type ErrorCode, type StoredAlert } from '../core/index.ts';
import type { TranscriptAlert } from './transcript.ts';

/** For all of it; the first one loads the rules. */
const ANSWER_MS = 30_000;
const IDLE_MS = 60_000;
const HEAP_MB = 512;
/** Questions that wait. */
const MAX_WAITING = 16;

export interface TranscriptQuestion {
  readonly number: number;
  readonly alert: TranscriptAlert;
}

export type TranscriptAnswer =
  | { readonly number: number; readonly transcript: Transcript }
  | {
      readonly number: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

interface Asked {
  readonly alertId: string;
  readonly resolve: (transcript: Transcript) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class TranscriptThread {
  readonly #config: SensorConfig;
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #asked = new Map<number, Asked>();
  #number = 0;

  constructor(config: SensorConfig) {
    this.#config = config;
  }

  /** Rejects with OperatorError; a thread that failed is told as the reason of an empty transcript. */
  ask(alert: StoredAlert): Promise<Transcript> {
    const { alertId, tsUsec, flowId, communityId, gid, sid, direction } = alert;
    if (this.#asked.size >= MAX_WAITING) {
      return Promise.resolve(empty(alertId, 'Too many transcripts are asked for: try again'));
    }
    clearTimeout(this.#idle);
    const thread = this.#running();
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        void this.#end(`The transcript took longer than ${ANSWER_MS / 1000} seconds`);
      }, ANSWER_MS);
      this.#asked.set(number, { alertId, resolve, reject, timer });
      const question: TranscriptQuestion = {
        number,
        alert: { alertId, tsUsec, flowId, communityId, gid, sid, direction },
      };
      thread.postMessage(question);
    });
  }

  close(): Promise<void> {
    return this.#end('The sensor stops');
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(new URL('./transcript-worker.js', import.meta.url), {
      workerData: this.#config,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    thread.on('message', (answer: TranscriptAnswer) => {
      this.#take(answer);
    });
    const fail = (why: string): void => {
      if (this.#thread === thread) void this.#end(`No transcript can be made: ${why}`);
    };
    thread.once('error', (error) => {
      fail(errorText(error));
    });
    thread.once('exit', () => {
      fail('its thread ended');
    });
    this.#thread = thread;
    return thread;
  }

  #take(answer: TranscriptAnswer): void {
    const asked = this.#asked.get(answer.number);
    if (asked === undefined) return;
    this.#asked.delete(answer.number);
    clearTimeout(asked.timer);
    if ('transcript' in answer) asked.resolve(answer.transcript);
    else asked.reject(new OperatorError(answer.code, answer.message, answer.hint));
    if (this.#asked.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#end('');
    }, IDLE_MS);
    this.#idle.unref();
  }

  async #end(reason: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    clearTimeout(this.#idle);
    for (const { alertId, resolve, timer } of this.#asked.values()) {
      clearTimeout(timer);
      resolve(empty(alertId, reason));
    }
    this.#asked.clear();
    await thread?.terminate();
  }
}

function empty(alertId: string, reason: string): Transcript {
  return { alertId, reason, entries: [] };
}
