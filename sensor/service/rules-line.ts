/**
 * The line of questions before the rules thread, with types and errors of rules. The thread ends when nobody asks for a
 * while: a rule set with everything compiled takes 200 MB.
 */
import type { SensorConfig } from '../config/index.ts';
import { LineFailure, OperatorError, ThreadLine } from '../core/index.ts';
import type { RulesAsking, RulesKind, RulesQuestions } from './rules-messages.ts';

const MAX_WAITING = 32;
const IDLE_MS = 3 * 60_000;
/** Heap of the thread: what is pasted must not take the sensor's memory. */
const HEAP_MB = 2048;

export interface RulesLineOptions {
  readonly config: SensorConfig;
  readonly heapMb?: number;
}

export class RulesLine {
  readonly #line: ThreadLine<RulesAsking>;

  constructor({ config, heapMb = HEAP_MB }: RulesLineOptions) {
    this.#line = new ThreadLine({
      name: 'The rules thread',
      room: 'rules',
      script: new URL('./rules-thread.js', import.meta.url),
      workerData: config,
      maxWaiting: MAX_WAITING,
      heapMb,
      idleMs: IDLE_MS,
    });
  }

  /**
   * `limitMs` counts from the question's turn. Rejects with the OperatorError the question met, RULES_BUSY when too many
   * wait or the thread broke, RULES_SLOW when the time is over.
   */
  async ask<Kind extends RulesKind>(
    kind: Kind,
    ask: RulesQuestions[Kind]['ask'],
    { version, limitMs }: { readonly version: string; readonly limitMs: number },
  ): Promise<RulesQuestions[Kind]['answer']> {
    try {
      const answer = await this.#line.ask({ kind, ask, version }, limitMs);
      return answer as RulesQuestions[Kind]['answer'];
    } catch (error) {
      throw error instanceof LineFailure ? rulesError(error, kind, limitMs) : error;
    }
  }

  /** Rejects what waits and what is asked, and ends the thread. */
  close(): Promise<void> {
    return this.#line.close();
  }
}

function rulesError(
  { why, message }: LineFailure,
  kind: RulesKind,
  limitMs: number,
): OperatorError {
  switch (why) {
    case 'slow':
      return new OperatorError(
        'RULES_SLOW',
        `The answer took longer than ${limitMs / 1000} seconds and was given up`,
        kind === 'try' ? 'Try less at once' : 'Try again when the machine is less busy',
      );
    case 'full':
      return busy('Too many questions about rules wait');
    case 'closed':
      return busy('The sensor is stopping');
    case 'broken':
      return busy(`The rules thread broke: ${message}`);
  }
}

function busy(message: string): OperatorError {
  return new OperatorError('RULES_BUSY', message, 'Try again in a moment');
}
