/** Answers of the API (contract.ts) as schemas. */
import { TRIAGE_STATUSES } from '../../core/index.ts';
import type {
  AlertDetail,
  AlertGroup,
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  BulkTriageAnswer,
  Graph,
  GraphEdge,
  GraphNode,
  Health,
  HealthCheck,
  InterfaceHealth,
  LiveAlert,
  Me,
  PacketsKept,
  Problem,
  ReloadAnswer,
  RuleDetail,
  RuleRow,
  RuleRows,
  Stats,
  StatsPoint,
  TextSpan,
  Transcript,
  TranscriptEntry,
  TriageEntry,
  TriageHistory,
  TryAnswer,
  TryFinding,
  TuningEntry,
  WorkerHealth,
} from '../contract.ts';
import { ROLES } from '../tokens.ts';
import {
  campaign,
  evidenceMatch,
  exposure,
  identity,
  storedAlert,
  storedFile,
  storedSession,
  topRow,
} from './rows.ts';
import {
  flag,
  integer,
  list,
  map,
  named,
  number,
  object,
  oneOf,
  optional,
  pageOf,
  text,
  texts,
  tuple,
  usec,
  type Named,
  type Schema,
} from './schema.ts';

export { campaign, storedFile } from './rows.ts';

const status = oneOf(TRIAGE_STATUSES);
const severity: Schema = { type: 'integer', minimum: 0, maximum: 4 };

export const problem = named(
  'Problem',
  object<Problem>({
    error: object<Problem['error']>({ code: text, message: text, hint: optional(text) }),
  }),
);

const liveAlert = named(
  'LiveAlert',
  object<LiveAlert>({
    ...{ alertId: text, tsUsec: usec, lastUsec: usec, severity, detection: text },
    ...{ gid: integer, sid: integer, signature: text, story: text, from: text, to: text },
    ...{ count: integer, category: text },
  }),
);

export const triageEntry = named(
  'TriageEntry',
  object<TriageEntry>({ tsUsec: usec, actor: text, status, comment: text }),
);

export const triageHistory = object<TriageHistory>({ items: list(triageEntry.ref) });

const packetsKept = object<PacketsKept>({
  ...{ packets: integer, bytes: integer, firstUsec: usec, lastUsec: usec, reason: text },
});

export const alertPage = pageOf(storedAlert.ref);

const alertGroup = named(
  'AlertGroup',
  object<AlertGroup>({
    ...{ gid: integer, sid: integer, signature: text, detection: text, category: text },
    ...{ severity, confidence: text, alerts: integer, count: integer },
    ...{ firstUsec: usec, lastUsec: usec },
    statuses: object<AlertGroup['statuses']>({
      ...{ new: integer, acknowledged: integer, escalated: integer, closed: integer },
    }),
    spark: list(integer),
    latest: liveAlert.ref,
  }),
);

export const alertGroups = object<AlertGroups>({
  items: list(alertGroup.ref),
  ...{ sinceUsec: usec, untilUsec: usec, bucketUsec: integer, alerts: integer },
});

export const alertTimeline = object<AlertTimeline>({
  ...{ sinceUsec: usec, bucketUsec: integer },
  buckets: list(tuple(integer, integer, integer, integer)),
});

export const topRows = object<{ items: unknown[] }>({ items: list(topRow.ref) });
export const bulkTriageAnswer = object<BulkTriageAnswer>({ changed: integer });

export const alertDetail = object<AlertDetail>({
  alert: storedAlert.ref,
  story: text,
  history: list(triageEntry.ref),
  eve: { type: 'object', description: 'EVE (INTERFACE.md section 3)' },
  session: optional(storedSession.ref),
  file: optional(storedFile.ref),
  campaign: optional(campaign.ref),
  related: object<AlertDetail['related']>({
    sameSender: list(storedAlert.ref),
    sameFlow: list(storedAlert.ref),
    sameCampaign: list(storedAlert.ref),
  }),
  packets: packetsKept,
});

const spans = list(object<TextSpan>({ offset: integer, length: integer }));

export const transcript = object<Transcript>({
  ...{ alertId: text, reason: text },
  entries: list(
    object<TranscriptEntry>({
      tsUsec: usec,
      direction: oneOf(['to_server', 'to_client']),
      ...{ kind: text, decoded: text, raw: text, marks: spans, rawMarks: spans },
      ...{ isAlert: flag, isDisguised: flag, isCut: flag },
    }),
  ),
});

export const sessionPage = pageOf(storedSession.ref);
export const filePage = pageOf(storedFile.ref);
export const identityPage = pageOf(identity.ref);
export const exposurePage = pageOf(exposure.ref);
export const campaignPage = pageOf(campaign.ref);

export const graph = object<Graph>({
  nodes: list(
    object<GraphNode>({
      id: text,
      kind: oneOf(['account', 'server', 'address']),
      ...{ isFocus: flag, alerts: integer, severity },
    }),
  ),
  edges: list(
    object<GraphEdge>({
      ...{ from: text, to: text, alerts: integer, files: integer, sessions: integer },
      ...{ severity, detections: texts, lastUsec: usec },
    }),
  ),
  isCut: flag,
});

const ruleMembers = {
  ...{ gid: integer, sid: integer, rev: integer, msg: text, detection: text, category: text },
  ...{ severity, confidence: text, file: text, isEnabled: flag, isTuned: flag },
  ...{ alerts: integer, lastUsec: optional(usec) },
};
const ruleRow = named('RuleRow', object<RuleRow>(ruleMembers));

export const ruleRows = object<RuleRows>({
  items: list(ruleRow.ref),
  ...{ loaded: integer, failed: integer, generation: integer, problem: text },
});

export const tuningEntry = named(
  'TuningEntry',
  object<TuningEntry>({
    ...{ id: text, tsUsec: usec, actor: text },
    action: oneOf(['disable', 'suppress', 'threshold']),
    ...{
      gid: integer,
      sid: integer,
      line: text,
      reason: text,
      isActive: flag,
      isPending: optional(flag),
    },
    removed: optional(
      object<NonNullable<TuningEntry['removed']>>({ tsUsec: usec, actor: text, reason: text }),
    ),
  }),
);
export const tuningList = object<{ items: unknown[] }>({ items: list(tuningEntry.ref) });

export const ruleDetail = object<RuleDetail>({
  ...ruleMembers,
  ...{ text, line: integer, note: text, classtype: text, techniques: texts, references: texts },
  ...{ conditions: texts, effects: texts },
  cases: list(object<RuleDetail['cases'][number]>({ name: text, fires: flag })),
  topSources: list(object<RuleDetail['topSources'][number]>({ key: text, alerts: integer })),
  tuning: list(tuningEntry.ref),
});

export const tryAnswer = object<TryAnswer>({
  fired: list(
    object<TryFinding>({
      ...{ gid: integer, sid: integer, msg: text, detection: text, severity },
      ...{ buffer: text, excerpt: text, matches: list(evidenceMatch) },
      ...{ keptBack: text, isTried: flag },
    }),
  ),
  events: texts,
  buffers: list(object<TryAnswer['buffers'][number]>({ buffer: text, text })),
  why: list(object<TryAnswer['why'][number]>({ condition: text, held: flag })),
  problems: texts,
  notes: texts,
});

export const reloadAnswer = object<ReloadAnswer>({
  ...{ isOk: flag, loaded: integer, failed: integer, generation: integer, problem: text },
});

export const me = object<Me>({
  name: text,
  role: oneOf(ROLES),
  expiresUsec: optional(usec),
  ...{ sensor: text, version: text, isLive: flag },
});

export const health = object<Health>({
  ...{ sensor: text, version: text, source: text, isLive: flag, uptimeSeconds: number },
  checks: list(
    object<HealthCheck>({
      name: text,
      state: oneOf(['ok', 'warning', 'bad']),
      ...{ text, fix: text },
    }),
  ),
  interfaces: list(
    object<InterfaceHealth>({
      ...{ name: text, isCapturing: flag, packets: integer, bytes: integer },
      ...{ droppedKernel: integer, droppedInterface: integer, droppedShed: integer },
    }),
  ),
  workers: list(
    object<WorkerHealth>({ id: text, isUp: flag, restarts: integer, lagSeconds: number }),
  ),
  seenPercent: optional(number),
  gapBytes: integer,
  store: object<Health['store']>({
    ...{ rows: integer, bytes: integer, maxBytes: integer, queueLength: integer },
    ...{ queueLimit: integer, dropped: integer, writeErrors: integer },
  }),
  rules: object<Health['rules']>({
    ...{ loaded: integer, failed: integer, generation: integer, reloadedUsec: optional(usec) },
  }),
  memory: list(object<Health['memory'][number]>({ pool: text, used: integer, limit: integer })),
  figures: list(tuple(text, number)),
});

export const stats = object<Stats>({
  points: list(
    object<StatsPoint>({
      ...{ tsUsec: usec, packetsPerSecond: number, bytesPerSecond: number },
      ...{ droppedPerSecond: number, stanzasPerSecond: number, flowsActive: integer },
      seenPercent: optional(number),
    }),
  ),
});

export const auditPage = pageOf(
  object<AuditEntry>({
    ...{ id: integer, tsUsec: usec, actor: text, action: text, object: text },
    detail: map({ type: ['string', 'number'] }),
  }),
);

export const anything: Schema = { type: 'object' };

/** What others refer to. */
export const NAMED: readonly Named[] = [
  ...[storedAlert, storedSession, storedFile, identity, exposure, campaign, topRow],
  ...[problem, liveAlert, triageEntry, alertGroup, ruleRow, tuningEntry],
];
