/**
 * Triage with its history (`alert_triage` stays the state of now; `alerts.status` follows it, so that lists and counts
 * need no join), and what the API asks: alerts of a flow, and by `change` those that appeared or grew since. A change is
 * numbered, not dated: clocks step back. Indexes that alerts are counted by hold all that is counted: a month is read
 * from them without touching the rows. Every index is paid for by every alert, most by those whose entries lie apart:
 * so what has few values (severity, status, category, domains) stands in the index of times, which grows at its end and
 * is read through, and the alerts of a flow are found by its client.
 */
import type { Migration } from '../migrate.ts';

export const triage: Migration = {
  version: 4,
  name: 'triage',
  isLong: true,
  sql: `
CREATE TABLE alert_triage_history (
  id INTEGER PRIMARY KEY,
  alert_id TEXT NOT NULL REFERENCES alerts (alert_id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('new', 'acknowledged', 'escalated', 'closed')),
  ts_us INTEGER NOT NULL,
  time INTEGER GENERATED ALWAYS AS (ts_us / 1000000) VIRTUAL,
  actor TEXT NOT NULL,
  comment TEXT NOT NULL
) STRICT;
CREATE INDEX alert_triage_history_alert ON alert_triage_history (alert_id, id);
INSERT INTO alert_triage_history (alert_id, status, ts_us, actor, comment)
  SELECT alert_id, status, ts_us, actor, comment FROM alert_triage ORDER BY ts_us, alert_id;

ALTER TABLE alerts ADD COLUMN status TEXT NOT NULL DEFAULT 'new';
ALTER TABLE alerts ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET status = t.status FROM alert_triage t WHERE t.alert_id = alerts.alert_id;
CREATE TRIGGER alert_triage_added AFTER INSERT ON alert_triage BEGIN
  UPDATE alerts SET status = new.status WHERE alert_id = new.alert_id;
END;
CREATE TRIGGER alert_triage_changed AFTER UPDATE OF status ON alert_triage BEGIN
  UPDATE alerts SET status = new.status WHERE alert_id = new.alert_id;
END;

DROP INDEX alerts_detection;
DROP INDEX alerts_sid;
DROP INDEX alerts_from;
DROP INDEX alerts_src;
CREATE INDEX alerts_detection
  ON alerts (detection, last_time, sid, gid, count, severity, ts_us, last_ts_us, status);
CREATE INDEX alerts_sid ON alerts (sid, last_time, gid, count, severity, ts_us, last_ts_us, status);
CREATE INDEX alerts_from ON alerts (from_bare, last_time, count, severity, ts_us, last_ts_us);
CREATE INDEX alerts_src ON alerts (src_ip, last_time, count, severity, ts_us, last_ts_us);
DROP INDEX alerts_severity;
DROP INDEX alerts_last;
CREATE INDEX alerts_last ON alerts (last_time, severity, status, category, from_domain, to_domain);
CREATE INDEX alerts_touched ON alerts (status, last_time) WHERE status <> 'new';
CREATE INDEX alerts_touched_sid ON alerts (sid, status, last_time) WHERE status <> 'new';
CREATE INDEX alerts_change ON alerts (change);
`,
};
