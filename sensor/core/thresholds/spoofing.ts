/** Thresholds of the spoofing detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const SPOOFING_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
