/** Queries of lists as filters of the store: words become numbers, times become microseconds. */
import { parseTimes } from '../core/index.ts';
import { exclusionsOf, severitiesOf, statusesOf, type AlertFilter } from '../output/index.ts';
import type { AlertQuery } from './contract.ts';
import type { Paged } from './services.ts';

export const DEFAULT_LIMIT = 50;

export interface TimesQuery {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Throws OperatorError USAGE for a time that cannot be read, and for times in the wrong order. */
export function timesOf({ since, until }: TimesQuery): {
  readonly sinceUsec?: number;
  readonly untilUsec?: number;
} {
  const { sinceUsec, untilUsec } = parseTimes(since, until);
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

/** Throws OperatorError USAGE for times and words. */
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
