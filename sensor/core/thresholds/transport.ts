/** Thresholds of the transport detectors (correlation/watches). */
import type { ThresholdInfo } from './threshold.ts';

export const TRANSPORT_THRESHOLDS = {} as const satisfies Readonly<Record<string, ThresholdInfo>>;
