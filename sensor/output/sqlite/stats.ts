/** The sensor over time, as its rows in `sensor_stats` tell: counters that only grow, made rates. */
import type { Stats, StatsPoint, StoredStats } from '../../core/index.ts';
import type { StoreReader } from './store-reader.ts';

const MAX_POINTS = 500;

interface StatsColumns {
  readonly ts_us: number;
  readonly sensor: string;
  readonly uptime: number;
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly flows_active: number;
  readonly seen_bytes: number;
  readonly gap_bytes: number;
  readonly stanzas: number;
}

const STANZAS = ['Message', 'Presence', 'Iq', 'Other']
  .flatMap((kind) => [`stanzas${kind}ToServer`, `stanzas${kind}ToClient`])
  .map((counter) => `ifnull(json_extract(counters, '$.${counter}'), 0)`)
  .join(' + ');

/** Rates between rows of one sensor; above 500 points, rows between are left out. Oldest first. */
export function statsBetween(reader: StoreReader, sinceUsec: number, untilUsec: number): Stats {
  const range = 'time >= ? AND time <= ? AND ts_us >= ? AND ts_us < ?';
  const values = [Math.floor(sinceUsec / 1e6), Math.floor(untilUsec / 1e6), sinceUsec, untilUsec];
  const [counted] = reader.all<{ rows: number }>(
    `SELECT count(*) AS rows FROM sensor_stats WHERE ${range}`,
    values,
  );
  // Counted back from the latest, which is always told.
  const step = Math.max(1, Math.ceil((counted?.rows ?? 0) / MAX_POINTS));
  const rows = reader.all<StatsColumns>(
    `SELECT ts_us, sensor, uptime, packets, bytes, dropped, flows_active, seen_bytes, gap_bytes, ${STANZAS} AS stanzas
     FROM (SELECT *, row_number() OVER (ORDER BY time DESC, ts_us DESC, id DESC) AS place FROM sensor_stats WHERE ${range})
     WHERE (place - 1) % ? = 0 ORDER BY time, ts_us, id`,
    [...values, step],
  );
  const before = new Map<string, StatsColumns>();
  const points: StatsPoint[] = [];
  for (const row of rows) {
    const last = before.get(row.sensor);
    before.set(row.sensor, row);
    if (last !== undefined && row.ts_us > last.ts_us) points.push(pointOf(last, row));
  }
  return { points };
}

/** The latest row, undefined without one. */
export function latestStats(reader: StoreReader): StoredStats | undefined {
  const [row] = reader.all<{
    readonly ts_us: number;
    readonly sensor: string;
    readonly uptime: number;
    readonly counters: string;
    readonly events: string;
  }>('SELECT * FROM sensor_stats ORDER BY id DESC LIMIT 1');
  if (row === undefined) return undefined;
  return {
    tsUsec: row.ts_us,
    sensor: row.sensor,
    uptimeSeconds: row.uptime,
    counters: JSON.parse(row.counters) as StoredStats['counters'],
    events: JSON.parse(row.events) as StoredStats['events'],
  };
}

function pointOf(last: StatsColumns, row: StatsColumns): StatsPoint {
  // A sensor that started again counts from nought: what it has counted came since its start.
  const isRestarted = row.uptime < last.uptime || row.packets < last.packets;
  const seconds = isRestarted && row.uptime > 0 ? row.uptime : (row.ts_us - last.ts_us) / 1e6;
  const grown = (count: (of: StatsColumns) => number): number =>
    Math.max(0, isRestarted ? count(row) : count(row) - count(last));
  const rate = (count: (of: StatsColumns) => number): number => grown(count) / seconds;
  const seen = grown((of) => of.seen_bytes);
  const all = seen + grown((of) => of.gap_bytes);
  return {
    tsUsec: row.ts_us,
    packetsPerSecond: rate((of) => of.packets),
    bytesPerSecond: rate((of) => of.bytes),
    droppedPerSecond: rate((of) => of.dropped),
    stanzasPerSecond: rate((of) => of.stanzas),
    flowsActive: row.flows_active,
    seenPercent: all > 0 ? Math.floor((10_000 * seen) / all) / 100 : undefined,
  };
}
