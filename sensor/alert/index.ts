/** Door of alert/. */
export type {
  AlertRecord,
  AnomalyRecord,
  EvidenceMatch,
  FlowCounts,
  FlowRecord,
  RecordSink,
  SensorRecord,
  SessionRecord,
  Severity,
  StatsRecord,
} from './types.ts';
