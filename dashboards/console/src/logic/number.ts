/** Numbers as people read them, the same in every browser. */

/** Digits in groups: `12 345` with a narrow space that does not break. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** Short form for narrow places: `999`, `1.2k`, `34k`, `5.6M`. */
export function compact(value: number): string {
  if (value < 1_000) return String(Math.round(value));
  for (const [size, unit] of [
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ] as const) {
    const short = value / size;
    if (short < 999.5) return `${short < 9.95 ? short.toFixed(1) : Math.round(short)}${unit}`;
  }
  return value.toExponential(1);
}

/** `0 B`, `1.5 kB`, `23 MB`: powers of 1000. */
export function bytes(value: number): string {
  if (value < 1_000) return `${Math.round(value)} B`;
  return `${compact(value).replace(/([kMG])$/, ' $1')}B`;
}

/** `one alert`, `3 alerts`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
