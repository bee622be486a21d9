/** An empty inbox: good news, a filter too narrow, or an old capture. Says which. */
import type { JSX } from 'preact';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { ALL_TIME, cleared, filterToApi, isFiltered } from '../../logic/alert-filter.ts';
import { dayOf, rangeText } from '../../logic/ranges.ts';
import { absoluteTime } from '../../logic/time.ts';
import { isLive } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import type { ControlProps } from './controls.tsx';

export function Nothing({ filter, onFilter }: ControlProps): JSX.Element {
  const range = rangeText(filter.since, filter.until);
  const isNarrow = isFiltered(filter);
  const newest = useLoad(`newest ${filter.tab}`, (options) =>
    api.alerts(
      { ...filterToApi({ ...cleared(filter), since: ALL_TIME, until: '' }), limit: 1 },
      options,
    ),
  );
  const alert = newest.data?.items[0];
  if (newest.isLoading) return <Skeleton rows={3} />;
  if (isNarrow) {
    return (
      <EmptyState title={`No alert fits these filters (${range})`}>
        <div class="row centered">
          <Button
            onClick={() => {
              onFilter(cleared(filter));
            }}
          >
            Clear the filters
          </Button>
          <Button
            onClick={() => {
              onFilter({ ...filter, since: ALL_TIME, until: '' });
            }}
          >
            Look at all time
          </Button>
        </div>
      </EmptyState>
    );
  }
  const everything = (
    <Button
      onClick={() => {
        onFilter({ ...filter, since: ALL_TIME, until: '', tab: 'all' });
      }}
    >
      Show everything
    </Button>
  );
  if (alert === undefined && filter.tab === 'all') {
    return isLive.value ? (
      <EmptyState title="No alert yet">
        The sensor has seen nothing worth one. Is it seeing traffic at all? The page Health says so.
      </EmptyState>
    ) : (
      <EmptyState title="This store holds no alert">
        Nothing in the captures it was filled from was worth one.
      </EmptyState>
    );
  }
  if (alert === undefined) {
    return (
      <EmptyState title={filter.tab === 'open' ? 'Nothing is open' : `No alert is ${filter.tab}`}>
        {isLive.value && filter.tab === 'open' ? (
          <p>All was looked at. Whether the sensor sees all there is, the page Health says.</p>
        ) : null}
        <div class="row centered">{everything}</div>
      </EmptyState>
    );
  }
  const day = dayOf(alert.lastUsec);
  const date = absoluteTime(alert.lastUsec, 'utc').slice(0, 10);
  return (
    <EmptyState title={`Nothing here in this range (${range})`}>
      <p>
        The newest {filter.tab === 'all' ? '' : `${filter.tab} `}alert is of {date}: is this an old
        capture?
      </p>
      <div class="row centered">
        <Button
          kind="primary"
          onClick={() => {
            onFilter({ ...filter, ...day });
          }}
        >
          {`Show ${date}`}
        </Button>
        {everything}
      </div>
    </EmptyState>
  );
}
