/** The API as functions, one a path, typed by the contract. */
/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- get<Answer> and change<Answer> say what comes back */
import type {
  AlertDetail,
  AlertGroups,
  AlertQuery,
  AlertTimeline,
  AuditEntry,
  AuditQuery,
  BulkTriageAnswer,
  BulkTriageRequest,
  Graph,
  Health,
  Me,
  Page,
  ReloadAnswer,
  RuleDetail,
  RuleRows,
  Stats,
  Transcript,
  TriageEntry,
  TriageRequest,
  TryAnswer,
  TryRequest,
  TuningEntry,
  TuningRequest,
} from '../../../../sensor/api/contract.ts';
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  StoredAlert,
  StoredFile,
  StoredSession,
  TopRow,
} from '../../../../sensor/core/rows.ts';
import { change, get, getBlob, type Query, type RequestOptions } from './client.ts';

type Options = RequestOptions;

const part = encodeURIComponent;

export const api = {
  me: (options?: Options) => get<Me>('/me', {}, options),

  alerts: (query: AlertQuery, options?: Options) =>
    get<Page<StoredAlert>>('/alerts', query, options),
  groups: (query: AlertQuery, options?: Options) =>
    get<AlertGroups>('/alerts/groups', query, options),
  timeline: (query: AlertQuery, options?: Options) =>
    get<AlertTimeline>('/alerts/timeline', query, options),
  top: (by: string, query: AlertQuery, options?: Options) =>
    get<{ readonly items: readonly TopRow[] }>('/alerts/top', { ...query, by }, options),
  alert: (id: string, options?: Options) => get<AlertDetail>(`/alerts/${part(id)}`, {}, options),
  transcript: (id: string, options?: Options) =>
    get<Transcript>(`/alerts/${part(id)}/transcript`, {}, options),
  pcap: (id: string, options?: Options) => getBlob(`/alerts/${part(id)}/pcap`, options),
  triage: (id: string, request: TriageRequest, options?: Options) =>
    change<TriageEntry>('POST', `/alerts/${part(id)}/triage`, request, options),
  triageMany: (request: BulkTriageRequest, options?: Options) =>
    change<BulkTriageAnswer>('POST', '/alerts/triage', request, options),

  campaigns: (query: Query, options?: Options) =>
    get<Page<CampaignSummary>>('/campaigns', query, options),
  campaign: (id: string, options?: Options) =>
    get<CampaignSummary>(`/campaigns/${part(id)}`, {}, options),
  sessions: (query: Query, options?: Options) =>
    get<Page<StoredSession>>('/sessions', query, options),
  files: (query: Query, options?: Options) => get<Page<StoredFile>>('/files', query, options),
  file: (id: string, options?: Options) => get<StoredFile>(`/files/${part(id)}`, {}, options),
  identities: (query: Query, options?: Options) =>
    get<Page<IdentitySummary>>('/identities', query, options),
  exposures: (query: Query, options?: Options) =>
    get<Page<ExposureSummary>>('/exposures', query, options),
  graph: (query: Query, options?: Options) => get<Graph>('/graph', query, options),

  rules: (query: Query = {}, options?: Options) => get<RuleRows>('/rules', query, options),
  rule: (sid: string, options?: Options) => get<RuleDetail>(`/rules/${part(sid)}`, {}, options),
  tryRules: (request: TryRequest, options?: Options) =>
    change<TryAnswer>('POST', '/rules/try', request, options),
  tuning: (options?: Options) =>
    get<{ readonly items: readonly TuningEntry[] }>('/rules/tuning', {}, options),
  tune: (request: TuningRequest, options?: Options) =>
    change<TuningEntry>('POST', '/rules/tuning', request, options),
  untune: (id: string, reason: string, options?: Options) =>
    change<TuningEntry>('DELETE', `/rules/tuning/${part(id)}`, { reason }, options),
  reload: (options?: Options) => change<ReloadAnswer>('POST', '/rules/reload', {}, options),

  health: (options?: Options) => get<Health>('/health', {}, options),
  stats: (query: Query, options?: Options) => get<Stats>('/stats', query, options),
  audit: (query: AuditQuery, options?: Options) => get<Page<AuditEntry>>('/audit', query, options),
};
