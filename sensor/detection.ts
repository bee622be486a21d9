/** What the detection engine of a sensor consists of beside its rules: validators, detectors, cache. */
import { limitValues, type SensorConfig } from './config/index.ts';
import { VALIDATORS, type DetectOptions, type Detector } from './detect/index.ts';
import { createDetectors } from './detectors.ts';
import { cacheFolder } from './rule-files.ts';
import type { RuleSet } from './rules/index.ts';

/** The part of the engine's options that follows from configuration and rules. */
export function detectionOptions(
  config: SensorConfig,
  ruleSet: RuleSet,
  correlation?: Detector,
): Pick<DetectOptions, 'ruleSet' | 'validators' | 'detectors' | 'limits' | 'cacheDir'> {
  return {
    ruleSet,
    validators: VALIDATORS,
    detectors: [
      ...createDetectors(config.detection.lexicon_score),
      ...(correlation === undefined || !config.detection.stateful ? [] : [correlation]),
    ],
    limits: limitValues(config),
    cacheDir: cacheFolder(config),
  };
}
