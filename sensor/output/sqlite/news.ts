/** Alerts that appeared or grew since somebody asked last, for servers that stand beside a sensor. */
import type { LiveAlert } from '../../core/index.ts';
import { inBrief } from './alert-queries.ts';
import { cursorOf, placeOf } from './cursor.ts';
import type { StoreReader } from './store-reader.ts';
import { alertSummary, type AlertColumns } from './stored.ts';

/** At most so many at once; the rest comes with the next question. */
const MAX_NEWS = 500;

export interface AlertNews {
  readonly alerts: readonly (LiveAlert & { readonly isUpdate: boolean })[];
  readonly cursor: string;
}

/** Without a cursor nothing, and the cursor of now. In the order of the changes. */
export function alertNews(reader: StoreReader, cursor: string | undefined): AlertNews {
  if (cursor === undefined) {
    const [now] = reader.all<{ change: number | null; id: number | null }>(
      'SELECT (SELECT max(change) FROM alerts) AS change, (SELECT max(id) FROM alerts) AS id',
    );
    const { change, id } = now ?? { change: 0, id: 0 };
    return { alerts: [], cursor: placeAt(change ?? 0, Number.MAX_SAFE_INTEGER, id ?? 0) };
  }
  const [change = 0, id = 0, known = 0] = placeOf('news', cursor, 3);
  const rows = reader.all<AlertColumns & { readonly change: number }>(
    `SELECT *, '' AS comment FROM alerts WHERE change >= ? AND (change, id) > (?, ?) ORDER BY change, id LIMIT ?`,
    [change, change, id, MAX_NEWS],
  );
  const last = rows.at(-1);
  if (last === undefined) return { alerts: [], cursor };
  const highest = rows.reduce((most, row) => Math.max(most, row.id), known);
  return {
    alerts: rows.map((row) => ({ ...inBrief(alertSummary(row)), isUpdate: row.id <= known })),
    cursor: placeAt(last.change, last.id, highest),
  };
}

function placeAt(change: number, id: number, known: number): string {
  return cursorOf('news', [change, id, known]);
}
