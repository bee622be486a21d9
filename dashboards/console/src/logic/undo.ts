/** Taking triage back: which alerts get which of their old statuses again. */
import type { BulkTriageRequest } from '../../../../sensor/api/contract.ts';
import type { TriageStatus } from '../../../../sensor/core/rows.ts';

/** Alerts in one request; the API's body limit is far above. */
const IDS_IN_REQUEST = 500;

export interface Triaged {
  readonly alertId: string;
  /** Before the change. */
  readonly status: TriageStatus;
}

/** Requests that give these alerts a status; those that have it already are left alone. */
export function changeRequests(
  alerts: readonly Triaged[],
  change: { readonly status?: TriageStatus; readonly comment?: string },
): readonly BulkTriageRequest[] {
  const ids = alerts
    .filter(
      ({ status }) =>
        change.status === undefined || status !== change.status || change.comment !== undefined,
    )
    .map(({ alertId }) => alertId);
  return inParts(ids).map((part) => ({ ...change, ids: part }));
}

/** Requests that set each alert back to what it was before it became `status`. */
export function undoRequests(
  alerts: readonly Triaged[],
  status: TriageStatus,
): readonly BulkTriageRequest[] {
  const byStatus = new Map<TriageStatus, string[]>();
  for (const alert of alerts) {
    if (alert.status === status) continue;
    const ids = byStatus.get(alert.status) ?? [];
    ids.push(alert.alertId);
    byStatus.set(alert.status, ids);
  }
  return [...byStatus].flatMap(([old, ids]) =>
    inParts(ids).map((part) => ({ status: old, ids: part })),
  );
}

function inParts(ids: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += IDS_IN_REQUEST) {
    parts.push(ids.slice(at, at + IDS_IN_REQUEST));
  }
  return parts;
}
