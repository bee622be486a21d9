/** /alerts: lists, one alert with all that belongs to it, triage, packets. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { storyOf } from '../../alert/index.ts';
import { wallClockUsec, type StoredAlert } from '../../core/index.ts';
import { storedAlertEvent, type AlertFilter, type TopKey } from '../../output/index.ts';
import { alertFilterOf } from '../alert-query.ts';
import type {
  AlertDetail,
  AlertQuery,
  BulkTriageAnswer,
  BulkTriageRequest,
  TriageHistory,
  TriageRequest,
} from '../contract.ts';
import { ApiError, notFound } from '../problems.ts';
import { route, type ApiContext, type Ask, type Route } from '../route.ts';
import * as answers from '../schemas/answers.ts';
import * as examples from '../schemas/examples.ts';
import * as queries from '../schemas/queries.ts';
import type { StoreService } from '../services.ts';

interface ById {
  readonly id: string;
}

const MAX_BULK = 100_000;
const WHOLE_ID = /^[0-9a-f]{32}$/;
export const PCAPNG = 'application/vnd.tcpdump.pcap';

async function requireAlert({ services }: ApiContext, id: string): Promise<StoredAlert> {
  const alert = await services.store.alert(id);
  if (alert === undefined) {
    throw notFound('There is no such alert', 'It may have been deleted by retention');
  }
  return alert;
}

/** The alerts a query fits, as in a list, but for its page. */
function bulkFilterOf(query: AlertQuery): AlertFilter {
  const { cursor, ...filter } = alertFilterOf(query);
  if (cursor !== undefined) {
    throw new ApiError(400, 'QUERY_INVALID', 'Triage takes all that fit: it has no cursor');
  }
  return { ...filter, limit: MAX_BULK };
}

/** Ids as they begin, or row numbers, as paths take them; those of alerts that are not there stay as they are. */
async function wholeIds(store: StoreService, ids: readonly string[]): Promise<string[]> {
  const whole: string[] = [];
  for (const id of ids) {
    whole.push(WHOLE_ID.test(id) ? id : ((await store.alert(id))?.alertId ?? id));
  }
  return whole;
}

/** A reveal: the row of the audit is there before the first packet goes out. */
async function sendPcap(ask: Ask<ById, unknown, unknown>): Promise<FastifyReply> {
  const alert = await requireAlert(ask, ask.params.id);
  const { store, packets } = ask.services;
  const { reason } = await packets.kept(alert);
  const file = await packets.pcap(alert);
  if (file === undefined) throw notFound('No packets of this alert are kept', reason);
  await store.writeAudit({
    tsUsec: wallClockUsec(),
    actor: ask.token.name,
    action: 'packets_taken',
    object: alert.alertId,
    detail: { sid: alert.sid },
  });
  return ask.reply
    .type(PCAPNG)
    .header('content-disposition', `attachment; filename="${fileNameOf(alert.alertId)}"`)
    .send(Readable.from(file));
}

/** Of the alert id alone: nothing from traffic stands in a header. */
function fileNameOf(alertId: string): string {
  return `stanzawatch-${alertId.replace(/[^0-9a-f]/g, '').slice(0, 32)}.pcapng`;
}

export const ALERT_ROUTES: readonly Route[] = [
  route<{ Query: AlertQuery }>({
    method: 'GET',
    path: '/alerts',
    role: 'viewer',
    summary: 'Alerts, those that fired last first',
    query: queries.alertQuery,
    answer: answers.alertPage,
    example: examples.alertPage,
    handle: ({ query, services }) => services.store.alerts(alertFilterOf(query)),
  }),
  route<{ Query: AlertQuery }>({
    method: 'GET',
    path: '/alerts/groups',
    role: 'viewer',
    summary: 'Alerts of one signature as one line, most severe first',
    query: queries.alertQuery,
    answer: answers.alertGroups,
    example: examples.alertGroups,
    handle: ({ query, services }) => services.store.groups(alertFilterOf(query)),
  }),
  route<{ Query: AlertQuery }>({
    method: 'GET',
    path: '/alerts/timeline',
    role: 'viewer',
    summary: 'Alerts by time and severity',
    query: queries.alertQuery,
    answer: answers.alertTimeline,
    example: examples.alertTimeline,
    handle: ({ query, services }) => services.store.timeline(alertFilterOf(query)),
  }),
  route<{ Query: AlertQuery & { readonly by?: TopKey } }>({
    method: 'GET',
    path: '/alerts/top',
    role: 'viewer',
    summary: 'Who or what has most alerts; by signature unless told',
    query: queries.topQuery,
    answer: answers.topRows,
    example: examples.topRows,
    handle: async ({ query: { by = 'signature', ...query }, services }) => ({
      items: await services.store.top(by, alertFilterOf(query)),
    }),
  }),
  route<{ Body: BulkTriageRequest }>({
    method: 'POST',
    path: '/alerts/triage',
    role: 'analyst',
    summary: 'Triage of several alerts, or of all a query fits',
    body: queries.bulkTriageBody,
    bodyExample: examples.bulkTriageRequest,
    cost: 'write',
    answer: answers.bulkTriageAnswer,
    example: examples.bulkTriageAnswer,
    handle: async ({ body, services, events, token }): Promise<BulkTriageAnswer> => {
      const { ids, query, ...request } = body;
      const which =
        ids === undefined
          ? { filter: bulkFilterOf(query ?? {}) }
          : { ids: await wholeIds(services.store, ids) };
      const { changed } = await services.store.triageMany(which, request, token.name);
      events.triaged();
      return { changed };
    },
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/alerts/:id',
    role: 'viewer',
    summary: 'An alert with all that belongs to it',
    params: queries.idParams,
    query: queries.noQuery,
    answer: answers.alertDetail,
    example: examples.alertDetail,
    handle: async (ask): Promise<AlertDetail> => {
      const alert = await requireAlert(ask, ask.params.id);
      const { store, packets } = ask.services;
      const [history, around, kept] = await Promise.all([
        store.history(alert.alertId),
        store.around(alert),
        packets.kept(alert),
      ]);
      const { session, file, campaign, sameSender, sameFlow, sameCampaign } = around;
      return {
        ...{ alert, story: storyOf(alert), history, session, file, campaign },
        eve: storedAlertEvent(alert),
        related: { sameSender, sameFlow, sameCampaign },
        packets: kept,
      };
    },
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/alerts/:id/triage',
    role: 'viewer',
    summary: 'What was made of an alert, by whom, in the order of time',
    params: queries.idParams,
    query: queries.noQuery,
    answer: answers.triageHistory,
    example: examples.triageHistory,
    handle: async (ask): Promise<TriageHistory> => {
      const { alertId } = await requireAlert(ask, ask.params.id);
      return { items: await ask.services.store.history(alertId) };
    },
  }),
  route<{ Params: ById; Body: TriageRequest }>({
    method: 'POST',
    path: '/alerts/:id/triage',
    role: 'analyst',
    summary: 'Status, comment, or both of an alert',
    params: queries.idParams,
    body: queries.triageBody,
    bodyExample: examples.triageRequest,
    cost: 'write',
    answer: answers.triageEntry.ref,
    example: examples.triageEntry,
    handle: async (ask) => {
      const { alertId } = await requireAlert(ask, ask.params.id);
      const entry = await ask.services.store.triage(alertId, ask.body, ask.token.name);
      ask.events.triaged();
      return entry;
    },
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/alerts/:id/transcript',
    role: 'viewer',
    summary: 'What both sides said around the alert, redacted',
    params: queries.idParams,
    query: queries.noQuery,
    cost: 'heavy',
    answer: answers.transcript,
    example: examples.transcript,
    handle: async (ask) => ask.services.packets.transcript(await requireAlert(ask, ask.params.id)),
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/alerts/:id/pcap',
    role: 'analyst',
    summary: 'Packets of the flow as pcapng, as they were on the wire: a reveal, audited',
    params: queries.idParams,
    query: queries.noQuery,
    cost: 'heavy',
    answer: PCAPNG,
    handle: sendPcap,
  }),
];
