/** The line of questions before the thread that asks the store, with types and errors of the store. */
import { LineFailure, OperatorError, ThreadLine } from '../../core/index.ts';
import type { AnswerOf, QuestionArgs, QuestionName } from './questions.ts';
import type { StoreDeskOptions } from './store-desk.ts';
import { slowError } from './store-reader.ts';

export interface QueryLineOptions extends StoreDeskOptions {
  /** Questions that may wait. */
  readonly questions: number;
  /** The thread stops a question by itself where it can; after so many milliseconds it is ended. */
  readonly patienceMs: number;
}

/** What the query thread is asked. */
export interface Query {
  readonly name: QuestionName;
  readonly args: readonly unknown[];
}

export class QueryLine {
  readonly #line: ThreadLine<Query>;
  readonly #patienceMs: number;

  constructor({ path, questionMs, busyMs, cacheBytes, questions, patienceMs }: QueryLineOptions) {
    this.#patienceMs = patienceMs;
    this.#line = new ThreadLine({
      name: 'The thread that asks the store',
      room: 'output',
      script: new URL('./query-thread.js', import.meta.url),
      workerData: { path, questionMs, busyMs, cacheBytes } satisfies StoreDeskOptions,
      maxWaiting: questions,
    });
  }

  /** Rejects with what the question met, STORE_BUSY when too many wait, STORE_SLOW when it takes too long. */
  async ask<Name extends QuestionName>(
    name: Name,
    args: QuestionArgs<Name>,
  ): Promise<AnswerOf<Name>> {
    try {
      return (await this.#line.ask({ name, args }, this.#patienceMs)) as AnswerOf<Name>;
    } catch (error) {
      throw error instanceof LineFailure ? storeError(error) : error;
    }
  }

  /** Lets the question that runs end, rejects those that wait, and closes the store. */
  close(): Promise<void> {
    return this.#line.finish();
  }
}

function storeError(failure: LineFailure): OperatorError {
  switch (failure.why) {
    case 'slow':
      return slowError();
    case 'full':
      return new OperatorError(
        'STORE_BUSY',
        'Too many questions wait for the store',
        'Ask again in a moment',
      );
    case 'closed':
      return new OperatorError(
        'STORE_BUSY',
        'The store is being closed',
        'Ask again after the start',
      );
    case 'broken':
      return new OperatorError(
        'STORE_UNREADABLE',
        `The store could not be asked: ${failure.message}`,
        'Ask again',
        { cause: failure.cause },
      );
  }
}
