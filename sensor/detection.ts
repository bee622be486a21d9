/** What the detection engine of a sensor consists of beside its rules: validators, detectors, cache. */
import { configuredThresholds, limitValues, type SensorConfig } from './config/index.ts';
import type { Counters } from './core/index.ts';
import {
  VALIDATORS,
  createFingerprintDetector,
  type DetectOptions,
  type Detector,
} from './detect/index.ts';
import { createDetectors } from './detectors.ts';
import { loadFingerprints } from './fingerprints.ts';
import { cacheFolder } from './rule-files.ts';
import type { RuleSet } from './rules/index.ts';

/** The part of the engine's options that follows from configuration and rules. */
export function detectionOptions(
  config: SensorConfig,
  ruleSet: RuleSet,
  counters: Counters,
  correlation?: Detector,
): Pick<
  DetectOptions,
  'ruleSet' | 'validators' | 'detectors' | 'limits' | 'thresholds' | 'cacheDir'
> {
  return {
    ruleSet,
    validators: VALIDATORS,
    detectors: [
      ...createDetectors(config.detection.lexicon_score),
      ...fingerprintDetectors(config, counters),
      ...(correlation === undefined || !config.detection.stateful ? [] : [correlation]),
    ],
    limits: limitValues(config),
    thresholds: configuredThresholds(config),
    cacheDir: cacheFolder(config),
  };
}

/** None where no document is fingerprinted. */
function fingerprintDetectors(config: SensorConfig, counters: Counters): Detector[] {
  const index = loadFingerprints(config);
  if (index === undefined) return [];
  const [limits, thresholds] = [limitValues(config), configuredThresholds(config)];
  return [createFingerprintDetector({ index, counters, limits, thresholds })];
}
