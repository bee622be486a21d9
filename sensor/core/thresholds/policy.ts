/** Thresholds of the policy detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const POLICY_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
