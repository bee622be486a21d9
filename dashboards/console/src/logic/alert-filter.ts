/**
 * What the inbox is filtered by: words people type, the query of the URL, the query of the API. The words are those of
 * the command line's options, so that what works there works here: `severity:high jid:alice@x invoice`.
 */
import type { AlertQuery, LiveAlert } from '../../../../sensor/api/contract.ts';
import { SEVERITIES, severityName, severityNumber } from './severity.ts';
import { bareJid } from './story.ts';

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

/** What can be left out. */
const EXCLUDED_KEYS = ['severity', ...PLAIN_KEYS] as const;
export type ExcludedKey = (typeof EXCLUDED_KEYS)[number];

const STATUS_TABS = ['open', 'escalated', 'acknowledged', 'closed', 'all'] as const;
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
    if (value === null || value === '' || (key === 'sid' && !isSignature(value))) continue;
    values[key] = value;
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
  for (const one of filter.excluded) query.append('not', wordOf(one));
  return query.toString();
}

/** What the API is asked. */
export function filterToApi(filter: AlertFilterState): AlertQuery {
  const query: { -readonly [Key in keyof AlertQuery]: AlertQuery[Key] } = {};
  if (filter.since !== ALL_TIME) query.since = filter.since;
  if (filter.until !== '') query.until = filter.until;
  const status = STATUSES[filter.tab];
  if (status !== undefined) query.status = status;
  if (filter.severities.length > 0) query.severity = filter.severities.join(',');
  for (const key of PLAIN_KEYS) {
    const value = filter.values[key];
    if (value === undefined) continue;
    if (key === 'sid') Object.assign(query, signatureOf(value));
    else query[key] = value;
  }
  if (filter.excluded.length > 0) query.not = filter.excluded.map(wordOf);
  return query;
}

/** What an event of an alert tells of it. */
type Told = Pick<
  LiveAlert,
  'severity' | 'detection' | 'gid' | 'sid' | 'category' | 'from' | 'to' | 'signature' | 'story'
>;

/** Is this alert left out, as far as an event tells? What it does not tell the API knows. */
export function isExcluded(filter: AlertFilterState, news: Told): boolean {
  return filter.excluded.some(({ key, value }) => {
    switch (key) {
      case 'severity':
        return Number(value) === news.severity;
      case 'detection':
        return fitsDetection(value, news.detection);
      case 'sid': {
        const { gid = news.gid, sid } = signatureOf(value);
        return gid === news.gid && sid === news.sid;
      }
      case 'category':
        return value === news.category;
      case 'jid':
        return [news.from, news.to].some((end) => isOf(value, end));
      case 'ip':
        return value === news.from || value === news.to;
      case 'text':
        return [news.signature, news.story, news.from, news.to].some((text) => holds(text, value));
      case 'campaign':
      case 'file':
      case 'flow':
        return false;
    }
  });
}

/** `dlp-*` fits a family. */
export function fitsDetection(wanted: string, detection: string): boolean {
  return wanted.endsWith('*') ? detection.startsWith(wanted.slice(0, -1)) : wanted === detection;
}

export function holds(value: string, part: string): boolean {
  return value.toLowerCase().includes(part.toLowerCase());
}

/** Is this end of an alert the account, any resource of it, or of the domain? */
function isOf(wanted: string, end: string): boolean {
  if (wanted.includes('/')) return wanted === end;
  const bare = bareJid(end).toLowerCase();
  const low = wanted.toLowerCase();
  return bare === low || (!low.includes('@') && bare.endsWith(`@${low}`));
}

/** A sid of any generator, or `GID:SID`. */
function signatureOf(value: string): { readonly gid?: number; readonly sid: number } {
  const [gid, sid] = value.split(':');
  return sid === undefined ? { sid: Number(gid) } : { gid: Number(gid), sid: Number(sid) };
}

/** As it stands in the address and as the API reads it. */
function wordOf({ key, value }: Exclusion): string {
  return `${key}:${value}`;
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
  if (plain === 'sid' && !isSignature(value)) return 'sid is a number, or GID:SID';
  return isNot ? exclude(filter, plain, value) : withValue(filter, plain, value);
}

function isSignature(value: string): boolean {
  return /^(?:[1-9]\d{0,9}:)?[1-9]\d{0,9}$/.test(value);
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
  if (key === undefined || value === '') return [];
  if (key === 'sid' && !isSignature(value)) return [];
  if (key === 'severity') {
    const severity = severityNumber(value);
    return severity === undefined ? [] : [{ key, value: String(severity) }];
  }
  return [{ key, value }];
}
