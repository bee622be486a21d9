/** Rows of the store as objects: names of the program, JSON columns parsed. */
import type {
  EvidenceMatch,
  FlowCounts,
  StoredAlert,
  StoredSession,
  TriageStatus,
} from '../../core/index.ts';

/** Columns of `alerts` with the triage joined. */
export interface AlertColumns {
  readonly id: number;
  readonly alert_id: string;
  readonly ts_us: number;
  readonly last_ts_us: number;
  readonly sensor: string;
  readonly severity: number;
  readonly detection: string;
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly signature: string;
  readonly summary: string;
  readonly category: string;
  readonly classtype: string;
  readonly confidence: string;
  readonly count: number;
  readonly contributors: string;
  readonly contributor_count: number;
  readonly campaign_id: string;
  readonly target: string;
  readonly direction: string;
  readonly src_ip: string;
  readonly src_port: number;
  readonly dest_ip: string;
  readonly dest_port: number;
  readonly flow_id: number;
  readonly community_id: string;
  readonly in_iface: string;
  readonly vlan: string;
  readonly pcap_filename: string;
  readonly pcap_cnt: number;
  readonly connection: string;
  readonly transport: string;
  readonly compressed: number;
  readonly tls: string;
  readonly stanza: string;
  readonly stanza_type: string;
  readonly stanza_id: string;
  readonly from_jid: string;
  readonly to_jid: string;
  readonly ns: string;
  readonly session_user: string;
  readonly session_domain: string;
  readonly mechanism: string;
  readonly client: string;
  readonly seen_percent: number | null;
  readonly buffer: string;
  readonly excerpt: string;
  readonly matches: string;
  readonly metadata: string;
  readonly refs: string;
  readonly context: string;
  readonly flow: string;
  readonly status: TriageStatus;
  readonly comment: string;
}

export function alertSummary(row: AlertColumns): StoredAlert {
  return {
    id: row.id,
    alertId: row.alert_id,
    tsUsec: row.ts_us,
    lastUsec: row.last_ts_us,
    sensor: row.sensor,
    severity: row.severity,
    detection: row.detection,
    gid: row.gid,
    sid: row.sid,
    rev: row.rev,
    signature: row.signature,
    summary: row.summary,
    category: row.category,
    classtype: row.classtype,
    confidence: row.confidence,
    count: row.count,
    contributors: JSON.parse(row.contributors) as string[],
    contributorCount: row.contributor_count,
    campaignId: row.campaign_id,
    target: row.target,
    direction: row.direction,
    srcIp: row.src_ip,
    srcPort: row.src_port,
    destIp: row.dest_ip,
    destPort: row.dest_port,
    flowId: row.flow_id,
    communityId: row.community_id,
    inIface: row.in_iface,
    vlan: JSON.parse(row.vlan) as number[],
    pcapFilename: row.pcap_filename,
    pcapCnt: row.pcap_cnt,
    xmpp:
      row.seen_percent === null
        ? undefined
        : {
            connection: row.connection,
            transport: row.transport,
            compressed: row.compressed === 1,
            tls: row.tls,
            stanza: row.stanza,
            type: row.stanza_type,
            id: row.stanza_id,
            from: row.from_jid,
            to: row.to_jid,
            ns: JSON.parse(row.ns) as string[],
            user: row.session_user,
            domain: row.session_domain,
            mechanism: row.mechanism,
            client: row.client,
            seenPercent: row.seen_percent,
          },
    evidence:
      row.buffer === ''
        ? undefined
        : {
            buffer: row.buffer,
            excerpt: row.excerpt,
            matches: JSON.parse(row.matches) as EvidenceMatch[],
          },
    metadata: JSON.parse(row.metadata) as Record<string, string[]>,
    references: JSON.parse(row.refs) as string[],
    context: JSON.parse(row.context) as Record<string, string | number>,
    flow: JSON.parse(row.flow) as FlowCounts,
    status: row.status,
    comment: row.comment,
  };
}

/** Columns of `sessions`. */
export interface SessionColumns {
  readonly id: number;
  readonly sensor: string;
  readonly community_id: string;
  readonly client_ip: string;
  readonly client_port: number;
  readonly server_ip: string;
  readonly server_port: number;
  readonly start_us: number;
  readonly end_us: number;
  readonly end_reason: string;
  readonly connection: string;
  readonly transport: string;
  readonly compressed: number;
  readonly tls: string;
  readonly starttls: string;
  readonly compression: string;
  readonly jid: string;
  readonly user: string;
  readonly domain: string;
  readonly peer_domain: string;
  readonly mechanism: string;
  readonly outcome: string;
  readonly mechanisms_offered: string;
  readonly client: string;
  readonly messages_to_server: number;
  readonly messages_to_client: number;
  readonly presences_to_server: number;
  readonly presences_to_client: number;
  readonly iqs_to_server: number;
  readonly iqs_to_client: number;
  readonly others_to_server: number;
  readonly others_to_client: number;
  readonly bytes_to_server: number;
  readonly bytes_to_client: number;
  readonly stream_errors: string;
  readonly seen_percent: number;
}

export function sessionSummary(row: SessionColumns): StoredSession {
  return {
    id: row.id,
    sensor: row.sensor,
    communityId: row.community_id,
    clientIp: row.client_ip,
    clientPort: row.client_port,
    serverIp: row.server_ip,
    serverPort: row.server_port,
    startUsec: row.start_us,
    endUsec: row.end_us,
    endReason: row.end_reason,
    connection: row.connection,
    transport: row.transport,
    compressed: row.compressed === 1,
    tls: row.tls,
    starttls: row.starttls,
    compression: row.compression,
    jid: row.jid,
    user: row.user,
    domain: row.domain,
    peerDomain: row.peer_domain,
    mechanism: row.mechanism,
    outcome: row.outcome,
    mechanismsOffered: JSON.parse(row.mechanisms_offered) as string[],
    client: row.client,
    messages: [row.messages_to_server, row.messages_to_client],
    presences: [row.presences_to_server, row.presences_to_client],
    iqs: [row.iqs_to_server, row.iqs_to_client],
    others: [row.others_to_server, row.others_to_client],
    bytes: [row.bytes_to_server, row.bytes_to_client],
    streamErrors: JSON.parse(row.stream_errors) as string[],
    seenPercent: row.seen_percent,
  };
}
