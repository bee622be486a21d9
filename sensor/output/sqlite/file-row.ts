/** A file as a row of `files`. */
import { bareJid, jidDomain, type FileRecord } from '../../alert/index.ts';
import { textCell, timeCell, type Row } from './record-rows.ts';

export function fileRow(record: FileRecord, stored: number): Row {
  const from = textCell(record.from);
  const to = textCell(record.to);
  return {
    file_id: record.fileId,
    ts_us: timeCell(record.tsUsec),
    start_us: timeCell(record.startUsec),
    stored,
    sensor: record.sensor,
    flow_id: record.flowId,
    community_id: record.communityId,
    in_iface: record.inIface,
    pcap_filename: record.pcapFilename,
    src_ip: record.srcIp,
    src_port: record.srcPort,
    dest_ip: record.destIp,
    dest_port: record.destPort,
    filename: textCell(record.name),
    size: record.seenBytes,
    gap_bytes: record.gapBytes,
    // A sum over what was announced must not count -1 for what was not.
    announced_size: record.announcedBytes < 0 ? null : record.announcedBytes,
    announced_mime: textCell(record.announcedMime),
    magic: textCell(record.magic),
    mime: textCell(record.mime),
    sha256: record.sha256,
    md5: record.md5,
    transport: record.road,
    protocol: record.protocol,
    from_jid: from,
    to_jid: to,
    from_bare: bareJid(from),
    to_bare: bareJid(to),
    from_domain: jidDomain(from),
    to_domain: jidDomain(to),
    stream_id: textCell(record.sid),
    complete: Number(record.isComplete),
    lack: record.lack,
    inspected: record.inspected,
    unseen: textCell(record.unseen),
    members: record.members,
    found: JSON.stringify(record.found),
  };
}
