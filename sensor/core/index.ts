/** Door of core/: what at least three rooms use and what has no state. */
export { EVENTS, eventId, eventName, findEventId } from './events.ts';
export { BUFFERS, BUFFER_IDS, bufferId, type BufferName } from './buffers.ts';
export { COUNTER, COUNTER_COUNT, Counters, type CounterName } from './counters.ts';
export { csvCell } from './csv.ts';
export { EVE_TYPES, type EveType } from './eve-types.ts';
export {
  TRIAGE_STATUSES,
  type CampaignSummary,
  type EvidenceMatch,
  type ExposureSummary,
  type FileRecord,
  type FlowCounts,
  type IdentitySummary,
  type Sighting,
  type StoredAlert,
  type StoredFile,
  type StoredSession,
  type TopRow,
  type TriageStatus,
} from './rows.ts';
export type {
  AlertGroup,
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  Graph,
  GraphEdge,
  GraphNode,
  LiveAlert,
  Page,
  Stats,
  StatsPoint,
  StoredStats,
  TriageEntry,
  TriageRequest,
} from './answers.ts';
export { ERROR_CODES, EXIT, OperatorError, errorText, type ErrorCode } from './errors.ts';
export { startThread } from './background-thread.ts';
export { LineFailure, ThreadLine, type ThreadLineOptions } from './thread-line.ts';
export { answerLine } from './answer-line.ts';
export { monotonicMs, wallClockUsec } from './clock.ts';
export { swapFile, temporaryName } from './swap-file.ts';
export { parseTime, parseTimes, type Times } from './time-text.ts';
export { packetTime, type PacketTime } from './packet-time.ts';
export { log, printable, setLogLevel, setLogWriter } from './logger.ts';
export { i32, u16, u16le, u32, u32le } from './bytes.ts';
export { hasInvisible, invisibleBytes } from './invisible.ts';
export { sha256, sha256Bytes } from './digest.ts';
export { nearest } from './nearest.ts';
export { bytes, counted, percent, span } from './quantities.ts';
export { formatAddress, isIpv4, parseAddress } from './ip.ts';
export {
  LIMITS,
  defaultLimits,
  type LimitInfo,
  type LimitName,
  type LimitValues,
} from './limits.ts';
export {
  THRESHOLDS,
  thresholdValues,
  type ThresholdInfo,
  type ThresholdName,
  type ThresholdValues,
} from './thresholds/index.ts';
export { STREAM_PORTS, WEB_PORTS, XMPP_PORTS, portSet } from './ports.ts';
export { DIRECTION, type Direction } from './direction.ts';
