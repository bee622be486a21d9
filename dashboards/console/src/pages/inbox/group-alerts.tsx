/** The alerts of one group, page by page. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { AlertGroup, AlertQuery } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert, TriageStatus } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import type { AlertFilterState } from '../../logic/alert-filter.ts';
import { groupKey, tabHolds } from '../../logic/live-groups.ts';
import { compact } from '../../logic/number.ts';
import { ends } from '../../logic/story.ts';
import { visibleText } from '../../logic/visible.ts';
import { Link } from '../../ui/link.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { More } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { Choose, isPlainClick, RowButtons, type RowDeeds } from './group-row.tsx';
import { Value } from './value.tsx';
import './rows.css';
import './group-alerts.css';

interface GroupAlertsProps {
  readonly group: AlertGroup;
  readonly filter: AlertFilterState;
  readonly query: AlertQuery;
  readonly turn: number;
  /** Statuses set here since the alerts were loaded. */
  readonly changed: ReadonlyMap<string, TriageStatus>;
  readonly at: string;
  readonly chosen: ReadonlySet<string>;
  /** The alerts that are shown, for the keys. */
  readonly onRows: (key: string, alerts: readonly StoredAlert[]) => void;
  readonly deedsOf: (alert: StoredAlert) => RowDeeds;
}

const PAGE = 25;

export function GroupAlerts(props: GroupAlertsProps): JSX.Element {
  const { group, filter, query, turn, changed, onRows } = props;
  const key = groupKey(group);
  const list = usePages(
    `${key} ${turn} ${JSON.stringify(query)}`,
    (cursor, options) => {
      const page = cursor === undefined ? {} : { cursor };
      return api.alerts(
        { ...query, gid: group.gid, sid: group.sid, limit: PAGE, ...page },
        options,
      );
    },
    { keepStale: true },
  );
  const rows = useMemo(
    () =>
      (list.data ?? [])
        .map((alert) => ({ ...alert, status: changed.get(alert.alertId) ?? alert.status }))
        .filter((alert) => tabHolds(filter.tab, alert.status)),
    [list.data, changed, filter.tab],
  );
  // With the rows, not a frame later: who sees them walks into them.
  useLayoutEffect(() => {
    onRows(key, rows);
  }, [rows]);
  useLayoutEffect(
    () => () => {
      onRows(key, []);
    },
    [],
  );
  if (list.data === undefined && list.problem !== undefined) {
    return <ErrorState problem={list.problem} onRetry={list.reload} />;
  }
  if (list.data === undefined) return <Skeleton rows={Math.min(4, group.alerts)} />;
  return (
    <div class="group-list">
      {rows.map((alert) => (
        <AlertLine
          key={alert.alertId}
          alert={alert}
          filter={filter}
          isAt={props.at === `a ${alert.alertId}`}
          isChosen={props.chosen.has(`a ${alert.alertId}`)}
          deeds={props.deedsOf(alert)}
        />
      ))}
      <More hasMore={list.hasMore} isLoading={list.isLoading} onMore={list.more} />
    </div>
  );
}

interface AlertLineProps {
  readonly alert: StoredAlert;
  readonly filter: AlertFilterState;
  readonly isAt: boolean;
  readonly isChosen: boolean;
  readonly deeds: RowDeeds;
}

function AlertLine({ alert, filter, isAt, isChosen, deeds }: AlertLineProps): JSX.Element {
  const { from, to } = ends(alert);
  const values = { filter, onFilter: deeds.onFilter };
  const said = alert.evidence?.excerpt || alert.summary;
  return (
    <div
      class={`alert-line ${isChosen ? 'chosen' : ''}`}
      data-at={isAt ? '' : undefined}
      onClick={(event: MouseEvent) => {
        if (isPlainClick(event)) deeds.onOpen();
      }}
    >
      <Choose
        isChosen={isChosen}
        label={`Select the alert of ${visibleText(from, 80)}`}
        onChoose={deeds.onChoose}
      />
      <Link
        to={`/alerts/${encodeURIComponent(alert.alertId)}`}
        class="alert-when"
        onGo={deeds.onLeave}
      >
        <Time usec={alert.lastUsec} />
      </Link>
      <div class={said === '' ? 'alert-ends alone' : 'alert-ends'}>
        <Value {...values} kind={from === alert.srcIp ? 'ip' : 'jid'} value={from} />
        <span class="arrow" aria-label="to">
          →
        </span>
        <Value {...values} kind={to === alert.destIp ? 'ip' : 'jid'} value={to} />
      </div>
      {said === '' ? null : (
        <div class="alert-said ellipsis">
          <Text text={said} max={240} />
        </div>
      )}
      <div class="alert-address hide-narrow">
        <Value {...values} kind="ip" value={alert.srcIp} class="mono" />
      </div>
      <div class="alert-tags">
        {alert.count > 1 ? <span class="num muted">×{compact(alert.count)}</span> : null}
        {alert.status === 'new' ? null : (
          <span class={alert.status === 'escalated' ? 'tag bad' : 'tag good'}>{alert.status}</span>
        )}
      </div>
      <RowButtons filter={filter} onTriage={deeds.onTriage} />
    </div>
  );
}
