/** Times as people read them. Inputs are microseconds since the epoch. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Older than this a distance says less than a date. */
const RELATIVE_FOR = 7 * DAY;

const pad = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-21 20:31:07` in UTC, or in the browser's zone. */
export function absoluteTime(usec: number, zone: 'utc' | 'local'): string {
  const date = new Date(usec / 1_000);
  if (Number.isNaN(date.getTime())) return 'no time';
  const parts =
    zone === 'utc'
      ? [
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
        ]
      : [
          date.getFullYear(),
          date.getMonth() + 1,
          date.getDate(),
          date.getHours(),
          date.getMinutes(),
          date.getSeconds(),
        ];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return `${year}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

/** `just now`, `4 min ago`, `in 2 h`; a date where that says more. */
export function relativeTime(usec: number, nowMs: number): string {
  const past = nowMs - usec / 1_000;
  const size = Math.abs(past);
  if (Number.isNaN(size)) return 'no time';
  if (size >= RELATIVE_FOR) return absoluteTime(usec, 'utc').slice(0, 16);
  if (size < 10 * SECOND) return 'just now';
  const text = distance(size);
  return past < 0 ? `in ${text}` : `${text} ago`;
}

function distance(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  const days = Math.floor(ms / DAY);
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

/** A length of time: `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(usec: number): string {
  const ms = Math.max(0, usec / 1_000);
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(ms < 10 * SECOND ? 1 : 0)} s`;
  const seconds = Math.round(ms / SECOND);
  if (ms < HOUR) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / MINUTE);
  if (ms < DAY) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(ms / HOUR);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}
