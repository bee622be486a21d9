/** Every query of a panel against a store made from bundled captures: valid, and no panel stays empty. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { expressions } from '../../../dashboards/expressions.ts';
import { filledSql } from '../../support/grafana.ts';
import { runCommand } from '../../support/run-cli.ts';

/** Of the demo: an attack in a company, a campaign, files on every road. */
const CAPTURES = ['demo', 'campaign', 'files'].map((name) =>
  join(process.cwd(), 'fixtures', 'pcap', name),
);
const ALL_TIME = { from: 0, to: 2 ** 32 };

describe('SQL of the dashboards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-dashboards-'));
  let db: Database.Database;
  let sensors: string[];

  before(async () => {
    const { status, err } = await runCommand('read', ...CAPTURES, '-l', folder);
    assert.equal(status, 0, err);
    // As the data source opens it.
    db = new Database(join(folder, 'stanzawatch.db'), { readonly: true });
    db.pragma('query_only = 1');
    sensors = db.prepare('SELECT DISTINCT sensor FROM sessions').pluck().all() as string[];
  });
  after(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  const queries = expressions().filter(({ kind }) => kind === 'sql');

  it('is there', () => {
    assert.ok(queries.length > 30);
  });

  for (const { where, what, text } of queries) {
    it(`gives rows: ${where}, ${what}`, () => {
      const rows = db.prepare(filledSql(text, ALL_TIME, sensors)).all() as Record<
        string,
        unknown
      >[];
      assert.ok(rows.length > 0, 'no rows');
      const [first = {}] = rows;
      for (const column of ['time', 'first', 'last']) {
        if (column in first) assert.ok(Number.isInteger(first[column]), `${column} is no time`);
      }
      const values = rows.map((row) => row['time']).filter((time) => typeof time === 'number');
      const isSeries = / GROUP BY 1(?:, 2)? ORDER BY 1$/.test(text) && values.length > 0;
      if (isSeries)
        assert.deepEqual(
          values,
          [...values].sort((a, b) => a - b),
          'out of order',
        );
    });

    it(`asks for the range and the sensors: ${where}, ${what}`, () => {
      const nothing = db.prepare(filledSql(text, { from: 1, to: 2 }, sensors)).all() as object[];
      for (const row of nothing) {
        // A count of nothing is 0, or NULL for a share of it.
        for (const value of Object.values(row)) assert.ok(value === 0 || value === null);
      }
    });
  }
});
