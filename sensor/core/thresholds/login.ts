/** Thresholds of the login detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const LOGIN_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
