/**
 * Packs hold the texts of their alerts (packs/pack-texts.ts) instead of the letters that are somewhere in them, and what
 * else alerts are left out by. What was packed before says less, so it goes; a program that looks for those letters must
 * not read packs without them, which the number of this migration sees to. The alerts themselves are not touched.
 */
import type { Migration } from '../migrate.ts';

export const texts: Migration = {
  version: 6,
  name: 'texts',
  sql: `
DELETE FROM alert_packs;
DELETE FROM alert_pack_columns;
DELETE FROM alert_strays;
DROP TABLE alert_pack_words;
`,
};
