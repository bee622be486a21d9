/**
 * Triage with its history (`alert_triage` stays the state of now; `alerts.status` follows it, so that lists and counts
 * need no join), and what the API asks: alerts of a flow, and by `change` those that appeared or grew since. A change is
 * numbered, not dated: clocks step back.
 */
import type { Migration } from '../migrate.ts';

export const triage: Migration = {
  version: 4,
  name: 'triage',
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

CREATE INDEX alerts_open ON alerts (last_time) WHERE status IN ('new', 'escalated');
CREATE INDEX alerts_flow ON alerts (community_id, last_time) WHERE community_id <> '';
CREATE INDEX alerts_change ON alerts (change);
CREATE INDEX sessions_flow ON sessions (community_id, time);
`,
};
