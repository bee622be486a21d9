/** An example of every body and answer, for OpenAPI. Typed by the contract, and tests hold them to the schemas. */
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  StoredAlert,
  StoredFile,
  StoredSession,
  TopRow,
} from '../../core/index.ts';
import type {
  AlertDetail,
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  BulkTriageAnswer,
  BulkTriageRequest,
  Graph,
  Health,
  LiveAlert,
  Me,
  Page,
  ReloadAnswer,
  RuleDetail,
  RuleRow,
  RuleRows,
  Stats,
  Transcript,
  TriageEntry,
  TriageHistory,
  TriageRequest,
  TryAnswer,
  TryRequest,
  TuningEntry,
  TuningRequest,
} from '../contract.ts';

const TS = 1_790_000_000_000_000;
const MINUTE = 60_000_000;
const ALERT_ID = '4f1c9a7be0d2358864aa01c3d75be912';
const FILE_ID = 'a3d00c5b7e9f4412';
const CAMPAIGN_ID = 'c-5f2b9e01';
const COMMUNITY_ID = '1:9Xk2v0Yw3mT1cQpR7bLz8dFhJ5s=';
const SID = 100_020;

const flow = {
  ...{ clientIp: '192.0.2.10', clientPort: 50_312, serverIp: '192.0.2.1', serverPort: 5222 },
  ...{ pktsToServer: 41, pktsToClient: 38, bytesToServer: 9120, bytesToClient: 12_004 },
  ...{ startUsec: TS - MINUTE, lastUsec: TS, state: 'established' },
};

const alert: StoredAlert = {
  ...{ id: 17, alertId: ALERT_ID, tsUsec: TS, lastUsec: TS, sensor: 'edge-1', severity: 2 },
  ...{ detection: 'dlp-pan', gid: 1, sid: SID, rev: 1 },
  ...{ signature: 'STANZAWATCH Payment card number in a message', summary: '' },
  ...{ category: 'Sensitive Data', classtype: 'sdf', confidence: 'high', count: 1 },
  ...{ contributors: [], contributorCount: 0, campaignId: '', target: '' },
  ...{ direction: 'to_server', srcIp: '192.0.2.10', srcPort: 50_312 },
  ...{ destIp: '192.0.2.1', destPort: 5222, flowId: 93, communityId: COMMUNITY_ID },
  ...{ inIface: 'eth1', vlan: [], pcapFilename: '', pcapCnt: 0 },
  xmpp: {
    ...{ connection: 'c2s', transport: 'tcp', compressed: false, tls: 'none' },
    ...{ stanza: 'message', type: 'chat', id: 'm1', from: 'alice@example.org/phone' },
    ...{ to: 'bob@example.net', ns: ['jabber:client'], user: 'alice', domain: 'example.org' },
    ...{ mechanism: 'SCRAM-SHA-1', client: 'Gajim', seenPercent: 100 },
  },
  evidence: {
    buffer: 'xmpp.body',
    excerpt: 'my card is 4111********1111',
    matches: [
      {
        ...{ offset: 11, length: 16, masked: '4111********1111' },
        hmac: '8c5d1f0a7be2449e63b1d00f92ac5e77',
      },
    ],
  },
  ...{ metadata: { confidence: ['high'] }, references: [], context: {} },
  ...{ flow, status: 'new', comment: '' },
};

const story =
  'alice@example.org/phone to bob@example.net, chat message: Payment card number in a message';

const live: LiveAlert = {
  ...{ alertId: ALERT_ID, tsUsec: TS, lastUsec: TS, severity: 2, detection: 'dlp-pan' },
  ...{ gid: 1, sid: SID, signature: alert.signature, story, count: 1 },
  ...{ from: 'alice@example.org/phone', to: 'bob@example.net', category: alert.category },
};

const session: StoredSession = {
  ...{ id: 5, sensor: 'edge-1', communityId: COMMUNITY_ID, clientIp: '192.0.2.10' },
  ...{ clientPort: 50_312, serverIp: '192.0.2.1', serverPort: 5222 },
  ...{ startUsec: TS - MINUTE, endUsec: TS + MINUTE, endReason: 'closed', connection: 'c2s' },
  ...{ transport: 'tcp', compressed: false, tls: 'none', starttls: 'offered', compression: '' },
  ...{ jid: 'alice@example.org/phone', user: 'alice', domain: 'example.org', peerDomain: '' },
  ...{ mechanism: 'SCRAM-SHA-1', outcome: 'success', mechanismsOffered: ['SCRAM-SHA-1'] },
  ...{ client: 'Gajim', messages: [12, 9], presences: [3, 14], iqs: [8, 8], others: [2, 2] },
  ...{ bytes: [9120, 12_004], streamErrors: [], seenPercent: 100 },
};

export const file: StoredFile = {
  ...{ id: 3, fileId: FILE_ID, tsUsec: TS, startUsec: TS - MINUTE, sensor: 'edge-1', flowId: 93 },
  ...{ communityId: COMMUNITY_ID, inIface: 'eth1', pcapFilename: '', srcIp: '192.0.2.10' },
  ...{ srcPort: 50_312, destIp: '192.0.2.1', destPort: 5222, ipVersion: 4, road: 'ibb' },
  ...{ protocol: 'jingle', from: 'alice@example.org/phone', to: 'bob@example.net', sid: 's1' },
  ...{ name: 'plan.pdf', announcedBytes: 20_480, announcedMime: 'application/pdf' },
  ...{ seenBytes: 20_480, gapBytes: 0, magic: 'PDF document', mime: 'application/pdf' },
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  md5: '098f6bcd4621d373cade4e832627b4f6',
  ...{ isComplete: true, lack: '', inspected: 'whole', unseen: '', members: 0 },
  ...{ found: { 'dlp-pan': 1 }, alerts: 1, keptUsec: undefined },
};

export const campaign: CampaignSummary = {
  ...{ campaignId: CAMPAIGN_ID, sensor: 'edge-1', kind: 'link', fingerprint: 'promo.example' },
  ...{ firstUsec: TS - 60 * MINUTE, lastUsec: TS, messages: 240, senders: 12, domains: 3 },
  ...{ recipients: 180, senderSamples: ['x1@spam.example'], domainSamples: ['spam.example'] },
  alerts: 14,
};

const identity: IdentitySummary = {
  ...{ jid: 'alice@example.org', domain: 'example.org', connections: ['c2s'] },
  ...{ addresses: ['192.0.2.10'], clients: ['Gajim'], resources: ['phone'] },
  ...{ servers: ['192.0.2.1'], firstUsec: TS - MINUTE, lastUsec: TS, sessions: 4 },
  tlsSessions: 0,
  sightings: [
    {
      ...{ ip: '192.0.2.10', client: 'Gajim', resources: ['phone'], connection: 'c2s' },
      ...{ serverIp: '192.0.2.1', tls: 'none', firstUsec: TS - MINUTE, lastUsec: TS },
      ...{ sessions: 4, tlsSessions: 0 },
    },
  ],
};

const exposure: ExposureSummary = {
  ...{ jid: 'alice@example.org', domain: 'example.org', mechanism: 'PLAIN' },
  ...{ exposed: 'password', outcome: 'success', condition: '', starttls: 'offered' },
  ...{ connection: 'c2s', clientIp: '192.0.2.10', serverIp: '192.0.2.1', serverPort: 5222 },
  ...{ client: 'Gajim', firstUsec: TS - MINUTE, lastUsec: TS, count: 2, successes: 2 },
  failures: 0,
};

const top: TopRow = {
  ...{ key: alert.signature, sid: SID, alerts: 9, severity: 2 },
  ...{ firstUsec: TS - MINUTE, lastUsec: TS },
};

const CURSOR = 'MTc5MDAwMDAwMC4xNw';

function page<Row>(row: Row): Page<Row> {
  return { items: [row], next: CURSOR };
}

export const alertPage = page(alert);
export const sessionPage = page(session);
export const filePage = page(file);
export const identityPage = page(identity);
export const exposurePage = page(exposure);
export const campaignPage = page(campaign);
export const topRows: { items: TopRow[] } = { items: [top] };

export const alertGroups: AlertGroups = {
  items: [
    {
      ...{ gid: 1, sid: SID, signature: alert.signature, detection: 'dlp-pan' },
      ...{ category: alert.category, severity: 2, confidence: 'high', alerts: 9, count: 9 },
      ...{ firstUsec: TS - MINUTE, lastUsec: TS },
      statuses: { new: 7, acknowledged: 1, escalated: 1, closed: 0 },
      ...{ spark: [0, 2, 7], latest: live },
    },
  ],
  ...{ sinceUsec: TS - 3 * MINUTE, untilUsec: TS, bucketUsec: MINUTE, alerts: 9 },
};

export const alertTimeline: AlertTimeline = {
  ...{ sinceUsec: TS - 2 * MINUTE, bucketUsec: MINUTE },
  buckets: [
    [0, 2, 0, 1],
    [0, 7, 0, 0],
  ],
};

export const triageRequest: TriageRequest = { status: 'acknowledged', comment: 'Known test card' };
export const triageEntry: TriageEntry = {
  ...{ tsUsec: TS, actor: 'alice', status: 'acknowledged', comment: 'Known test card' },
};
export const triageHistory: TriageHistory = { items: [triageEntry] };
export const bulkTriageRequest: BulkTriageRequest = {
  status: 'closed',
  query: { sid: SID, since: '24h', status: 'new' },
};
export const bulkTriageAnswer: BulkTriageAnswer = { changed: 7 };

export const alertDetail: AlertDetail = {
  ...{ alert, story, history: [triageEntry], session, file, campaign },
  eve: { event_type: 'alert', alert_id: ALERT_ID, alert: { signature_id: SID } },
  related: { sameSender: [], sameFlow: [], sameCampaign: [] },
  packets: { packets: 79, bytes: 21_124, firstUsec: TS - MINUTE, lastUsec: TS, reason: '' },
};

export const transcript: Transcript = {
  alertId: ALERT_ID,
  reason: '',
  entries: [
    {
      ...{ tsUsec: TS, direction: 'to_server', kind: 'message' },
      decoded:
        '<message to="bob@example.net">\n  <body>my card is 4111********1111</body>\n</message>',
      raw: "<message to='bob@example.net'><body>my card is 4111********1111</body></message>",
      marks: [{ offset: 50, length: 16 }],
      rawMarks: [{ offset: 47, length: 16 }],
      ...{ isAlert: true, isDisguised: false, isCut: false },
    },
  ],
};

export const graph: Graph = {
  nodes: [
    { id: 'alice@example.org', kind: 'account', isFocus: true, alerts: 1, severity: 2 },
    { id: 'bob@example.net', kind: 'account', isFocus: false, alerts: 0, severity: 0 },
  ],
  edges: [
    {
      ...{ from: 'alice@example.org', to: 'bob@example.net', alerts: 1, files: 1, sessions: 0 },
      ...{ severity: 2, detections: ['dlp-pan'], lastUsec: TS },
    },
  ],
  isCut: false,
};

const rule: RuleRow = {
  ...{ gid: 1, sid: SID, rev: 1, msg: alert.signature, detection: 'dlp-pan' },
  ...{ category: alert.category, severity: 2, confidence: 'high', file: 'dlp.rules' },
  ...{ isEnabled: true, isTuned: true, alerts: 9, lastUsec: TS },
};

export const ruleRows: RuleRows = {
  ...{ items: [rule], loaded: 310, failed: 0, generation: 2, problem: '' },
};

export const tuningRequest: TuningRequest = {
  ...{ sid: SID, reason: 'Test cards of the shop', action: 'suppress' },
  ...{ track: 'by_from_jid', value: 'tester@example.org' },
};
export const tuningEntry: TuningEntry = {
  ...{ id: 't1', tsUsec: TS, actor: 'alice', action: 'suppress', gid: 1, sid: SID },
  line: `suppress gen_id 1, sig_id ${SID}, track by_from_jid, jid tester@example.org`,
  ...{ reason: 'Test cards of the shop', isActive: true, isPending: false },
};
export const untuneRequest = { reason: 'The tests are over' };
export const untunedEntry: TuningEntry = {
  ...tuningEntry,
  isActive: false,
  removed: { tsUsec: TS + MINUTE, actor: 'bob', reason: 'The tests are over' },
};
export const tuningList: { items: TuningEntry[] } = { items: [tuningEntry, untunedEntry] };

export const ruleDetail: RuleDetail = {
  ...rule,
  text: `alert xmpp any any -> any any (msg:"Payment card number in a message"; sid:${SID}; rev:1;)`,
  ...{ line: 12, note: 'A number with a right check digit.', classtype: 'sdf', techniques: [] },
  ...{ references: [], conditions: ['xmpp.body holds a payment card number'] },
  effects: ['suppressed for tester@example.org'],
  cases: [{ name: 'card-in-body', fires: true }],
  topSources: [{ key: 'alice@example.org', alerts: 9 }],
  tuning: [tuningEntry],
};

export const tryRequest: TryRequest = {
  stanza: "<message to='bob@example.net'><body>4111 1111 1111 1111</body></message>",
  ...{ direction: 'to_server', sid: SID },
};
export const tryAnswer: TryAnswer = {
  fired: [
    {
      ...{ gid: 1, sid: SID, msg: alert.signature, detection: 'dlp-pan', severity: 2 },
      ...{ buffer: 'xmpp.body', excerpt: '4111 **** **** 1111' },
      matches: [{ offset: 0, length: 19, masked: '4111 **** **** 1111', hmac: '8c5d1f0a7be2449e' }],
      ...{ keptBack: '', isTried: false },
    },
  ],
  events: [],
  buffers: [{ buffer: 'xmpp.body', text: '4111 **** **** 1111' }],
  why: [{ condition: 'xmpp.body holds a payment card number', held: true }],
  problems: [],
  notes: [],
};

export const reloadAnswer: ReloadAnswer = {
  ...{ isOk: true, loaded: 310, failed: 0, generation: 3, problem: '' },
};

export const me: Me = {
  ...{ name: 'alice', role: 'analyst', expiresUsec: TS + 1000 * MINUTE },
  ...{ sensor: 'edge-1', version: '0.1.0', isLive: true },
};

export const health: Health = {
  ...{ sensor: 'edge-1', version: '0.1.0', source: 'eth1', isLive: true, uptimeSeconds: 3600 },
  checks: [
    { name: 'capture', state: 'ok', text: 'Listening on eth1', fix: '' },
    {
      ...{ name: 'drops', state: 'warning', text: 'The kernel dropped 1.2 % of the packets' },
      fix: 'Raise capture.ring_bytes, or run more workers',
    },
  ],
  interfaces: [
    {
      ...{ name: 'eth1', isCapturing: true, packets: 1_200_000, bytes: 900_000_000 },
      ...{ droppedKernel: 14_400, droppedInterface: 0, droppedShed: 0 },
    },
  ],
  workers: [{ id: '0', isUp: true, restarts: 0, lagSeconds: 0.2 }],
  ...{ seenPercent: 98.8, gapBytes: 10_240 },
  store: {
    ...{ rows: 4200, bytes: 12_000_000, maxBytes: 10_737_418_240, queueLength: 0 },
    ...{ queueLimit: 100_000, dropped: 0, writeErrors: 0 },
  },
  rules: { loaded: 310, failed: 0, generation: 2, reloadedUsec: TS },
  memory: [{ pool: 'reassembly', used: 1_048_576, limit: 67_108_864 }],
  figures: [['XMPP sessions', 42]],
};

export const stats: Stats = {
  points: [
    {
      ...{ tsUsec: TS, packetsPerSecond: 1200, bytesPerSecond: 900_000, droppedPerSecond: 0 },
      ...{ stanzasPerSecond: 35, flowsActive: 210, seenPercent: 99.9 },
    },
  ],
};

export const auditPage: Page<AuditEntry> = page({
  ...{ id: 8, tsUsec: TS, actor: 'alice', action: 'packets_taken', object: ALERT_ID },
  detail: { sid: SID },
});
