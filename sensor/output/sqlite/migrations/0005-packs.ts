/**
 * Packs of alerts (packs/pack-columns.ts): what a month is counted and searched in. They say nothing that `alerts` does
 * not, may be missing for any of them, and are not for readers outside: a store without them answers slower.
 *
 * A pack is 4096 alerts with consecutive row ids. Whatever happens to one of these alerts afterwards, and whoever does it,
 * makes its id a stray by trigger: strays are read where they stand.
 */
import type { Migration } from '../migrate.ts';

export const packs: Migration = {
  version: 5,
  name: 'packs',
  sql: `
CREATE TABLE alert_packs (
  pack INTEGER PRIMARY KEY,
  made INTEGER NOT NULL,
  first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL
) STRICT;
CREATE TABLE alert_pack_columns (
  pack INTEGER NOT NULL,
  name TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (pack, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_pack_words (
  pack_slot INTEGER PRIMARY KEY,
  alerts BLOB NOT NULL
) STRICT;
CREATE TABLE alert_pack_salt (low INTEGER NOT NULL, high INTEGER NOT NULL) STRICT;
INSERT INTO alert_pack_salt VALUES (random() & 4294967295, random() & 4294967295);
CREATE TABLE alert_strays (id INTEGER PRIMARY KEY) STRICT;
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
`,
};
