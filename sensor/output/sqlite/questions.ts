/** The questions of the store, by name: what the query thread answers and the client asks. */
import { alertGroups, alertTimeline } from './alert-groups.ts';
import { alertIds, alertPage, findAlert, historyOf, topAlerts } from './alert-queries.ts';
import { alertSurroundings } from './around.ts';
import { talkGraph } from './graph.ts';
import {
  auditPage,
  campaignPage,
  exposurePage,
  filePage,
  findCampaign,
  findFiles,
  identityPage,
  sessionPage,
} from './lists.ts';
import { alertNews } from './news.ts';
import { packState } from './packs/pack-state.ts';
import { latestStats, statsBetween } from './stats.ts';
import type { StoreReader } from './store-reader.ts';
import { storeSize } from './store-size.ts';
import { triageNews } from './triage-news.ts';
import type { StoreWriter } from './store-writer.ts';
import type { AlertFilter } from './alert-filter.ts';
import type { AuditEntry, TriageRequest } from '../../core/index.ts';

/** Answered on the connection that cannot write. */
export const READING = {
  alerts: alertPage,
  alertIds: (reader: StoreReader, filter: AlertFilter, limit: number) =>
    alertIds(reader, filter, limit),
  alert: findAlert,
  groups: alertGroups,
  top: topAlerts,
  timeline: alertTimeline,
  history: historyOf,
  around: alertSurroundings,
  sessions: sessionPage,
  files: filePage,
  file: (reader: StoreReader, id: string) => findFiles(reader, id)[0],
  identities: identityPage,
  exposures: exposurePage,
  campaigns: campaignPage,
  campaign: findCampaign,
  graph: talkGraph,
  stats: statsBetween,
  latestStats: (reader: StoreReader) => ({ stats: latestStats(reader), ...storeSize(reader) }),
  audit: auditPage,
  packState,
  newsSince: alertNews,
  triageSince: triageNews,
} as const;

/** Answered on the connection that writes. */
export const WRITING = {
  triage: (writer: StoreWriter, alertId: string, request: TriageRequest, actor: string) =>
    writer.triage(alertId, request, actor),
  triageSlice: (
    writer: StoreWriter,
    alertIds: readonly string[],
    request: TriageRequest,
    actor: string,
  ) => writer.triageSlice(alertIds, request, actor),
  writeAudit: (writer: StoreWriter, entry: Omit<AuditEntry, 'id'>) => {
    writer.writeAudit(entry);
  },
} as const;

type Questions = typeof READING & typeof WRITING;

export type QuestionName = keyof Questions;

export type QuestionArgs<Name extends QuestionName> =
  Parameters<Questions[Name]> extends [unknown, ...infer Args] ? Args : never;

export type AnswerOf<Name extends QuestionName> = ReturnType<Questions[Name]>;
