/** Alerts over time by severity; drag to look closer. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlertTimeline } from '../../../../../sensor/api/contract.ts';
import { plural } from '../../logic/number.ts';
import { SEVERITIES } from '../../logic/severity.ts';
import { TimeChart } from '../../ui/time-chart.tsx';

interface ChartProps {
  readonly timeline: AlertTimeline;
  readonly onRange: (sinceUsec: number, untilUsec: number) => void;
}

export function Chart({ timeline, onRange }: ChartProps): JSX.Element {
  const { sinceUsec, bucketUsec, buckets } = timeline;
  const times = useMemo(
    () => buckets.map((_, index) => (sinceUsec + index * bucketUsec) / 1e6),
    [timeline],
  );
  // From the bottom: what matters most stands on the axis.
  const series = useMemo(
    () =>
      SEVERITIES.map((name, index) => ({
        label: name,
        color: `--${name}`,
        values: buckets.map((bucket) => bucket[index] ?? 0),
      })),
    [timeline],
  );
  const total = buckets.reduce((sum, bucket) => sum + bucket.reduce((a, b) => a + b, 0), 0);
  return (
    <TimeChart
      label={`${plural(total, 'alert')} over time by severity. Drag to zoom into a range.`}
      kind="bars"
      height={88}
      times={times}
      series={series}
      onRange={(from, to) => {
        onRange(Math.floor(from * 1e6), Math.ceil(to * 1e6));
      }}
    />
  );
}
