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

/** From when the thread is asked; the first one loads the rules. */
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
  readonly question: TranscriptQuestion;
  readonly resolve: (transcript: Transcript) => void;
  readonly reject: (error: Error) => void;
}

export interface TranscriptThreadOptions {
  readonly answerMs?: number;
  readonly script?: URL;
}

export class TranscriptThread {
  readonly #config: SensorConfig;
  readonly #answerMs: number;
  readonly #script: URL;
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** What the thread works on: one at a time, so that each has all of its time. */
  #asked: Asked | undefined;
  #late: NodeJS.Timeout | undefined;
  #waiting: Asked[] = [];
  #number = 0;

  constructor(config: SensorConfig, options: TranscriptThreadOptions = {}) {
    this.#config = config;
    this.#answerMs = options.answerMs ?? ANSWER_MS;
    this.#script = options.script ?? new URL('./transcript-worker.js', import.meta.url);
  }

  /** Rejects with OperatorError; a thread that failed is told as the reason of an empty transcript. */
  ask(alert: StoredAlert): Promise<Transcript> {
    const { alertId, tsUsec, flowId, communityId, gid, sid, direction } = alert;
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.resolve(empty(alertId, 'Too many transcripts are asked for: try again'));
    }
    const question: TranscriptQuestion = {
      number: ++this.#number,
      alert: { alertId, tsUsec, flowId, communityId, gid, sid, direction },
    };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const asked of waiting) answerEmpty(asked, 'The sensor stops');
    await this.#end('The sensor stops');
  }

  /** Asks what has waited longest. */
  #next(): void {
    if (this.#asked !== undefined) return;
    clearTimeout(this.#idle);
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) {
      this.#idle = setTimeout(() => void this.#end(''), IDLE_MS);
      this.#idle.unref();
      return;
    }
    this.#late = setTimeout(() => {
      void this.#end(`The transcript took longer than ${this.#answerMs / 1000} seconds`);
    }, this.#answerMs);
    this.#running().postMessage(this.#asked.question);
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(this.#script, {
      workerData: this.#config,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    thread.on('message', (answer: TranscriptAnswer) => {
      if (this.#thread === thread) this.#take(answer);
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
    const asked = this.#asked;
    if (asked?.question.number !== answer.number) return;
    this.#asked = undefined;
    clearTimeout(this.#late);
    if ('transcript' in answer) asked.resolve(answer.transcript);
    else asked.reject(new OperatorError(answer.code, answer.message, answer.hint));
    this.#next();
  }

  /** Ends the thread, and with it what it works on; what waits is asked in the next one. */
  async #end(reason: string): Promise<void> {
    const [thread, asked] = [this.#thread, this.#asked];
    this.#thread = undefined;
    this.#asked = undefined;
    clearTimeout(this.#idle);
    clearTimeout(this.#late);
    if (asked !== undefined) answerEmpty(asked, reason);
    if (this.#waiting.length > 0) this.#next();
    await thread?.terminate();
  }
}

function answerEmpty({ question, resolve }: Asked, reason: string): void {
  resolve(empty(question.alert.alertId, reason));
}

function empty(alertId: string, reason: string): Transcript {
  return { alertId, reason, entries: [] };
}
