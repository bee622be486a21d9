/** EVE's time form: ISO 8601 with microseconds and a numeric offset without colon. */

/** Last second of the year 9999: beyond it the form has no digits, and captures may claim any time. */
const MAX_SECONDS = 253402300799;

/** The second written last, and how: records come many to a second. */
let lastSecond = -1;
let lastText = '';

/** `2023-09-18T06:13:41.532140+0000` for microseconds since the epoch; out of range is clamped. */
export function eveTimestamp(tsUsec: number): string {
  const usec = Number.isNaN(tsUsec) ? 0 : Math.max(Math.floor(tsUsec), 0);
  const seconds = Math.min(Math.floor(usec / 1e6), MAX_SECONDS);
  const fraction = Math.min(usec - seconds * 1e6, 999999);
  if (seconds !== lastSecond) {
    lastSecond = seconds;
    lastText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastText}.${String(fraction).padStart(6, '0')}+0000`;
}
