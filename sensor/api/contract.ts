/**
 * JSON of the HTTP API (INTERFACE.md section 7) as types, shared by server and console; types only, for the console is built
 * from this file for browsers. Rows of the store are those of core/rows.ts, the same as `--json` of the command line.
 * Times are microseconds since the epoch (`...Usec`). Every string may come from traffic: data, never markup.
 *
 * All paths begin with /api/v1. Roles include those before them: viewer reads, analyst triages, tunes rules and takes
 * packets, admin manages (audit, reload).
 */
import type {
  CampaignSummary,
  EvidenceMatch,
  LiveAlert,
  StoredAlert,
  StoredFile,
  StoredSession,
  TriageEntry,
  TriageRequest,
} from '../core/index.ts';

/**
 * Answers of the store (core/answers.ts): GET /alerts/groups, /alerts/timeline, /graph?jid=|campaign=&since=&until=,
 * /stats?since=&until=, /audit (admin), body of POST /alerts/:id/triage (analyst; answers TriageEntry). Lists are pages.
 */
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
  TriageEntry,
  TriageRequest,
} from '../core/index.ts';

export type Role = 'viewer' | 'analyst' | 'admin';

/** GET /me */
export interface Me {
  readonly name: string;
  readonly role: Role;
  /** When the token ends; undefined: never. */
  readonly expiresUsec: number | undefined;
  readonly sensor: string;
  readonly version: string;
  /** A sensor captures behind this API; false over a store alone (`serve`, the demo). */
  readonly isLive: boolean;
}

/** Body of every answer that is not 2xx. `code` is stable, `message` and `hint` are for people. */
export interface Problem {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/**
 * Query of GET /alerts, /alerts/groups, /alerts/top, /alerts/timeline: as the command line has them, all optional.
 * `since`, `until`: `24h`, `7d`, a date, ISO 8601, or microseconds since the epoch.
 */
export interface AlertQuery {
  readonly since?: string;
  readonly until?: string;
  /** 1 to 4 or words, several with commas. */
  readonly severity?: string;
  /** Slug, or a family as `dlp-*`. */
  readonly detection?: string;
  readonly gid?: number;
  readonly sid?: number;
  readonly jid?: string;
  readonly ip?: string;
  readonly category?: string;
  /** Several with commas; `open` is new and escalated. */
  readonly status?: string;
  readonly campaign?: string;
  readonly file?: string;
  /** Community id of the flow. */
  readonly flow?: string;
  readonly text?: string;
  /** What is left out, each as `jid:alice@corp.example`: any filter but times; a signature also as `sid:GID:SID`. */
  readonly not?: string | readonly string[];
  /** 1 to 500; 50 unless told. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** GET /audit: all given ones must hold. */
export interface AuditQuery {
  readonly since?: string;
  readonly until?: string;
  /** Part of the name. */
  readonly actor?: string;
  /** Part of it: `rule`, `packets taken`. */
  readonly action?: string;
  /** Part of what it was done to, or of the details. */
  readonly object?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** GET /alerts/:id */
export interface AlertDetail {
  readonly alert: StoredAlert;
  readonly story: string;
  readonly history: readonly TriageEntry[];
  /** The alert as EVE object (INTERFACE.md section 3). */
  readonly eve: Readonly<Record<string, unknown>>;
  /** The session it belongs to, once that has ended. */
  readonly session: StoredSession | undefined;
  readonly file: StoredFile | undefined;
  readonly campaign: CampaignSummary | undefined;
  /** At most 20 each, latest first, without this one. */
  readonly related: {
    readonly sameSender: readonly StoredAlert[];
    readonly sameFlow: readonly StoredAlert[];
    readonly sameCampaign: readonly StoredAlert[];
  };
  readonly packets: PacketsKept;
}

/** Whether packets of the flow are in the spool. */
export interface PacketsKept {
  /** 0: none; `reason` says why. */
  readonly packets: number;
  readonly bytes: number;
  readonly firstUsec: number;
  readonly lastUsec: number;
  readonly reason: string;
}

/** GET /alerts/:id/triage: what was made of it, in the order of time. */
export interface TriageHistory {
  readonly items: readonly TriageEntry[];
}

/** POST /alerts/triage (analyst): for these alerts (whole ids, beginnings, or row numbers), or for all the query fits (at most 100,000). */
export interface BulkTriageRequest extends TriageRequest {
  readonly ids?: readonly string[];
  readonly query?: AlertQuery;
}

export interface BulkTriageAnswer {
  readonly changed: number;
}

/** GET /alerts/:id/transcript: what both sides said around the alert, redacted. */
export interface Transcript {
  readonly alertId: string;
  /** Why there is none, or why it is not all; '' when it is. */
  readonly reason: string;
  readonly entries: readonly TranscriptEntry[];
}

export interface TextSpan {
  /** In UTF-16 code units of the text they point into. */
  readonly offset: number;
  readonly length: number;
}

export interface TranscriptEntry {
  readonly tsUsec: number;
  readonly direction: 'to_server' | 'to_client';
  /** 'stream', 'message', 'presence', 'iq', 'nonza', 'gap' (bytes never seen), 'tls', 'other'. */
  readonly kind: string;
  /** As the receiver's parser understands it, indented. */
  readonly decoded: string;
  /** As it went over the wire: references, CDATA, comments, odd encodings and spacing kept. */
  readonly raw: string;
  /** What the alert's rule matched. */
  readonly marks: readonly TextSpan[];
  readonly rawMarks: readonly TextSpan[];
  /** The stanza that raised the alert. */
  readonly isAlert: boolean;
  /** The wire says it in another way than the text reads: worth a look. */
  readonly isDisguised: boolean;
  /** Cut at a limit. */
  readonly isCut: boolean;
}

/** GET /rules?text=&detection=&file=&tuned=&enabled= */
export interface RuleRow {
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly msg: string;
  readonly detection: string;
  readonly category: string;
  readonly severity: number;
  readonly confidence: string;
  /** Name of the rule file. */
  readonly file: string;
  readonly isEnabled: boolean;
  readonly isTuned: boolean;
  /** Alerts (firings) of the last seven days. */
  readonly alerts: number;
  readonly lastUsec: number | undefined;
}

export interface RuleRows {
  readonly items: readonly RuleRow[];
  readonly loaded: number;
  readonly failed: number;
  readonly generation: number;
  /** Why the latest reload failed; '' after a good one. */
  readonly problem: string;
}

/** GET /rules/:sid (gid 1, or GID:SID) */
export interface RuleDetail extends RuleRow {
  readonly text: string;
  readonly line: number;
  /** The comment above the rule: what it means, when it is wrong, what to do. */
  readonly note: string;
  readonly classtype: string;
  readonly techniques: readonly string[];
  /** Whole URLs where the prefix is known, else as written. */
  readonly references: readonly string[];
  /** The rule in words, a line each: what must hold where. */
  readonly conditions: readonly string[];
  /** Thresholds and suppressions in force, and what the site changed, in words with their place. */
  readonly effects: readonly string[];
  readonly cases: readonly { readonly name: string; readonly fires: boolean }[];
  readonly topSources: readonly { readonly key: string; readonly alerts: number }[];
  readonly tuning: readonly TuningEntry[];
}

/** POST /rules/try (viewer): a stanza in, what fires out. Nothing is stored. */
export interface TryRequest {
  /** One or more stanzas, or a whole stream; at most 256 KiB. */
  readonly stanza: string;
  /** 'base64': `stanza` is bytes, for what no text can hold (UTF-16, broken UTF-8). */
  readonly encoding?: 'text' | 'base64';
  /** 'to_server' unless told. */
  readonly direction?: 'to_server' | 'to_client';
  /** Say why this rule does or does not fire. */
  readonly sid?: number;
  /** Rules to try beside those in force, as text. */
  readonly rules?: string;
}

export interface TryAnswer {
  readonly fired: readonly TryFinding[];
  /** Events the stanza raised, by dotted name, whether a rule hears them or not. */
  readonly events: readonly string[];
  /** What rules see of the stanza: buffer and text (redacted as evidence is). */
  readonly buffers: readonly { readonly buffer: string; readonly text: string }[];
  /** For `sid`: each condition and whether it held. */
  readonly why: readonly { readonly condition: string; readonly held: boolean }[];
  /** Problems of `rules`, as file:line:col texts. */
  readonly problems: readonly string[];
  /** What to know about the answer: whose session it was played in, what was no complete stanza, what was cut. */
  readonly notes: readonly string[];
}

export interface TryFinding {
  readonly gid: number;
  readonly sid: number;
  readonly msg: string;
  readonly detection: string;
  readonly severity: number;
  readonly buffer: string;
  readonly excerpt: string;
  readonly matches: readonly EvidenceMatch[];
  /** Why the site would not hear of it all the same (suppression, threshold), with its place; '' when it would. */
  readonly keptBack: string;
  /** It is one of the rules that were given to be tried. */
  readonly isTried: boolean;
}

/** POST /rules/tuning (analyst): written into the data folder, checked, then put in force by a reload. */
export type TuningRequest = {
  readonly gid?: number;
  readonly sid: number;
  /** Why; kept beside the line and in the audit. */
  readonly reason: string;
} & (
  | { readonly action: 'disable' }
  | {
      readonly action: 'suppress';
      /** Everything of the rule, or only of this source, target or account. */
      readonly track?:
        'by_src' | 'by_dst' | 'by_either' | 'by_from_jid' | 'by_to_jid' | 'by_domain' | 'by_room';
      readonly value?: string;
    }
  | {
      readonly action: 'threshold';
      readonly type: 'limit' | 'threshold' | 'both';
      readonly track: string;
      readonly count: number;
      readonly seconds: number;
    }
);

/** GET /rules/tuning: what was tuned here, with what was taken back (DELETE /rules/tuning/:id, body {reason}). */
export interface TuningEntry {
  readonly id: string;
  readonly tsUsec: number;
  readonly actor: string;
  readonly action: 'disable' | 'suppress' | 'threshold';
  readonly gid: number;
  readonly sid: number;
  /** The line as it stands in the file. */
  readonly line: string;
  readonly reason: string;
  readonly isActive: boolean;
  readonly removed?: { readonly tsUsec: number; readonly actor: string; readonly reason: string };
  /** In answers to a change: it is written, and a sensor takes it at its next reload or start (none could be told). */
  readonly isPending?: boolean;
}

/** POST /rules/reload (admin), and after tuning. A failed one keeps the old rules. */
export interface ReloadAnswer {
  readonly isOk: boolean;
  readonly loaded: number;
  readonly failed: number;
  readonly generation: number;
  /** What is wrong, with file:line:col; '' when all is well. */
  readonly problem: string;
}

/** GET /health */
export interface Health {
  readonly sensor: string;
  readonly version: string;
  /** Interfaces or files. */
  readonly source: string;
  readonly isLive: boolean;
  readonly uptimeSeconds: number;
  readonly checks: readonly HealthCheck[];
  readonly interfaces: readonly InterfaceHealth[];
  readonly workers: readonly WorkerHealth[];
  /** Share of the stream bytes that were seen, 0 to 100; undefined before the first. */
  readonly seenPercent: number | undefined;
  readonly gapBytes: number;
  readonly store: {
    readonly rows: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly queueLength: number;
    readonly queueLimit: number;
    readonly dropped: number;
    readonly writeErrors: number;
  };
  readonly rules: {
    readonly loaded: number;
    readonly failed: number;
    readonly generation: number;
    readonly reloadedUsec: number | undefined;
  };
  /** Bytes in use, by pool. */
  readonly memory: readonly {
    readonly pool: string;
    readonly used: number;
    readonly limit: number;
  }[];
  /** Figures worth a glance, label and value. */
  readonly figures: readonly (readonly [label: string, value: number])[];
}

export interface HealthCheck {
  /** 'capture', 'drops', 'seen', 'rules', 'store', 'queue', 'workers', 'memory', 'clock', ... */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'bad';
  /** In words: what is right, or what is wrong. */
  readonly text: string;
  /** What to do; '' when nothing. */
  readonly fix: string;
}

export interface InterfaceHealth {
  readonly name: string;
  readonly isCapturing: boolean;
  readonly packets: number;
  readonly bytes: number;
  readonly droppedKernel: number;
  readonly droppedInterface: number;
  readonly droppedShed: number;
}

export interface WorkerHealth {
  readonly id: string;
  readonly isUp: boolean;
  readonly restarts: number;
  readonly lagSeconds: number;
}

/**
 * GET /events: server-sent events (text/event-stream), for fetch() with the bearer token. `event:` is one of these,
 * `data:` the JSON. A reader that is too slow is told `lost` and asks anew.
 */
export type LiveEvent =
  | { readonly event: 'alert'; readonly data: LiveAlert & { readonly isUpdate: boolean } }
  | {
      readonly event: 'triage';
      readonly data: { readonly alertIds: readonly string[]; readonly entry: TriageEntry };
    }
  | { readonly event: 'health'; readonly data: { readonly state: HealthCheck['state'] } }
  | { readonly event: 'lost'; readonly data: { readonly count: number } };
