/**
 * Alerts that grow, and what stateful detection learns: when an alert fired last, who took part, its sentence and its
 * campaign; campaigns; what servers were seen to offer (a baseline that outlives the sensor); accounts with the ways
 * they were used. Columns that hold lists hold JSON. Lists of alerts come by their last firing, so the indexes end in that.
 */
import type { Migration } from '../migrate.ts';

export const incidents: Migration = {
  version: 2,
  name: 'incidents',
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
