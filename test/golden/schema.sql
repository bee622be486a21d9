CREATE TRIGGER alert_strays_added AFTER INSERT ON alerts
WHEN EXISTS (SELECT 1 FROM alert_packs WHERE pack = new.id >> 12) BEGIN
  INSERT INTO alert_strays SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM alert_strays WHERE id = new.id);
END;

CREATE TRIGGER alert_strays_changed AFTER UPDATE ON alerts
WHEN EXISTS (SELECT 1 FROM alert_packs WHERE pack IN (old.id >> 12, new.id >> 12)) BEGIN
  INSERT INTO alert_strays SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM alert_strays WHERE id = new.id);
  INSERT INTO alert_strays SELECT old.id WHERE NOT EXISTS (SELECT 1 FROM alert_strays WHERE id = old.id);
END;

CREATE TRIGGER alert_strays_removed AFTER DELETE ON alerts
WHEN EXISTS (SELECT 1 FROM alert_packs WHERE pack = old.id >> 12) BEGIN
  INSERT INTO alert_strays SELECT old.id WHERE NOT EXISTS (SELECT 1 FROM alert_strays WHERE id = old.id);
END;

CREATE TRIGGER alert_triage_added AFTER INSERT ON alert_triage BEGIN
  UPDATE alerts SET status = new.status WHERE alert_id = new.alert_id;
END;

CREATE TRIGGER alert_triage_changed AFTER UPDATE OF status ON alert_triage BEGIN
  UPDATE alerts SET status = new.status WHERE alert_id = new.alert_id;
END;

CREATE TABLE alert_pack_columns (
  pack INTEGER NOT NULL,
  name TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (pack, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_pack_salt (low INTEGER NOT NULL, high INTEGER NOT NULL) STRICT;

CREATE TABLE alert_packs (
  pack INTEGER PRIMARY KEY,
  made INTEGER NOT NULL,
  first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL
) STRICT;

CREATE TABLE alert_strays (id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE alert_triage (
  alert_id TEXT PRIMARY KEY REFERENCES alerts (alert_id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('new', 'acknowledged', 'escalated', 'closed')),
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  actor TEXT NOT NULL,
  comment TEXT NOT NULL
) STRICT;

CREATE TABLE alert_triage_history (
  id INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL REFERENCES alerts (alert_id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('new', 'acknowledged', 'escalated', 'closed')),
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  actor TEXT NOT NULL,
  comment TEXT NOT NULL
) STRICT;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL UNIQUE,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  severity INTEGER NOT NULL,
  detection TEXT NOT NULL,
  gid INTEGER NOT NULL,
  sid INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  signature TEXT NOT NULL,
  category TEXT NOT NULL,
  classtype TEXT NOT NULL,
  confidence TEXT NOT NULL,
  count INTEGER NOT NULL,
  direction TEXT NOT NULL,
  src_ip TEXT NOT NULL,
  src_port INTEGER NOT NULL,
  dest_ip TEXT NOT NULL,
  dest_port INTEGER NOT NULL,
  flow_id INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  in_iface TEXT NOT NULL,
  vlan TEXT NOT NULL,
  pcap_filename TEXT NOT NULL,
  pcap_cnt INTEGER NOT NULL,
  connection TEXT NOT NULL,
  transport TEXT NOT NULL,
  compressed INTEGER NOT NULL,
  tls TEXT NOT NULL,
  stanza TEXT NOT NULL,
  stanza_type TEXT NOT NULL,
  stanza_id TEXT NOT NULL,
  from_jid TEXT NOT NULL,
  to_jid TEXT NOT NULL,
  from_bare TEXT NOT NULL,
  to_bare TEXT NOT NULL,
  from_domain TEXT NOT NULL,
  to_domain TEXT NOT NULL,
  ns TEXT NOT NULL,
  session_user TEXT NOT NULL,
  session_domain TEXT NOT NULL,
  mechanism TEXT NOT NULL,
  client TEXT NOT NULL,
  seen_percent REAL,
  buffer TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  matches TEXT NOT NULL,
  metadata TEXT NOT NULL,
  refs TEXT NOT NULL,
  context TEXT NOT NULL,
  flow TEXT NOT NULL
, last_ts_us INTEGER NOT NULL DEFAULT 0, last_time INTEGER GENERATED ALWAYS AS (last_ts_us / 1000000) VIRTUAL, summary TEXT NOT NULL DEFAULT '', contributors TEXT NOT NULL DEFAULT '[]', contributor_count INTEGER NOT NULL DEFAULT 0, campaign_id TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '', file_id TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT 'new', change INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE campaigns (
  id INTEGER PRIMARY KEY,
  campaign_id TEXT NOT NULL UNIQUE,
  sensor TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'link', 'domain')),
  fingerprint TEXT NOT NULL,
  first_ts_us INTEGER NOT NULL,
  first_time INTEGER GENERATED ALWAYS AS (first_ts_us / 1000000) VIRTUAL,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  senders INTEGER NOT NULL,
  domains INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  sender_samples TEXT NOT NULL,
  domain_samples TEXT NOT NULL
) STRICT;

CREATE TABLE exposures (
  id INTEGER PRIMARY KEY,
  jid TEXT NOT NULL,
  domain TEXT NOT NULL,
  mechanism TEXT NOT NULL,
  exposed TEXT NOT NULL CHECK (exposed IN ('password', 'hash', 'token', 'session', 'unknown')),
  outcome TEXT NOT NULL,
  condition TEXT NOT NULL,
  starttls TEXT NOT NULL,
  connection TEXT NOT NULL,
  client_ip TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  server_port INTEGER NOT NULL,
  client TEXT NOT NULL,
  first_ts_us INTEGER NOT NULL,
  first_time INTEGER GENERATED ALWAYS AS (first_ts_us / 1000000) VIRTUAL,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  count INTEGER NOT NULL,
  successes INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  uncounted_flow TEXT NOT NULL,
  UNIQUE (jid, mechanism, client_ip, server_ip, server_port)
) STRICT;

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

CREATE TABLE flows (
  id INTEGER PRIMARY KEY,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  flow_id INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  in_iface TEXT NOT NULL,
  pcap_filename TEXT NOT NULL,
  vlan TEXT NOT NULL,
  ip_version INTEGER NOT NULL,
  client_ip TEXT NOT NULL,
  client_port INTEGER NOT NULL,
  server_ip TEXT NOT NULL,
  server_port INTEGER NOT NULL,
  packets_to_server INTEGER NOT NULL,
  packets_to_client INTEGER NOT NULL,
  bytes_to_server INTEGER NOT NULL,
  bytes_to_client INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  app_proto TEXT NOT NULL,
  midstream INTEGER NOT NULL,
  one_sided INTEGER NOT NULL,
  gap_bytes INTEGER NOT NULL,
  seen_percent REAL NOT NULL,
  UNIQUE (community_id, start_us, sensor)
) STRICT;

CREATE TABLE identities (
  id INTEGER PRIMARY KEY,
  jid TEXT NOT NULL,
  ip TEXT NOT NULL,
  client TEXT NOT NULL,
  connection TEXT NOT NULL,
  server_ip TEXT NOT NULL,
  tls TEXT NOT NULL,
  first_ts_us INTEGER NOT NULL,
  first_time INTEGER GENERATED ALWAYS AS (first_ts_us / 1000000) VIRTUAL,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sessions INTEGER NOT NULL, domain TEXT NOT NULL DEFAULT '', resources TEXT NOT NULL DEFAULT '[]', tls_sessions INTEGER NOT NULL DEFAULT 0,
  UNIQUE (jid, ip, client)
) STRICT;

CREATE TABLE schema_migrations (
         version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_us INTEGER NOT NULL
       , ts_us INTEGER GENERATED ALWAYS AS (applied_us) VIRTUAL, time INTEGER GENERATED ALWAYS AS (applied_us / 1000000) VIRTUAL) STRICT;

CREATE TABLE sensor_stats (
  id INTEGER PRIMARY KEY,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  uptime REAL NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  flows_active INTEGER NOT NULL,
  seen_bytes INTEGER NOT NULL,
  gap_bytes INTEGER NOT NULL,
  counters TEXT NOT NULL,
  events TEXT NOT NULL
) STRICT;

CREATE TABLE server_features (
  id INTEGER PRIMARY KEY,
  server_ip TEXT NOT NULL,
  server_port INTEGER NOT NULL,
  domain TEXT NOT NULL,
  connection TEXT NOT NULL,
  starttls TEXT NOT NULL,
  mechanisms TEXT NOT NULL,
  others TEXT NOT NULL,
  first_ts_us INTEGER NOT NULL,
  first_time INTEGER GENERATED ALWAYS AS (first_ts_us / 1000000) VIRTUAL,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  UNIQUE (server_ip, server_port, domain, connection)
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  stored INTEGER NOT NULL,
  sensor TEXT NOT NULL,
  session_id INTEGER NOT NULL,
  flow_id INTEGER NOT NULL,
  community_id TEXT NOT NULL,
  in_iface TEXT NOT NULL,
  pcap_filename TEXT NOT NULL,
  client_ip TEXT NOT NULL,
  client_port INTEGER NOT NULL,
  server_ip TEXT NOT NULL,
  server_port INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  end_reason TEXT NOT NULL,
  connection TEXT NOT NULL,
  transport TEXT NOT NULL,
  compressed INTEGER NOT NULL,
  tls TEXT NOT NULL,
  starttls TEXT NOT NULL,
  compression TEXT NOT NULL,
  jid TEXT NOT NULL,
  bare TEXT NOT NULL,
  user TEXT NOT NULL,
  domain TEXT NOT NULL,
  peer_domain TEXT NOT NULL,
  mechanism TEXT NOT NULL,
  outcome TEXT NOT NULL,
  mechanisms_offered TEXT NOT NULL,
  client TEXT NOT NULL,
  messages_to_server INTEGER NOT NULL,
  messages_to_client INTEGER NOT NULL,
  presences_to_server INTEGER NOT NULL,
  presences_to_client INTEGER NOT NULL,
  iqs_to_server INTEGER NOT NULL,
  iqs_to_client INTEGER NOT NULL,
  others_to_server INTEGER NOT NULL,
  others_to_client INTEGER NOT NULL,
  bytes_to_server INTEGER NOT NULL,
  bytes_to_client INTEGER NOT NULL,
  stream_errors TEXT NOT NULL,
  seen_percent REAL NOT NULL, logins TEXT NOT NULL DEFAULT '[]', tokens_issued INTEGER NOT NULL DEFAULT 0,
  UNIQUE (community_id, start_us, sensor)
) STRICT;

CREATE INDEX alert_triage_history_alert ON alert_triage_history (alert_id, id);

CREATE INDEX alert_triage_status ON alert_triage (status, time);

CREATE INDEX alerts_campaign ON alerts (campaign_id, last_time) WHERE campaign_id <> '';

CREATE INDEX alerts_change ON alerts (change);

CREATE INDEX alerts_dest ON alerts (dest_ip, last_time);

CREATE INDEX alerts_detection
  ON alerts (detection, last_time, sid, gid, count, severity, ts_us, last_ts_us, status);

CREATE INDEX alerts_file ON alerts (file_id) WHERE file_id <> '';

CREATE INDEX alerts_from ON alerts (from_bare, last_time, count, severity, ts_us, last_ts_us);

CREATE INDEX alerts_last ON alerts (last_time, severity, status, category, from_domain, to_domain);

CREATE INDEX alerts_sid ON alerts (sid, last_time, gid, count, severity, ts_us, last_ts_us, status);

CREATE INDEX alerts_src ON alerts (src_ip, last_time, count, severity, ts_us, last_ts_us);

CREATE INDEX alerts_time ON alerts (time);

CREATE INDEX alerts_to ON alerts (to_bare, last_time);

CREATE INDEX alerts_touched ON alerts (status, last_time) WHERE status <> 'new';

CREATE INDEX alerts_touched_sid ON alerts (sid, status, last_time) WHERE status <> 'new';

CREATE INDEX audit_object ON audit (object);

CREATE INDEX audit_time ON audit (time);

CREATE INDEX campaigns_stored ON campaigns (stored);

CREATE INDEX campaigns_time ON campaigns (time);

CREATE INDEX exposures_client ON exposures (client_ip);

CREATE INDEX exposures_domain ON exposures (domain);

CREATE INDEX exposures_stored ON exposures (stored);

CREATE INDEX exposures_time ON exposures (time);

CREATE INDEX files_dest ON files (dest_ip, time);

CREATE INDEX files_from ON files (from_bare, time);

CREATE INDEX files_md5 ON files (md5, time);

CREATE INDEX files_name ON files (filename, time);

CREATE INDEX files_sha256 ON files (sha256, time);

CREATE INDEX files_src ON files (src_ip, time);

CREATE INDEX files_time ON files (time);

CREATE INDEX files_to ON files (to_bare, time);

CREATE INDEX flows_time ON flows (time);

CREATE INDEX identities_domain ON identities (domain);

CREATE INDEX identities_ip ON identities (ip);

CREATE INDEX identities_stored ON identities (stored);

CREATE INDEX identities_time ON identities (time);

CREATE INDEX sensor_stats_time ON sensor_stats (time);

CREATE INDEX server_features_kept ON server_features (sessions, ts_us);

CREATE INDEX sessions_bare ON sessions (bare, time);

CREATE INDEX sessions_client ON sessions (client_ip, time);

CREATE INDEX sessions_server ON sessions (server_ip, time);

CREATE INDEX sessions_time ON sessions (time);
