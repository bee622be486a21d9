/** Packets, bytes, losses and what was seen, over time. */
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { seriesOf, type StatsFigure } from '../../logic/health-words.ts';
import { bytes, compact } from '../../logic/number.ts';
import { query, setQuery } from '../../router.ts';
import { Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { TimeChart } from '../../ui/time-chart.tsx';

const SPANS = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const;

/** New points come with every write of the statistics, which is rarer than the page asks for its health. */
const ASK_MS = 30_000;
/** Without a time the API answers for the last day. */
const BEGINNING = '1970-01-01';

interface Chart {
  readonly figure: StatsFigure;
  readonly title: string;
  readonly color: string;
  readonly format: (value: number) => string;
}

/** Steps of an axis may be halves where little happens. */
function rate(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : compact(value);
}

const CHARTS: readonly Chart[] = [
  { figure: 'packetsPerSecond', title: 'Packets a second', color: '--accent', format: rate },
  { figure: 'bytesPerSecond', title: 'Bytes a second', color: '--accent', format: bytes },
  {
    figure: 'droppedPerSecond',
    title: 'Lost packets a second',
    color: '--critical',
    format: rate,
  },
  {
    figure: 'seenPercent',
    title: 'Seen of the stream bytes',
    color: '--good',
    format: (value) => `${Math.round(value * 10) / 10} %`,
  },
  { figure: 'stanzasPerSecond', title: 'Stanzas a second', color: '--accent', format: rate },
  { figure: 'flowsActive', title: 'Open connections', color: '--accent', format: rate },
];

export function HealthCharts({ isLive }: { readonly isLive: boolean }): JSX.Element {
  const asked = query.value.get('span');
  // A store without a sensor has its points where its captures are, which may be long ago.
  const span = SPANS.find(([value]) => value === asked)?.[0] ?? (isLive ? '1h' : '');
  const { data, problem, reload } = useLoad(
    `stats ${span}`,
    (options) => api.stats({ since: span === '' ? BEGINNING : span }, options),
    { keepStale: true },
  );
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = window.setInterval(reload, ASK_MS);
    return () => {
      window.clearInterval(timer);
    };
  }, [isLive, reload]);
  const charts = useMemo(() => {
    if (data === undefined || data.points.length < 2) return undefined;
    const [times, ...columns] = seriesOf(
      data,
      CHARTS.map(({ figure }) => figure),
    );
    return CHARTS.map((chart, index) => ({
      ...chart,
      times,
      series: [
        { label: chart.title, color: chart.color, values: columns[index] ?? [], fill: true },
      ],
    }));
  }, [data]);
  // Without a sensor there is nothing to wait for, and no span to choose.
  if (!isLive && span === '' && charts === undefined && problem === undefined) {
    return (
      <Panel title="Over time">
        {data === undefined ? (
          <Skeleton rows={1} />
        ) : (
          <p class="muted">
            This store holds too few statistics to draw: a sensor writes them while it runs, a
            replay while it reads captures of some length.
          </p>
        )}
      </Panel>
    );
  }
  return (
    <Panel
      title="Over time"
      actions={
        <select
          aria-label="Span of time"
          value={span}
          onChange={(event) => {
            setQuery({ span: event.currentTarget.value }, { replace: true });
          }}
        >
          {isLive ? null : <option value="">All there is</option>}
          {SPANS.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      }
    >
      {charts !== undefined ? (
        <div class="health-charts">
          {charts.map(({ figure, title, times, series, format }) => (
            <figure key={figure}>
              <figcaption>
                {title} <span class="num">{latestOf(series[0]?.values ?? [], format)}</span>
              </figcaption>
              <TimeChart label={title} times={times} series={series} height={110} format={format} />
            </figure>
          ))}
        </div>
      ) : problem !== undefined ? (
        <ErrorState problem={problem} onRetry={reload} />
      ) : data === undefined ? (
        <Skeleton rows={4} />
      ) : (
        <p class="muted">
          {isLive
            ? 'The sensor has not run for long enough to draw a line.'
            : 'The store holds no statistics for this time.'}
        </p>
      )}
    </Panel>
  );
}

function latestOf(values: readonly (number | null)[], format: (value: number) => string): string {
  const value = values.findLast((each) => each !== null);
  return value === undefined ? '' : format(value);
}
