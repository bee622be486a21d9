/** Rows of `files` as analysts get them. */
import type { FileRecord, StoredFile } from '../../core/index.ts';

/** Columns of `files`, with what other tables say of the file. */
export interface FileColumns {
  readonly id: number;
  readonly file_id: string;
  readonly ts_us: number;
  readonly start_us: number;
  readonly sensor: string;
  readonly flow_id: number;
  readonly community_id: string;
  readonly in_iface: string;
  readonly pcap_filename: string;
  readonly src_ip: string;
  readonly src_port: number;
  readonly dest_ip: string;
  readonly dest_port: number;
  readonly filename: string;
  readonly size: number;
  readonly gap_bytes: number;
  readonly announced_size: number | null;
  readonly announced_mime: string;
  readonly magic: string;
  readonly mime: string;
  readonly sha256: string;
  readonly md5: string;
  readonly transport: FileRecord['road'];
  readonly protocol: string;
  readonly from_jid: string;
  readonly to_jid: string;
  readonly stream_id: string;
  readonly complete: number;
  readonly lack: string;
  readonly inspected: FileRecord['inspected'];
  readonly unseen: string;
  readonly members: number;
  readonly found: string;
  readonly alerts: number;
  readonly kept_us: number | null;
}

/** Selects them from `files AS f`. */
export const FILE_COLUMNS = `f.*,
  (SELECT count(*) FROM alerts a WHERE a.file_id <> '' AND a.file_id = f.file_id) AS alerts,
  (SELECT max(k.ts_us) FROM audit k WHERE f.sha256 <> '' AND k.object = f.sha256 AND k.action = 'file_kept') AS kept_us`;

export function fileSummary(row: FileColumns): StoredFile {
  return {
    id: row.id,
    fileId: row.file_id,
    tsUsec: row.ts_us,
    startUsec: row.start_us,
    sensor: row.sensor,
    flowId: row.flow_id,
    communityId: row.community_id,
    inIface: row.in_iface,
    pcapFilename: row.pcap_filename,
    srcIp: row.src_ip,
    srcPort: row.src_port,
    destIp: row.dest_ip,
    destPort: row.dest_port,
    ipVersion: row.src_ip === '' ? 0 : row.src_ip.includes(':') ? 6 : 4,
    road: row.transport,
    protocol: row.protocol,
    from: row.from_jid,
    to: row.to_jid,
    sid: row.stream_id,
    name: row.filename,
    announcedBytes: row.announced_size ?? -1,
    announcedMime: row.announced_mime,
    seenBytes: row.size,
    gapBytes: row.gap_bytes,
    magic: row.magic,
    mime: row.mime,
    sha256: row.sha256,
    md5: row.md5,
    isComplete: row.complete === 1,
    lack: row.lack,
    inspected: row.inspected,
    unseen: row.unseen,
    members: row.members,
    found: JSON.parse(row.found) as Record<string, number>,
    alerts: row.alerts,
    keptUsec: row.kept_us ?? undefined,
  };
}
