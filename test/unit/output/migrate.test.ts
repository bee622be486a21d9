import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MIGRATIONS } from '../../../sensor/output/sqlite/migrations/index.ts';
import { migrate, type Migration } from '../../../sensor/output/sqlite/migrate.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();

const next: Migration = {
  version: (MIGRATIONS.at(-1)?.version ?? 0) + 1,
  name: 'next',
  sql: "ALTER TABLE alerts ADD COLUMN added TEXT NOT NULL DEFAULT 'x'; CREATE TABLE added (id INTEGER);",
};

/** INTERFACE.md section 6. */
const DOCUMENTED = [
  ...['alerts', 'alert_triage', 'sessions', 'flows', 'files', 'identities', 'exposures'],
  ...['sensor_stats', 'audit', 'schema_migrations'],
];

/** Rows as the first schema took them. */
const VERSION_1_ROWS = `
  INSERT INTO alerts (alert_id, ts_us, stored, sensor, severity, detection, gid, sid, rev, signature, category,
    classtype, confidence, count, direction, src_ip, src_port, dest_ip, dest_port, flow_id, community_id, in_iface, vlan,
    pcap_filename, pcap_cnt, connection, transport, compressed, tls, stanza, stanza_type, stanza_id, from_jid, to_jid,
    from_bare, to_bare, from_domain, to_domain, ns, session_user, session_domain, mechanism, client, seen_percent,
    buffer, excerpt, matches, metadata, refs, context, flow)
  SELECT column1, column2, 1700000100, 's', 2, 'spim-fanout', 1, 1550201, 1, 'sig', 'cat', 'spam', 'high', column3,
    'to_server', '192.0.2.7', 1, '192.0.2.1', 5222, 1, '1:x', '', '[]', '', 0, 'c2s', 'tcp', 0, 'none', 'message', 'chat',
    '', 'm@a.example', 'b@a.example', 'm@a.example', 'b@a.example', 'a.example', 'a.example', '[]', '', '', '', '', 100.0,
    '', '', '[]', '{}', '[]', column4, '{}'
  FROM (VALUES ('a1', 1700000000000001, 3, '{"summary":"Mallory wrote to many"}'), ('a2', 1700000060000000, 1, '{}'));
  INSERT INTO identities (jid, ip, client, connection, server_ip, tls, first_ts_us, ts_us, stored, sessions)
    VALUES ('a@x.example', '192.0.2.7', 'Gajim', 'c2s', '192.0.2.1', 'offered', 1700000000000000, 1700000060000000, 1, 4),
           ('peer.example', '192.0.2.8', '', 's2s', '192.0.2.1', 'started', 1700000000000000, 1700000060000000, 1, 2);
  INSERT INTO exposures (jid, domain, mechanism, exposed, outcome, starttls, connection, client_ip, server_ip,
    server_port, client, first_ts_us, ts_us, stored, count, uncounted_flow)
    VALUES ('a@x.example', 'x.example', 'PLAIN', 'password', 'success', 'offered', 'c2s', '192.0.2.7', '192.0.2.1', 5222,
      'Gajim', 1700000000000000, 1700000060000000, 1, 4, '1:x 5');
  INSERT INTO files (ts_us, stored, sensor, flow_id, community_id, filename, size, magic, mime, sha256, md5, transport,
    from_jid, to_jid, stream_id, complete)
    VALUES (1700000000000001, 1700000100, 's', 1, '1:x', 'a.pdf', 7, '', '', 'ab', '', 'ibb', 'a@x.example', '', 's1', 1);
  INSERT INTO alert_triage VALUES ('a1', 'escalated', 1700000090000000, 'ann', 'mine');
`;

describe('migrations', () => {
  it('are numbered from 1 without holes', () => {
    assert.deepEqual(
      MIGRATIONS.map(({ version }) => version),
      MIGRATIONS.map((_, i) => i + 1),
    );
  });

  it('run on an empty file and are recorded', () => {
    const path = join(dir, 'empty.db');
    openStore(path).close();
    const rows = rowsOf(
      path,
      'SELECT version, name, applied_us > 0 AS dated FROM schema_migrations',
    );
    assert.deepEqual(
      rows,
      MIGRATIONS.map(({ version, name }) => ({ version, name, dated: 1 })),
    );
    openStore(path).close();
    assert.equal(rowsOf(path, 'SELECT * FROM schema_migrations').length, MIGRATIONS.length);
  });

  it('leave every documented table with its times, also in a store that was made without', () => {
    const path = join(dir, 'times.db');
    const old = openStore(path, MIGRATIONS.slice(0, 1));
    old.exec(
      `ALTER TABLE schema_migrations DROP COLUMN time; ALTER TABLE schema_migrations DROP COLUMN ts_us`,
    );
    old.close();
    openStore(path).close();
    for (const table of DOCUMENTED) {
      const columns = rowsOf(
        path,
        `SELECT name, type FROM pragma_table_xinfo('${table}') WHERE name IN ('ts_us', 'time') ORDER BY name`,
      );
      const expected = [
        { name: 'time', type: 'INTEGER' },
        { name: 'ts_us', type: 'INTEGER' },
      ];
      assert.deepEqual(columns, expected, table);
    }
    const rows = rowsOf(
      path,
      'SELECT time > 1700000000 AND ts_us / 1000000 = time AS dated FROM schema_migrations',
    );
    assert.deepEqual(
      rows,
      MIGRATIONS.map(() => ({ dated: 1 })),
    );
  });

  it('bring version 1 up to date and keep its rows', () => {
    const path = join(dir, 'one.db');
    const old = openStore(path, MIGRATIONS.slice(0, 1));
    old.exec(VERSION_1_ROWS);
    old.close();
    openStore(path, [...MIGRATIONS, next]).close();
    assert.deepEqual(
      rowsOf(
        path,
        `SELECT alert_id, count, time, last_ts_us, last_time, summary, contributors, contributor_count, campaign_id,
           target, file_id, added FROM alerts ORDER BY id`,
      ),
      [
        {
          alert_id: 'a1',
          count: 3,
          time: 1700000000,
          last_ts_us: 1700000000000001,
          last_time: 1700000000,
          summary: 'Mallory wrote to many',
          contributors: '[]',
          contributor_count: 0,
          campaign_id: '',
          target: '',
          file_id: '',
          added: 'x',
        },
        {
          alert_id: 'a2',
          count: 1,
          time: 1700000060,
          last_ts_us: 1700000060000000,
          last_time: 1700000060,
          summary: '',
          contributors: '[]',
          contributor_count: 0,
          campaign_id: '',
          target: '',
          file_id: '',
          added: 'x',
        },
      ],
    );
    assert.deepEqual(rowsOf(path, 'SELECT alert_id, status FROM alert_triage'), [
      { alert_id: 'a1', status: 'escalated' },
    ]);
    assert.deepEqual(
      rowsOf(
        path,
        'SELECT jid, domain, resources, sessions, tls_sessions FROM identities ORDER BY id',
      ),
      [
        { jid: 'a@x.example', domain: 'x.example', resources: '[]', sessions: 4, tls_sessions: 0 },
        {
          jid: 'peer.example',
          domain: 'peer.example',
          resources: '[]',
          sessions: 2,
          tls_sessions: 2,
        },
      ],
    );
    assert.deepEqual(
      rowsOf(
        path,
        'SELECT jid, exposed, outcome, condition, count, successes, failures, first_time, uncounted_flow FROM exposures',
      ),
      [
        {
          jid: 'a@x.example',
          exposed: 'password',
          outcome: 'success',
          condition: '',
          count: 4,
          successes: 1,
          failures: 0,
          first_time: 1700000000,
          uncounted_flow: '1:x 5',
        },
      ],
    );
    assert.deepEqual(
      rowsOf(
        path,
        'SELECT file_id, time, start_us, filename, size, announced_size, transport, inspected, found, complete FROM files',
      ),
      [
        {
          file_id: 'row-1',
          time: 1700000000,
          start_us: 1700000000000001,
          filename: 'a.pdf',
          size: 7,
          announced_size: null,
          transport: 'ibb',
          inspected: 'none',
          found: '{}',
          complete: 1,
        },
      ],
    );
    // The program of today then meets a store of tomorrow.
    assert.throws(() => openStore(path), { code: 'STORE_NEWER' });
  });

  it('leave the store as it was when one fails', () => {
    const db = new Database(join(dir, 'failing.db'));
    migrate(db, MIGRATIONS);
    const broken = { ...next, sql: `${next.sql} CREATE TABLE alerts (id INTEGER);` };
    assert.throws(() => {
      migrate(db, [...MIGRATIONS, broken]);
    }, /already exists/);
    assert.deepEqual(db.prepare("SELECT name FROM sqlite_master WHERE name = 'added'").all(), []);
    assert.equal(
      db.prepare('SELECT max(version) FROM schema_migrations').pluck().get(),
      MIGRATIONS.length,
    );
    db.close();
  });
});
