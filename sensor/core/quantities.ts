/** Quantities as people read them: shares, counts, spans of time, sizes. */

/** A share of 0 to 1: `0.4 %`, `12 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value < 10 ? Math.ceil(value * 10) / 10 : Math.round(value)} %`;
}

/** `12,345`. */
export function counted(value: number): string {
  return value.toLocaleString('en-US');
}

/** `40 seconds`, `12 minutes`, `3 hours`, `9 days`. */
export function span(seconds: number): string {
  const steps: readonly (readonly [unit: string, seconds: number])[] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ];
  for (const [unit, length] of steps) {
    // Up to two of a unit are told in the one below.
    if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${unit}s`;
  }
  return `${Math.floor(seconds)} seconds`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `512 bytes`, `1.5 kB`, `12 GB`. */
export function bytes(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${rest >= 10 || unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit] ?? ''}`;
}
