/** How far a store is packed, and who would do it. */
import { wallClockUsec } from '../../../core/index.ts';
import type { StoreReader } from '../store-reader.ts';
import { PACK_ALERTS } from './pack-columns.ts';
import { duePacksOf } from './pack-maker.ts';

export interface PackState {
  /** Alerts that could be packed and are not. */
  readonly unpacked: number;
  /** The schema has packs. */
  readonly hasRoom: boolean;
  /** A sensor writes into the store, and packs beside that. */
  readonly isWritten: boolean;
}

const SENSOR_TABLES = ['sensor_stats', 'flows', 'sessions', 'alerts'] as const;
/** A sensor that runs writes at least how it is more often than this. */
const SILENT_SECONDS = 180;

export function packState(reader: StoreReader): PackState {
  return reader.snapshot(() => {
    const { hasPacks: hasRoom } = reader;
    return {
      unpacked: hasRoom
        ? duePacksOf((sql) => reader.all(sql)).length * PACK_ALERTS
        : alertsOf(reader),
      hasRoom,
      isWritten: wallClockUsec() / 1e6 - lastStored(reader) < SILENT_SECONDS,
    };
  });
}

/** As far as row ids tell. */
function alertsOf(reader: StoreReader): number {
  const [ends] = reader.all<{ alerts: number | null }>(
    'SELECT (SELECT max(id) FROM alerts) - (SELECT min(id) FROM alerts) + 1 AS alerts',
  );
  return ends?.alerts ?? 0;
}

/** When the latest row was written, in seconds since the epoch. */
function lastStored(reader: StoreReader): number {
  const latest = SENSOR_TABLES.map((table) => {
    const [row] = reader.all<{ stored: number }>(
      `SELECT stored FROM ${table} ORDER BY id DESC LIMIT 1`,
    );
    return row?.stored ?? 0;
  });
  return Math.max(...latest);
}
