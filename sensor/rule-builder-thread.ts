/** The thread of rule-builder.ts. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SensorConfig } from './config/index.ts';
import { Counters, OperatorError, errorText, setLogLevel } from './core/index.ts';
import { createDetectEngine } from './detect/index.ts';
import { detectionOptions } from './detection.ts';
import type { BuildResult } from './rule-builder.ts';
import { requireRules, rulesInForce } from './rule-files.ts';

function build(config: SensorConfig): BuildResult {
  setLogLevel(config.log_level);
  try {
    const ruleSet = requireRules(config);
    // The engine is thrown away: what it compiled stays in the cache.
    const counters = new Counters();
    createDetectEngine({
      ...detectionOptions(config, ruleSet, counters),
      counters,
      handler: { onFinding: () => undefined },
    }).close();
    return { isBuilt: true, rules: rulesInForce(ruleSet) };
  } catch (error) {
    const { code, hint } =
      error instanceof OperatorError ? error : { code: 'RULES_INVALID' as const, hint: undefined };
    return { isBuilt: false, code, message: errorText(error), hint };
  }
}

// On Linux this is the priority of the calling thread alone: compiling can wait, packets cannot.
setPriority(constants.priority.PRIORITY_LOW);
parentPort?.postMessage(build(workerData as SensorConfig));
