/** Thresholds of the smuggling detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const SMUGGLING_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
