/**
 * Builds a rule set where no packet waits: a thread of the supervisor loads all rules, compiles them into the
 * cache and says what came of it. Capture workers then load the same files in milliseconds.
 */
import { Worker } from 'node:worker_threads';
import type { SensorConfig } from './config/index.ts';
import { OperatorError, type ErrorCode } from './core/index.ts';
import type { RulesInForce } from './rule-files.ts';

/** What the thread answers. */
export type BuildResult =
  | { readonly isBuilt: true; readonly rules: RulesInForce }
  | {
      readonly isBuilt: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };

/** Rejects with the OperatorError that loading or compiling met; nothing in force is touched. */
export function buildRules(config: SensorConfig): Promise<RulesInForce> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./rule-builder-thread.js', import.meta.url), {
      workerData: config,
    });
    thread.once('message', (result: BuildResult) => {
      if (result.isBuilt) resolve(result.rules);
      else reject(new OperatorError(result.code, result.message, result.hint));
    });
    thread.once('error', reject);
    thread.once('exit', (code) => {
      reject(
        new OperatorError(
          'RULES_INVALID',
          `The rules could not be built (thread ended with ${code})`,
          'Check them: stanzawatch rules check',
        ),
      );
    });
  });
}
