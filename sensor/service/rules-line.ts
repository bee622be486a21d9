/**
 * The line of questions before the rules thread: one at a time, a bounded number waits, and each has its time. A thread
 * that takes longer is ended, since nothing else can stop what it does, and the next question goes to a new one; so it
 * does after a crash. The thread begins with the first question and ends when nobody asks for a while: a rule set with
 * everything compiled takes 200 MB.
 */
import { Worker } from 'node:worker_threads';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, log } from '../core/index.ts';
import type { RulesAnswering, RulesAsking, RulesKind, RulesQuestions } from './rules-messages.ts';

const MAX_WAITING = 32;
/** Ended threads that are still inside native code, beside which no other is made. */
const MAX_DYING = 2;
const IDLE_MS = 3 * 60_000;
/** Heap of the thread: what is pasted must not take the sensor's memory. */
const HEAP_MB = 2048;

interface Waiting {
  readonly asking: RulesAsking;
  readonly limitMs: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface RulesLineOptions {
  readonly config: SensorConfig;
  readonly idleMs?: number;
  readonly heapMb?: number;
}

export class RulesLine {
  readonly #options: RulesLineOptions;
  readonly #waiting: Waiting[] = [];
  #thread: Worker | undefined;
  #asked: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dying = 0;
  #serial = 0;
  #isClosed = false;

  constructor(options: RulesLineOptions) {
    this.#options = options;
  }

  /** Is there a thread now? */
  get isRunning(): boolean {
    return this.#thread !== undefined;
  }

  /**
   * `limitMs` counts from the question's turn. Rejects with the OperatorError the question met, RULES_BUSY when too many
   * wait or the thread broke, RULES_SLOW when the time is over.
   */
  ask<Kind extends RulesKind>(
    kind: Kind,
    ask: RulesQuestions[Kind]['ask'],
    { version, limitMs }: { readonly version: string; readonly limitMs: number },
  ): Promise<RulesQuestions[Kind]['answer']> {
    if (this.#isClosed) return Promise.reject(busy('The sensor is stopping'));
    if (this.#waiting.length >= MAX_WAITING || this.#dying > MAX_DYING) {
      return Promise.reject(busy('Too many questions about rules wait'));
    }
    return new Promise((resolve, reject) => {
      const asking: RulesAsking = { serial: ++this.#serial, kind, ask, version };
      this.#waiting.push({ asking, limitMs, resolve: resolve as Waiting['resolve'], reject });
      this.#next();
    });
  }

  /** Rejects what waits and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(busy('The sensor is stopping'));
    this.#fail(busy('The sensor is stopping'));
    await this.#endThread();
  }

  #next(): void {
    if (this.#asked !== undefined) return;
    const next = this.#waiting.shift();
    clearTimeout(this.#timer);
    if (next === undefined) {
      this.#timer = setTimeout(() => void this.#endThread(), this.#options.idleMs ?? IDLE_MS);
      this.#timer.unref();
      return;
    }
    this.#asked = next;
    this.#thread ??= this.#start();
    this.#thread.postMessage(next.asking);
    this.#timer = setTimeout(() => {
      this.#giveUp(next);
    }, next.limitMs);
  }

  #giveUp({ asking, limitMs }: Waiting): void {
    log('warn', 'rules', `${asking.kind} took longer than ${limitMs} ms: its thread is ended`);
    void this.#endThread();
    this.#fail(
      new OperatorError(
        'RULES_SLOW',
        `The answer took longer than ${limitMs / 1000} seconds and was given up`,
        asking.kind === 'try' ? 'Try less at once' : 'Try again when the machine is less busy',
      ),
    );
    this.#next();
  }

  #start(): Worker {
    const { config, heapMb = HEAP_MB } = this.#options;
    const thread = new Worker(new URL('./rules-thread.js', import.meta.url), {
      workerData: config,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    thread.on('message', (answering: RulesAnswering) => {
      this.#onAnswer(answering);
    });
    thread.on('error', (error) => {
      this.#onEnd(thread, errorText(error));
    });
    thread.on('exit', (code) => {
      this.#onEnd(thread, `it ended with ${code}`);
    });
    return thread;
  }

  #onAnswer(answering: RulesAnswering): void {
    const asked = this.#asked;
    // What was given up may answer all the same.
    if (asked?.asking.serial !== answering.serial) return;
    this.#asked = undefined;
    if (answering.isOk) asked.resolve(answering.answer);
    else asked.reject(new OperatorError(answering.code, answering.message, answering.hint));
    this.#next();
  }

  /** The thread broke by itself. */
  #onEnd(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    if (this.#asked === undefined) return;
    log('error', 'rules', `the rules thread broke: ${reason}`);
    this.#fail(busy(`The rules thread broke: ${reason}`));
    this.#next();
  }

  #fail(error: OperatorError): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.reject(error);
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

function busy(message: string): OperatorError {
  return new OperatorError('RULES_BUSY', message, 'Try again in a moment');
}
