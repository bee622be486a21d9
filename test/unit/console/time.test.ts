import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, compact, count, plural } from '../../../dashboards/console/src/logic/number.ts';
import {
  dayOf,
  fromField,
  rangeText,
  sinceText,
  toField,
  withAsked,
} from '../../../dashboards/console/src/logic/ranges.ts';
import { tickLabels } from '../../../dashboards/console/src/logic/time-ticks.ts';
import { ownSpan } from '../../../dashboards/console/src/logic/own-span.ts';
import {
  absoluteTime,
  duration,
  relativeTime,
} from '../../../dashboards/console/src/logic/time.ts';

const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);
const usec = (ms: number): number => ms * 1_000;

describe('times', () => {
  it('are absolute in UTC to the second', () => {
    assert.equal(absoluteTime(usec(NOON) + 7_000_001, 'utc'), '2026-11-21 12:00:07');
    assert.equal(absoluteTime(Number.NaN, 'utc'), 'no time');
  });

  it('are distances while those say more, then dates', () => {
    const ago = (seconds: number): string => relativeTime(usec(NOON - seconds * 1_000), NOON);
    assert.equal(ago(3), 'just now');
    assert.equal(ago(59), '59 s ago');
    assert.equal(ago(60), '1 min ago');
    assert.equal(ago(3_599), '59 min ago');
    assert.equal(ago(86_399), '23 h ago');
    assert.equal(ago(86_400), '1 day ago');
    assert.equal(ago(6 * 86_400), '6 days ago');
    assert.equal(ago(8 * 86_400), '2026-11-13 12:00');
    assert.equal(ago(-7_200), 'in 2 h');
  });

  it('last as long as people say', () => {
    assert.equal(duration(340_000), '340 ms');
    assert.equal(duration(4_200_000), '4.2 s');
    assert.equal(duration(200e6), '3 min 20 s');
    assert.equal(duration(3_600e6), '1 h');
    assert.equal(duration(100 * 3_600e6), '4 d 4 h');
    assert.equal(duration(-5), '0 ms');
  });
});

describe('ranges', () => {
  it('read as words', () => {
    assert.equal(rangeText('24h', ''), 'last 24 h');
    assert.equal(rangeText('all', ''), 'all time');
    const { since, until } = dayOf(usec(NOON));
    assert.equal(rangeText(since, until), '2026-11-21 00:00 to 2026-11-22 00:00 UTC');
    assert.equal(
      rangeText(String(usec(NOON)), String(usec(NOON + 3_600_000))),
      '2026-11-21 12:00 to 13:00 UTC',
    );
    assert.equal(rangeText('90m', ''), 'since 90m');
  });

  it('go through the fields of the dialog as UTC', () => {
    assert.equal(fromField('2026-11-21T12:00'), String(usec(NOON)));
    assert.equal(toField(String(usec(NOON))), '2026-11-21T12:00');
    assert.equal(fromField(''), undefined);
    assert.equal(toField('24h'), '');
  });
});

describe('numbers', () => {
  it('are grouped, shortened, counted', () => {
    assert.equal(count(1234567), '1\u202f234\u202f567');
    assert.equal(count(999), '999');
    assert.equal(compact(999), '999');
    assert.equal(compact(1_240), '1.2k');
    assert.equal(compact(34_400), '34k');
    assert.equal(compact(999_700), '1.0M');
    assert.equal(bytes(18_234), '18 kB');
    assert.equal(bytes(5), '5 B');
    assert.equal(plural(1, 'alert'), '1 alert');
    assert.equal(plural(2, 'alert'), '2 alerts');
  });
});

describe('an axis of time', () => {
  const DAY = 86_400;
  const iso = (...dates: readonly string[]): string[] =>
    dates.map((date) => new Date(date).toISOString());

  it('tells years apart when it is long', () => {
    const years = iso('2009-01-01', '2012-01-01', '2015-01-01');
    assert.deepEqual(tickLabels(years, 3 * 365 * DAY), ['2009', '2012', '2015']);
    const halves = iso('2024-07-01', '2025-01-01', '2025-07-01');
    assert.deepEqual(tickLabels(halves, 180 * DAY), ['2024-07', '2025-01', '2025-07']);
    const days = iso('2025-12-20', '2025-12-30', '2026-01-09', '2026-01-19');
    assert.deepEqual(tickLabels(days, 10 * DAY), ['2025-12-20', '12-30', '2026-01-09', '01-19']);
  });

  it('says no more than a short one needs', () => {
    assert.deepEqual(tickLabels(iso('2026-11-20', '2026-11-21'), DAY), ['11-20', '11-21']);
    const hours = iso('2026-11-20T18:00Z', '2026-11-21T00:00Z', '2026-11-21T06:00Z');
    assert.deepEqual(tickLabels(hours, DAY / 4), ['18:00', '11-21', '06:00']);
    assert.deepEqual(tickLabels(iso('2026-11-20T18:00:15Z'), 15), ['18:00:15']);
  });

  it('begins and ends with the alerts of whom it is about', () => {
    const buckets = Array.from({ length: 20 }, (): [number, number, number, number] => [
      0, 0, 0, 0,
    ]);
    const timeline = { sinceUsec: 1_000, bucketUsec: 10, buckets };
    assert.equal(ownSpan(timeline), undefined);
    buckets[15] = [0, 1, 0, 0];
    buckets[17] = [0, 0, 0, 2];
    assert.deepEqual(ownSpan(timeline), { since: '1150', until: '1180' });
    assert.equal(ownSpan({ ...timeline, buckets: buckets.slice(15, 18) }), undefined);
  });
});

describe('a list of ranges', () => {
  const known = [['24h', 'Last 24 hours']] as const;

  it('holds what the address asks for, though it is none of its own', () => {
    assert.deepEqual(withAsked(known, '24h', sinceText), known);
    assert.deepEqual(withAsked(known, '', sinceText), known);
    assert.deepEqual(withAsked(known, '2026-11-01', sinceText).at(-1), [
      '2026-11-01',
      'Since 2026-11-01',
    ]);
    assert.equal(sinceText('7d'), 'Last 7 d');
  });
});
