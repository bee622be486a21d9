/**
 * What the inbox is filtered by: words people type, the query of the URL, the query of the API. The words are those of
 * the command line's options, so that what works there works here: `severity:high jid:alice@x invoice`.
 */
import type { AlertQuery } from '../../../../sensor/api/contract.ts';
import { SEVERITIES, severityName, severityNumber } from './severity.ts';

/** Filters with one value each. */
export const PLAIN_KEYS = [
  'detection',
  'sid',
  'jid',
  'ip',
  'category',
  'campaign',
  'file',
  'flow',
  'text',
] as const;
export type PlainKey = (typeof PLAIN_KEYS)[number];

/** What can be left out: everything a group of alerts has in common. */
export const EXCLUDED_KEYS = ['severity', 'detection', 'sid', 'category'] as const;
export type ExcludedKey = (typeof EXCLUDED_KEYS)[number];

export const STATUS_TABS = ['open', 'escalated', 'acknowledged', 'closed', 'all'] as const;
export type StatusTab = (typeof STATUS_TABS)[number];

/** Value of `since` that means no limit. */
export const ALL_TIME = 'all';

/** What an address without a range means: the last day of a sensor, all of a store that none feeds (old captures). */
export function plainSince(isLive: boolean): string {
  return isLive ? '24h' : ALL_TIME;
}

export interface Exclusion {
  readonly key: ExcludedKey;
  readonly value: string;
}

export interface AlertFilterState {
  /** `24h`, `7d`, 'all', or microseconds since the epoch, as `until`. */
  readonly since: string;
  readonly until: string;
  readonly tab: StatusTab;
  /** 1 to 4; none for all. */
  readonly severities: readonly number[];
  readonly values: Readonly<Partial<Record<PlainKey, string>>>;
  readonly excluded: readonly Exclusion[];
}

const STATUSES: Readonly<Record<StatusTab, string | undefined>> = {
  open: 'open',
  escalated: 'escalated',
  acknowledged: 'acknowledged',
  closed: 'closed',
  all: undefined,
};

/** `plain`: the range of an address that names none. */
export function filterFromUrl(query: URLSearchParams, plain: string): AlertFilterState {
  const values: Partial<Record<PlainKey, string>> = {};
  for (const key of PLAIN_KEYS) {
    const value = query.get(key);
    if (value !== null && value !== '') values[key] = value;
  }
  const tab = query.get('status');
  return {
    since: query.get('since') ?? plain,
    until: query.get('until') ?? '',
    tab: STATUS_TABS.find((one) => one === tab) ?? 'open',
    severities: severitiesOf(query.get('severity') ?? ''),
    values,
    excluded: query.getAll('not').flatMap(exclusionOf),
  };
}

/** Defaults are left out: the plain address is the plain inbox. Without `plain` the range always stands there. */
export function filterToUrl(filter: AlertFilterState, plain = ''): string {
  const query = new URLSearchParams();
  if (filter.since !== plain) query.set('since', filter.since);
  if (filter.until !== '') query.set('until', filter.until);
  if (filter.tab !== 'open') query.set('status', filter.tab);
  if (filter.severities.length > 0) {
    query.set('severity', filter.severities.map(severityName).join(','));
  }
  for (const key of PLAIN_KEYS) {
    const value = filter.values[key];
    if (value !== undefined) query.set(key, value);
  }
  for (const { key, value } of filter.excluded) query.append('not', `${key}:${value}`);
  return query.toString();
}

/** What the API is asked. What is excluded by other than severity is left out by `isExcluded`. */
export function filterToApi(filter: AlertFilterState): AlertQuery {
  const query: { -readonly [Key in keyof AlertQuery]: AlertQuery[Key] } = {};
  if (filter.since !== ALL_TIME) query.since = filter.since;
  if (filter.until !== '') query.until = filter.until;
  const status = STATUSES[filter.tab];
  if (status !== undefined) query.status = status;
  const severities = wantedSeverities(filter);
  if (severities.length > 0) query.severity = severities.join(',');
  for (const key of PLAIN_KEYS) {
    const value = filter.values[key];
    if (value === undefined) continue;
    if (key === 'sid') query.sid = Number(value);
    else query[key] = value;
  }
  return query;
}

/** Severities to ask for; none means all. */
function wantedSeverities({ severities, excluded }: AlertFilterState): readonly number[] {
  const out = excluded.filter(({ key }) => key === 'severity').map(({ value }) => Number(value));
  if (out.length === 0) return severities;
  const all = severities.length > 0 ? severities : SEVERITIES.map((_, index) => index + 1);
  return all.filter((severity) => !out.includes(severity));
}

interface Excludable {
  readonly detection: string;
  readonly sid: number;
  readonly category: string;
}

/** Is this group or alert left out by what the API cannot be asked to leave out? */
export function isExcluded(filter: AlertFilterState, row: Excludable): boolean {
  return filter.excluded.some(
    ({ key, value }) => key !== 'severity' && fits(value, String(row[key]), key === 'detection'),
  );
}

/** `dlp-*` fits a family. */
function fits(wanted: string, value: string, isFamily: boolean): boolean {
  return isFamily && wanted.endsWith('*')
    ? value.startsWith(wanted.slice(0, -1))
    : wanted === value;
}

export interface ParsedWords {
  readonly filter: AlertFilterState;
  /** What could not be understood, in words; '' when all was. */
  readonly problem: string;
}

/** Adds words to a filter: `key:value`, `-key:value` to leave out, `"several words"`, all else is searched as text. */
export function addWords(filter: AlertFilterState, words: string): ParsedWords {
  let next = filter;
  const text: string[] = [];
  const problems: string[] = [];
  for (const [, minus = '', key = '', quoted, bare] of words.matchAll(
    /(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gi,
  )) {
    const value = quoted ?? bare ?? '';
    if (value === '') continue;
    const change = applyWord(next, key.toLowerCase(), value, minus === '-');
    if (typeof change === 'object') next = change;
    else if (change === '') text.push(`${minus}${key === '' ? '' : `${key}:`}${value}`);
    else problems.push(change);
  }
  if (text.length > 0) next = withValue(next, 'text', text.join(' '));
  return { filter: next, problem: problems.join('. ') };
}

/** The filter with the word; '' when it is plain text; else what is wrong with it. */
function applyWord(
  filter: AlertFilterState,
  key: string,
  value: string,
  isNot: boolean,
): AlertFilterState | string {
  if (key === 'severity') {
    const numbers = value.split(',').map(severityNumber);
    const known = numbers.filter((one) => one !== undefined);
    if (known.length < numbers.length) return `severity is ${SEVERITIES.join(', ')} or 1 to 4`;
    return isNot
      ? known.reduce((next, one) => exclude(next, 'severity', String(one)), filter)
      : { ...filter, severities: [...new Set(known)].sort() };
  }
  if (key === 'since' || key === 'until') {
    if (!isNot && isTime(value)) return { ...filter, [key]: value };
    return `${key} is a length of time (30m, 24h, 7d), a date or all`;
  }
  if (key === 'status') {
    const tab = STATUS_TABS.find((one) => one === value);
    return tab === undefined ? `status is ${STATUS_TABS.join(', ')}` : { ...filter, tab };
  }
  const plain = PLAIN_KEYS.find((one) => one === key);
  if (plain === undefined) return '';
  if (plain === 'sid' && !/^\d{1,10}$/.test(value)) return 'sid is a number';
  if (!isNot) return withValue(filter, plain, value);
  const excluded = EXCLUDED_KEYS.find((one) => one === plain);
  return excluded === undefined
    ? `${plain} cannot be left out, only ${EXCLUDED_KEYS.join(', ')} can`
    : exclude(filter, excluded, value);
}

export function isTime(value: string): boolean {
  return (
    value === ALL_TIME ||
    /^\d{1,6}[smhdw]$/.test(value) ||
    /^\d{15,17}$/.test(value) ||
    (/^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value)))
  );
}

/** Only what has this value; undefined takes the filter away. */
export function withValue(
  filter: AlertFilterState,
  key: PlainKey,
  value: string | undefined,
): AlertFilterState {
  const others = Object.fromEntries(
    Object.entries(filter.values).filter(([name]) => name !== key),
  ) as AlertFilterState['values'];
  return { ...filter, values: value === undefined ? others : { ...others, [key]: value } };
}

export function exclude(
  filter: AlertFilterState,
  key: ExcludedKey,
  value: string,
): AlertFilterState {
  if (filter.excluded.some((one) => one.key === key && one.value === value)) return filter;
  return { ...filter, excluded: [...filter.excluded, { key, value }] };
}

export function include(filter: AlertFilterState, gone: Exclusion): AlertFilterState {
  const excluded = filter.excluded.filter(
    (one) => one.key !== gone.key || one.value !== gone.value,
  );
  return { ...filter, excluded };
}

/** The filter without anything but its range of time and its tab. */
export function cleared({ since, until, tab }: AlertFilterState): AlertFilterState {
  return { since, until, tab, severities: [], values: {}, excluded: [] };
}

export function isFiltered({ severities, values, excluded }: AlertFilterState): boolean {
  return severities.length > 0 || excluded.length > 0 || Object.keys(values).length > 0;
}

function severitiesOf(text: string): readonly number[] {
  const numbers = text.split(',').map(severityNumber);
  return [...new Set(numbers.filter((one) => one !== undefined))].sort();
}

function exclusionOf(text: string): Exclusion[] {
  const colon = text.indexOf(':');
  const key = EXCLUDED_KEYS.find((one) => one === text.slice(0, Math.max(0, colon)));
  const value = text.slice(colon + 1);
  return key === undefined || value === '' ? [] : [{ key, value }];
}
