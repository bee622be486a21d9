import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createAlerter,
  type AlertRecord,
  type SensorRecord,
  type ServerFeaturesRecord,
  type SessionLogin,
  type Severity,
} from '../../../sensor/alert/index.ts';
import { Counters, defaultLimits, thresholdValues } from '../../../sensor/core/index.ts';
import { EveSink } from '../../../sensor/output/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  LIMITS,
  T0,
  alertOf,
  alertRecord,
  anomalyRecord,
  featuresRecord,
  fileRecord,
  flowFacts,
  flowRecord,
  makeFinding,
  makeRule,
  sessionRecord,
  statsRecord,
} from '../alert/sample.ts';
import { alerts, openSink, rowsOf, sessions, testFolder } from './store-bench.ts';

const dir = testFolder();
let files = 0;
const freshPath = (): string => join(dir, `store-${++files}.db`);

const one: readonly SensorRecord[] = [
  { kind: 'alert', record: alertRecord },
  { kind: 'anomaly', record: anomalyRecord },
  { kind: 'session', record: sessionRecord },
  { kind: 'file', record: fileRecord },
  { kind: 'flow', record: flowRecord },
  { kind: 'stats', record: statsRecord },
];

describe('the schema', () => {
  it('is what the golden file promises analysts', () => {
    const db = openStore(freshPath());
    const objects = db
      .prepare<[], { sql: string }>(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name",
      )
      .all();
    db.close();
    expectGolden('schema.sql', objects.map(({ sql }) => `${sql};\n`).join('\n'));
  });

  it('has what Grafana and retention need: epoch seconds, WAL, incremental vacuum', () => {
    const path = freshPath();
    const db = openStore(path);
    assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(db.pragma('auto_vacuum', { simple: true }), 2);
    for (const table of ['alerts', 'sessions', 'flows', 'files', 'sensor_stats', 'audit']) {
      const columns = (db.pragma(`table_xinfo(${table})`) as { name: string; type: string }[]).map(
        ({ name, type }) => `${name} ${type}`,
      );
      assert.ok(columns.includes('ts_us INTEGER') && columns.includes('time INTEGER'), table);
    }
    db.close();
  });

  it('serves every filter of the command line from an index', () => {
    const db = openStore(freshPath());
    const plan = (condition: string): string =>
      (
        db
          .prepare(
            `EXPLAIN QUERY PLAN SELECT * FROM alerts WHERE ${condition} ORDER BY last_time DESC`,
          )
          .all() as { detail: string }[]
      )
        .map(({ detail }) => detail)
        .join('; ');
    for (const [condition, index] of [
      ['last_time >= 5', 'alerts_last'],
      ['severity = 1 AND last_time >= 5', 'alerts_last'],
      ["category = 'x' AND from_domain = 'y' AND last_time >= 5", 'alerts_last'],
      ["detection = 'dlp-pan'", 'alerts_detection'],
      ['sid = 7', 'alerts_sid'],
      ["from_bare = 'a@b'", 'alerts_from'],
      ["to_bare = 'a@b'", 'alerts_to'],
      ["src_ip = '192.0.2.1'", 'alerts_src'],
      ["dest_ip = '192.0.2.1'", 'alerts_dest'],
    ] as const) {
      assert.match(plan(condition), new RegExp(`USING INDEX ${index}\\b`));
      assert.doesNotMatch(plan(condition), /TEMP B-TREE/, condition);
    }
    db.close();
  });
});

describe('SqliteSink.write()', () => {
  it('stores each kind of record, column by column', async () => {
    const path = freshPath();
    const sink = openSink(path);
    sink.write(one);
    const [alert] = rowsOf(path, 'SELECT * FROM alerts');
    assert.ok(alert !== undefined);
    assert.equal(alert['ts_us'], T0);
    assert.equal(alert['time'], Math.floor(T0 / 1e6));
    assert.equal(alert['from_jid'], 'Alice@corp.example/desk');
    assert.equal(alert['from_bare'], 'alice@corp.example');
    assert.equal(alert['to_domain'], 'partner.example');
    assert.deepEqual(JSON.parse(String(alert['metadata'])), alertRecord.alert.metadata);
    assert.deepEqual(JSON.parse(String(alert['flow'])), alertRecord.flow);
    const [session] = rowsOf(path, 'SELECT * FROM sessions');
    assert.equal(session?.['messages_to_client'], 4);
    assert.equal(session['server_port'], 5222);
    const [flow] = rowsOf(path, 'SELECT * FROM flows');
    assert.equal(flow?.['packets_to_server'], 12);
    const [stats] = rowsOf(path, 'SELECT * FROM sensor_stats');
    assert.deepEqual(
      [stats?.['packets'], stats?.['dropped'], stats?.['gap_bytes']],
      [1000, 6, 1000],
    );
    await sink.close();
  });

  it('stores a capture that is read twice once', async () => {
    const path = freshPath();
    for (let run = 0; run < 2; run++) {
      const sink = openSink(path);
      sink.write(one);
      await sink.close();
    }
    for (const table of ['alerts', 'sessions', 'files', 'flows', 'identities', 'exposures']) {
      assert.equal(rowsOf(path, `SELECT * FROM ${table}`).length, 1, table);
    }
    assert.deepEqual(rowsOf(path, 'SELECT count FROM exposures'), [{ count: 1 }]);
    assert.deepEqual(rowsOf(path, 'SELECT sessions FROM identities'), [{ sessions: 1 }]);
  });

  it('lets an alert that is folded on grow', async () => {
    const path = freshPath();
    const sink = openSink(path);
    for (const count of [1, 7, 3])
      sink.write([alertOf({ alert: { ...alertRecord.alert, count } })]);
    assert.deepEqual(rowsOf(path, 'SELECT count FROM alerts'), [{ count: 7 }]);
    await sink.close();
  });

  it('takes whatever traffic brings: hostile text, impossible times', async () => {
    const path = freshPath();
    const sink = openSink(path);
    assert.ok(alertRecord.xmpp !== undefined);
    const nasty = "'; DROP TABLE alerts; -- \0 \ud800 \u202e";
    const hostile: readonly Partial<AlertRecord>[] = [
      { xmpp: { ...alertRecord.xmpp, from: nasty, id: nasty, ns: [nasty] } },
      { tsUsec: NaN },
      { tsUsec: -1 },
      { tsUsec: 1e300 },
      { tsUsec: 12.5 },
      { flowId: Number.MAX_SAFE_INTEGER },
    ];
    sink.write(
      hostile.flatMap((changes, i) => alerts(1, { alertId: `${i}`.padStart(32, '0'), ...changes })),
    );
    assert.equal(sink.problem, undefined);
    assert.equal(sink.status().dropped, 0);
    assert.deepEqual(
      rowsOf(path, 'SELECT ts_us FROM alerts ORDER BY alert_id').map((row) => row['ts_us']),
      [T0, 0, 0, Number.MAX_SAFE_INTEGER, 12, T0],
    );
    const [row] = rowsOf(path, "SELECT * FROM alerts WHERE stanza_id LIKE '%DROP TABLE%--%'");
    assert.ok(row !== undefined);
    assert.equal((JSON.parse(String(row['ns'])) as string[])[0], nasty);
    await sink.close();
  });

  it('loses only the record the schema refuses', async () => {
    const path = freshPath();
    const sink = openSink(path);
    const broken = { ...alertRecord, alertId: 'broken', sensor: undefined as unknown as string };
    sink.write([...alerts(2), { kind: 'alert', record: broken }, ...alerts(2, {}, 10)]);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 4);
    assert.equal(sink.status().dropped, 1);
    await assert.rejects(sink.close(), { code: 'STORE_UNWRITABLE' });
  });

  it('reports rows and bytes', async () => {
    const sink = openSink(freshPath());
    assert.equal(sink.status().rows, 0);
    sink.write([...alerts(30), ...sessions(12)]);
    const status = sink.status();
    assert.equal(status.rows, 42);
    assert.ok(status.bytes > 4096);
    assert.equal(status.queueLength, 0);
    await sink.close();
  });
});

describe('alerts that grow', () => {
  it('keep their row: count, last firing, contributors, the latest words, the worst severity', async () => {
    const path = freshPath();
    const grown = (firings: number, severity: Severity): AlertRecord => ({
      ...alertRecord,
      alert: {
        ...alertRecord.alert,
        severity,
        count: firings,
        target: 'dest_ip',
        context: { summary: `${firings} times` },
      },
      incident: {
        name: 'n',
        firings,
        lastUsec: T0 + firings * 1e6,
        contributors: Array.from({ length: firings }, (_, i) => `c${i}`),
        contributorCount: firings,
        ...(firings === 4 ? { campaignId: 'c0ffee' } : {}),
      },
    });
    for (let run = 0; run < 2; run++) {
      const sink = openSink(path);
      sink.write([{ kind: 'alert', record: grown(1, 3) }]);
      sink.write([
        { kind: 'alert_update', record: grown(2, 2) },
        { kind: 'alert_update', record: grown(4, 3) },
      ]);
      sink.write([{ kind: 'alert_update', record: grown(5, 3) }]);
      await sink.close();
      assert.deepEqual(
        rowsOf(
          path,
          `SELECT ts_us, last_ts_us, last_time, count, severity, summary, contributors, contributor_count, campaign_id,
             target FROM alerts`,
        ),
        [
          {
            ts_us: T0,
            last_ts_us: T0 + 5e6,
            last_time: Math.floor(T0 / 1e6) + 5,
            count: 5,
            severity: 2,
            summary: '5 times',
            contributors: '["c0","c1","c2","c3","c4"]',
            contributor_count: 5,
            campaign_id: 'c0ffee',
            target: 'dest_ip',
          },
        ],
      );
    }
  });

  it('get their row by an update, too, should the alert be lost', () => {
    const path = freshPath();
    const sink = openSink(path);
    sink.write([{ kind: 'alert_update', record: alertRecord }]);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 1);
  });
});

describe('what servers offer', () => {
  it('is known to the next run, in its latest form', async () => {
    const path = freshPath();
    const first = openSink(path);
    assert.deepEqual(first.serverFeatures(), []);
    const at = (changes: Partial<ServerFeaturesRecord>): SensorRecord => ({
      kind: 'server_features',
      record: { ...featuresRecord, ...changes },
    });
    first.write([at({}), at({ domain: 'far.example', sessions: 1 })]);
    // Another worker with the same baseline but a shorter memory; then a new baseline; then a latecomer.
    first.write([at({ sessions: 3, firstUsec: T0 - 1, lastUsec: T0 + 1 })]);
    await first.close();
    const second = openSink(path);
    assert.deepEqual(second.serverFeatures(), [
      { ...featuresRecord, lastUsec: T0 + 1 },
      { ...featuresRecord, domain: 'far.example', sessions: 1 },
    ]);
    const mechanisms = ['SCRAM-SHA-1', 'SCRAM-SHA-256'];
    second.write([at({ mechanisms, sessions: 1, firstUsec: T0 + 5, lastUsec: T0 + 5 }), at({})]);
    assert.deepEqual(
      second.serverFeatures().find(({ domain }) => domain === 'corp.example'),
      { ...featuresRecord, mechanisms, sessions: 1, firstUsec: T0 + 5, lastUsec: T0 + 5 },
    );
    await second.close();
  });
});

describe('identities and exposures', () => {
  const session = (changes: Partial<typeof sessionRecord>, flowStart = 1): SensorRecord => ({
    kind: 'session',
    record: {
      ...sessionRecord,
      communityId: `1:f${flowStart}`,
      flow: { ...sessionRecord.flow, startUsec: T0 + flowStart },
      ...changes,
    },
  });
  const login = (detection: string, flowStart = 1, sid = 1520001): SensorRecord =>
    alertOf({
      alertId: `${detection}${flowStart}${sid}`,
      detection,
      communityId: `1:f${flowStart}`,
      flow: { ...alertRecord.flow, startUsec: T0 + flowStart },
      alert: { ...alertRecord.alert, sid },
    });
  const stored = (records: readonly SensorRecord[], sql: string): Record<string, unknown>[] => {
    const path = freshPath();
    const sink = openSink(path);
    for (const entry of records) sink.write([entry]);
    return rowsOf(path, sql);
  };

  it('show who is where with which client, first and last seen', () => {
    const rows = stored(
      [
        session({ client: '' }, 1),
        session({ client: 'Gajim 1.8', startUsec: T0 - 5, endUsec: T0 + 5e6 }, 2),
        session({ client: 'Gajim 1.8', startUsec: T0 - 9, endUsec: T0 + 1e6 }, 3),
        session({ client: 'slixmpp', endUsec: T0 }, 4),
        session({ client: '' }, 6),
        session({ jid: '', outcome: 'failure', user: 'nobody' }, 5),
      ],
      'SELECT jid, ip, client, sessions, ts_us - first_ts_us AS span FROM identities ORDER BY client',
    );
    assert.deepEqual(rows, [
      {
        jid: 'alice@corp.example',
        ip: '192.0.2.10',
        client: 'Gajim 1.8',
        sessions: 4,
        span: 60e6 + 9e6,
      },
      {
        jid: 'alice@corp.example',
        ip: '192.0.2.10',
        client: 'slixmpp',
        sessions: 1,
        span: 9e6,
      },
    ]);
  });

  it('count a login once, be it alerted on, stored at its end, or both', () => {
    const path = freshPath();
    const sink = openSink(path);
    const count = (): unknown => rowsOf(path, 'SELECT count, outcome FROM exposures')[0];
    sink.write([login('sasl-plain-clear', 1)]);
    assert.deepEqual(count(), { count: 1, outcome: '' });
    sink.write([login('sasl-plain-clear', 1, 1520002)]);
    sink.write([login('sasl-plain-clear', 2)]);
    sink.write([session({}, 2)]);
    assert.deepEqual(count(), { count: 2, outcome: 'success' });
    sink.write([session({ outcome: 'failure' }, 1)]);
    assert.deepEqual(count(), { count: 2, outcome: 'success' });
    sink.write([session({}, 3), session({}, 3)]);
    assert.deepEqual(count(), { count: 3, outcome: 'success' });
  });

  it('tell every account that was tried, how often, with what outcome and why not', () => {
    const attempt = (
      user: string,
      outcome: string,
      attempts = 1,
      condition = '',
    ): SessionLogin => ({
      kind: 'sasl',
      user,
      mechanism: 'PLAIN',
      outcome,
      condition,
      attempts,
    });
    const logins = [
      attempt('alice', 'failure', 3, 'not-authorized'),
      attempt('bob', 'failure', 1, 'account-disabled'),
      attempt('alice', 'success'),
      attempt('carol', 'unanswered'),
    ];
    const rows = stored(
      [login('sasl-plain-clear', 1), session({ logins }, 1), session({ logins }, 1)],
      'SELECT jid, count, successes, failures, outcome, condition FROM exposures ORDER BY jid',
    );
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        ['alice@corp.example', 4, 1, 3, 'success', 'not-authorized'],
        ['bob@corp.example', 1, 0, 1, 'failure', 'account-disabled'],
        ['carol@corp.example', 1, 0, 0, 'unanswered', ''],
      ],
    );
  });

  it('name a login that was accepted at once, when its alert says so', () => {
    const accepted = alertOf({
      detection: 'sasl-plain-clear',
      alert: { ...alertRecord.alert, context: { event: 'xmpp.sasl_plain_clear_success' } },
    });
    assert.deepEqual(stored([accepted], 'SELECT outcome, count FROM exposures'), [
      { outcome: 'success', count: 1 },
    ]);
  });

  it('say what was exposed, and that STARTTLS was offered and not used', () => {
    const rows = stored(
      [
        session({ mechanism: 'PLAIN', starttls: 'offered' }, 1),
        session({ mechanism: 'SCRAM-SHA-1' }, 2),
        session({ mechanism: 'XEP-0078 digest' }, 3),
        session({ mechanism: 'XEP-0078 plaintext' }, 4),
        session({ mechanism: 'X-OAUTH2' }, 5),
        session({ mechanism: 'XEP-0114 handshake', connection: 'component', user: '' }, 6),
        session({ mechanism: 'X-NEW' }, 7),
        session({ mechanism: 'EXTERNAL' }, 8),
        session({ mechanism: 'ANONYMOUS', jid: 'q1@corp.example/r' }, 9),
        session({ tokensIssued: 2, logins: [], mechanism: '' }, 10),
      ],
      'SELECT mechanism, exposed, jid, starttls FROM exposures ORDER BY id',
    );
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        ['PLAIN', 'password', 'alice@corp.example', 'offered'],
        ['SCRAM-SHA-1', 'hash', 'alice@corp.example', 'offered'],
        ['XEP-0078 digest', 'hash', 'alice@corp.example', 'offered'],
        ['XEP-0078 plaintext', 'password', 'alice@corp.example', 'offered'],
        ['X-OAUTH2', 'token', 'alice@corp.example', 'offered'],
        ['XEP-0114 handshake', 'hash', 'corp.example', 'offered'],
        ['X-NEW', 'unknown', 'alice@corp.example', 'offered'],
        ['EXTERNAL', 'session', 'alice@corp.example', 'offered'],
        ['ANONYMOUS', 'session', 'q1@corp.example', 'offered'],
        ['XEP-0484 token issued', 'token', 'alice@corp.example', 'offered'],
      ],
    );
  });

  it('leave out logins that were protected or carried nothing', () => {
    const rows = stored(
      [
        session({ tls: 'started' }, 1),
        session({ mechanism: '', starttls: 'absent' }, 2),
        session({ mechanism: 'ANONYMOUS', starttls: 'absent' }, 3),
        session({ mechanism: 'DIALBACK', connection: 's2s', starttls: 'absent' }, 4),
        // A probe: STARTTLS was offered, and nobody said anything.
        session({ mechanism: '', messages: [0, 0], presences: [0, 0], iqs: [0, 0] }, 6),
        login('dlp-pan', 5),
      ],
      'SELECT * FROM exposures',
    );
    assert.deepEqual(rows, []);
  });
});

describe('secrets', () => {
  it('planted in findings reach neither store nor WAL nor EVE', async () => {
    const path = freshPath();
    const eve = `${path}.json`;
    const sinks = [openSink(path), new EveSink({ path: eve, limits: LIMITS })];
    const records: SensorRecord[] = [];
    const alerter = createAlerter({
      sensorName: 's',
      hmacKey: new Uint8Array(32),
      flowFacts: flowFacts(),
      origin: () => ({ fileName: '', interfaceName: '', packetNumber: 1 }),
      counters: new Counters(),
      limits: LIMITS,
      thresholds: thresholdValues(),
      emit: (record) => records.push(record),
    });
    const secret = (detection: string): ReturnType<typeof makeRule> =>
      makeRule(detection, { isSecret: true });
    const pads = ['', 'before ', 'x'.repeat(40_000), 'y '.repeat(300)];
    for (const pad of pads) {
      for (const [detection, planted] of [
        ['dlp-pan', '4111 1111 1111 1111'],
        ['dlp-iban', 'DE89370400440532013000'],
        ['dlp-dev-token', 'AKIAIOSFODNN7REALKEY'],
        ['dlp-password', 'Tr0ub4dor&3-xyz'],
      ] as const) {
        const text = `${pad} «${planted}» and ${pad}`;
        alerter.onFinding(makeFinding({ rule: secret(detection), text, secret: planted }));
        const bare = `${pad} buy «pills» ${planted} ${pad}`;
        alerter.onFinding(
          makeFinding({ rule: makeRule('spim-lexicon'), text: bare, secret: planted }),
        );
        const unknown = `${pad} buy «pills» password: ${planted.replaceAll(' ', '')} ${pad}`;
        alerter.onFinding(makeFinding({ rule: makeRule('spim-lexicon'), text: unknown }));
      }
      const auth = { name: 'auth', text: `<auth>«AGFsaWNlAFRyMHViNGRvciYz»</auth>` };
      alerter.onFinding(makeFinding({ ...auth, rule: makeRule('', { sid: 9000001 }) }));
    }
    alerter.settle();
    assert.ok(records.length > 30);
    for (const sink of sinks) sink.write(records);
    const written = [path, `${path}-wal`, eve]
      .map((file) => readFileSync(file, 'latin1'))
      .join('\n');
    assert.match(written, /pills/);
    for (const part of [
      '1111 1111',
      '11111111',
      '4111 1',
      '70400440',
      'IOSFODNN',
      'ub4dor',
      'AGFsaWNl',
      'FRyMHVi',
    ]) {
      assert.ok(!written.includes(part), part);
    }
    for (const sink of sinks) await sink.close();
  });
});

describe('crash safety', () => {
  it('keeps every acknowledged alert when the process is killed', async () => {
    const path = freshPath();
    const script = `
      const { SqliteSink } = await import(${JSON.stringify(new URL('../../../sensor/output/index.js', import.meta.url).href)});
      const sink = new SqliteSink({ path: ${JSON.stringify(path)}, limits: { storeQueue: 1000 }, retentionDays: 30, maxBytes: 1e9 });
      const record = ${JSON.stringify(alertRecord)};
      for (let i = 0; ; i++) {
        sink.write([{ kind: 'alert', record: { ...record, alertId: String(i).padStart(32, '0') } }]);
        process.stdout.write(i + '\\n');
        if (i % 50 === 0) await new Promise(setImmediate);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let output = '';
    child.stdout.setEncoding('utf8');
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: string) => {
        output += chunk;
        if (output.length > 4000) resolve();
      });
      child.on('exit', () => {
        resolve();
      });
    });
    const closed = new Promise<void>((resolve) => {
      child.once('close', () => {
        resolve();
      });
    });
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await closed;
    const acknowledged = output.split('\n').length - 1;
    assert.ok(acknowledged > 500, output);
    const [{ rows } = { rows: 0 }] = rowsOf(path, 'SELECT count(*) AS rows FROM alerts');
    assert.ok(Number(rows) >= acknowledged, `${String(rows)} of ${acknowledged}`);
    assert.deepEqual(rowsOf(path, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  });
});

describe('a store in trouble', () => {
  it('that is locked: records wait, alerts longest, and are written when it is free', async () => {
    const path = freshPath();
    const sink = openSink(path, { limits: { ...defaultLimits(), storeQueue: 10 } });
    sink.write(alerts(1));
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    sink.write(sessions(8));
    assert.match(sink.problem ?? '', /locked/);
    await assert.rejects(sink.flush(), { code: 'STORE_LOCKED' });
    sink.write(alerts(9, {}, 100));
    sink.write(sessions(3, 100));
    assert.deepEqual([sink.status().queueLength, sink.status().dropped], [10, 10]);
    other.exec('ROLLBACK');
    other.close();
    for (let i = 0; sink.problem !== undefined && i < 1200; i++) await sleep(50);
    assert.equal(sink.problem, undefined, 'recovers by itself');
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 10);
    assert.equal(rowsOf(path, 'SELECT * FROM sessions').length, 1);
    assert.ok(sink.status().writeErrors > 0);
    await assert.rejects(sink.flush(), /10 records were dropped/);
    await sink.close();
  });

  it('that is locked at the start: waits for it in the background', async () => {
    const path = freshPath();
    const other = openStore(path);
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE; COMMIT');
    const sink = openSink(path);
    assert.match(sink.problem ?? '', /locked/);
    sink.write(alerts(3));
    other.close();
    for (let i = 0; sink.problem !== undefined && i < 1200; i++) await sleep(50);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 3);
    await sink.close();
  });

  it('that is full: nothing is lost, and writing goes on when space returns', async () => {
    const path = freshPath();
    let db: Database.Database | undefined;
    const sink = openSink(path, {
      open: (name) => {
        db = openStore(name);
        db.pragma('max_page_count = 120');
        return db;
      },
    });
    sink.write(alerts(500));
    assert.match(sink.problem ?? '', /full/);
    await assert.rejects(sink.flush(), { code: 'STORE_UNWRITABLE' });
    assert.ok(sink.status().writeErrors > 0);
    db?.pragma('max_page_count = 1000000');
    sink.write(alerts(10, {}, 500));
    for (let i = 0; sink.problem !== undefined && i < 1200; i++) await sleep(50);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 510);
    assert.equal(sink.status().dropped, 0);
    await sink.close();
  });

  it('that became read-only: the same', async () => {
    const path = freshPath();
    let isReadOnly = false;
    let db: Database.Database | undefined;
    const sink = openSink(path, {
      open: (name) => {
        db = openStore(name);
        if (isReadOnly) db.pragma('query_only = ON');
        return db;
      },
    });
    sink.write(alerts(1));
    isReadOnly = true;
    db?.pragma('query_only = ON');
    sink.write(alerts(1, {}, 1));
    assert.match(sink.problem ?? '', /readonly/);
    isReadOnly = false;
    await sink.flush().catch(() => undefined);
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 2);
    await sink.close();
  });

  it('that cannot be created: says so at the start', () => {
    writeFileSync(join(dir, 'file'), '');
    for (const path of ['/proc/stanzawatch.db', join(dir, 'file', 'store.db'), dir]) {
      assert.throws(
        () => openSink(path),
        { name: 'OperatorError', code: 'STORE_UNWRITABLE' },
        path,
      );
    }
  });

  it('that is damaged, no database, or of another program: refused, and left as it is', () => {
    const noise = freshPath();
    writeFileSync(noise, 'this is not a database, it is a text of some length\n'.repeat(100));
    const foreign = freshPath();
    new Database(foreign).exec('CREATE TABLE notes (text)').close();
    for (const path of [noise, foreign]) {
      const before = readFileSync(path);
      assert.throws(() => openSink(path), { name: 'OperatorError', code: 'STORE_UNREADABLE' });
      assert.deepEqual(readFileSync(path).subarray(100), before.subarray(100));
    }
  });

  it('that a newer program wrote: refused', () => {
    const path = freshPath();
    const db = openStore(path);
    db.exec("INSERT INTO schema_migrations VALUES (999, 'from the future', 0)");
    db.close();
    assert.throws(() => openSink(path), { name: 'OperatorError', code: 'STORE_NEWER' });
  });

  it('that was moved away: a new one is made on reopen', async () => {
    const path = freshPath();
    const sink = openSink(path);
    sink.write(alerts(2));
    renameSync(path, `${path}.old`);
    sink.reopen();
    sink.write(alerts(3, {}, 10));
    assert.equal(rowsOf(path, 'SELECT * FROM alerts').length, 3);
    await sink.close();
  });
});

describe('files of the store', () => {
  it('are readable for the group: folder 0750, database and WAL 0640', async () => {
    const folder = join(dir, 'data');
    const path = join(folder, 'stanzawatch.db');
    const sink = openSink(path);
    sink.write(alerts(1));
    assert.equal(statSync(folder).mode & 0o777, 0o750);
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o640, name);
    }
    await sink.close();
  });

  it('keep the mode their owner gave them', async () => {
    const folder = join(dir, 'own');
    mkdirSync(folder);
    chmodSync(folder, 0o2770);
    const path = join(folder, 'stanzawatch.db');
    await openSink(path).close();
    chmodSync(path, 0o660);
    await openSink(path).close();
    assert.equal(statSync(folder).mode & 0o7777, 0o2770);
    assert.equal(statSync(path).mode & 0o777, 0o660);
  });

  it('are one file after closing: it can be read without rights to write beside it', async () => {
    const path = freshPath();
    const sink = openSink(path);
    sink.write(alerts(5));
    assert.ok(existsSync(`${path}-wal`));
    await sink.close();
    assert.ok(!existsSync(`${path}-wal`) && !existsSync(`${path}-shm`));
    assert.deepEqual(rowsOf(path, 'PRAGMA journal_mode'), [{ journal_mode: 'delete' }]);
    const again = openSink(path);
    again.write(alerts(5, {}, 5));
    assert.deepEqual(rowsOf(path, 'PRAGMA journal_mode'), [{ journal_mode: 'wal' }]);
    await again.close();
  });
});
