/**
 * Builds a rule set where no packet waits: a thread of the supervisor loads all rules, compiles them into the
 * cache and says what came of it. Capture workers then load the same files in milliseconds.
 */
import type { SensorConfig } from './config/index.ts';
import { LineFailure, OperatorError, ThreadLine } from './core/index.ts';
import type { RulesInForce } from './rule-files.ts';

/** Reloads are folded into one that runs and one behind it (live.ts). */
const MAX_WAITING = 1;
/** Some 100,000 rules with nothing in the cache on a slow machine; what takes longer would never be in force. */
const BUILD_MS = 10 * 60_000;
/** Loaded rules take 200 MB: the thread ends when it has answered. */
const IDLE_MS = 1;
const CHECK = 'Check them: stanzawatch rules check';

export class RuleBuilder {
  readonly #line: ThreadLine<'build'>;
  readonly #limitMs: number;

  constructor(config: SensorConfig, limitMs = BUILD_MS) {
    this.#limitMs = limitMs;
    this.#line = new ThreadLine({
      name: 'The thread that builds rules',
      room: 'rules',
      script: new URL('./rule-builder-thread.js', import.meta.url),
      workerData: config,
      maxWaiting: MAX_WAITING,
      idleMs: IDLE_MS,
    });
  }

  /**
   * Rejects with the OperatorError that loading or compiling met, RULES_SLOW when it takes too long, RULES_BUSY when
   * another one waits already; nothing in force is touched.
   */
  async build(): Promise<RulesInForce> {
    try {
      return (await this.#line.ask('build', this.#limitMs)) as RulesInForce;
    } catch (error) {
      throw error instanceof LineFailure ? this.#errorOf(error) : error;
    }
  }

  /** Rejects what is under way. */
  close(): Promise<void> {
    return this.#line.close();
  }

  #errorOf({ why, message }: LineFailure): OperatorError {
    switch (why) {
      case 'full':
        return new OperatorError(
          'RULES_BUSY',
          'Rules are being built already, and are built once more behind that',
          'Try again in a moment',
        );
      case 'closed':
        return new OperatorError('RULES_BUSY', 'The sensor is stopping', 'Start it again');
      case 'slow':
        return new OperatorError(
          'RULES_SLOW',
          `The rules were not built within ${this.#limitMs / 1000} seconds`,
          CHECK,
        );
      case 'broken':
        return new OperatorError(
          'RULES_INVALID',
          `The rules could not be built: ${message}`,
          CHECK,
        );
    }
  }
}
