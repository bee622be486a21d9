/** A file that moved, as Suricata tells of one (`fileinfo`), with what we know beyond: who to whom, how, how much of it. */
import type { FileRecord } from '../../alert/index.ts';
import { endsOf, known, positive } from './members.ts';
import { eveTimestamp } from './timestamp.ts';

/** What spoke on the connection its bytes came over. */
const APP_PROTO: Readonly<Record<FileRecord['road'], string>> = {
  ibb: 'xmpp',
  bob: 'xmpp',
  inline: 'xmpp',
  socks5: 'socks5',
  http: 'http',
};

export function fileEvent(record: FileRecord): object {
  return {
    timestamp: eveTimestamp(record.tsUsec),
    sensor: record.sensor,
    flow_id: positive(record.flowId),
    in_iface: known(record.inIface),
    event_type: 'fileinfo',
    ...endsOf(record),
    app_proto: APP_PROTO[record.road],
    pcap_filename: known(record.pcapFilename),
    fileinfo: {
      file_id: record.fileId,
      filename: record.name,
      size: record.seenBytes,
      magic: known(record.magic),
      mime: known(record.mime),
      sha256: known(record.sha256),
      md5: known(record.md5),
      transport: record.road,
      protocol: known(record.protocol),
      from: known(record.from),
      to: known(record.to),
      sid: known(record.sid),
      complete: record.isComplete,
      // Suricata's words for it, which its dashboards filter by.
      state: record.isComplete ? 'CLOSED' : 'TRUNCATED',
      gaps: record.gapBytes > 0 || record.lack === 'gap',
      gap_bytes: positive(record.gapBytes),
      lack: known(record.lack),
      start: eveTimestamp(record.startUsec),
      announced_size: record.announcedBytes < 0 ? undefined : record.announcedBytes,
      announced_mime: known(record.announcedMime),
      inspected: record.inspected,
      unseen: known(record.unseen),
      members: positive(record.members),
      found: record.found,
    },
  };
}
