/**
 * The line of questions before the query thread. The thread is asked one question at a time, so that the time each takes
 * is known here: one that does not end is given up with its thread, which nothing else can stop, and the next question
 * goes to a new one. Nothing throws into the caller's loop; everything rejects.
 */
import { Worker } from 'node:worker_threads';
import { OperatorError, errorText, log } from '../../core/index.ts';
import type { Answer, Asking } from './query-messages.ts';
import type { AnswerOf, QuestionArgs, QuestionName } from './questions.ts';
import type { StoreDeskOptions } from './store-desk.ts';
import { slowError } from './store-reader.ts';

export interface QueryLineOptions extends StoreDeskOptions {
  /** Questions that may wait. */
  readonly questions: number;
  /** The thread stops a question by itself where it can; after so many milliseconds it is ended. */
  readonly patienceMs: number;
}

interface Waiting {
  readonly serial: number;
  readonly name: QuestionName;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that were told to end and are still in a question: more than this are not made beside them. */
const MAX_DYING = 2;

export class QueryLine {
  readonly #options: QueryLineOptions;
  readonly #waiting: Waiting[] = [];
  #thread: Worker | undefined;
  #asked: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dying = 0;
  #serial = 0;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(options: QueryLineOptions) {
    this.#options = options;
  }

  /** Rejects with what the question met, STORE_BUSY when too many wait, STORE_SLOW when it takes too long. */
  ask<Name extends QuestionName>(name: Name, args: QuestionArgs<Name>): Promise<AnswerOf<Name>> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (this.#waiting.length >= this.#options.questions) return Promise.reject(busyError());
    return new Promise((resolve, reject) => {
      const serial = ++this.#serial;
      this.#waiting.push({ serial, name, args, resolve: resolve as Waiting['resolve'], reject });
      this.#next();
    });
  }

  /** Lets the question that runs end, rejects those that wait, and closes the store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
    if (this.#asked !== undefined) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    thread.ref();
    const ended = new Promise<void>((resolve) =>
      thread.once('exit', () => {
        resolve();
      }),
    );
    thread.postMessage({ name: 'close' } satisfies Asking);
    await ended;
  }

  #next(): void {
    if (this.#asked !== undefined) return;
    const question = this.#waiting.shift();
    if (question === undefined) {
      // An idle thread keeps no process alive.
      this.#thread?.unref();
      this.#whenIdle?.();
      return;
    }
    if (this.#thread === undefined && this.#dying >= MAX_DYING) {
      question.reject(busyError());
      this.#next();
      return;
    }
    try {
      const { serial, name, args } = question;
      this.#thread ??= this.#start();
      this.#thread.ref();
      this.#asked = question;
      this.#timer = setTimeout(() => {
        this.#giveUp();
      }, this.#options.patienceMs);
      this.#thread.postMessage({ serial, name, args } satisfies Asking);
    } catch (error) {
      // No thread to be had, or a question that cannot be sent.
      this.#settle((asked) => {
        asked.reject(brokenError(error));
      });
    }
  }

  #start(): Worker {
    const { path, questionMs, busyMs } = this.#options;
    const thread = new Worker(new URL('./query-thread.js', import.meta.url), {
      workerData: { path, questionMs, busyMs } satisfies StoreDeskOptions,
    });
    thread.on('message', (answer: Answer) => {
      if (answer.serial !== this.#asked?.serial) return;
      this.#settle(({ resolve, reject }) => {
        if (answer.isGood) resolve(answer.value);
        else reject(new OperatorError(answer.code, answer.message, answer.hint || undefined));
      });
    });
    thread.on('error', (error) => {
      this.#onEnd(thread, error);
    });
    thread.on('exit', (code) => {
      this.#onEnd(thread, new Error(`the thread ended with ${code}`));
    });
    return thread;
  }

  #onEnd(thread: Worker, error: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    log('error', 'output', `The thread that asks the store ended: ${errorText(error)}`);
    this.#settle(({ reject }) => {
      reject(brokenError(error));
    });
  }

  #giveUp(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread !== undefined) {
      this.#dying++;
      log(
        'warn',
        'output',
        `The store was asked ${this.#asked?.name ?? ''} for too long: its thread is ended`,
      );
      void thread.terminate().finally(() => {
        this.#dying--;
      });
    }
    this.#settle(({ reject }) => {
      reject(slowError());
    });
  }

  #settle(how: (asked: Waiting) => void): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) how(asked);
    this.#next();
  }
}

function busyError(): OperatorError {
  return new OperatorError(
    'STORE_BUSY',
    'Too many questions wait for the store',
    'Ask again in a moment',
  );
}

function closedError(): OperatorError {
  return new OperatorError('STORE_BUSY', 'The store is being closed', 'Ask again after the start');
}

function brokenError(error: unknown): OperatorError {
  return new OperatorError(
    'STORE_UNREADABLE',
    `The store could not be asked: ${errorText(error)}`,
    'Ask again',
    {
      cause: error,
    },
  );
}
