/** Rules, findings, flows and records made by hand, for the tests of alert/ and output/. */
import { bufferId, defaultLimits, type BufferName } from '../../../sensor/core/index.ts';
import type {
  AlertRecord,
  AnomalyRecord,
  CampaignRecord,
  FileRecord,
  FlowRecord,
  SensorRecord,
  ServerFeaturesRecord,
  SessionRecord,
  StatsRecord,
} from '../../../sensor/alert/index.ts';
import type { Finding } from '../../../sensor/detect/index.ts';
import type { FlowFacts, FlowInfo } from '../../../sensor/flow/index.ts';
import type { Rule } from '../../../sensor/rules/index.ts';
import type { XmppSession } from '../../../sensor/xmpp/index.ts';

export const LIMITS = defaultLimits();

/** 2023-09-18 06:13:41.532140 UTC */
export const T0 = 1695017621532140;
export const SECOND = 1_000_000;

type AlertEntry = Extract<SensorRecord, { readonly kind: 'alert' }>;

const ANY = { any: true, negated: false, entries: [] };

export function makeRule(
  detection: string,
  changes: Partial<Omit<Rule, 'metadata'>> & { readonly confidence?: string } = {},
): Rule {
  const { confidence = 'high', ...rest } = changes;
  const metadata: [string, readonly string[]][] = [
    ['mitre_technique_id', ['T1048.003']],
    ['confidence', [confidence]],
  ];
  if (detection !== '') metadata.unshift(['detection', [detection]]);
  return {
    action: 'alert',
    proto: 'xmpp',
    src: ANY,
    srcPort: ANY,
    dst: ANY,
    dstPort: ANY,
    bidirectional: false,
    msg: `STANZAWATCH ${detection}`,
    sid: 1560001,
    gid: 1,
    rev: 2,
    classtype: 'data-leak',
    severity: 2,
    category: 'Confidential data left in clear',
    references: ['url,example.org/pci'],
    metadata: new Map(metadata),
    flow: { toServer: false, toClient: false, established: false },
    events: [],
    terms: [],
    addressQueries: [],
    threshold: undefined,
    detectionFilter: undefined,
    bitTests: [],
    bitChanges: [],
    target: undefined,
    noalert: false,
    isSecret: detection.startsWith('dlp-') && detection !== 'dlp-marking',
    file: 'test.rules',
    line: 1,
    text: '',
    ...rest,
  };
}

export function makeFlow(flowId: number, changes: Partial<FlowInfo> = {}): FlowInfo {
  return {
    flowId,
    clientIp: '192.0.2.10',
    clientPort: 40000 + flowId,
    serverIp: '198.51.100.5',
    serverPort: 5222,
    ipVersion: 4,
    vlan: [],
    communityId: `1:flow${flowId}`,
    startUsec: T0 - 10 * SECOND,
    lastUsec: T0,
    packetsToServer: 12,
    packetsToClient: 10,
    bytesToServer: 3456,
    bytesToClient: 2345,
    isMidstream: false,
    isOneSided: false,
    gapBytes: 0,
    seenPercent: 100,
    state: 'established',
    ...changes,
  };
}

/** A flow table that knows the flows given; the index is the flow id. `infos` counts questions. */
export function flowFacts(
  flows: readonly FlowInfo[] = [],
  gaps: readonly number[] = [],
): Pick<FlowFacts, 'info' | 'hasGap'> & { infos: number } {
  const byId = new Map(flows.map((flow) => [flow.flowId, flow]));
  const facts = {
    infos: 0,
    info(flow: number): FlowInfo {
      facts.infos++;
      return byId.get(flow) ?? makeFlow(flow);
    },
    hasGap: (flow: number) => gaps.includes(flow),
  };
  return facts;
}

export function makeSession(changes: Partial<XmppSession> = {}): XmppSession {
  return {
    flow: 1,
    connection: 'c2s',
    transport: 'tcp',
    compressed: false,
    tls: 'offered',
    phase: 7,
    authenticated: true,
    user: 'alice',
    domain: 'corp.example',
    peerDomain: '',
    mechanism: 'PLAIN',
    outcome: 'success',
    jid: 'alice@corp.example/desk',
    client: 'Gajim 1.8',
    inSync: [true, true],
    holes: [0, 0],
    stanzas: [0, 0],
    startUsec: T0 - 9 * SECOND,
    sessionId: 1,
    ...changes,
  };
}

export interface FindingSpec extends Partial<Finding['stanza']> {
  readonly rule?: Rule;
  readonly session?: XmppSession | undefined;
  readonly flow?: number;
  readonly direction?: 0 | 1;
  readonly tsUsec?: number;
  readonly buffer?: BufferName;
  /** Evidence text; the part in «» is the match. */
  readonly text?: string;
  /** Part of the text that is a secret. */
  readonly secret?: string;
  readonly context?: Finding['context'];
}

let lastSerial = 0;

/** A finding; the serial is a new one unless told. */
export function makeFinding(spec: FindingSpec = {}): Finding {
  const marked = spec.text ?? '';
  const encoder = new TextEncoder();
  const before = encoder.encode(marked.split('«')[0] ?? '').length;
  const matched = encoder.encode(/«(.*?)»/s.exec(marked)?.[1] ?? '').length;
  const plain = marked.replace(/[«»]/g, '');
  const buffer = marked === '' ? -1 : bufferId(spec.buffer ?? 'xmpp.body');
  const secretAt = spec.secret === undefined ? -1 : plain.indexOf(spec.secret);
  return {
    rule: spec.rule ?? makeRule('dlp-pan'),
    session: 'session' in spec ? spec.session : makeSession(),
    flow: spec.flow ?? 1,
    direction: spec.direction ?? 0,
    tsUsec: spec.tsUsec ?? T0,
    stanza: {
      serial: spec.serial ?? ++lastSerial,
      name: spec.name ?? 'message',
      type: spec.type ?? 'chat',
      id: spec.id ?? '',
      from: spec.from ?? 'alice@corp.example/desk',
      to: spec.to ?? 'bob@corp.example',
      ns: spec.ns ?? [],
      isCopy: spec.isCopy ?? false,
    },
    buffer,
    region: 0,
    evidence: encoder.encode(plain),
    evidenceOffset: 0,
    matches: matched === 0 ? [] : [{ buffer, region: 0, offset: before, length: matched }],
    secrets:
      secretAt < 0
        ? []
        : [
            {
              offset: encoder.encode(plain.slice(0, secretAt)).length,
              length: encoder.encode(spec.secret ?? '').length,
            },
          ],
    context: spec.context ?? {},
  };
}

export const alertRecord: AlertRecord = {
  alertId: '0123456789abcdef0123456789abcdef',
  tsUsec: T0,
  sensor: 'sensor-1',
  flowId: 4711,
  inIface: 'span0',
  vlan: [100],
  srcIp: '192.0.2.10',
  srcPort: 40001,
  destIp: '198.51.100.5',
  destPort: 5222,
  ipVersion: 4,
  communityId: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  direction: 'to_server',
  pcapFilename: '01.pcap',
  pcapCnt: 17,
  alert: {
    gid: 1,
    sid: 1560001,
    rev: 2,
    signature: 'STANZAWATCH DLP Payment card number in clear',
    category: 'Confidential data left in clear',
    classtype: 'data-leak',
    severity: 2,
    metadata: {
      detection: ['dlp-pan'],
      mitre_technique_id: ['T1048.003'],
      confidence: ['high'],
    },
    references: ['url,www.pcisecuritystandards.org'],
    count: 1,
    context: { brand: 'visa', digits: 16 },
  },
  detection: 'dlp-pan',
  xmpp: {
    connection: 'c2s',
    transport: 'tcp',
    compressed: false,
    tls: 'offered',
    stanza: 'message',
    type: 'chat',
    id: 'm-1',
    from: 'Alice@corp.example/desk',
    to: 'bob@partner.example',
    ns: ['urn:xmpp:receipts'],
    session: { user: 'alice', domain: 'corp.example', mechanism: 'PLAIN', client: 'Gajim 1.8' },
    seenPercent: 100,
  },
  flow: {
    clientIp: '192.0.2.10',
    clientPort: 40001,
    serverIp: '198.51.100.5',
    serverPort: 5222,
    pktsToServer: 12,
    pktsToClient: 10,
    bytesToServer: 3456,
    bytesToClient: 2345,
    startUsec: T0 - 10 * SECOND,
    lastUsec: T0,
    state: 'established',
  },
  evidence: {
    buffer: 'xmpp.body',
    excerpt: 'my card is 4111********1111 ok',
    matches: [
      {
        offset: 11,
        length: 16,
        masked: '4111********1111',
        hmac: '00112233445566778899aabbccddeeff',
      },
    ],
  },
};

export const sessionRecord: SessionRecord = {
  tsUsec: T0 + 60 * SECOND,
  sensor: 'sensor-1',
  sessionId: 7,
  flowId: 4711,
  communityId: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  inIface: 'span0',
  pcapFilename: '01.pcap',
  flow: alertRecord.flow,
  startUsec: T0 - 9 * SECOND,
  endUsec: T0 + 60 * SECOND,
  endReason: 'closed',
  connection: 'c2s',
  transport: 'tcp',
  compressed: false,
  tls: 'offered',
  user: 'alice',
  domain: 'corp.example',
  peerDomain: '',
  jid: 'Alice@corp.example/desk',
  mechanism: 'PLAIN',
  outcome: 'success',
  client: 'Gajim 1.8',
  starttls: 'offered',
  compression: 'absent',
  mechanismsOffered: ['SCRAM-SHA-1', 'PLAIN'],
  logins: [],
  tokensIssued: 0,
  messages: [3, 4],
  presences: [2, 9],
  iqs: [6, 6],
  nonzas: [3, 5],
  bytes: [3456, 2345],
  streamErrors: [],
  seenPercent: 100,
};

export const flowRecord: FlowRecord = {
  tsUsec: T0 + 61 * SECOND,
  sensor: 'sensor-1',
  flowId: 4711,
  communityId: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  inIface: 'span0',
  pcapFilename: '01.pcap',
  vlan: [100],
  ipVersion: 4,
  flow: { ...alertRecord.flow, state: 'closed' },
  reason: 'closed',
  appProto: 'xmpp',
  isMidstream: false,
  isOneSided: false,
  gapBytes: 0,
  seenPercent: 100,
};

export const fileRecord: FileRecord = {
  fileId: 'f00112233445566778899aabbccddeef',
  tsUsec: T0 + 9 * SECOND,
  startUsec: T0 + 8 * SECOND,
  sensor: 'sensor-1',
  flowId: 4712,
  communityId: '1:5T9wPHzMYsEnhlD5ZM3ql0kPWxk=',
  inIface: 'span0',
  pcapFilename: '01.pcap',
  srcIp: '192.0.2.10',
  srcPort: 40001,
  destIp: '198.51.100.7',
  destPort: 7777,
  ipVersion: 4,
  road: 'socks5',
  protocol: 'si',
  from: 'Alice@corp.example/desk',
  to: 'bob@partner.example/phone',
  sid: 's5b_1',
  name: 'Gehälter 2026.zip',
  announcedBytes: 4096,
  announcedMime: 'application/pdf',
  seenBytes: 4096,
  gapBytes: 0,
  magic: 'Zip archive',
  mime: 'application/zip',
  sha256: 'ab'.repeat(32),
  md5: 'cd'.repeat(16),
  isComplete: true,
  lack: '',
  inspected: 'partly',
  unseen: 'members',
  members: 3,
  found: { 'dlp-iban': 12, 'file-type-mismatch': 1 },
};

export const anomalyRecord: AnomalyRecord = {
  tsUsec: T0 + SECOND,
  sensor: 'sensor-1',
  flowId: 4711,
  communityId: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  srcIp: '192.0.2.10',
  srcPort: 40001,
  destIp: '198.51.100.5',
  destPort: 5222,
  ipVersion: 4,
  pcapFilename: '01.pcap',
  pcapCnt: 18,
  layer: 'applayer',
  event: 'xml.dtd',
};

export const statsRecord: StatsRecord = {
  tsUsec: T0 + 8 * SECOND,
  sensor: 'sensor-1',
  uptimeSeconds: 8,
  counters: {
    capturePackets: 1000,
    captureBytes: 123456,
    captureDroppedKernel: 1,
    captureDroppedInterface: 2,
    captureDroppedShed: 3,
    flowsOpened: 40,
    flowsActive: 12,
    tcpSeenBytes: 99000,
    tcpGapBytes: 1000,
    stanzasMessageToServer: 21,
    alertsSuppressed: 4,
  },
  events: { 'xml.dtd': 1, 'decoder.tcp.truncated': 2 },
};

export const campaignRecord: CampaignRecord = {
  sensor: 'sensor-1',
  campaignId: 'c0ffee0123456789',
  kind: 'link',
  fingerprint: 'http://pills.example/x',
  firstUsec: T0,
  lastUsec: T0 + 90 * SECOND,
  messages: 40,
  senders: 12,
  domains: 3,
  recipients: 39,
  senderSamples: ['x1@spam.example', 'x2@spam.example'],
  domainSamples: ['spam.example'],
};

export const featuresRecord: ServerFeaturesRecord = {
  serverIp: '198.51.100.5',
  serverPort: 5222,
  domain: 'corp.example',
  connection: 'c2s',
  starttls: 'required',
  mechanisms: ['SCRAM-SHA-1'],
  others: ['compression'],
  firstUsec: T0 - 60 * SECOND,
  lastUsec: T0,
  sessions: 7,
};

export function alertOf(changes: Partial<AlertRecord>): AlertEntry {
  return { kind: 'alert', record: { ...alertRecord, ...changes } };
}
