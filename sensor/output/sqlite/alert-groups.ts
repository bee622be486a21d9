/** Alerts counted over time: the inbox (one line for each signature) and the timeline. */
import {
  wallClockUsec,
  type AlertGroup,
  type AlertGroups,
  type AlertTimeline,
  type TriageStatus,
} from '../../core/index.ts';
import type { AlertFilter } from './alert-filter.ts';
import { conditionsOf, firstRows, inBrief } from './alert-queries.ts';
import { limitOf } from './filters.ts';
import type { StoreReader } from './store-reader.ts';
import { alertSummary } from './stored.ts';

const SPARK_BUCKETS = 24;
const TIMELINE_BUCKETS = 96;
const SEVERITIES = 4;

interface Window {
  readonly sinceUsec: number;
  readonly untilUsec: number;
  readonly bucketUsec: number;
}

/** Alerts of one signature in one bucket. */
interface GroupColumns {
  readonly gid: number;
  readonly sid: number;
  readonly bucket: number;
  readonly severity: number;
  readonly alerts: number;
  readonly count: number;
  readonly first_us: number;
  readonly last_us: number;
  readonly acknowledged: number;
  readonly escalated: number;
  readonly closed: number;
}

interface Group {
  readonly gid: number;
  readonly sid: number;
  severity: number;
  alerts: number;
  count: number;
  firstUsec: number;
  lastUsec: number;
  readonly statuses: Record<TriageStatus, number>;
  readonly spark: number[];
}

/** Most severe first, then latest; at most `limit` groups. */
export function alertGroups(reader: StoreReader, filter: AlertFilter): AlertGroups {
  const limit = limitOf(filter);
  const window = windowOf(reader, filter, SPARK_BUCKETS);
  const { where, values } = conditionsOf(reader, filter).whole;
  const status = (name: TriageStatus): string => `sum(a.status = '${name}') AS ${name}`;
  const rows = reader.all<GroupColumns>(
    `SELECT a.gid, a.sid, CAST((a.last_ts_us - ?) / ? AS INTEGER) AS bucket, min(a.severity) AS severity, count(*) AS alerts,
       sum(a.count) AS count, min(a.ts_us) AS first_us, max(a.last_ts_us) AS last_us,
       ${status('acknowledged')}, ${status('escalated')}, ${status('closed')}
     FROM alerts a${where} GROUP BY a.gid, a.sid, bucket`,
    [window.sinceUsec, window.bucketUsec, ...values],
  );
  const groups = new Map<string, Group>();
  let alerts = 0;
  for (const row of rows) {
    alerts += row.alerts;
    addTo(groups, row);
  }
  const first = [...groups.values()]
    .sort((a, b) => a.severity - b.severity || b.lastUsec - a.lastUsec || a.sid - b.sid)
    .slice(0, limit);
  return { items: first.flatMap((group) => itemOf(reader, filter, group)), ...window, alerts };
}

/** Alerts by severity and time of their last firing. */
export function alertTimeline(reader: StoreReader, filter: AlertFilter): AlertTimeline {
  const { sinceUsec, bucketUsec } = windowOf(reader, filter, TIMELINE_BUCKETS);
  const { where, values } = conditionsOf(reader, filter).whole;
  const rows = reader.all<{ bucket: number; severity: number; alerts: number }>(
    `SELECT CAST((a.last_ts_us - ?) / ? AS INTEGER) AS bucket, a.severity, count(*) AS alerts
     FROM alerts a${where} GROUP BY bucket, a.severity`,
    [sinceUsec, bucketUsec, ...values],
  );
  const buckets = Array.from({ length: TIMELINE_BUCKETS }, () => [0, 0, 0, 0] as Counts);
  for (const { bucket, severity, alerts } of rows) {
    const counts = buckets[within(bucket, TIMELINE_BUCKETS)];
    const index = within(severity - 1, SEVERITIES);
    if (counts !== undefined) counts[index] = (counts[index] ?? 0) + alerts;
  }
  return { sinceUsec, bucketUsec, buckets };
}

type Counts = [number, number, number, number];

function addTo(groups: Map<string, Group>, row: GroupColumns): void {
  const { gid, sid } = row;
  const key = `${gid}:${sid}`;
  const group = groups.get(key) ?? {
    ...{ gid, sid, severity: row.severity, alerts: 0, count: 0 },
    firstUsec: row.first_us,
    lastUsec: row.last_us,
    statuses: { new: 0, acknowledged: 0, escalated: 0, closed: 0 },
    spark: new Array<number>(SPARK_BUCKETS).fill(0),
  };
  groups.set(key, group);
  group.severity = Math.min(group.severity, row.severity);
  group.alerts += row.alerts;
  group.count += row.count;
  group.firstUsec = Math.min(group.firstUsec, row.first_us);
  group.lastUsec = Math.max(group.lastUsec, row.last_us);
  const { statuses, spark } = group;
  statuses.acknowledged += row.acknowledged;
  statuses.escalated += row.escalated;
  statuses.closed += row.closed;
  statuses.new += row.alerts - row.acknowledged - row.escalated - row.closed;
  const bucket = within(row.bucket, SPARK_BUCKETS);
  spark[bucket] = (spark[bucket] ?? 0) + row.alerts;
}

/** The group with the words of its latest alert. */
function itemOf(reader: StoreReader, filter: AlertFilter, group: Group): AlertGroup[] {
  const { gid, sid, lastUsec } = group;
  const exact = 'a.gid = ? AND a.sid = ? AND a.last_time = ? AND a.last_ts_us = ?';
  const values = [gid, sid, Math.floor(lastUsec / 1e6), lastUsec];
  const { unindexed } = conditionsOf(reader, filter).add('', exact, ...values);
  const [row] = firstRows(reader, [unindexed], 1);
  if (row === undefined) return [];
  const { signature, detection, category, confidence } = row;
  const latest = inBrief(alertSummary(row));
  return [{ ...group, signature, detection, category, confidence, latest }];
}

/** The time asked for; without one, that of the alerts there are. The latest moment falls into the last bucket. */
function windowOf(reader: StoreReader, filter: AlertFilter, buckets: number): Window {
  const ends = (): { readonly first: number | null; readonly last: number | null } | undefined =>
    reader.all<{ first: number | null; last: number | null }>(
      `SELECT (SELECT min(last_time) FROM alerts) AS first, (SELECT max(last_time) FROM alerts) AS last`,
    )[0];
  const now = wallClockUsec();
  const sinceUsec = filter.sinceUsec ?? (ends()?.first ?? now / 1e6) * 1e6;
  // Of an old capture all, not the years since.
  const latest = filter.sinceUsec === undefined ? ((ends()?.last ?? 0) + 1) * 1e6 : now;
  const untilUsec = Math.max(filter.untilUsec ?? latest, sinceUsec + buckets);
  return { sinceUsec, untilUsec, bucketUsec: Math.ceil((untilUsec - sinceUsec) / buckets) };
}

function within(bucket: number, count: number): number {
  return Math.min(Math.max(bucket, 0), count - 1);
}
