/** Door of output/. */
export { exclusionsOf, severitiesOf, statusesOf } from './alert-words.ts';
export { eveLine, storedAlertLine } from './eve/eve-line.ts';
export { EveSink } from './eve/eve-sink.ts';
export { storedAlertEvent } from './eve/stored-alert-event.ts';
export { METRICS, PREFIX, SCAN_SECONDS } from './metrics/metric-table.ts';
export { FAMILIES } from './metrics/record-metrics.ts';
export type { MetricInfo } from './metrics/metric-info.ts';
export { MetricsRegistry } from './metrics/metrics-registry.ts';
export type { WorkerCounts } from './metrics/worker-totals.ts';
export { SinkSet } from './sink-set.ts';
export { WebhookSink } from './webhook/webhook-sink.ts';
export type { WebhookOptions, WebhookStatus } from './webhook/webhook-types.ts';
export type { AlertFilter, AlertMatch } from './sqlite/alert-filter.ts';
export { TOP_KEYS, inBrief, type TopKey } from './sqlite/alert-queries.ts';
export { AlertStore } from './sqlite/alert-store.ts';
export type { AlertSurroundings } from './sqlite/around.ts';
export type { BulkTriage, TriageChoice } from './sqlite/bulk-triage.ts';
export type {
  AuditFilter,
  CampaignFilter,
  ExposureFilter,
  FileFilter,
  Paged,
  PeopleFilter,
  SessionFilter,
} from './sqlite/filters.ts';
export {
  examineStore,
  quickCheckStore,
  sqliteVersion,
  type StoreExamination,
  type StoreLeftAlone,
} from './sqlite/examine-store.ts';
export { triageStore } from './sqlite/triage-store.ts';
export type { GraphFilter } from './sqlite/graph.ts';
export type { AlertNews } from './sqlite/news.ts';
export { PackKeeper, type PacksNews } from './sqlite/packs/pack-keeper.ts';
export type { TriageNews } from './sqlite/triage-news.ts';
export { StoreClient } from './sqlite/store-client.ts';
export { SqliteSink, type SqliteSinkOptions, type StoreStatus } from './sqlite/sqlite-sink.ts';
export {
  TRIAGE_STATUSES,
  type CampaignSummary,
  type ExposureSummary,
  type IdentitySummary,
  type Sighting,
  type StoredAlert,
  type StoredFile,
  type StoredSession,
  type TopRow,
  type TriageEntry,
  type TriageRequest,
  type TriageStatus,
} from '../core/index.ts';
