/** Triage of what was chosen in the inbox, with a way back. */
import type { AlertGroup, AlertQuery } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert, TriageStatus } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError } from '../../api/load.ts';
import { groupKey } from '../../logic/live-groups.ts';
import { plural } from '../../logic/number.ts';
import { changeRequests, undoRequests, type Triaged } from '../../logic/undo.ts';
import { toast } from '../../ui/toast.tsx';

/** So many alerts are named one by one, and can be taken back; more are changed by the query. */
export const MOST_NAMED = 2_000;
const PAGE = 500;
const UNDO_MS = 8_000;

const DEEDS: Readonly<Record<TriageStatus, string>> = {
  new: 'Reopened',
  acknowledged: 'Acknowledged',
  escalated: 'Escalated',
  closed: 'Closed',
};

export interface Chosen {
  readonly groups: readonly AlertGroup[];
  readonly alerts: readonly StoredAlert[];
}

export interface Change {
  readonly status?: TriageStatus;
  readonly comment?: string;
}

interface Named extends Triaged {
  readonly group: string;
}

export interface TriageHooks {
  /** Alerts of one group have the status now. */
  readonly done: (group: string, alerts: readonly Triaged[], status: TriageStatus) => void;
  /** Something changed that only asking anew shows. */
  readonly reload: () => void;
}

/** Alerts behind the choice; undefined when they are too many to be named. */
async function name(
  { groups, alerts }: Chosen,
  query: AlertQuery,
): Promise<readonly Named[] | undefined> {
  const total = groups.reduce((sum, group) => sum + group.alerts, alerts.length);
  if (total > MOST_NAMED) return undefined;
  const named = new Map<string, Named>();
  for (const group of groups) {
    let cursor: string | undefined;
    do {
      const page = await api.alerts({
        ...query,
        ...signatureOf(group),
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { alertId, status } of page.items) {
        named.set(alertId, { alertId, status, group: groupKey(group) });
      }
      cursor = page.next;
    } while (cursor !== undefined && named.size <= MOST_NAMED);
  }
  for (const alert of alerts) {
    const { alertId, status } = alert;
    named.set(alertId, { alertId, status, group: groupKey(alert) });
  }
  return [...named.values()];
}

/** How many alerts a choice stands for. */
export function sizeOf({ groups, alerts }: Chosen): number {
  return groups.reduce((sum, group) => sum + group.alerts, alerts.length);
}

/** Does it, says so, offers the way back; a refusal is said and nothing else happens. Gives whether it was done. */
export async function triage(
  chosen: Chosen,
  change: Change,
  query: AlertQuery,
  hooks: TriageHooks,
): Promise<boolean> {
  try {
    const named = await name(chosen, query);
    if (named === undefined) await changeByQuery(chosen, change, query);
    else await changeNamed(named, change, hooks);
    if (named === undefined) hooks.reload();
    return true;
  } catch (error) {
    const { message, hint } = asApiError(error);
    toast({ text: `Nothing was changed: ${message}. ${hint}`.trim(), kind: 'bad' });
    hooks.reload();
    return false;
  }
}

async function changeNamed(
  named: readonly Named[],
  change: Change,
  hooks: TriageHooks,
): Promise<void> {
  let changed = 0;
  for (const request of changeRequests(named, change)) {
    changed += (await api.triageMany(request)).changed;
  }
  const { status } = change;
  if (status === undefined) {
    toast({ text: `Commented on ${plural(named.length, 'alert')}` });
    return;
  }
  for (const group of new Set(named.map((one) => one.group))) {
    const moved = named.filter((one) => one.group === group && one.status !== status);
    hooks.done(group, moved, status);
  }
  toast({
    text: `${DEEDS[status]} ${plural(Math.max(changed, 0), 'alert')}`,
    ms: UNDO_MS,
    undo: () => {
      void undo(named, status, hooks);
    },
  });
}

async function undo(
  named: readonly Named[],
  status: TriageStatus,
  hooks: TriageHooks,
): Promise<void> {
  try {
    for (const request of undoRequests(named, status)) await api.triageMany(request);
    toast({ text: 'Taken back' });
  } catch (error) {
    toast({ text: `Not taken back: ${asApiError(error).message}`, kind: 'bad' });
  }
  hooks.reload();
}

/** Too many to name: one request a group, for all alerts that the list counted. */
async function changeByQuery(
  { groups, alerts }: Chosen,
  change: Change,
  query: AlertQuery,
): Promise<void> {
  let changed = 0;
  for (const group of groups) {
    const which = { ...query, ...signatureOf(group) };
    changed += (await api.triageMany({ ...change, query: which })).changed;
  }
  const ids = alerts.map((alert) => alert.alertId);
  if (ids.length > 0) changed += (await api.triageMany({ ...change, ids })).changed;
  const deed = change.status === undefined ? 'Commented on' : DEEDS[change.status];
  toast({ text: `${deed} ${plural(changed, 'alert')}` });
}

/** Numbers of signatures are unique within one generator only. */
function signatureOf({ gid, sid }: AlertGroup): Pick<AlertQuery, 'gid' | 'sid'> {
  return { gid, sid };
}
