/** Alerts one by one, in pages and counted. */
import { partiesOf, storyOf } from '../../alert/index.ts';
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
import type { Cell } from './record-rows.ts';
import type { StoreReader } from './store-reader.ts';
import { alertSummary, type AlertColumns } from './stored.ts';

/** What alerts are ranked by. */
export const TOP_KEYS = ['jid', 'domain', 'ip', 'signature', 'category'] as const;

export type TopKey = (typeof TOP_KEYS)[number];

const COUNTED = ['last_time', 'count', 'severity', 'ts_us', 'last_ts_us'] as const;

/** Column that is grouped by, and the index that has it. */
const TOP_INDEXES: Readonly<
  Record<TopKey, { readonly column: string; readonly index: CoveringIndex }>
> = {
  jid: keyed('alerts_from', 'from_bare'),
  domain: keyed('alerts_domain', 'from_domain'),
  ip: keyed('alerts_src', 'src_ip'),
  signature: keyed('alerts_sid', 'sid'),
  category: keyed('alerts_category', 'category'),
};

function keyed(
  name: string,
  column: string,
): { readonly column: string; readonly index: CoveringIndex } {
  return { column: `a.${column}`, index: coveringIndex(name, column, ...COUNTED) };
}

const ALERTS = `SELECT a.*, ifnull(t.comment, '') AS comment
  FROM alerts a LEFT JOIN alert_triage t ON t.alert_id = a.alert_id`;
const LATEST_FIRST = 'ORDER BY a.last_time DESC, a.last_ts_us DESC, a.id DESC';
const LIST = 'alerts';

/** Those that fired last first. */
export function alertPage(reader: StoreReader, filter: Paged<AlertFilter>): Page<StoredAlert> {
  const limit = limitOf(filter);
  const conditions = conditionsOf(reader, filter);
  if (filter.cursor !== undefined) {
    const [lastUsec = 0, id = 0] = placeOf(LIST, filter.cursor, 2);
    conditions
      .add('a.last_time', ' <= ?', Math.floor(lastUsec / 1e6))
      .add('', '(a.last_ts_us, a.id) < (?, ?)', lastUsec, id);
  }
  const rows = firstRows(reader, conditions.branches, limit + 1);
  const place = (row: AlertColumns): number[] => [row.last_ts_us, row.id];
  return pageOf(LIST, rows, limit, place, alertSummary);
}

/** Alert ids of those that fit, those that fired last first. */
export function alertIds(reader: StoreReader, filter: AlertFilter, limit: number): string[] {
  const { where, values } = conditionsOf(reader, filter).whole;
  const sql = `SELECT a.alert_id FROM alerts a${where} ${LATEST_FIRST} LIMIT ?`;
  return reader.all<{ alert_id: string }>(sql, [...values, limit]).map((row) => row.alert_id);
}

/** Firings of the alerts that fit; `limit` does not matter. */
export function countFirings(reader: StoreReader, filter: AlertFilter): number {
  const { where, values } = conditionsOf(reader, filter).whole;
  const sql = `SELECT sum(a.count) AS alerts FROM alerts a${where}`;
  return reader.all<{ alerts: number | null }>(sql, values)[0]?.alerts ?? 0;
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

/** Most firings first. Alerts without the key (no sender, no address) are left out. */
export function topAlerts(reader: StoreReader, by: TopKey, filter: AlertFilter): TopRow[] {
  const { column, index } = TOP_INDEXES[by];
  const conditions = conditionsOf(reader, filter);
  if (by !== 'signature') conditions.add('', `${column} <> ''`);
  const { from, where, values } = countedIn(reader, filter, conditions, [index]);
  const rows = reader.all<Omit<TopRow, 'sid'>>(
    `SELECT ${column} AS key, sum(a.count) AS alerts, min(a.severity) AS severity,
            min(a.ts_us) AS firstUsec, max(a.last_ts_us) AS lastUsec
     ${from}${where} GROUP BY ${column} ORDER BY alerts DESC, severity, key LIMIT ?`,
    [...values, limitOf(filter)],
  );
  if (by !== 'signature') return rows.map((row) => ({ ...row, sid: undefined }));
  return rows.map((row) => {
    const sid = Number(row.key);
    return { ...row, sid, key: signatureOf(reader, sid) };
  });
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
  return new AlertConditions(filter, (prefix) => detectionsOf(reader, prefix));
}

/** Those in the store that begin so: the index is asked for the next one behind each, not read. */
function detectionsOf(reader: StoreReader, prefix: string): string[] {
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
    ...partiesOf(alert.xmpp, alert.context),
    ...{ count, category },
  };
}
