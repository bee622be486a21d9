/** Rows of the store (core/rows.ts) as schemas. */
import {
  TRIAGE_STATUSES,
  type CampaignSummary,
  type EvidenceMatch,
  type ExposureSummary,
  type FlowCounts,
  type IdentitySummary,
  type Sighting,
  type StoredAlert,
  type StoredFile,
  type StoredSession,
  type TopRow,
} from '../../core/index.ts';
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
  text,
  texts,
  tuple,
  usec,
  type Schema,
} from './schema.ts';

const severity: Schema = { type: 'integer', minimum: 1, maximum: 4 };
const port: Schema = { type: 'integer', minimum: 0, maximum: 65535 };
const percent: Schema = { type: 'number', minimum: 0, maximum: 100 };
const pair = tuple(integer, integer);

export const evidenceMatch = object<EvidenceMatch>({
  ...{ offset: integer, length: integer, masked: text, hmac: text },
});

const flowCounts = object<FlowCounts>({
  ...{ clientIp: text, clientPort: port, serverIp: text, serverPort: port },
  ...{ pktsToServer: integer, pktsToClient: integer, bytesToServer: integer },
  ...{ bytesToClient: integer, startUsec: usec, lastUsec: usec, state: text },
});

export const storedAlert = named(
  'StoredAlert',
  object<StoredAlert>({
    ...{ id: integer, alertId: text, tsUsec: usec, lastUsec: usec, sensor: text, severity },
    ...{ detection: text, gid: integer, sid: integer, rev: integer, signature: text },
    ...{ summary: text, category: text, classtype: text, confidence: text, count: integer },
    ...{ contributors: texts, contributorCount: integer, campaignId: text, target: text },
    ...{ direction: text, srcIp: text, srcPort: port, destIp: text, destPort: port },
    ...{ flowId: integer, communityId: text, inIface: text, vlan: list(integer) },
    ...{ pcapFilename: text, pcapCnt: integer },
    xmpp: optional(
      object<NonNullable<StoredAlert['xmpp']>>({
        ...{ connection: text, transport: text, compressed: flag, tls: text, stanza: text },
        ...{ type: text, id: text, from: text, to: text, ns: texts, user: text, domain: text },
        ...{ mechanism: text, client: text, seenPercent: percent },
      }),
    ),
    evidence: optional(
      object<NonNullable<StoredAlert['evidence']>>({
        ...{ buffer: text, excerpt: text, matches: list(evidenceMatch) },
      }),
    ),
    metadata: map(texts),
    references: texts,
    context: map({ type: ['string', 'number'] }),
    flow: flowCounts,
    status: oneOf(TRIAGE_STATUSES),
    comment: text,
  }),
);

export const storedSession = named(
  'StoredSession',
  object<StoredSession>({
    ...{ id: integer, sensor: text, communityId: text, clientIp: text, clientPort: port },
    ...{ serverIp: text, serverPort: port, startUsec: usec, endUsec: usec, endReason: text },
    ...{ connection: text, transport: text, compressed: flag, tls: text, starttls: text },
    ...{ compression: text, jid: text, user: text, domain: text, peerDomain: text },
    ...{ mechanism: text, outcome: text, mechanismsOffered: texts, client: text },
    ...{ messages: pair, presences: pair, iqs: pair, others: pair, bytes: pair },
    ...{ streamErrors: texts, seenPercent: percent },
  }),
);

export const storedFile = named(
  'StoredFile',
  object<StoredFile>({
    ...{ id: integer, fileId: text, tsUsec: usec, startUsec: usec, sensor: text },
    ...{ flowId: integer, communityId: text, inIface: text, pcapFilename: text },
    ...{ srcIp: text, srcPort: port, destIp: text, destPort: port },
    ipVersion: oneOf([0, 4, 6]),
    road: oneOf(['ibb', 'socks5', 'bob', 'http', 'inline']),
    ...{ protocol: text, from: text, to: text, sid: text, name: text },
    ...{ announcedBytes: integer, announcedMime: text, seenBytes: integer, gapBytes: integer },
    ...{ magic: text, mime: text, sha256: text, md5: text, isComplete: flag, lack: text },
    inspected: oneOf(['whole', 'partly', 'none']),
    ...{ unseen: text, members: integer, found: map(integer), alerts: integer },
    keptUsec: optional(usec),
  }),
);

const sighting = object<Sighting>({
  ...{ ip: text, client: text, resources: texts, connection: text, serverIp: text, tls: text },
  ...{ firstUsec: usec, lastUsec: usec, sessions: integer, tlsSessions: integer },
});

export const identity = named(
  'Identity',
  object<IdentitySummary>({
    ...{ jid: text, domain: text, connections: texts, addresses: texts, clients: texts },
    ...{ resources: texts, servers: texts, firstUsec: usec, lastUsec: usec },
    ...{ sessions: integer, tlsSessions: integer, sightings: list(sighting) },
  }),
);

export const exposure = named(
  'Exposure',
  object<ExposureSummary>({
    ...{ jid: text, domain: text, mechanism: text, exposed: text, outcome: text },
    ...{ condition: text, starttls: text, connection: text, clientIp: text, serverIp: text },
    ...{ serverPort: port, client: text, firstUsec: usec, lastUsec: usec },
    ...{ count: integer, successes: integer, failures: integer },
  }),
);

export const campaign = named(
  'Campaign',
  object<CampaignSummary>({
    ...{ campaignId: text, sensor: text, kind: text, fingerprint: text },
    ...{ firstUsec: usec, lastUsec: usec, messages: integer, senders: integer },
    ...{ domains: integer, recipients: integer, senderSamples: texts, domainSamples: texts },
    alerts: integer,
  }),
);

export const topRow = named(
  'TopRow',
  object<TopRow>({
    ...{ key: text, sid: optional(integer), alerts: integer, severity: number },
    ...{ firstUsec: usec, lastUsec: usec },
  }),
);
