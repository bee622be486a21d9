/** Triage since somebody asked last, whoever wrote it: this server, another one, the command line. */
import type { TriageEntry, TriageStatus } from '../../core/index.ts';
import type { StoreReader } from './store-reader.ts';

/** More at once are only counted: long lists are cheaper to ask for anew. */
const MAX_CHANGES = 1000;

export interface TriageNews {
  /** Changes that were made alike one after the other are one. */
  readonly changes: readonly {
    readonly alertIds: readonly string[];
    readonly entry: TriageEntry;
  }[];
  /** How many there were beyond what can be told one by one; then `changes` is empty. */
  readonly untold: number;
  /** Number of the latest row of the history. */
  readonly cursor: number;
}

interface HistoryColumns {
  readonly id: number;
  readonly alert_id: string;
  readonly status: TriageStatus;
  readonly ts_us: number;
  readonly actor: string;
  readonly comment: string;
}

/** Without a cursor nothing, and the cursor of now. In the order of the changes. */
export function triageNews(reader: StoreReader, cursor: number | undefined): TriageNews {
  const [top] = reader.all<{ id: number | null }>('SELECT max(id) AS id FROM alert_triage_history');
  const latest = top?.id ?? 0;
  // Rows that went with their alerts may have been the latest: their numbers come again.
  if (cursor === undefined || latest <= cursor) return { changes: [], untold: 0, cursor: latest };
  const rows = reader.all<HistoryColumns>(
    `SELECT id, alert_id, status, ts_us, actor, comment FROM alert_triage_history
     WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`,
    [cursor, latest, MAX_CHANGES + 1],
  );
  if (rows.length > MAX_CHANGES) return { changes: [], untold: latest - cursor, cursor: latest };
  return { changes: alike(rows), untold: 0, cursor: latest };
}

function alike(rows: readonly HistoryColumns[]): TriageNews['changes'] {
  const changes: { readonly alertIds: string[]; readonly entry: TriageEntry }[] = [];
  for (const { alert_id: alertId, ts_us: tsUsec, status, actor, comment } of rows) {
    const last = changes.at(-1);
    const isAlike =
      last?.entry.status === status && last.entry.actor === actor && last.entry.comment === comment;
    if (isAlike) last.alertIds.push(alertId);
    else changes.push({ alertIds: [alertId], entry: { tsUsec, actor, status, comment } });
  }
  return changes;
}
