/** Ranges of time the inbox offers, and how a range reads. */
import { ALL_TIME } from './alert-filter.ts';
import { absoluteTime } from './time.ts';

export const RANGES: readonly (readonly [since: string, name: string])[] = [
  ['1h', '1 h'],
  ['24h', '24 h'],
  ['7d', '7 d'],
  ['30d', '30 d'],
  [ALL_TIME, 'All'],
];

const DAY_USEC = 86_400_000_000;

/** The day (UTC) a moment is in, as microseconds for `since` and `until`. */
export function dayOf(usec: number): { readonly since: string; readonly until: string } {
  const start = Math.floor(usec / DAY_USEC) * DAY_USEC;
  return { since: String(start), until: String(start + DAY_USEC) };
}

/** `last 24 h`, `all time`, `2026-11-21 08:00 to 09:30 UTC`. */
export function rangeText(since: string, until: string): string {
  const known = RANGES.find(([one]) => one === since);
  if (until === '' && since === ALL_TIME) return 'all time';
  if (until === '') return known === undefined ? `since ${moment(since)}` : `last ${known[1]}`;
  if (since === ALL_TIME) return `until ${moment(until)}`;
  const [from, to] = [moment(since), moment(until)];
  const isSameDay = from.slice(0, 10) === to.slice(0, 10) && from.length === to.length;
  return `${from.replace(/ UTC$/, '')} to ${isSameDay ? to.slice(11) : to}`;
}

/** Choices of a list together with what the address asks for, when that is none of them (a date, another length). */
export function withAsked(
  choices: readonly (readonly [value: string, title: string])[],
  asked: string,
  name: (value: string) => string = (value) => value,
): readonly (readonly [value: string, title: string])[] {
  const isKnown = asked === '' || choices.some(([value]) => value === asked);
  return isKnown ? choices : [...choices, [asked, name(asked)]];
}

/** `Since 2026-11-01`. */
export function sinceText(since: string): string {
  const text = rangeText(since, '');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function moment(value: string): string {
  return /^\d{15,17}$/.test(value)
    ? `${absoluteTime(Number(value), 'utc').slice(0, 16)} UTC`
    : value;
}

/** Value of a datetime-local field, read as UTC, in microseconds; undefined while it is not complete. */
export function fromField(value: string): string | undefined {
  const ms = Date.parse(`${value}Z`);
  return Number.isNaN(ms) ? undefined : String(ms * 1_000);
}

/** Value for a datetime-local field, in UTC; '' for what is no moment (`24h`). */
export function toField(value: string): string {
  return /^\d{15,17}$/.test(value)
    ? absoluteTime(Number(value), 'utc').replace(' ', 'T').slice(0, 16)
    : '';
}
