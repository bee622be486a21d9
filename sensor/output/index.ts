/** Door of output/. */
export { eveLine } from './eve/eve-line.ts';
export { EveSink, type EveSinkOptions } from './eve/eve-sink.ts';
export { METRICS, PREFIX, SCAN_SECONDS } from './metrics/metric-table.ts';
export { FAMILIES } from './metrics/record-metrics.ts';
export type { MetricInfo } from './metrics/metric-info.ts';
export { MetricsRegistry, type MetricsOptions } from './metrics/metrics-registry.ts';
export type { InterfaceCounts, WorkerCounts } from './metrics/worker-totals.ts';
export { SinkSet, type SinkProblem } from './sink-set.ts';
export { WebhookSink } from './webhook/webhook-sink.ts';
export type { WebhookOptions, WebhookStatus } from './webhook/webhook-types.ts';
export { AlertStore, TOP_KEYS, type TopKey } from './sqlite/alert-store.ts';
export type {
  AlertFilter,
  CampaignFilter,
  ExposureFilter,
  FileFilter,
  PeopleFilter,
  SessionFilter,
} from './sqlite/filters.ts';
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
  type TriageStatus,
} from '../core/index.ts';
