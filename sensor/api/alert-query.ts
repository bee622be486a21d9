/** Queries of lists as filters of the store: words become numbers, times become microseconds. */
import { TRIAGE_STATUSES, nearest, parseTime, type TriageStatus } from '../core/index.ts';
import type { AlertFilter } from '../output/index.ts';
import { ApiError } from './problems.ts';
import type { AlertQuery } from './contract.ts';
import type { Paged } from './services.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'info'] as const;
/** What is still to be looked at. */
const OPEN: readonly TriageStatus[] = ['new', 'escalated'];
export const DEFAULT_LIMIT = 50;

export interface Times {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Throws OperatorError USAGE for a time that cannot be read, ApiError QUERY_INVALID for times in the wrong order. */
export function timesOf({ since, until }: Times): {
  readonly sinceUsec?: number;
  readonly untilUsec?: number;
} {
  const sinceUsec = since === undefined ? undefined : parseTime(since);
  const untilUsec = until === undefined ? undefined : parseTime(until);
  if (sinceUsec !== undefined && untilUsec !== undefined && sinceUsec > untilUsec) {
    throw new ApiError(
      400,
      'QUERY_INVALID',
      'since is after until: nothing can lie between them',
      'Exchange them; 24h means 24 hours ago, so that the larger number is the earlier time',
    );
  }
  return {
    ...(sinceUsec === undefined ? {} : { sinceUsec }),
    ...(untilUsec === undefined ? {} : { untilUsec }),
  };
}

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export function pageOf({ limit = DEFAULT_LIMIT, cursor }: PageQuery): {
  readonly limit: number;
  readonly cursor?: string;
} {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}

/** Throws ApiError QUERY_INVALID, or OperatorError USAGE for times. */
export function alertFilterOf(query: AlertQuery): Paged<AlertFilter> {
  const { detection, sid, jid, ip, category, campaign, file, flow, text } = query;
  return {
    ...timesOf(query),
    ...pageOf(query),
    severities: query.severity === undefined ? undefined : severitiesOf(query.severity),
    statuses: query.status === undefined ? undefined : statusesOf(query.status),
    ...{ detection, sid, jid, ip, category, text },
    campaignId: campaign,
    fileId: file,
    communityId: flow,
  };
}

function severitiesOf(words: string): number[] {
  return wordsOf(words).map((word) => {
    const index = (SEVERITIES as readonly string[]).indexOf(word.toLowerCase());
    if (index >= 0) return index + 1;
    if (/^[1-4]$/.test(word)) return Number(word);
    throw unknownWord('severity', word, SEVERITIES);
  });
}

function statusesOf(words: string): TriageStatus[] {
  const statuses = wordsOf(words).flatMap((word): readonly TriageStatus[] => {
    if (word === 'open') return OPEN;
    const status = TRIAGE_STATUSES.find((each) => each === word);
    if (status !== undefined) return [status];
    throw unknownWord('status', word, [...TRIAGE_STATUSES, 'open']);
  });
  return [...new Set(statuses)];
}

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function unknownWord(what: string, word: string, known: readonly string[]): ApiError {
  const guess = nearest(word, known);
  return new ApiError(
    400,
    'QUERY_INVALID',
    `There is no ${what} "${word}"`,
    guess === undefined ? `Write one of ${known.join(', ')}` : `Did you mean ${guess}?`,
  );
}
