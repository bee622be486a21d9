/** Charts over time by uPlot, loaded only by pages that draw one. Drag to zoom into a range. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { compact } from '../logic/number.ts';
import { tickLabels } from '../logic/time-ticks.ts';
import { isDark, timeMode } from '../settings.ts';

/** Steps of an axis that counts. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 1e2, 2e2, 5e2, 1e3, 2e3, 5e3, 1e4, 5e4, 1e5, 1e6];

export interface ChartSeries {
  readonly label: string;
  /** Name of a custom property of the style sheet: '--critical'. */
  readonly color: string;
  /** One value for each time; null leaves a gap. */
  readonly values: readonly (number | null)[];
  readonly fill?: boolean;
}

interface TimeChartProps {
  /** What it shows, for screen readers. */
  readonly label: string;
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Bars on top of each other (counts) or lines (rates). */
  readonly kind?: 'bars' | 'lines';
  readonly height?: number;
  readonly format?: (value: number) => string;
  /** Called with seconds when a range was dragged. */
  readonly onRange?: (from: number, to: number) => void;
}

export function TimeChart(props: TimeChartProps): JSX.Element {
  const { label, times, series, kind = 'lines', height = 120, format = compact, onRange } = props;
  const box = useRef<HTMLDivElement>(null);
  const ranged = useRef(onRange);
  ranged.current = onRange;
  const dark = isDark.value;
  const zone = timeMode.value === 'local' ? 'local' : 'utc';
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const options = optionsOf(
      element,
      { series, kind, height, format, zone },
      times,
      (from, to) => {
        ranged.current?.(from, to);
      },
    );
    const data = kind === 'bars' ? stacked(times, series) : plain(times, series);
    const tip = document.createElement('div');
    tip.className = 'chart-tip';
    options.hooks = { ...options.hooks, setCursor: [showTip(tip, times, series, format)] };
    const plot = new uPlot(options, data, element);
    plot.over.append(tip);
    const watch = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [times, series, kind, height, dark, zone]);
  return <div ref={box} class={`chart chart-${height}`} role="img" aria-label={label} />;
}

interface Look {
  readonly series: readonly ChartSeries[];
  readonly kind: 'bars' | 'lines';
  readonly height: number;
  readonly format: (value: number) => string;
  readonly zone: 'utc' | 'local';
}

function optionsOf(
  element: HTMLElement,
  look: Look,
  times: readonly number[],
  onRange: (from: number, to: number) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const grid = { stroke: color('--line'), width: 1 };
  const axis = {
    stroke: color('--muted'),
    grid,
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  };
  const isBars = look.kind === 'bars';
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  // Drawn from the tallest stack down, so that each covers the lower part of the one before.
  const drawn = isBars ? [...look.series].reverse() : look.series;
  return {
    width: element.clientWidth,
    height: look.height,
    // Half a label wide at the right: the last tick may stand at the very edge.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: !isBars, size: 6 },
      drag: { x: true, y: false, setScale: false },
    },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: isBars ? { time: true, range: (_, from, to) => [from, to + step] } : { time: true },
      y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.05] },
    },
    ...(look.zone === 'utc'
      ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC') }
      : {}),
    axes: [
      { ...axis, size: 24, space: 70, values: timeTicks },
      {
        ...axis,
        ...(isBars ? { incrs: [...WHOLE_STEPS] } : {}),
        size: 44,
        // Low charts of bars would have no mark but 0.
        space: isBars ? 20 : 28,
        values: (_, ticks) => ticks.map((tick) => look.format(tick)),
      },
    ],
    series: [
      {},
      ...drawn.map((one) => ({
        label: one.label,
        stroke: color(one.color),
        width: isBars ? 0 : 1.5,
        points: isBars ? { show: false } : { show: true, size: 4, filter: lonePoints },
        ...(isBars || one.fill === true ? { fill: fade(color(one.color), isBars ? 1 : 0.12) } : {}),
        ...(isBars ? { paths: barPaths() } : {}),
      })),
    ],
    hooks: {
      setSelect: [
        (plot: uPlot) => {
          if (plot.select.width < 4) return;
          const from = plot.posToVal(plot.select.left, 'x');
          const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onRange(from, to);
        },
      ],
    },
  };
}

function barPaths(): uPlot.Series.PathBuilder {
  const bars = uPlot.paths.bars;
  if (bars === undefined) return () => null;
  return bars({ align: 1, size: [0.86, 24], gap: 1 });
}

/** Points without a neighbour, which no line would show. Called by uPlot. */
function lonePoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isThere = (at: number): boolean => (values[at] ?? null) !== null;
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** Called by uPlot. */
function timeTicks(
  _plot: uPlot,
  ticks: number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  const iso = timeMode.value === 'local' ? localIso : utcIso;
  return tickLabels(ticks.map(iso), step);
}

function utcIso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function localIso(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
}

function plain(times: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  return [[...times], ...series.map((one) => [...one.values])];
}

/** Each series on top of those before it, tallest first. */
function stacked(times: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  const sums: number[] = times.map(() => 0);
  const layers = series.map((one) =>
    one.values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return sums[index];
    }),
  );
  return [[...times], ...layers.reverse()];
}

function fade(color: string, alpha: number): string {
  if (alpha >= 1 || !/^#[0-9a-f]{6}$/i.test(color)) return color;
  return `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}

/** Says what stands under the cursor: the time, and each series that is not nothing there. */
function showTip(
  tip: HTMLElement,
  times: readonly number[],
  series: readonly ChartSeries[],
  format: (value: number) => string,
): (plot: uPlot) => void {
  return ({ cursor, over }) => {
    const index = cursor.idx;
    const at = index === null || index === undefined ? undefined : times[index];
    const isShown = at !== undefined && (cursor.left ?? -1) >= 0;
    tip.classList.toggle('shown', isShown);
    if (!isShown || index === null || index === undefined) return;
    const values = series.flatMap(({ label, values: all }) => {
      const value = all[index];
      return value === null || value === undefined || value === 0
        ? []
        : [`${label} ${format(value)}`];
    });
    const clock = timeMode.value === 'local' ? localIso(at) : utcIso(at);
    tip.textContent = [clock.slice(0, 16).replace('T', ' '), ...values].join('  ·  ');
    const left = Math.min(cursor.left ?? 0, over.clientWidth - tip.offsetWidth);
    tip.style.left = `${Math.max(0, left)}px`;
  };
}
