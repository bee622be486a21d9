/** News applied to the inbox where it stands: counts grow in place, the order never changes, what is new waits. */
import type { AlertGroup, AlertGroups, LiveAlert } from '../../../../sensor/api/contract.ts';
import type { TriageStatus } from '../../../../sensor/core/rows.ts';
import {
  fitsDetection,
  holds,
  isExcluded,
  type AlertFilterState,
  type StatusTab,
} from './alert-filter.ts';

const TRIAGE: readonly TriageStatus[] = ['new', 'acknowledged', 'escalated', 'closed'];

export function groupKey({ gid, sid }: { readonly gid: number; readonly sid: number }): string {
  return `${gid}:${sid}`;
}

/**
 * Does the news belong into the list as it is filtered? What an event does not tell (address, campaign, file, flow) is
 * taken for a yes: the list is asked anew before a row appears.
 */
export function concerns(filter: AlertFilterState, news: LiveAlert): boolean {
  const { severities, values, until, tab } = filter;
  if (until !== '' || !['open', 'all'].includes(tab)) return false;
  if (severities.length > 0 && !severities.includes(news.severity)) return false;
  if (isExcluded(filter, news)) return false;
  const { detection, sid, category, jid, text } = values;
  if (sid !== undefined && ![String(news.sid), groupKey(news)].includes(sid)) return false;
  if (category !== undefined && !fitsCategory(category, news.category)) return false;
  if (detection !== undefined && !fitsDetection(detection, news.detection)) return false;
  if (jid !== undefined && !holds(news.from, jid) && !holds(news.to, jid)) return false;
  return (
    text === undefined ||
    [news.signature, news.story, news.from, news.to].some((value) => holds(value, text))
  );
}

/** The words of a category in either case; of a class of rules (`policy-violation`) news do not tell. */
function fitsCategory(asked: string, category: string): boolean {
  return /^[a-z]+(?:-[a-z]+)+$/.test(asked) || asked.toLowerCase() === category.toLowerCase();
}

/**
 * The groups with the news in them; undefined when its signature has no row yet. A firing that folded into an alert
 * raises the count, a new alert the number of alerts as well.
 */
export function withNews(
  groups: readonly AlertGroup[],
  news: LiveAlert & { readonly isUpdate: boolean },
): readonly AlertGroup[] | undefined {
  const at = groups.findIndex((group) => groupKey(group) === groupKey(news));
  const group = groups[at];
  if (group === undefined) return undefined;
  const spark = [...group.spark];
  if (!news.isUpdate && spark.length > 0) spark[spark.length - 1] = (spark.at(-1) ?? 0) + 1;
  const isSame = news.alertId === group.latest.alertId;
  const grown = news.isUpdate
    ? Math.max(isSame ? 0 : 1, isSame ? news.count - group.latest.count : 0)
    : news.count;
  const next: AlertGroup = {
    ...group,
    spark,
    alerts: group.alerts + (news.isUpdate ? 0 : 1),
    count: group.count + grown,
    severity: Math.min(group.severity, news.severity),
    lastUsec: Math.max(group.lastUsec, news.lastUsec),
    statuses: news.isUpdate ? group.statuses : { ...group.statuses, new: group.statuses.new + 1 },
    latest: news.lastUsec >= group.latest.lastUsec ? news : group.latest,
  };
  return groups.with(at, next);
}

/** Alerts of the signatures that an answer counts and does not list: told of the answer, not of what triage left of it. */
export function unlisted({ items, alerts }: Pick<AlertGroups, 'items' | 'alerts'>): number {
  return Math.max(0, alerts - items.reduce((sum, group) => sum + group.alerts, 0));
}

/** Groups that wait until the user asks for them. */
export interface Waiting {
  /** Those that have no row yet. */
  readonly added: number;
  /** Those that have a row, and somebody else is done with them. */
  readonly gone: number;
}

export const NONE_WAITING: Waiting = { added: 0, gone: 0 };

/** What waits, on the button that shows it; '' when nothing does. */
export function waitingText({ added, gone }: Waiting): string {
  if (added > 0) return `${added} new`;
  return gone > 0 ? `${gone} done elsewhere` : '';
}

export interface Merged {
  readonly groups: readonly AlertGroup[];
  readonly waiting: Waiting;
}

/** Fresh figures in the rows that stand there; the order stays, and so do rows that are gone. */
export function mergeGroups(shown: readonly AlertGroup[], fresh: readonly AlertGroup[]): Merged {
  const byKey = new Map(fresh.map((group) => [groupKey(group), group]));
  const groups = shown.map((group) => byKey.get(groupKey(group)) ?? group);
  const known = new Set(shown.map(groupKey));
  const added = fresh.filter((group) => !known.has(groupKey(group))).length;
  const gone = shown.filter((group) => !byKey.has(groupKey(group))).length;
  return { groups, waiting: { added, gone } };
}

/** Does the tab show alerts of this status? */
export function tabHolds(tab: StatusTab, status: TriageStatus): boolean {
  switch (tab) {
    case 'open':
      return status === 'new' || status === 'escalated';
    case 'escalated':
      return status === 'escalated';
    case 'acknowledged':
      return status === 'acknowledged';
    case 'closed':
      return status === 'closed';
    case 'all':
      return true;
  }
}

/** The groups after alerts of one of them changed their status; a group with nothing left for the tab goes. */
export function withTriage(
  groups: readonly AlertGroup[],
  key: string,
  changed: readonly TriageStatus[],
  status: TriageStatus,
  tab: StatusTab,
): readonly AlertGroup[] {
  return groups.flatMap((group) => {
    if (groupKey(group) !== key) return [group];
    const statuses = { ...group.statuses };
    for (const old of changed) {
      statuses[old] = Math.max(0, statuses[old] - 1);
      statuses[status] += 1;
    }
    const left = TRIAGE.filter((one) => tabHolds(tab, one)).reduce(
      (sum, one) => sum + statuses[one],
      0,
    );
    return left === 0 ? [] : [{ ...group, statuses, alerts: left }];
  });
}
