/** Points in time as operators write them, on the command line and in queries of the API. */
import { wallClockUsec } from './clock.ts';
import { OperatorError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/**
 * `24h`, `7d` (that long ago), an ISO 8601 date or time (UTC when no zone is given), seconds or
 * microseconds since the epoch.
 * Gives microseconds since the epoch; throws OperatorError USAGE.
 */
export function parseTime(text: string, nowUsec: number = wallClockUsec()): number {
  const ago = /^(\d{1,9})([smhdw])$/.exec(text);
  if (ago) return nowUsec - Number(ago[1]) * (UNITS[ago[2] ?? 's'] ?? 1) * 1e6;
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1e6;
  if (/^\d{15,16}$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) {
    const iso = text.replace(' ', 'T');
    const ms = Date.parse(/T/.test(iso) && !/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? `${iso}Z` : iso);
    if (!Number.isNaN(ms)) return ms * 1000;
  }
  throw new OperatorError(
    'USAGE',
    `Cannot read the time ${text}`,
    'Write 24h, 7d, 2026-01-31 or 2026-01-31T12:00:00Z',
  );
}

/** Microseconds since the epoch; undefined where nothing was said. */
export interface Times {
  readonly sinceUsec: number | undefined;
  readonly untilUsec: number | undefined;
}

/** Two points in time with something between them. Throws OperatorError USAGE. */
export function parseTimes(since: string | undefined, until: string | undefined): Times {
  const sinceUsec = since === undefined ? undefined : parseTime(since);
  const untilUsec = until === undefined ? undefined : parseTime(until);
  if (sinceUsec !== undefined && untilUsec !== undefined && sinceUsec > untilUsec) {
    throw new OperatorError(
      'USAGE',
      'since is after until: nothing can lie between them',
      'Exchange them; 24h means 24 hours ago, so that the larger number is the earlier time',
    );
  }
  return { sinceUsec, untilUsec };
}
