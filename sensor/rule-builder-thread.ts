/** The thread of rule-builder.ts. */
import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { SensorConfig } from './config/index.ts';
import { Counters, OperatorError, answerLine, errorText, setLogLevel } from './core/index.ts';
import { createDetectEngine } from './detect/index.ts';
import { detectionOptions } from './detection.ts';
import { requireRules, rulesInForce, type RulesInForce } from './rule-files.ts';

const config = workerData as SensorConfig;
setLogLevel(config.log_level);
// On Linux this is the priority of the calling thread alone: compiling can wait, packets cannot.
setPriority(constants.priority.PRIORITY_LOW);

function build(): RulesInForce {
  const ruleSet = requireRules(config);
  // The engine is thrown away: what it compiled stays in the cache.
  const counters = new Counters();
  createDetectEngine({
    ...detectionOptions(config, ruleSet, counters),
    counters,
    handler: { onFinding: () => undefined },
  }).close();
  return rulesInForce(ruleSet);
}

answerLine<'build'>({
  answer: build,
  unforeseen: (error) => new OperatorError('RULES_INVALID', errorText(error)),
});
