/** Who asks, how the sensor is and was, who did what, and live events. */
import { wallClockUsec } from '../../core/index.ts';
import { pageOf, timesOf, type TimesQuery } from '../alert-query.ts';
import type { AuditQuery, Me } from '../contract.ts';
import { SECURITY_HEADERS } from '../guards.ts';
import { route, type Ask, type Route } from '../route.ts';
import * as answers from '../schemas/answers.ts';
import * as examples from '../schemas/examples.ts';
import * as queries from '../schemas/queries.ts';

const DAY_USEC = 86_400_000_000;

/** The answer goes on until one side ends it; what is sent is the hub's. */
function openEvents({
  reply,
  events,
  token,
  isValid,
}: Ask<unknown, unknown, unknown>): Promise<unknown> {
  events.checkRoom(token.name);
  reply.hijack();
  reply.raw.writeHead(200, {
    ...SECURITY_HEADERS,
    'content-type': 'text/event-stream; charset=utf-8',
    // nginx would keep events back until its buffer is full.
    'x-accel-buffering': 'no',
  });
  events.add(reply.raw, token.name, () => isValid(token));
  return Promise.resolve(reply);
}

export const SENSOR_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/me',
    role: 'viewer',
    summary: 'Who the token is, and what it asks',
    query: queries.noQuery,
    answer: answers.me,
    example: examples.me,
    handle: ({ token, about }): Promise<Me> => {
      const { name, role, expiresUsec } = token;
      return Promise.resolve({ name, role, expiresUsec, ...about });
    },
  }),
  route({
    method: 'GET',
    path: '/health',
    role: 'viewer',
    summary: 'How the sensor is, in words: what is wrong and what to do',
    query: queries.noQuery,
    answer: answers.health,
    example: examples.health,
    handle: ({ services }) => services.sensor.health(),
  }),
  route<{ Query: TimesQuery }>({
    method: 'GET',
    path: '/stats',
    role: 'viewer',
    summary: 'Counters over time; the last 24 hours unless told',
    query: queries.timesQuery,
    answer: answers.stats,
    example: examples.stats,
    handle: ({ query, services }) => {
      const { untilUsec = wallClockUsec(), sinceUsec = untilUsec - DAY_USEC } = timesOf(query);
      return services.store.stats(sinceUsec, untilUsec);
    },
  }),
  route<{ Query: AuditQuery }>({
    method: 'GET',
    path: '/audit',
    role: 'admin',
    summary: 'Who did what, latest first',
    query: queries.auditQuery,
    answer: answers.auditPage,
    example: examples.auditPage,
    handle: ({ query, services }) => {
      const { actor, action, object } = query;
      const filter = { ...timesOf(query), ...pageOf(query), actor, action, object };
      return services.store.audit(filter);
    },
  }),
  route({
    method: 'GET',
    path: '/events',
    role: 'viewer',
    summary: 'Live events: alerts, triage, health; `lost` when some were left out',
    query: queries.noQuery,
    answer: 'text/event-stream',
    handle: openEvents,
  }),
  route({
    method: 'GET',
    path: '/openapi.json',
    role: 'viewer',
    summary: 'This description',
    query: queries.noQuery,
    answer: answers.anything,
    example: {},
    handle: ({ openapi }) => Promise.resolve(openapi()),
  }),
];
