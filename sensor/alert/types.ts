/**
 * Contract of alert/: the records that leave the sensor. They are plain JSON (they cross a
 * process boundary) and already redacted: nothing behind alert/ ever sees message text that
 * was not cleared here.
 */
import type { EvidenceMatch, FileRecord, FlowCounts } from '../core/index.ts';
import type { Campaign, ServerFeatures } from '../correlation/index.ts';

export type { EvidenceMatch, FileRecord, FlowCounts };

/** 1 critical, 2 high, 3 medium or low, 4 info (EVE alert.severity). */
export type Severity = 1 | 2 | 3 | 4;

export interface AlertRecord {
  /** Random 128-bit hex id would break replay determinism: a hash of sensor, flow, time, sid, serial. */
  readonly alertId: string;
  readonly tsUsec: number;
  readonly sensor: string;
  readonly flowId: number;
  readonly inIface: string;
  readonly vlan: readonly number[];
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly ipVersion: 4 | 6 | 0;
  readonly communityId: string;
  readonly direction: 'to_server' | 'to_client';
  readonly pcapFilename: string;
  readonly pcapCnt: number;
  readonly alert: {
    readonly gid: number;
    readonly sid: number;
    readonly rev: number;
    readonly signature: string;
    readonly category: string;
    readonly classtype: string;
    readonly severity: Severity;
    readonly metadata: Readonly<Record<string, readonly string[]>>;
    readonly references: readonly string[];
    readonly count: number;
    readonly context: Readonly<Record<string, string | number>>;
    /** Which end of the packet the rule says is attacked; absent when it does not say. */
    readonly target?: 'src_ip' | 'dest_ip';
  };
  /** Slug of threats.md. */
  readonly detection: string;
  /** An attack that goes on: what fires again makes this alert grow. Absent for alerts that stand alone. */
  readonly incident?: AlertIncident;
  readonly xmpp:
    | {
        readonly connection: string;
        readonly transport: string;
        readonly compressed: boolean;
        readonly tls: string;
        readonly stanza: string;
        readonly type: string;
        readonly id: string;
        readonly from: string;
        readonly to: string;
        readonly ns: readonly string[];
        /** Seen wrapped as carbon, archive result or delayed delivery. */
        readonly isCopy?: boolean;
        readonly session: {
          readonly user: string;
          readonly domain: string;
          readonly mechanism: string;
          readonly client: string;
        };
        readonly seenPercent: number;
      }
    | undefined;
  readonly flow: FlowCounts;
  readonly evidence:
    | {
        readonly buffer: string;
        readonly excerpt: string;
        readonly matches: readonly EvidenceMatch[];
      }
    | undefined;
}

export interface AlertIncident {
  /** Hash that all firings of the incident share, also those that other workers see. */
  readonly name: string;
  /** Firings so far; `alert.count` may be more, by neighbours folded under load. */
  readonly firings: number;
  readonly lastUsec: number;
  /** The first 32 who took part, each cut to 128 characters. */
  readonly contributors: readonly string[];
  /** All different ones, as far as the sensor remembers them. */
  readonly contributorCount: number;
  /** Campaign (table `campaigns`) it belongs to. */
  readonly campaignId?: string;
}

/** Attempts of a session that are alike. */
export interface SessionLogin {
  /** 'sasl', 'sasl2', 'legacy', 'handshake', 'registration', 'password_change'; '' where only the mechanism is known. */
  readonly kind: string;
  readonly user: string;
  readonly mechanism: string;
  /** 'success', 'failure', 'unanswered'. */
  readonly outcome: string;
  /** Why it failed (RFC 6120 section 6.5), '' when none was given. */
  readonly condition: string;
  readonly attempts: number;
}

/** One XMPP session at its end (EVE event_type xmpp, table sessions). */
export interface SessionRecord {
  readonly tsUsec: number;
  readonly sensor: string;
  readonly sessionId: number;
  readonly flowId: number;
  readonly communityId: string;
  readonly inIface: string;
  readonly pcapFilename: string;
  readonly flow: FlowCounts;
  readonly startUsec: number;
  readonly endUsec: number;
  readonly endReason: string;
  readonly connection: string;
  readonly transport: string;
  readonly compressed: boolean;
  readonly tls: string;
  readonly user: string;
  readonly domain: string;
  readonly peerDomain: string;
  readonly jid: string;
  readonly mechanism: string;
  readonly outcome: string;
  readonly client: string;
  readonly starttls: string;
  readonly compression: string;
  readonly mechanismsOffered: readonly string[];
  /** Attempts to log in or register, alike ones together; at most 16. */
  readonly logins: readonly SessionLogin[];
  /** Tokens for later logins (XEP-0484) that were written into the stream. */
  readonly tokensIssued: number;
  readonly messages: readonly [number, number];
  readonly presences: readonly [number, number];
  readonly iqs: readonly [number, number];
  readonly nonzas: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly streamErrors: readonly string[];
  readonly seenPercent: number;
}

/** One flow at its end (EVE event_type flow, table flows). Only flows that spoke XMPP or were encrypted. */
export interface FlowRecord {
  readonly tsUsec: number;
  readonly sensor: string;
  readonly flowId: number;
  readonly communityId: string;
  readonly inIface: string;
  readonly pcapFilename: string;
  readonly vlan: readonly number[];
  readonly ipVersion: 4 | 6;
  readonly flow: FlowCounts;
  readonly reason: string;
  readonly appProto: 'xmpp' | 'tls' | 'failed';
  readonly isMidstream: boolean;
  readonly isOneSided: boolean;
  readonly gapBytes: number;
  readonly seenPercent: number;
}

/** An event that is an observation, not an alert (EVE event_type anomaly). */
export interface AnomalyRecord {
  readonly tsUsec: number;
  readonly sensor: string;
  readonly flowId: number;
  readonly communityId: string;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly ipVersion: 4 | 6 | 0;
  readonly pcapFilename: string;
  readonly pcapCnt: number;
  readonly layer: 'decode' | 'stream' | 'applayer' | 'sensor';
  /** Dotted name of the event catalogue. */
  readonly event: string;
}

/** Counters at a moment (EVE event_type stats, table sensor_stats). */
export interface StatsRecord {
  readonly tsUsec: number;
  readonly sensor: string;
  readonly uptimeSeconds: number;
  /** Counter values by CounterName, then events by dotted name. */
  readonly counters: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
}

/** A wave of messages that belong together (EVE event_type campaign, table campaigns). */
export interface CampaignRecord extends Campaign {
  readonly sensor: string;
}

/** What a server was seen to offer before TLS (table server_features), the baseline of the next run. */
export type ServerFeaturesRecord = ServerFeatures;

/** Something the sensor did that somebody may have to answer for (table audit). */
export interface AuditRecord {
  /** The clock's, not that of packets: it tells when the sensor acted. */
  readonly tsUsec: number;
  readonly actor: string;
  /** 'file_kept'. */
  readonly action: string;
  /** What it was done to: the SHA-256 of a kept file. */
  readonly object: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export type SensorRecord =
  | { readonly kind: 'alert'; readonly record: AlertRecord }
  /** An alert raised earlier, as it has become: count, last firing, contributors, context, severity. */
  | { readonly kind: 'alert_update'; readonly record: AlertRecord }
  /** A campaign as it stands. */
  | { readonly kind: 'campaign'; readonly record: CampaignRecord }
  | { readonly kind: 'server_features'; readonly record: ServerFeaturesRecord }
  | { readonly kind: 'session'; readonly record: SessionRecord }
  | { readonly kind: 'file'; readonly record: FileRecord }
  | { readonly kind: 'audit'; readonly record: AuditRecord }
  | { readonly kind: 'flow'; readonly record: FlowRecord }
  | { readonly kind: 'anomaly'; readonly record: AnomalyRecord }
  | { readonly kind: 'stats'; readonly record: StatsRecord };

/**
 * A consumer of records. write() never blocks on I/O for long and never throws for traffic; a sink that
 * cannot write keeps what it can, counts the rest and reports it by `problem`.
 */
export interface RecordSink {
  readonly name: string;
  write(records: readonly SensorRecord[]): void;
  /** Everything written so far is on disk (or the promise rejects with an OperatorError). */
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Reopen files (SIGHUP). */
  reopen(): void;
  /** Text of the latest failure, undefined when healthy. */
  readonly problem: string | undefined;
}
