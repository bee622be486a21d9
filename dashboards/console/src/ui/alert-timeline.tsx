/** Alerts over time by severity; nothing where there was none. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlertQuery } from '../../../../sensor/api/contract.ts';
import { api } from '../api/endpoints.ts';
import { useLoad } from '../api/load.ts';
import { plural } from '../logic/number.ts';
import { ownSpan } from '../logic/own-span.ts';
import { severityName } from '../logic/severity.ts';
import { Skeleton } from './states.tsx';
import { TimeChart } from './time-chart.tsx';

interface AlertTimelineProps {
  /** With `since` where the time is known: without, it is the time in which there are alerts. */
  readonly query: AlertQuery;
  readonly height?: number;
}

export function AlertTimeline({ query, height = 110 }: AlertTimelineProps): JSX.Element {
  const { data, problem } = useLoad(`timeline ${JSON.stringify(query)}`, async (options) => {
    const whole = await api.timeline(query, options);
    const own = query.since === undefined ? ownSpan(whole) : undefined;
    return own === undefined ? whole : api.timeline({ ...query, ...own }, options);
  });
  const chart = useMemo(() => {
    if (data === undefined) return undefined;
    const { sinceUsec, bucketUsec, buckets } = data;
    const times = buckets.map((_, index) => (sinceUsec + index * bucketUsec) / 1e6);
    const series = [4, 3, 2, 1].map((severity) => ({
      label: severityName(severity),
      color: `--${severityName(severity)}`,
      values: buckets.map((bucket) => bucket[severity - 1] ?? 0),
    }));
    const total = buckets.flat().reduce((sum, value) => sum + value, 0);
    return { times, series, total };
  }, [data]);
  if (problem !== undefined) return <p class="muted">The timeline could not be loaded.</p>;
  if (chart === undefined) return <Skeleton rows={3} />;
  if (chart.total === 0) return <p class="muted">No alert in this time.</p>;
  return (
    <TimeChart
      label={`${plural(chart.total, 'alert')} over time by severity`}
      times={chart.times}
      series={chart.series}
      kind="bars"
      height={height}
    />
  );
}
