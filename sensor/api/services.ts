/**
 * What the API asks of the rest of the sensor. Everything answers by promise and is bounded: the API's thread, which in
 * a live sensor is the supervisor's, never waits on a disk. Operator mistakes reject with OperatorError.
 */
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  StoredAlert,
  StoredFile,
  StoredSession,
  StoredStats,
  TopRow,
} from '../core/index.ts';
import type {
  AlertFilter,
  AuditFilter,
  CampaignFilter,
  ExposureFilter,
  FileFilter,
  PeopleFilter,
  SessionFilter,
  TopKey,
  TriageNews,
} from '../output/index.ts';
import type {
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  Graph,
  Health,
  LiveAlert,
  PacketsKept,
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
} from './contract.ts';

/** A filter with the place where the page before ended. */
export type Paged<Filter> = Filter & { readonly cursor?: string | undefined };

/** The store, asked in a thread of its own on a connection that cannot write; triage and audit write on another. */
export interface StoreService {
  alerts(filter: Paged<AlertFilter>): Promise<Page<StoredAlert>>;
  alert(id: string): Promise<StoredAlert | undefined>;
  groups(filter: AlertFilter): Promise<AlertGroups>;
  top(by: TopKey, filter: AlertFilter): Promise<readonly TopRow[]>;
  timeline(filter: AlertFilter): Promise<AlertTimeline>;
  history(alertId: string): Promise<readonly TriageEntry[]>;
  /** Session, file, campaign and other alerts that belong to one. */
  around(alert: StoredAlert): Promise<{
    readonly session: StoredSession | undefined;
    readonly file: StoredFile | undefined;
    readonly campaign: CampaignSummary | undefined;
    readonly sameSender: readonly StoredAlert[];
    readonly sameFlow: readonly StoredAlert[];
    readonly sameCampaign: readonly StoredAlert[];
  }>;
  sessions(filter: Paged<SessionFilter>): Promise<Page<StoredSession>>;
  files(filter: Paged<FileFilter>): Promise<Page<StoredFile>>;
  file(id: string): Promise<StoredFile | undefined>;
  identities(filter: Paged<PeopleFilter>): Promise<Page<IdentitySummary>>;
  exposures(filter: Paged<ExposureFilter>): Promise<Page<ExposureSummary>>;
  campaigns(filter: Paged<CampaignFilter>): Promise<Page<CampaignSummary>>;
  campaign(id: string): Promise<CampaignSummary | undefined>;
  graph(filter: {
    readonly jid?: string;
    readonly campaignId?: string;
    readonly sinceUsec?: number;
    readonly untilUsec?: number;
  }): Promise<Graph>;
  stats(sinceUsec: number, untilUsec: number): Promise<Stats>;
  /** How the sensor behind the store was when it last said so, and how large the store is (health of `serve`). */
  latestStats(): Promise<{
    /** The latest row of sensor_stats, undefined without one. */
    readonly stats: StoredStats | undefined;
    /** As StoreStatus has them. */
    readonly rows: number;
    readonly bytes: number;
  }>;
  audit(filter: Paged<AuditFilter>): Promise<Page<AuditEntry>>;
  /** Alerts that appeared or grew behind `afterUsec` of the clock that stored them, for servers beside the sensor. */
  newsSince(cursor: string | undefined): Promise<{
    readonly alerts: readonly (LiveAlert & { readonly isUpdate: boolean })[];
    readonly cursor: string;
  }>;
  /** Triage behind a row of its history, whoever wrote it; nothing, and the latest row, without one. */
  triageSince(cursor: number | undefined): Promise<TriageNews>;
  /** Writes an audit row with it. Rejects STORE_LOCKED, STORE_UNWRITABLE. */
  triage(alertId: string, request: TriageRequest, actor: string): Promise<TriageEntry>;
  triageMany(
    which: { readonly ids: readonly string[] } | { readonly filter: AlertFilter },
    request: TriageRequest,
    actor: string,
  ): Promise<{ readonly changed: number; readonly alertIds: readonly string[] }>;
  writeAudit(entry: Omit<AuditEntry, 'id'>): Promise<void>;
  close(): Promise<void>;
}

/** Rules: what they say, trying them, tuning them. */
export interface RuleService {
  rows(): Promise<RuleRows>;
  detail(gid: number, sid: number): Promise<RuleDetail | undefined>;
  /** In a thread of its own, stopped after five seconds. */
  try(request: TryRequest): Promise<TryAnswer>;
  tuning(): Promise<readonly TuningEntry[]>;
  /** Rejects RULES_INVALID, with nothing changed, when the rules with it do not load. */
  tune(request: TuningRequest, actor: string): Promise<TuningEntry>;
  untune(id: string, reason: string, actor: string): Promise<TuningEntry>;
  reload(): Promise<ReloadAnswer>;
}

/** Packets of alerts. */
export interface PacketService {
  kept(alert: StoredAlert): Promise<PacketsKept>;
  /** A pcapng file of the alert's flow, the alert named in a packet comment; undefined when none is kept. */
  pcap(alert: StoredAlert): Promise<AsyncIterable<Uint8Array> | undefined>;
  transcript(alert: StoredAlert): Promise<Transcript>;
}

/** What the API counts of itself. */
export interface ApiCounts {
  /** Requests refused for their token, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly eventReaders: number;
}

/** How the sensor is. */
export interface SensorService {
  health(): Promise<Health>;
  /** Prometheus text; `api`: what the API counts of itself. */
  metricsText(api: ApiCounts): Promise<string>;
  /** Calls back for every alert that appears or grows; returns how to stop that. */
  onAlert(listener: (alert: LiveAlert & { readonly isUpdate: boolean }) => void): () => void;
}

export interface ApiServices {
  readonly store: StoreService;
  readonly rules: RuleService;
  readonly packets: PacketService;
  readonly sensor: SensorService;
}
