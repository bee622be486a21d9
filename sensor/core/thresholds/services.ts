/** Thresholds of the services detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const SERVICES_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
