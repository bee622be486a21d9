/**
 * The only place that reads the wall clock. The packet path runs on packet time, so that a
 * replay gives the same alerts every time; outputs and timers ask here.
 */

/** Wall clock, microseconds since the epoch. */
export function wallClockUsec(): number {
  return Date.now() * 1000;
}

/** Monotonic milliseconds, for durations and budgets. */
export function monotonicMs(): number {
  return performance.now();
}
