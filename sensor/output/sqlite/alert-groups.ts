/** Alerts counted over time: the inbox (one line for each signature) and the timeline. */
import {
  wallClockUsec,
  type AlertGroup,
  type AlertGroups,
  type AlertTimeline,
  type TriageStatus,
} from '../../core/index.ts';
import { countedIn, coveringIndex, type Counted } from './alert-counts.ts';
import type { AlertConditions, AlertFilter, Condition } from './alert-filter.ts';
import { conditionsOf, firstRows, inBrief, scanOf, searchedConditions } from './alert-queries.ts';
import { limitOf } from './filters.ts';
import {
  counted,
  packedGroups,
  packedTimeline,
  type Counts,
  type Group,
  type Window,
} from './packs/pack-counts.ts';
import type { StoreReader } from './store-reader.ts';
import { alertSummary } from './stored.ts';

const SPARK_BUCKETS = 24;
const TIMELINE_BUCKETS = 96;
const SEVERITIES = 4;

interface StatusColumns {
  readonly acknowledged: number;
  readonly escalated: number;
  readonly closed: number;
}

/** Alerts of one signature, in one bucket or in all. */
interface GroupColumns {
  readonly gid: number;
  readonly sid: number;
  readonly severity: number;
  readonly alerts: number;
  readonly count: number;
  readonly first_us: number;
  readonly last_us: number;
  readonly bucket: number;
  /** Another number of the generator has the same sid. */
  readonly others: number;
}

const BY_SIGNATURE = coveringIndex(
  'alerts_sid',
  ...['sid', 'last_time', 'gid', 'count', 'severity', 'ts_us', 'last_ts_us', 'status'],
);
/** `last_ts_us` is not in them: a month begins with a whole second. */
const BY_TIME = [
  coveringIndex(
    'alerts_last',
    ...['last_time', 'severity', 'status', 'category', 'from_domain', 'to_domain'],
  ),
] as const;

const GROUPED = `min(a.severity) AS severity, count(*) AS alerts, sum(a.count) AS count, min(a.ts_us) AS first_us,
  max(a.last_ts_us) AS last_us`;
const STATUSES = `sum(a.status = 'acknowledged') AS acknowledged, sum(a.status = 'escalated') AS escalated,
  sum(a.status = 'closed') AS closed`;

/** Most severe first, then latest; at most `limit` groups. */
export function alertGroups(reader: StoreReader, filter: AlertFilter): AlertGroups {
  return reader.snapshot(() => {
    const limit = limitOf(filter);
    const window = windowOf(reader, filter, SPARK_BUCKETS);
    const scan = scanOf(reader, filter);
    const packed = scan && counted(() => packedGroups(scan, window, SPARK_BUCKETS));
    const conditions =
      packed === undefined ? searchedConditions(reader, filter) : conditionsOf(reader, filter);
    const first =
      packed === undefined
        ? groupsOf(reader, filter, conditions, window)
        : { groups: packed, complete: () => undefined };
    const shown = first.groups
      .sort(
        (a, b) =>
          a.severity - b.severity || b.lastUsec - a.lastUsec || a.sid - b.sid || a.gid - b.gid,
      )
      .slice(0, limit);
    shown.forEach(first.complete);
    return {
      items: shown.flatMap((group) => itemOf(reader, conditions, group)),
      ...window,
      alerts: first.groups.reduce((sum, group) => sum + group.alerts, 0),
    };
  });
}

interface Counting {
  readonly groups: Group[];
  /** Adds to a group that is shown what was not counted for all. */
  readonly complete: (group: Group) => void;
}

/** Groups counted in the alerts, or in an index of them. */
function groupsOf(
  reader: StoreReader,
  filter: AlertFilter,
  conditions: AlertConditions,
  window: Window,
): Counting {
  const covered = countedIn(reader, filter, conditions, [BY_SIGNATURE]);
  const groups = covered.isCovered ? coveredGroups(reader, covered) : undefined;
  if (groups === undefined) {
    const read = groupsWithSparks(reader, conditions.whole, window);
    return { groups: read, complete: () => undefined };
  }
  const complete = (group: Group): void => {
    addSpark(reader, group, covered, window);
    addStatuses(reader, group, covered);
  };
  return { groups, complete };
}

/** All signatures in one go through the index; undefined where sids alone do not tell signatures apart. */
function coveredGroups(reader: StoreReader, { from, where, values }: Counted): Group[] | undefined {
  const rows = reader.all<GroupColumns>(
    `SELECT min(a.gid) AS gid, a.sid, 0 AS bucket, max(a.gid) - min(a.gid) AS others, ${GROUPED}
     ${from}${where} GROUP BY a.sid`,
    values,
  );
  if (rows.some(({ others }) => others > 0)) return undefined;
  return rows.map((row) => {
    const group = newGroup(row);
    addTo(group, row);
    group.spark.fill(0);
    return group;
  });
}

/** Counts each bucket in the index: the alerts of a signature lie there in the order of time. */
function addSpark(
  reader: StoreReader,
  group: Group,
  { where, values }: Counted,
  window: Window,
): void {
  const [since, step] = [window.sinceUsec / 1e6, window.bucketUsec / 1e6];
  const rows = reader.all<{ bucket: number; alerts: number }>(
    `WITH RECURSIVE b (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM b WHERE n < ${SPARK_BUCKETS - 1})
     SELECT n AS bucket, (
       SELECT count(*) FROM alerts a INDEXED BY alerts_sid ${where} AND a.sid = ? AND ${inBucket(SPARK_BUCKETS)}
     ) AS alerts FROM b`,
    [...values, group.sid, since, step, since, step],
  );
  for (const { bucket, alerts } of rows) group.spark[bucket] = alerts;
}

/** What was touched is a part of its own in an index: most alerts are new. */
function addStatuses(reader: StoreReader, group: Group, { where, values }: Counted): void {
  const rows = reader.all<{ status: TriageStatus; alerts: number }>(
    `SELECT a.status, count(*) AS alerts FROM alerts a INDEXED BY alerts_touched_sid
     ${where} AND a.status <> 'new' AND a.sid = ? GROUP BY a.status`,
    [...values, group.sid],
  );
  const { statuses } = group;
  statuses.new = group.alerts;
  for (const { status, alerts } of rows) {
    statuses[status] = alerts;
    statuses.new -= alerts;
  }
}

/** A time in bucket `n`, given the first second and the length of a bucket, twice; the last has no end. */
function inBucket(buckets: number): string {
  return `a.last_time >= CAST(? + n * ? AS INTEGER)
    AND a.last_time < CASE n WHEN ${buckets - 1} THEN ${Number.MAX_SAFE_INTEGER} ELSE CAST(? + (n + 1) * ? AS INTEGER) END`;
}

/** Signature by signature and bucket by bucket, of alerts that are read. */
function groupsWithSparks(
  reader: StoreReader,
  { where, values }: Condition,
  window: Window,
): Group[] {
  const rows = reader.all<GroupColumns & StatusColumns>(
    `SELECT a.gid, a.sid, CAST((a.last_ts_us - ?) / ? AS INTEGER) AS bucket, ${GROUPED}, ${STATUSES}
     FROM alerts a${where} GROUP BY a.gid, a.sid, bucket`,
    [window.sinceUsec, window.bucketUsec, ...values],
  );
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = `${row.gid}:${row.sid}`;
    const group = groups.get(key) ?? newGroup(row);
    groups.set(key, group);
    addTo(group, row);
    const { acknowledged, escalated, closed } = row;
    const { statuses } = group;
    statuses.acknowledged += acknowledged;
    statuses.escalated += escalated;
    statuses.closed += closed;
    statuses.new += row.alerts - acknowledged - escalated - closed;
  }
  return [...groups.values()];
}

/** Alerts by severity and time of their last firing. */
export function alertTimeline(reader: StoreReader, filter: AlertFilter): AlertTimeline {
  return reader.snapshot(() => {
    const window = windowOf(reader, filter, TIMELINE_BUCKETS);
    const { sinceUsec, bucketUsec } = window;
    const scan = scanOf(reader, filter);
    const packed = scan && counted(() => packedTimeline(scan, window, TIMELINE_BUCKETS));
    return { sinceUsec, bucketUsec, buckets: packed ?? timelineOf(reader, filter, window) };
  });
}

/** Counted in the alerts, or in an index of them. */
function timelineOf(reader: StoreReader, filter: AlertFilter, window: Window): Counts[] {
  const seconds = { ...filter, sinceUsec: undefined };
  const covered = countedIn(reader, filter, conditionsOf(reader, seconds), BY_TIME);
  return covered.isCovered
    ? coveredTimeline(reader, covered, window)
    : readTimeline(reader, searchedConditions(reader, filter).whole, window);
}

/** Counts each bucket in the index of times. */
function coveredTimeline(
  reader: StoreReader,
  { from, where, values }: Counted,
  window: Window,
): Counts[] {
  const [since, step] = [window.sinceUsec / 1e6, window.bucketUsec / 1e6];
  const severity = [1, 2, 3, 4].map((each) => `total(a.severity = ${each})`).join(', ');
  return reader
    .all<{ counts: string }>(
      `WITH RECURSIVE b (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM b WHERE n < ${TIMELINE_BUCKETS - 1})
       SELECT (SELECT json_array(${severity}) ${from}${where} AND ${inBucket(TIMELINE_BUCKETS)}) AS counts FROM b`,
      [...values, since, step, since, step],
    )
    .map(({ counts }) => JSON.parse(counts) as Counts);
}

function readTimeline(
  reader: StoreReader,
  { where, values }: Condition,
  { sinceUsec, bucketUsec }: Window,
): Counts[] {
  const rows = reader.all<{ bucket: number; severity: number; alerts: number }>(
    `SELECT CAST((a.last_ts_us - ?) / ? AS INTEGER) AS bucket, a.severity, count(*) AS alerts
     FROM alerts a${where} GROUP BY bucket, a.severity`,
    [sinceUsec, bucketUsec, ...values],
  );
  const buckets = Array.from({ length: TIMELINE_BUCKETS }, (): Counts => [0, 0, 0, 0]);
  for (const { bucket, severity, alerts } of rows) {
    const counts = buckets[within(bucket, TIMELINE_BUCKETS)];
    const index = within(severity - 1, SEVERITIES);
    if (counts !== undefined) counts[index] = (counts[index] ?? 0) + alerts;
  }
  return buckets;
}

function newGroup({ gid, sid, severity, first_us, last_us }: GroupColumns): Group {
  return {
    ...{ gid, sid, severity, alerts: 0, count: 0, firstUsec: first_us, lastUsec: last_us },
    statuses: { new: 0, acknowledged: 0, escalated: 0, closed: 0 },
    spark: new Array<number>(SPARK_BUCKETS).fill(0),
  };
}

function addTo(group: Group, row: GroupColumns): void {
  group.severity = Math.min(group.severity, row.severity);
  group.alerts += row.alerts;
  group.count += row.count;
  group.firstUsec = Math.min(group.firstUsec, row.first_us);
  group.lastUsec = Math.max(group.lastUsec, row.last_us);
  const { spark } = group;
  const bucket = within(row.bucket, SPARK_BUCKETS);
  spark[bucket] = (spark[bucket] ?? 0) + row.alerts;
}

/** The group with the words of its latest alert. */
function itemOf(reader: StoreReader, conditions: AlertConditions, group: Group): AlertGroup[] {
  const { gid, sid, lastUsec } = group;
  const { where, values } = conditions.unindexed;
  const exact = {
    where: `${where} AND a.gid = ? AND a.sid = ? AND a.last_time = ? AND a.last_ts_us = ?`,
    values: [...values, gid, sid, Math.floor(lastUsec / 1e6), lastUsec],
  };
  const [row] = firstRows(reader, [exact], 1);
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
