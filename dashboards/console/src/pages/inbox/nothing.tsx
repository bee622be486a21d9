/** An empty inbox: good news, a filter too narrow, or an old capture. Says which. */
import type { JSX } from 'preact';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { ALL_TIME, cleared, isFiltered } from '../../logic/alert-filter.ts';
import { dayOf, rangeText } from '../../logic/ranges.ts';
import { absoluteTime } from '../../logic/time.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import type { ControlProps } from './controls.tsx';

export function Nothing({ filter, onFilter }: ControlProps): JSX.Element {
  const range = rangeText(filter.since, filter.until);
  const isNarrow = isFiltered(filter);
  const newest = useLoad('newest', (options) => api.alerts({ limit: 1 }, options));
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
  if (alert === undefined) {
    return (
      <EmptyState title="No alert yet">
        The sensor has seen nothing worth one. Is it seeing traffic at all? The page Health says so.
      </EmptyState>
    );
  }
  const day = dayOf(alert.lastUsec);
  const date = absoluteTime(alert.lastUsec, 'utc').slice(0, 10);
  return (
    <EmptyState
      title={filter.tab === 'open' ? `Nothing open (${range})` : `Nothing here (${range})`}
    >
      <p>
        The newest alert of the store is of {date}
        {filter.tab === 'all' ? '.' : '; it may have been dealt with already.'}
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
        <Button
          onClick={() => {
            onFilter({ ...filter, since: ALL_TIME, until: '', tab: 'all' });
          }}
        >
          Show everything
        </Button>
      </div>
    </EmptyState>
  );
}
