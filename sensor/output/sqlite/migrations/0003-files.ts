/**
 * Files as the sensor follows them: the flow they came over, what was announced, how much of them was seen and looked
 * into, and what was found (`found`, JSON: detection -> times). `announced_size` is NULL when nobody said a size.
 * Alerts about a file carry its id.
 */
import type { Migration } from '../migrate.ts';

export const files: Migration = {
  version: 3,
  name: 'files',
  sql: `
ALTER TABLE files RENAME TO files_2;
DROP INDEX files_time;
DROP INDEX files_sha256;
CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  file_id TEXT NOT NULL UNIQUE,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  start_us INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  flow_id INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  in_iface TEXT NOT NULL,
  pcap_filename TEXT NOT NULL,
  src_ip TEXT NOT NULL,
  src_port INTEGER NOT NULL,
  dest_ip TEXT NOT NULL,
  dest_port INTEGER NOT NULL,
  filename TEXT NOT NULL,
  size INTEGER NOT NULL,
  gap_bytes INTEGER NOT NULL,
  announced_size INTEGER,
  announced_mime TEXT NOT NULL,
  magic TEXT NOT NULL,
  mime TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  md5 TEXT NOT NULL,
  transport TEXT NOT NULL,
  protocol TEXT NOT NULL,
  from_jid TEXT NOT NULL,
  to_jid TEXT NOT NULL,
  from_bare TEXT NOT NULL,
  to_bare TEXT NOT NULL,
  from_domain TEXT NOT NULL,
  to_domain TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  complete INTEGER NOT NULL,
  lack TEXT NOT NULL,
  inspected TEXT NOT NULL,
  unseen TEXT NOT NULL,
  members INTEGER NOT NULL,
  found TEXT NOT NULL
) STRICT;
INSERT INTO files
  (id, file_id, ts_us, start_us, stored, sensor, flow_id, community_id, in_iface, pcap_filename, src_ip, src_port,
   dest_ip, dest_port, filename, size, gap_bytes, announced_mime, magic, mime, sha256, md5, transport, protocol,
   from_jid, to_jid, from_bare, to_bare, from_domain, to_domain, stream_id, complete, lack, inspected, unseen,
   members, found)
  SELECT id, 'row-' || id, ts_us, ts_us, stored, sensor, flow_id, community_id, '', '', '', 0, '', 0, filename, size, 0,
    '', magic, mime, sha256, md5, transport, '', from_jid, to_jid, from_jid, to_jid, '', '', stream_id, complete, '',
    'none', '', 0, '{}' FROM files_2;
DROP TABLE files_2;
CREATE INDEX files_time ON files (time);
CREATE INDEX files_sha256 ON files (sha256, time);
CREATE INDEX files_md5 ON files (md5, time);
CREATE INDEX files_from ON files (from_bare, time);
CREATE INDEX files_to ON files (to_bare, time);
CREATE INDEX files_name ON files (filename, time);
CREATE INDEX files_src ON files (src_ip, time);
CREATE INDEX files_dest ON files (dest_ip, time);

ALTER TABLE alerts ADD COLUMN file_id TEXT NOT NULL DEFAULT '';
CREATE INDEX alerts_file ON alerts (file_id) WHERE file_id <> '';
CREATE INDEX audit_object ON audit (object);
`,
};
