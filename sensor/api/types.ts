/** Contract of api/: what the status page and the probes are told. */

/** Is the sensor doing its work? The answers of /readyz, each with what to do about a "no". */
export interface Readiness {
  /** Short name of what was checked: capture, rules, store. */
  readonly check: string;
  readonly isOk: boolean;
  /** In words: what is wrong and the fix, or what is right. */
  readonly text: string;
}

/** One row of the status page's list of latest alerts. Strings from traffic are data, never markup. */
export interface LatestAlert {
  readonly alertId: string;
  /** Latest firing. */
  readonly tsUsec: number;
  readonly severity: number;
  readonly detection: string;
  /** What happened, in words. */
  readonly signature: string;
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly destination: string;
  readonly count: number;
  readonly seenPercent: number | undefined;
}

export interface SensorStatus {
  readonly sensor: string;
  readonly version: string;
  /** What is read: interfaces or files. */
  readonly source: string;
  readonly uptimeSeconds: number;
  readonly readiness: readonly Readiness[];
  /** Label and value of the figures shown, in order. */
  readonly figures: readonly (readonly [label: string, value: string])[];
  readonly latestAlerts: readonly LatestAlert[];
}

/** What the HTTP server asks of the sensor; called for each request. */
export interface StatusSource {
  status(): SensorStatus;
  metricsText(): Promise<string>;
}
