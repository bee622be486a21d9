/**
 * Alerts that grow, and what stateful detection learns: when an alert fired last, who took part, its sentence and its
 * campaign; campaigns; what servers were seen to offer (a baseline that outlives the sensor); accounts with the ways
 * they were used. Columns that hold lists hold JSON. Lists of alerts come by their last firing, so the indexes end in that.
 */
import type { Migration } from '../migrate.ts';

export const incidents: Migration = {
  version: 2,
  name: 'incidents',
  isLong: true,
  sql: `
ALTER TABLE alerts ADD COLUMN last_ts_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN last_time INTEGER GENERATED ALWAYS AS (last_ts_us / 1000000) VIRTUAL;
ALTER TABLE alerts ADD COLUMN summary TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN contributors TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alerts ADD COLUMN contributor_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN campaign_id TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN target TEXT NOT NULL DEFAULT '';
UPDATE alerts SET last_ts_us = ts_us, summary = ifnull(json_extract(context, '$.summary'), '');

CREATE INDEX alerts_last ON alerts (last_time);
DROP INDEX alerts_severity;
DROP INDEX alerts_detection;
DROP INDEX alerts_sid;
DROP INDEX alerts_from;
DROP INDEX alerts_to;
DROP INDEX alerts_src;
DROP INDEX alerts_dest;
CREATE INDEX alerts_severity ON alerts (severity, last_time);
CREATE INDEX alerts_detection ON alerts (detection, last_time);
CREATE INDEX alerts_sid ON alerts (sid, last_time);
CREATE INDEX alerts_from ON alerts (from_bare, last_time);
CREATE INDEX alerts_to ON alerts (to_bare, last_time);
CREATE INDEX alerts_src ON alerts (src_ip, last_time);
CREATE INDEX alerts_dest ON alerts (dest_ip, last_time);
CREATE INDEX alerts_campaign ON alerts (campaign_id, last_time) WHERE campaign_id <> '';

ALTER TABLE sessions ADD COLUMN logins TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sessions ADD COLUMN tokens_issued INTEGER NOT NULL DEFAULT 0;

ALTER TABLE identities ADD COLUMN domain TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN resources TEXT NOT NULL DEFAULT '[]';
ALTER TABLE identities ADD COLUMN tls_sessions INTEGER NOT NULL DEFAULT 0;
UPDATE identities SET
  domain = substr(jid, instr(jid, '@') + 1), tls_sessions = CASE WHEN tls = 'started' THEN sessions ELSE 0 END;
CREATE INDEX identities_domain ON identities (domain);

ALTER TABLE exposures RENAME TO exposures_1;
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
INSERT INTO exposures
  (id, jid, domain, mechanism, exposed, outcome, condition, starttls, connection, client_ip, server_ip, server_port,
   client, first_ts_us, ts_us, stored, count, successes, failures, uncounted_flow)
  SELECT id, jid, domain, mechanism, exposed, outcome, '', starttls, connection, client_ip, server_ip, server_port,
    client, first_ts_us, ts_us, stored, count, CASE WHEN outcome = 'success' THEN 1 ELSE 0 END,
    CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END, uncounted_flow FROM exposures_1;
DROP TABLE exposures_1;
CREATE INDEX exposures_time ON exposures (time);
CREATE INDEX exposures_stored ON exposures (stored);
CREATE INDEX exposures_domain ON exposures (domain);
CREATE INDEX exposures_client ON exposures (client_ip);

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
CREATE INDEX campaigns_time ON campaigns (time);
CREATE INDEX campaigns_stored ON campaigns (stored);

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
CREATE INDEX server_features_kept ON server_features (sessions, ts_us);
`,
};
