/** Alerts one by one, in pages and counted. */
import { partiesInBrief, storyOf } from '../../alert/index.ts';
import {
  OperatorError,
  type LiveAlert,
  type Page,
  type StoredAlert,
  type TopRow,
  type TriageEntry,
} from '../../core/index.ts';
import { countedIn, coveringIndex, type CoveringIndex } from './alert-counts.ts';
import { AlertConditions, type AlertFilter, type Condition } from './alert-filter.ts';
import { pageOf, placeOf } from './cursor.ts';
import { limitOf, type Paged } from './filters.ts';
import { counted, packScan, packedFirings, packedTop, type PackScan } from './packs/pack-counts.ts';
import { latestPacked, type PlaceInList } from './packs/pack-lists.ts';
import type { Cell } from './record-rows.ts';
import type { StoreReader } from './store-reader.ts';
import { alertSummary, type AlertColumns } from './stored.ts';

/** What alerts are ranked by. */
export const TOP_KEYS = ['jid', 'domain', 'ip', 'signature', 'category'] as const;

export type TopKey = (typeof TOP_KEYS)[number];

const COUNTED = ['last_time', 'count', 'severity', 'ts_us', 'last_ts_us'] as const;

interface Ranking {
  readonly column: string;
  /** The index that many alerts are counted in, and its column. */
  readonly index: CoveringIndex;
  readonly counted: string;
  /** What `column` is, where `counted` is `c.key`. */
  readonly name: string;
}

const TOP_RANKINGS: Readonly<Record<TopKey, Ranking>> = {
  jid: rankedBy('from_bare', 'alerts_from'),
  domain: rankedBy(
    ...(['from_domain', 'alerts_from', 'from_bare'] as const),
    "substr(c.key, instr(c.key, '@') + 1)",
  ),
  ip: rankedBy('src_ip', 'alerts_src'),
  signature: rankedBy('sid', 'alerts_sid'),
  // As its latest alert has it.
  category: rankedBy(
    ...(['category', 'alerts_sid', 'sid'] as const),
    '(SELECT l.category FROM alerts l WHERE l.sid = c.key ORDER BY l.last_time DESC LIMIT 1)',
  ),
};

function rankedBy(column: string, name: string, counted = column, key = 'c.key'): Ranking {
  const index = coveringIndex(name, counted, ...COUNTED);
  return { column: `a.${column}`, index, counted: `a.${counted}`, name: key };
}

const ALERTS = `SELECT a.*, ifnull(t.comment, '') AS comment
  FROM alerts a LEFT JOIN alert_triage t ON t.alert_id = a.alert_id`;
const LATEST_FIRST = 'ORDER BY a.last_time DESC, a.last_ts_us DESC, a.id DESC';
const LIST = 'alerts';

/** Those that fired last first. */
export function alertPage(reader: StoreReader, filter: Paged<AlertFilter>): Page<StoredAlert> {
  return reader.snapshot(() => pageIn(reader, filter));
}

function pageIn(reader: StoreReader, filter: Paged<AlertFilter>): Page<StoredAlert> {
  const limit = limitOf(filter);
  const conditions = conditionsOf(reader, filter);
  let after: PlaceInList | undefined;
  if (filter.cursor !== undefined) {
    const [lastUsec = 0, id = 0] = placeOf(LIST, filter.cursor, 2);
    conditions
      .add('a.last_time', ' <= ?', Math.floor(lastUsec / 1e6))
      .add('', '(a.last_ts_us, a.id) < (?, ?)', lastUsec, id);
    after = { lastUsec, id };
  }
  const ids = packedIds(reader, filter, limit + 1, after);
  if (ids !== undefined) conditions.among(ids);
  const rows = firstRows(reader, conditions.branches, limit + 1);
  const place = (row: AlertColumns): number[] => [row.last_ts_us, row.id];
  return pageOf(LIST, rows, limit, place, alertSummary);
}

/** Alert ids of those that fit, those that fired last first. */
export function alertIds(reader: StoreReader, filter: AlertFilter, limit: number): string[] {
  return reader.snapshot(() => {
    const ids = packedIds(reader, filter, limit);
    const conditions = conditionsOf(reader, filter);
    if (ids !== undefined) conditions.among(ids);
    const { where, values } = conditions.whole;
    const sql = `SELECT a.alert_id FROM alerts a${where} ${LATEST_FIRST} LIMIT ?`;
    return reader.all<{ alert_id: string }>(sql, [...values, limit]).map((row) => row.alert_id);
  });
}

/** Firings of the alerts that fit; `limit` does not matter. */
export function countFirings(reader: StoreReader, filter: AlertFilter): number {
  return reader.snapshot(() => {
    const scan = scanOf(reader, filter);
    const packed = scan && counted(() => packedFirings(scan));
    if (packed !== undefined) return packed;
    const { where, values } = conditionsOf(reader, filter).whole;
    const sql = `SELECT sum(a.count) AS alerts FROM alerts a${where}`;
    return reader.all<{ alerts: number | null }>(sql, values)[0]?.alerts ?? 0;
  });
}

/** The alert with this row number, or whose id begins so (at least four digits). Throws USAGE when several do. */
export function findAlert(reader: StoreReader, id: string): StoredAlert | undefined {
  const where = (condition: string, values: readonly Cell[]): StoredAlert[] =>
    reader
      .all<AlertColumns>(`${ALERTS} WHERE ${condition} ORDER BY a.id LIMIT 2`, values)
      .map(alertSummary);
  if (/^\d{1,15}$/.test(id)) {
    const [byRow] = where('a.id = ?', [Number(id)]);
    if (byRow !== undefined) return byRow;
  }
  if (!/^[0-9a-f]{4,32}$/.test(id)) return undefined;
  const [found, another] = where('a.alert_id >= ? AND a.alert_id < ?', [id, `${id}g`]);
  if (another === undefined) return found;
  throw new OperatorError('USAGE', `More than one alert id begins with ${id}`, 'Give more digits');
}

/** What was made of an alert, the latest last; nothing for one that nobody touched. */
export function historyOf(reader: StoreReader, alertId: string): TriageEntry[] {
  return reader.all<TriageEntry>(
    `SELECT ts_us AS tsUsec, actor, status, comment FROM alert_triage_history WHERE alert_id = ? ORDER BY id`,
    [alertId],
  );
}

/** A row whose key is a name, or a sid. */
type Ranked = Omit<TopRow, 'sid'>;

/** Most firings first. Alerts without the key (no sender, no address) are left out. */
export function topAlerts(reader: StoreReader, by: TopKey, filter: AlertFilter): TopRow[] {
  return reader.snapshot(() => {
    const rows = packedRanking(reader, by, filter) ?? ranking(reader, by, filter);
    if (by !== 'signature') return rows.map((row) => ({ ...row, sid: undefined }));
    return rows.map((row) => {
      const sid = Number(row.key);
      return { ...row, sid, key: signatureOf(reader, sid) };
    });
  });
}

function packedRanking(reader: StoreReader, by: TopKey, filter: AlertFilter): Ranked[] | undefined {
  const scan = scanOf(reader, filter);
  if (scan === undefined) return undefined;
  return counted(() => packedTop(reader, scan, by, limitOf(filter)));
}

function ranking(reader: StoreReader, by: TopKey, filter: AlertFilter): Ranked[] {
  const { column, index, counted, name } = TOP_RANKINGS[by];
  const { from, where, values, isCovered } = countedIn(
    ...([reader, filter, searchedConditions(reader, filter), [index]] as const),
  );
  const [inner, outer] = isCovered ? [counted, name] : [column, 'c.key'];
  return reader
    .all<Omit<Ranked, 'key'> & { readonly name: string | number }>(
      `SELECT ${outer} AS name, sum(alerts) AS alerts, min(severity) AS severity, min(firstUsec) AS firstUsec,
            max(lastUsec) AS lastUsec
     FROM (SELECT ${inner} AS key, sum(a.count) AS alerts, min(a.severity) AS severity,
                  min(a.ts_us) AS firstUsec, max(a.last_ts_us) AS lastUsec
           ${from}${where} GROUP BY ${inner}) c
     GROUP BY name HAVING name <> '' ORDER BY alerts DESC, severity, name LIMIT ?`,
      [...values, limitOf(filter)],
    )
    .map(({ name: key, ...row }) => ({ key: String(key), ...row }));
}

/** As the latest alert has it. */
function signatureOf(reader: StoreReader, sid: number): string {
  const [row] = reader.all<{ signature: string }>(
    'SELECT a.signature FROM alerts a WHERE a.sid = ? ORDER BY a.last_time DESC LIMIT 1',
    [sid],
  );
  return row?.signature ?? '';
}

/** The first rows of all branches, in the order of lists. */
export function firstRows(
  reader: StoreReader,
  branches: readonly Condition[],
  count: number,
): AlertColumns[] {
  const ids = branches.map(
    ({ where }) => `SELECT * FROM (SELECT a.id FROM alerts a${where} ${LATEST_FIRST} LIMIT ?)`,
  );
  return reader.all<AlertColumns>(
    `${ALERTS} WHERE a.id IN (${ids.join(' UNION ALL ')}) ${LATEST_FIRST} LIMIT ?`,
    [...branches.flatMap(({ values }) => [...values, count]), count],
  );
}

export function conditionsOf(reader: StoreReader, filter: AlertFilter): AlertConditions {
  return new AlertConditions(withClient(reader, filter), (prefix) => detectionsOf(reader, prefix));
}

/** The same, for who reads all that fit: by what packs find when there are words. Within a snapshot. */
export function searchedConditions(reader: StoreReader, filter: AlertFilter): AlertConditions {
  const conditions = conditionsOf(reader, filter);
  const ids = packedIds(reader, filter, Number.MAX_SAFE_INTEGER);
  return ids === undefined ? conditions : conditions.among(ids);
}

/** Packs to answer from, within a snapshot; undefined where the alerts have to be asked. */
export function scanOf(reader: StoreReader, filter: AlertFilter): PackScan | undefined {
  return packScan(reader, withClient(reader, filter), (prefix) => detectionsOf(reader, prefix));
}

/** The latest that fit; undefined where no words are searched, which no index knows, and without packs. */
function packedIds(
  reader: StoreReader,
  filter: AlertFilter,
  count: number,
  after?: PlaceInList,
): number[] | undefined {
  const { text, not = [] } = filter;
  if (text === undefined && not.every((match) => match.text === undefined)) return undefined;
  const scan = scanOf(reader, filter);
  return scan && counted(() => latestPacked(scan, count, after));
}

/** Alerts of a flow are found by its client. */
function withClient(reader: StoreReader, filter: AlertFilter): AlertFilter {
  const { communityId, ip } = filter;
  if (communityId === undefined || ip !== undefined) return filter;
  return { ...filter, ip: clientOf(reader, communityId) };
}

/** Of a flow, by which its alerts are found; not known while the flow goes on. */
function clientOf(reader: StoreReader, communityId: string): string | undefined {
  const [row] = reader.all<{ readonly client_ip: string }>(
    `SELECT client_ip FROM sessions WHERE community_id = ?
     UNION ALL SELECT client_ip FROM flows WHERE community_id = ? LIMIT 1`,
    [communityId, communityId],
  );
  return row?.client_ip;
}

/** Those in the store that begin so: the index is asked for the next one behind each, not read. */
export function detectionsOf(reader: StoreReader, prefix: string): string[] {
  // Slugs are ASCII, so U+FFFF follows all that begin with the prefix.
  const end = `${prefix}\uffff`;
  const next = 'SELECT min(detection) FROM alerts WHERE detection';
  return reader
    .all<{ slug: string }>(
      `WITH RECURSIVE slugs (slug) AS (
         SELECT (${next} >= ?) UNION ALL SELECT (${next} > slug) FROM slugs WHERE slug < ?
       ) SELECT slug FROM slugs WHERE slug < ?`,
      [prefix, end, end],
    )
    .map(({ slug }) => slug);
}

/** An alert in a line. */
export function inBrief(alert: StoredAlert): LiveAlert {
  const { alertId, tsUsec, lastUsec, severity, detection, gid, sid } = alert;
  const { signature, count, category } = alert;
  const story = storyOf(alert);
  return {
    ...{ alertId, tsUsec, lastUsec, severity, detection, gid, sid, signature, story },
    ...partiesInBrief(alert, alert.context),
    ...{ count, category },
  };
}
