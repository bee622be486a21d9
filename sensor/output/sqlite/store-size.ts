/** How large the store is, cheaply enough for every scrape. */
import { statSync } from 'node:fs';
import type { Cell } from './record-rows.ts';

const COUNTED_TABLES = [
  'alerts',
  'sessions',
  'flows',
  'files',
  'campaigns',
  'sensor_stats',
] as const;

/** What can be asked: a connection of either kind. */
export interface Asked {
  readonly path: string;
  all<Columns>(sql: string, values?: readonly Cell[]): Columns[];
}

/** Rows of all tables that grow, as far as row ids tell, and bytes of the file with its log. */
export function storeSize(store: Asked): { readonly rows: number; readonly bytes: number } {
  // Ids have few holes and both ends are looked up, where count(*) would read the table.
  const rows = COUNTED_TABLES.map((table) => {
    const [ends] = store.all<{ rows: number }>(
      `SELECT ifnull((SELECT max(id) FROM ${table}) - (SELECT min(id) FROM ${table}) + 1, 0) AS rows`,
    );
    return ends?.rows ?? 0;
  });
  return {
    rows: rows.reduce((sum, count) => sum + count, 0),
    bytes: sizeOf(store.path) + sizeOf(`${store.path}-wal`),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
