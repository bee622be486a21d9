/**
 * Records as EVE events (INTERFACE.md section 3): Suricata's names and nesting, our protocol under `xmpp`. Members
 * whose value is undefined are left out by the serialiser: Suricata, too, leaves out what it does not know.
 */
import type {
  AlertIncident,
  AlertRecord,
  AnomalyRecord,
  CampaignRecord,
  FlowCounts,
  FlowRecord,
  SensorRecord,
  SessionLogin,
  SessionRecord,
  StatsRecord,
} from '../../alert/index.ts';
import type { EveType } from '../../core/index.ts';
import { fileEvent } from './file-event.ts';
import { endsOf, known, positive } from './members.ts';
import { statsObject } from './stats-event.ts';
import { eveTimestamp } from './timestamp.ts';

/** `event_type` of a kind of record; undefined for what only the store keeps. */
export const EVE_TYPE_OF = {
  alert: 'alert',
  alert_update: 'alert_update',
  campaign: 'campaign',
  server_features: undefined,
  audit: undefined,
  anomaly: 'anomaly',
  session: 'xmpp',
  file: 'fileinfo',
  flow: 'flow',
  stats: 'stats',
} as const satisfies Record<SensorRecord['kind'], EveType | undefined>;

/** A record that has an event. */
export type EveRecord = Exclude<SensorRecord, { readonly kind: 'server_features' | 'audit' }>;

export function hasEvent(entry: SensorRecord): entry is EveRecord {
  return EVE_TYPE_OF[entry.kind] !== undefined;
}

/** The event of a record, ready for JSON. */
export function eveEvent(entry: EveRecord): object {
  switch (entry.kind) {
    case 'alert':
      return alertEvent(entry.record, 'alert');
    case 'alert_update':
      return alertEvent(entry.record, 'alert_update');
    case 'campaign':
      return campaignEvent(entry.record);
    case 'session':
      return xmppEvent(entry.record);
    case 'file':
      return fileEvent(entry.record);
    case 'flow':
      return flowEvent(entry.record);
    case 'anomaly':
      return anomalyEvent(entry.record);
    case 'stats':
      return statsEvent(entry.record);
  }
}

/** `flow` inside other events: counts and start, addresses client first. */
function flowMember(flow: FlowCounts): object {
  return {
    pkts_toserver: flow.pktsToServer,
    pkts_toclient: flow.pktsToClient,
    bytes_toserver: flow.bytesToServer,
    bytes_toclient: flow.bytesToClient,
    start: eveTimestamp(flow.startUsec),
    src_ip: flow.clientIp,
    dest_ip: flow.serverIp,
    src_port: flow.clientPort,
    dest_port: flow.serverPort,
  };
}

/** Who reads alerts finds these in each, in this order; a rule of no ATT&CK technique has none. */
const NO_METADATA = { detection: [], mitre_technique_id: [], confidence: [] };

/** An update is the whole alert as it has become, at the time of its latest firing. */
function alertEvent(record: AlertRecord, type: 'alert' | 'alert_update'): object {
  const { alert, xmpp, evidence, incident } = record;
  const hasFlow = record.srcIp !== '';
  return {
    timestamp: eveTimestamp(
      type === 'alert' ? record.tsUsec : (incident?.lastUsec ?? record.tsUsec),
    ),
    sensor: record.sensor,
    flow_id: positive(record.flowId),
    in_iface: known(record.inIface),
    event_type: type,
    vlan: record.vlan.length === 0 ? undefined : record.vlan,
    ...endsOf(record),
    // What is told of a file is told of XMPP, whatever carried its bytes.
    app_proto: xmpp !== undefined || hasFlow ? 'xmpp' : undefined,
    direction: hasFlow ? record.direction : undefined,
    pcap_filename: known(record.pcapFilename),
    pcap_cnt: positive(record.pcapCnt),
    alert_id: record.alertId,
    alert: {
      action: 'allowed',
      gid: alert.gid,
      signature_id: alert.sid,
      rev: alert.rev,
      signature: alert.signature,
      category: alert.category,
      severity: alert.severity,
      metadata: { ...NO_METADATA, ...alert.metadata },
      references: alert.references,
      count: alert.count,
      context: alert.context,
      ...(hasFlow ? attackMembers(record) : {}),
    },
    incident: incident === undefined ? undefined : incidentMember(record, incident),
    campaign_id: incident?.campaignId,
    xmpp: xmpp === undefined ? undefined : stanzaMember(xmpp),
    flow: hasFlow ? flowMember(record.flow) : undefined,
    evidence,
  };
}

/** An attack that goes on: how long it has lasted, and who took part. */
function incidentMember({ tsUsec }: AlertRecord, incident: AlertIncident): object {
  return {
    start: eveTimestamp(tsUsec),
    last: eveTimestamp(incident.lastUsec),
    contributors: incident.contributors,
    contributors_total: incident.contributorCount,
  };
}

function campaignEvent(record: CampaignRecord): object {
  return {
    timestamp: eveTimestamp(record.lastUsec),
    sensor: record.sensor,
    event_type: 'campaign',
    app_proto: 'xmpp',
    campaign: {
      id: record.campaignId,
      kind: record.kind,
      fingerprint: record.fingerprint,
      start: eveTimestamp(record.firstUsec),
      last: eveTimestamp(record.lastUsec),
      messages: record.messages,
      senders: record.senders,
      domains: record.domains,
      recipients: record.recipients,
      sender_samples: record.senderSamples,
      domain_samples: record.domainSamples,
    },
  };
}

/** Who attacks whom, where the rule says it with `target`. */
function attackMembers({ alert, srcIp, srcPort, destIp, destPort }: AlertRecord): object {
  if (alert.target === undefined) return {};
  const src = { ip: srcIp, port: srcPort };
  const dest = { ip: destIp, port: destPort };
  return alert.target === 'dest_ip' ? { source: src, target: dest } : { source: dest, target: src };
}

function stanzaMember(xmpp: NonNullable<AlertRecord['xmpp']>): object {
  return {
    connection: xmpp.connection,
    transport: xmpp.transport,
    compressed: xmpp.compressed,
    tls: xmpp.tls,
    stanza: known(xmpp.stanza),
    type: known(xmpp.type),
    id: known(xmpp.id),
    from: known(xmpp.from),
    to: known(xmpp.to),
    ns: xmpp.ns,
    session: {
      user: known(xmpp.session.user),
      domain: known(xmpp.session.domain),
      mechanism: known(xmpp.session.mechanism),
      client: known(xmpp.session.client),
    },
    seen_percent: xmpp.seenPercent,
  };
}

function xmppEvent(record: SessionRecord): object {
  const { flow } = record;
  return {
    timestamp: eveTimestamp(record.tsUsec),
    sensor: record.sensor,
    flow_id: record.flowId,
    in_iface: known(record.inIface),
    event_type: 'xmpp',
    src_ip: flow.clientIp,
    src_port: flow.clientPort,
    dest_ip: flow.serverIp,
    dest_port: flow.serverPort,
    proto: 'TCP',
    community_id: known(record.communityId),
    app_proto: 'xmpp',
    pcap_filename: known(record.pcapFilename),
    xmpp: {
      connection: record.connection,
      transport: record.transport,
      compressed: record.compressed,
      tls: record.tls,
      session: {
        id: record.sessionId,
        jid: known(record.jid),
        user: known(record.user),
        domain: known(record.domain),
        peer_domain: known(record.peerDomain),
        mechanism: known(record.mechanism),
        outcome: known(record.outcome),
        client: known(record.client),
        mechanisms_offered: record.mechanismsOffered,
      },
      start: eveTimestamp(record.startUsec),
      end: eveTimestamp(record.endUsec),
      logins: record.logins.length === 0 ? undefined : record.logins.map(loginMember),
      tokens_issued: positive(record.tokensIssued),
      age: Math.max(0, Math.floor((record.endUsec - record.startUsec) / 1e6)),
      reason: record.endReason,
      starttls: record.starttls,
      compression: record.compression,
      stanzas: {
        message: directions(record.messages),
        presence: directions(record.presences),
        iq: directions(record.iqs),
        other: directions(record.nonzas),
      },
      bytes: directions(record.bytes),
      stream_errors: record.streamErrors,
      seen_percent: record.seenPercent,
    },
    flow: flowMember(flow),
  };
}

function loginMember(login: SessionLogin): object {
  return {
    kind: known(login.kind),
    user: known(login.user),
    mechanism: known(login.mechanism),
    outcome: login.outcome,
    condition: known(login.condition),
    attempts: login.attempts,
  };
}

function directions(values: readonly [number, number]): object {
  return { to_server: values[0], to_client: values[1] };
}

function flowEvent(record: FlowRecord): object {
  const { flow } = record;
  return {
    timestamp: eveTimestamp(record.tsUsec),
    sensor: record.sensor,
    flow_id: record.flowId,
    in_iface: known(record.inIface),
    event_type: 'flow',
    vlan: record.vlan.length === 0 ? undefined : record.vlan,
    src_ip: flow.clientIp,
    src_port: flow.clientPort,
    dest_ip: flow.serverIp,
    dest_port: flow.serverPort,
    proto: 'TCP',
    ip_v: record.ipVersion,
    community_id: known(record.communityId),
    app_proto: record.appProto,
    pcap_filename: known(record.pcapFilename),
    flow: {
      pkts_toserver: flow.pktsToServer,
      pkts_toclient: flow.pktsToClient,
      bytes_toserver: flow.bytesToServer,
      bytes_toclient: flow.bytesToClient,
      start: eveTimestamp(flow.startUsec),
      end: eveTimestamp(flow.lastUsec),
      age: Math.max(0, Math.floor((flow.lastUsec - flow.startUsec) / 1e6)),
      state: flow.state,
      reason: record.reason,
      midstream: record.isMidstream,
      one_sided: record.isOneSided,
      gap_bytes: record.gapBytes,
      seen_percent: record.seenPercent,
    },
  };
}

function anomalyEvent(record: AnomalyRecord): object {
  const isXmpp = record.layer === 'applayer';
  return {
    timestamp: eveTimestamp(record.tsUsec),
    sensor: record.sensor,
    flow_id: positive(record.flowId),
    event_type: 'anomaly',
    ...endsOf(record),
    app_proto: isXmpp ? 'xmpp' : undefined,
    pcap_filename: known(record.pcapFilename),
    pcap_cnt: positive(record.pcapCnt),
    anomaly: {
      // Suricata has no word for what the sensor reports of itself.
      type: record.layer === 'sensor' ? 'unknown' : record.layer,
      event: record.event,
      layer: isXmpp ? 'proto_parser' : undefined,
      app_proto: isXmpp ? 'xmpp' : undefined,
    },
  };
}

function statsEvent(record: StatsRecord): object {
  return {
    timestamp: eveTimestamp(record.tsUsec),
    sensor: record.sensor,
    event_type: 'stats',
    stats: statsObject(record),
  };
}
