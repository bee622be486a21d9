/**
 * Answers of the store that are more than rows: the inbox, timelines, who talks to whom, triage, audit. As rows.ts
 * plain JSON for the command line, the API and the console; every string may come from traffic and is data, never
 * markup. Types only: the console is built from this file for browsers.
 */
import type { TriageStatus } from './rows.ts';

/** A page of a list; `next` is the `cursor` of the one behind it, absent on the last. */
export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next?: string;
}

/** An alert in a line; also what GET /events sends. */
export interface LiveAlert {
  readonly alertId: string;
  readonly tsUsec: number;
  readonly lastUsec: number;
  readonly severity: number;
  readonly detection: string;
  readonly gid: number;
  readonly sid: number;
  readonly signature: string;
  /** What happened, in one sentence. */
  readonly story: string;
  /** As the story names them: JIDs, else user, domain or address; '' where nobody is known. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly category: string;
}

/** Alerts of one signature as one line of the inbox. Most severe first, then latest. */
export interface AlertGroup {
  readonly gid: number;
  readonly sid: number;
  readonly signature: string;
  readonly detection: string;
  readonly category: string;
  /** Worst among them. */
  readonly severity: number;
  readonly confidence: string;
  /** Alerts (rows), and firings. */
  readonly alerts: number;
  readonly count: number;
  readonly firstUsec: number;
  readonly lastUsec: number;
  /** Alerts by triage status. */
  readonly statuses: Readonly<Record<TriageStatus, number>>;
  /** Alerts by time of their last firing, `bucketUsec` each from `sinceUsec` on. */
  readonly spark: readonly number[];
  readonly latest: LiveAlert;
}

export interface AlertGroups {
  readonly items: readonly AlertGroup[];
  readonly sinceUsec: number;
  readonly untilUsec: number;
  readonly bucketUsec: number;
  /** Alerts in all groups, also in those beyond `limit`. */
  readonly alerts: number;
}

/** Alerts by time of their last firing and severity (index 0 is severity 1). */
export interface AlertTimeline {
  readonly sinceUsec: number;
  readonly bucketUsec: number;
  readonly buckets: readonly (readonly [number, number, number, number])[];
}

/** A change of an alert's triage; in a history the latest is last. */
export interface TriageEntry {
  readonly tsUsec: number;
  readonly actor: string;
  readonly status: TriageStatus;
  /** '' when the change came without one. */
  readonly comment: string;
}

/** What an analyst says of an alert: at least one of both. */
export interface TriageRequest {
  readonly status?: TriageStatus;
  readonly comment?: string;
}

/** Who talks to whom, as alerts, files and sessions show it. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** There is more than the most active 60 nodes. */
  readonly isCut: boolean;
}

export interface GraphNode {
  readonly id: string;
  readonly kind: 'account' | 'server' | 'address';
  /** The one asked for. */
  readonly isFocus: boolean;
  readonly alerts: number;
  /** Worst of its alerts; 0 without one. */
  readonly severity: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly alerts: number;
  readonly files: number;
  readonly sessions: number;
  readonly severity: number;
  readonly detections: readonly string[];
  readonly lastUsec: number;
}

/** Counters over time, from sensor_stats; rates per second, at most 500 points. */
export interface Stats {
  readonly points: readonly StatsPoint[];
}

export interface StatsPoint {
  readonly tsUsec: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly droppedPerSecond: number;
  readonly stanzasPerSecond: number;
  readonly flowsActive: number;
  readonly seenPercent: number | undefined;
}

/** A row of sensor_stats. */
export interface StoredStats {
  readonly tsUsec: number;
  readonly sensor: string;
  readonly uptimeSeconds: number;
  /** Counters by name, and events by dotted name. */
  readonly counters: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
}

export interface AuditEntry {
  readonly id: number;
  readonly tsUsec: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly detail: Readonly<Record<string, string | number>>;
}
