import type { JSX } from 'preact';
import { plural } from '../logic/number.ts';

interface SparklineProps {
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
  /** What is counted, one of it: "alert". */
  readonly unit?: string;
}

/** Bars of equal width; the highest fills the height. Even one in a thousand is a bar that can be seen. */
export function Sparkline({
  values,
  width = 96,
  height = 20,
  unit = 'alert',
}: SparklineProps): JSX.Element {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  const bar = Math.max(1, step - 1);
  const path = values
    .map((value, index) => {
      if (value <= 0) return '';
      const tall = Math.max(2, (value / most) * height);
      return `M${round(index * step)} ${height}v${round(-tall)}h${round(bar)}v${round(tall)}z`;
    })
    .join('');
  const total = values.reduce((sum, value) => sum + value, 0);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${plural(total, unit)} over time, at most ${most} at once`}
    >
      <path class="base" d={`M0 ${height - 0.5}h${width}`} />
      <path class="bars" d={path} />
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
