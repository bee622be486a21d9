/** Records as rows: column by column what INTERFACE.md section 6 promises. */
import type Database from 'better-sqlite3';
import {
  bareJid,
  jidDomain,
  partiesOf,
  type AlertRecord,
  type AuditRecord,
  type CampaignRecord,
  type FlowRecord,
  type ServerFeaturesRecord,
  type SessionRecord,
  type StatsRecord,
} from '../../alert/index.ts';

export type Cell = string | number | null;
/** Column -> value of one row. */
export type Row = Readonly<Record<string, Cell>>;

/** Largest integer a float holds: packet times come from captures and may be anything. */
const MAX_TS_USEC = Number.MAX_SAFE_INTEGER;

const UNFIT = /[\0\p{Surrogate}]/u;
const UNFIT_ALL = new RegExp(UNFIT, 'gu');

/** Time of a record as a column takes it. */
export function timeCell(tsUsec: number): number {
  if (Number.isNaN(tsUsec)) return 0;
  return Math.min(Math.max(Math.floor(tsUsec), 0), MAX_TS_USEC);
}

/**
 * Text from traffic. SQLite's LIKE, and its shell, stop reading at a NUL: text behind one would hide. Half a character,
 * where a text was cut, is no UTF-8: other programs would refuse the whole text.
 */
export function textCell(text: string): string {
  return UNFIT.test(text) ? text.replace(UNFIT_ALL, '\ufffd') : text;
}

const json = JSON.stringify;

/** `change`: number of the transaction that writes it. */
export function alertRow(record: AlertRecord, stored: number, change: number): Row {
  const { alert, xmpp, evidence, incident } = record;
  const { summary, file_id: fileId } = alert.context;
  const parties = partiesOf(xmpp, alert.context);
  const from = textCell(parties.from);
  const to = textCell(parties.to);
  return {
    alert_id: record.alertId,
    ts_us: timeCell(record.tsUsec),
    last_ts_us: timeCell(incident?.lastUsec ?? record.tsUsec),
    stored,
    change,
    sensor: record.sensor,
    severity: alert.severity,
    detection: record.detection,
    gid: alert.gid,
    sid: alert.sid,
    rev: alert.rev,
    signature: alert.signature,
    summary: textCell(typeof summary === 'string' ? summary : ''),
    category: alert.category,
    classtype: alert.classtype,
    confidence: alert.metadata['confidence']?.[0] ?? '',
    count: alert.count,
    contributors: json(incident?.contributors ?? []),
    contributor_count: incident?.contributorCount ?? 0,
    campaign_id: incident?.campaignId ?? '',
    file_id: typeof fileId === 'string' ? fileId : '',
    target: alert.target ?? '',
    direction: record.direction,
    src_ip: record.srcIp,
    src_port: record.srcPort,
    dest_ip: record.destIp,
    dest_port: record.destPort,
    flow_id: record.flowId,
    community_id: record.communityId,
    in_iface: record.inIface,
    vlan: json(record.vlan),
    pcap_filename: record.pcapFilename,
    pcap_cnt: record.pcapCnt,
    connection: xmpp?.connection ?? '',
    transport: xmpp?.transport ?? '',
    compressed: Number(xmpp?.compressed ?? false),
    tls: xmpp?.tls ?? '',
    stanza: textCell(xmpp?.stanza ?? ''),
    stanza_type: textCell(xmpp?.type ?? ''),
    stanza_id: textCell(xmpp?.id ?? ''),
    from_jid: from,
    to_jid: to,
    from_bare: bareJid(from),
    to_bare: bareJid(to),
    from_domain: jidDomain(from),
    to_domain: jidDomain(to),
    ns: json(xmpp?.ns ?? []),
    session_user: textCell(xmpp?.session.user ?? ''),
    session_domain: textCell(xmpp?.session.domain ?? ''),
    mechanism: textCell(xmpp?.session.mechanism ?? ''),
    client: textCell(xmpp?.session.client ?? ''),
    seen_percent: xmpp?.seenPercent ?? null,
    buffer: evidence?.buffer ?? '',
    excerpt: textCell(evidence?.excerpt ?? ''),
    matches: json(evidence?.matches ?? []),
    metadata: json(alert.metadata),
    refs: json(alert.references),
    context: json(alert.context),
    flow: json(record.flow),
  };
}

export function sessionRow(record: SessionRecord, stored: number): Row {
  const { flow } = record;
  const jid = textCell(record.jid);
  return {
    ts_us: timeCell(record.tsUsec),
    stored,
    sensor: record.sensor,
    session_id: record.sessionId,
    flow_id: record.flowId,
    community_id: record.communityId,
    in_iface: record.inIface,
    pcap_filename: record.pcapFilename,
    client_ip: flow.clientIp,
    client_port: flow.clientPort,
    server_ip: flow.serverIp,
    server_port: flow.serverPort,
    start_us: timeCell(record.startUsec),
    end_us: timeCell(record.endUsec),
    end_reason: textCell(record.endReason),
    connection: record.connection,
    transport: record.transport,
    compressed: Number(record.compressed),
    tls: record.tls,
    starttls: record.starttls,
    compression: record.compression,
    jid,
    bare: bareJid(jid),
    user: textCell(record.user),
    domain: textCell(record.domain),
    peer_domain: textCell(record.peerDomain),
    mechanism: textCell(record.mechanism),
    outcome: record.outcome,
    mechanisms_offered: json(record.mechanismsOffered),
    client: textCell(record.client),
    messages_to_server: record.messages[0],
    messages_to_client: record.messages[1],
    presences_to_server: record.presences[0],
    presences_to_client: record.presences[1],
    iqs_to_server: record.iqs[0],
    iqs_to_client: record.iqs[1],
    others_to_server: record.nonzas[0],
    others_to_client: record.nonzas[1],
    bytes_to_server: record.bytes[0],
    bytes_to_client: record.bytes[1],
    stream_errors: json(record.streamErrors),
    logins: json(record.logins),
    tokens_issued: record.tokensIssued,
    seen_percent: record.seenPercent,
  };
}

export function flowRow(record: FlowRecord, stored: number): Row {
  const { flow } = record;
  return {
    ts_us: timeCell(record.tsUsec),
    stored,
    sensor: record.sensor,
    flow_id: record.flowId,
    community_id: record.communityId,
    in_iface: record.inIface,
    pcap_filename: record.pcapFilename,
    vlan: json(record.vlan),
    ip_version: record.ipVersion,
    client_ip: flow.clientIp,
    client_port: flow.clientPort,
    server_ip: flow.serverIp,
    server_port: flow.serverPort,
    packets_to_server: flow.pktsToServer,
    packets_to_client: flow.pktsToClient,
    bytes_to_server: flow.bytesToServer,
    bytes_to_client: flow.bytesToClient,
    start_us: timeCell(flow.startUsec),
    end_us: timeCell(flow.lastUsec),
    state: flow.state,
    reason: record.reason,
    app_proto: record.appProto,
    midstream: Number(record.isMidstream),
    one_sided: Number(record.isOneSided),
    gap_bytes: record.gapBytes,
    seen_percent: record.seenPercent,
  };
}

export function statsRow(record: StatsRecord, stored: number): Row {
  const { counters } = record;
  const dropped =
    (counters['captureDroppedKernel'] ?? 0) +
    (counters['captureDroppedInterface'] ?? 0) +
    (counters['captureDroppedShed'] ?? 0);
  return {
    ts_us: timeCell(record.tsUsec),
    stored,
    sensor: record.sensor,
    uptime: record.uptimeSeconds,
    packets: counters['capturePackets'] ?? 0,
    bytes: counters['captureBytes'] ?? 0,
    dropped,
    flows_active: counters['flowsActive'] ?? 0,
    seen_bytes: counters['tcpSeenBytes'] ?? 0,
    gap_bytes: counters['tcpGapBytes'] ?? 0,
    counters: json(counters),
    events: json(record.events),
  };
}

export function auditRow(record: AuditRecord): Row {
  return {
    ts_us: timeCell(record.tsUsec),
    actor: record.actor,
    action: record.action,
    object: record.object,
    detail: json(record.detail),
  };
}

export function campaignRow(record: CampaignRecord, stored: number): Row {
  return {
    campaign_id: record.campaignId,
    sensor: record.sensor,
    kind: record.kind,
    fingerprint: textCell(record.fingerprint),
    first_ts_us: timeCell(record.firstUsec),
    ts_us: timeCell(record.lastUsec),
    stored,
    messages: record.messages,
    senders: record.senders,
    domains: record.domains,
    recipients: record.recipients,
    sender_samples: json(record.senderSamples),
    domain_samples: json(record.domainSamples),
  };
}

export function serverFeaturesRow(record: ServerFeaturesRecord, stored: number): Row {
  return {
    server_ip: record.serverIp,
    server_port: record.serverPort,
    domain: textCell(record.domain),
    connection: record.connection,
    starttls: record.starttls,
    mechanisms: json(record.mechanisms),
    others: json(record.others),
    first_ts_us: timeCell(record.firstUsec),
    ts_us: timeCell(record.lastUsec),
    stored,
    sessions: record.sessions,
  };
}

/** Inserts rows of one table; the columns are those of the first row. */
export class RowInserter {
  readonly #db: Database.Database;
  readonly #table: string;
  /** `ON CONFLICT ...` or ''. */
  readonly #conflict: string;
  #statement: Database.Statement<Cell[]> | undefined;

  constructor(db: Database.Database, table: string, conflict: string) {
    this.#db = db;
    this.#table = table;
    this.#conflict = conflict;
  }

  /** True when a row was added or changed. */
  insert(row: Row): boolean {
    this.#statement ??= this.#prepare(Object.keys(row));
    return this.#statement.run(...Object.values(row)).changes > 0;
  }

  #prepare(columns: readonly string[]): Database.Statement<Cell[]> {
    const marks = columns.map(() => '?').join(', ');
    return this.#db.prepare(
      `INSERT INTO ${this.#table} (${columns.join(', ')}) VALUES (${marks}) ${this.#conflict}`,
    );
  }
}
