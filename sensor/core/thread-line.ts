/**
 * A line of questions before a worker thread: one is asked at a time, so that the time each takes is known here; a
 * bounded number waits. A thread that does not answer in time is ended, since nothing else can stop what it does, and
 * the next question goes to a new one; so it does after a crash. The thread's end is answer-line.ts. Nothing throws
 * into the caller's loop; everything rejects.
 */
import { Worker } from 'node:worker_threads';
import { OperatorError, errorText, type ErrorCode } from './errors.ts';
import { log } from './logger.ts';

/** Threads that were ended and are still inside native code: with so many, no other is made beside them. */
const MAX_DYING = 2;

/** What the thread is told: a question, or to tidy up and end. */
export type LineAsking<Question> =
  { readonly serial: number; readonly question: Question } | 'finish';

export type LineAnswering =
  | { readonly serial: number; readonly answer: unknown }
  | {
      readonly serial: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

export interface ThreadLineOptions {
  /** What its log lines call the thread, and the room they stand under. */
  readonly name: string;
  readonly room: string;
  readonly script: URL;
  readonly workerData: unknown;
  /** Questions that may wait beside the one that is asked. */
  readonly maxWaiting: number;
  /** Old generation of the thread's heap, in MiB; without it, V8's own limit. */
  readonly heapMb?: number;
  /** The thread ends when nobody asked it for so long; without it, it stays. Idle, it keeps no process alive. */
  readonly idleMs?: number;
}

/** Why the line itself could not have a question answered; `message` says it of a thread that broke. */
export class LineFailure extends Error {
  readonly why: 'full' | 'closed' | 'slow' | 'broken';

  constructor(why: LineFailure['why'], message: string = why, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LineFailure';
    this.why = why;
  }
}

interface Waiting<Question> {
  readonly serial: number;
  readonly question: Question;
  readonly limitMs: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The first question starts the thread. What an answer is, the thread knows: who wraps a line gives it its type. */
export class ThreadLine<Question> {
  readonly #options: ThreadLineOptions;
  readonly #waiting: Waiting<Question>[] = [];
  #thread: Worker | undefined;
  #asked: Waiting<Question> | undefined;
  /** Of the question that is asked; of the idle thread where there is none. */
  #timer: NodeJS.Timeout | undefined;
  #dying = 0;
  #serial = 0;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;
  #finished: Promise<void> | undefined;

  constructor(options: ThreadLineOptions) {
    this.#options = options;
  }

  /** Is there a thread now? */
  get isRunning(): boolean {
    return this.#thread !== undefined;
  }

  /** `limitMs` counts from the question's turn. Rejects with the OperatorError the question met, or LineFailure. */
  ask(question: Question, limitMs: number): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new LineFailure('closed'));
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new LineFailure('full'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ serial: ++this.#serial, question, limitMs, resolve, reject });
      this.#next();
    });
  }

  /** Rejects what waits, lets the question that is asked end, and the thread tidy up. */
  finish(): Promise<void> {
    return (this.#finished ??= this.#finish());
  }

  async #finish(): Promise<void> {
    this.#refuse();
    if (this.#asked !== undefined) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    thread.ref();
    const ended = new Promise<void>((resolve) => {
      thread.once('exit', () => {
        resolve();
      });
    });
    thread.postMessage('finish' satisfies LineAsking<Question>);
    await ended;
  }

  /** Rejects what waits and what is asked, and ends the thread. */
  async close(): Promise<void> {
    this.#refuse();
    const ended = this.#endThread();
    this.#settle(({ reject }) => {
      reject(new LineFailure('closed'));
    });
    await ended;
  }

  #refuse(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new LineFailure('closed'));
  }

  #next(): void {
    if (this.#asked !== undefined) return;
    clearTimeout(this.#timer);
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) {
      this.#rest();
      return;
    }
    if (this.#thread === undefined && this.#dying >= MAX_DYING) {
      this.#fail(new LineFailure('full'));
      return;
    }
    const { serial, question, limitMs } = this.#asked;
    this.#timer = setTimeout(() => {
      this.#giveUp(limitMs);
    }, limitMs);
    try {
      this.#thread ??= this.#start();
      this.#thread.ref();
      this.#thread.postMessage({ serial, question } satisfies LineAsking<Question>);
    } catch (error) {
      // No thread to be had, or a question that cannot be sent.
      this.#fail(broken(error));
    }
  }

  #rest(): void {
    this.#whenIdle?.();
    const { idleMs } = this.#options;
    if (this.#thread === undefined) return;
    this.#thread.unref();
    if (idleMs === undefined) return;
    this.#timer = setTimeout(() => void this.#endThread(), idleMs);
    this.#timer.unref();
  }

  #start(): Worker {
    const { script, workerData, heapMb } = this.#options;
    const thread = new Worker(script, {
      workerData,
      resourceLimits: heapMb === undefined ? {} : { maxOldGenerationSizeMb: heapMb },
    });
    thread.on('message', (answering: LineAnswering) => {
      this.#take(answering);
    });
    thread.on('error', (error) => {
      this.#onEnd(thread, error);
    });
    thread.on('exit', (code) => {
      this.#onEnd(thread, new Error(`the thread ended with ${code}`));
    });
    return thread;
  }

  #take(answering: LineAnswering): void {
    // What was given up may answer all the same.
    if (answering.serial !== this.#asked?.serial) return;
    this.#settle(({ resolve, reject }) => {
      if ('answer' in answering) resolve(answering.answer);
      else reject(new OperatorError(answering.code, answering.message, answering.hint));
    });
  }

  /** The thread broke by itself. */
  #onEnd(thread: Worker, error: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const { room, name } = this.#options;
    log('error', room, `${name} broke: ${errorText(error)}`);
    this.#fail(broken(error));
  }

  #giveUp(limitMs: number): void {
    const { room, name } = this.#options;
    log('warn', room, `${name} took longer than ${limitMs} ms for an answer and is ended`);
    void this.#endThread();
    this.#fail(new LineFailure('slow'));
  }

  #fail(failure: LineFailure): void {
    this.#settle(({ reject }) => {
      reject(failure);
    });
  }

  #settle(how: (asked: Waiting<Question>) => void): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) how(asked);
    this.#next();
  }

  /** Resolves when it is gone; inside native code that may take a while. */
  async #endThread(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    this.#dying++;
    await thread.terminate().catch(() => undefined);
    this.#dying--;
  }
}

function broken(error: unknown): LineFailure {
  return new LineFailure('broken', errorText(error), { cause: error });
}
