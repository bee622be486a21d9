/** Queries of lists as filters of the store: words become numbers, times become microseconds. */
import { parseTime } from '../core/index.ts';
import { exclusionsOf, severitiesOf, statusesOf, type AlertFilter } from '../output/index.ts';
import { ApiError } from './problems.ts';
import type { AlertQuery } from './contract.ts';
import type { Paged } from './services.ts';

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

/** Throws ApiError QUERY_INVALID, or OperatorError USAGE for times and words. */
export function alertFilterOf(query: AlertQuery): Paged<AlertFilter> {
  const { detection, gid, sid, jid, ip, category, campaign, file, flow, text, not } = query;
  return {
    ...timesOf(query),
    ...pageOf(query),
    severities: query.severity === undefined ? undefined : severitiesOf(query.severity),
    statuses: query.status === undefined ? undefined : statusesOf(query.status),
    ...{ detection, gid, sid, jid, ip, category, text },
    campaignId: campaign,
    fileId: file,
    communityId: flow,
    not: not === undefined ? undefined : exclusionsOf(typeof not === 'string' ? [not] : not),
  };
}
