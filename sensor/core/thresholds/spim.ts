/** Thresholds of the spim detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const SPIM_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
