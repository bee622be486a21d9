/** Door of output/. */
export { eveLine } from './eve/eve-line.ts';
export { EveSink, type EveSinkOptions } from './eve/eve-sink.ts';
export { MetricsRegistry, type MetricsOptions } from './metrics/metrics-registry.ts';
export type { InterfaceCounts, WorkerCounts } from './metrics/worker-totals.ts';
export { SinkSet, type SinkProblem } from './sink-set.ts';
export { AlertStore, TOP_KEYS, type TopKey, type TopRow } from './sqlite/alert-store.ts';
export {
  TRIAGE_STATUSES,
  type AlertFilter,
  type CampaignFilter,
  type ExposureFilter,
  type FileFilter,
  type PeopleFilter,
  type SessionFilter,
  type TriageStatus,
} from './sqlite/filters.ts';
export { SqliteSink, type SqliteSinkOptions, type StoreStatus } from './sqlite/sqlite-sink.ts';
export type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  Sighting,
} from './sqlite/people.ts';
export type { StoredFile } from './sqlite/stored-files.ts';
export type { StoredAlert, StoredSession } from './sqlite/stored.ts';
