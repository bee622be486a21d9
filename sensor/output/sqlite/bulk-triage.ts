/**
 * One change for many alerts: who they are is settled first, then the audit has one row that says so, then they change in
 * slices, between which others read and write. Stopped half way, the history of each alert tells how far it came.
 */
import {
  OperatorError,
  wallClockUsec,
  type AuditEntry,
  type TriageRequest,
} from '../../core/index.ts';
import type { AlertFilter } from './alert-filter.ts';

/** Alerts by their whole ids, or all that fit. */
export type TriageChoice = { readonly ids: readonly string[] } | { readonly filter: AlertFilter };

export interface BulkTriage {
  readonly changed: number;
  readonly alertIds: readonly string[];
}

/** Who does it: the command line at once, the API in a thread. */
export interface TriageDesk {
  alertIds(filter: AlertFilter, limit: number): Promise<readonly string[]> | readonly string[];
  triageSlice(
    ids: readonly string[],
    request: TriageRequest,
    actor: string,
  ): Promise<readonly string[]> | readonly string[];
  writeAudit(entry: Omit<AuditEntry, 'id'>): Promise<void> | void;
}

const SLICE_ALERTS = 1000;
/** Of alerts named one by one, so many are named in the audit. */
const NAMED_IDS = 20;

/** Throws USAGE for more than `maxAlerts`. Alerts that are not there, or are so already, are not counted. */
export async function triageMany(
  desk: TriageDesk,
  choice: TriageChoice,
  request: TriageRequest,
  actor: string,
  maxAlerts: number,
): Promise<BulkTriage> {
  const ids =
    'ids' in choice
      ? [...new Set(choice.ids)]
      : await desk.alertIds(
          choice.filter,
          Math.min(choice.filter.limit ?? maxAlerts + 1, maxAlerts + 1),
        );
  if (ids.length > maxAlerts) {
    throw new OperatorError(
      'USAGE',
      `A change is made to at most ${maxAlerts} alerts at once`,
      'Ask for less time, or for one signature or account',
    );
  }
  if (ids.length === 0) return { changed: 0, alertIds: [] };
  const { status, comment } = request;
  await desk.writeAudit({
    ...{ tsUsec: wallClockUsec(), actor, action: 'triage_many', object: 'alerts' },
    detail: {
      count: ids.length,
      ...(status === undefined ? {} : { status }),
      ...(comment === undefined ? {} : { comment }),
      ...('ids' in choice
        ? { ids: ids.slice(0, NAMED_IDS).join(' ') }
        : { query: JSON.stringify(choice.filter) }),
    },
  });
  const alertIds: string[] = [];
  for (let start = 0; start < ids.length; start += SLICE_ALERTS) {
    const slice = ids.slice(start, start + SLICE_ALERTS);
    alertIds.push(...(await desk.triageSlice(slice, request, actor)));
  }
  return { changed: alertIds.length, alertIds };
}
