/** Thresholds of the federation detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const FEDERATION_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
