/** Door of alert/. */
export { createAlerter, type Alerter } from './alerter.ts';
export { AlertBatcher } from './alert-batcher.ts';
export { EvidenceBuilder, cutText, isCredentialText, isHashText } from './evidence.ts';
export { CopyFilter } from './copy-filter.ts';
export { FileCopies } from './file-copies.ts';
export { IncidentMerger } from './incident-merger.ts';
export { AnomalyRecorder } from './anomaly-recorder.ts';
export {
  maskValue,
  redactPlaced,
  redactText,
  type IdentifierSpan,
  type PlacedText,
} from './redact.ts';
export type { SecretShape } from './secret-shapes.ts';
export { NO_FLOW, type PacketOrigin } from './flow-facts.ts';
export { ephemeralHmacKey, findHmacKey, hmacKeyFile, loadHmacKey } from './hmac-key.ts';
export { buildFileRecord, fileIdOf, type EndedFile } from './file-record.ts';
export { bareJid, jidDomain } from './jid-text.ts';
export { partiesOf, type Parties } from './parties.ts';
export { tellSentence, type SentenceFacts } from './sentence.ts';
export { alertInBrief, partiesInBrief, storyOf, type StoryFacts } from './story.ts';
export {
  buildCampaignRecord,
  buildFlowRecord,
  buildSessionRecord,
  buildStatsRecord,
  isFlowOfInterest,
  type AppProto,
} from './records.ts';
export type {
  AlertIncident,
  AlertRecord,
  AnomalyRecord,
  AuditRecord,
  CampaignRecord,
  EvidenceMatch,
  FileRecord,
  FlowCounts,
  FlowRecord,
  RecordSink,
  SensorRecord,
  ServerFeaturesRecord,
  SessionLogin,
  SessionRecord,
  Severity,
  StatsRecord,
} from './types.ts';
