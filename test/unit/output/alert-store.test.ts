import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError, type TriageStatus } from '../../../sensor/core/index.ts';
import type {
  AlertRecord,
  SensorRecord,
  SessionRecord,
  Severity,
} from '../../../sensor/alert/index.ts';
import { AlertStore, type AlertFilter } from '../../../sensor/output/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { SECOND, T0, alertRecord, campaignRecord, sessionRecord } from '../alert/sample.ts';
import { alerts, openSink, testFolder } from './store-bench.ts';

const dir = testFolder();

interface Spec {
  readonly at: number;
  readonly severity?: Severity;
  readonly detection?: string;
  readonly sid?: number;
  readonly count?: number;
  readonly from?: string;
  readonly to?: string;
  readonly src?: string;
  readonly category?: string;
  readonly excerpt?: string;
}

function record(spec: Spec, i: number): AlertRecord {
  assert.ok(alertRecord.xmpp !== undefined && alertRecord.evidence !== undefined);
  const { severity = 2, sid = 1560001, count = 1, category = 'Leak' } = spec;
  return {
    ...alertRecord,
    alertId: `${i}a`.padStart(32, String(i)),
    tsUsec: T0 + spec.at * SECOND,
    detection: spec.detection ?? 'dlp-pan',
    srcIp: spec.src ?? '192.0.2.10',
    alert: {
      ...{ ...alertRecord.alert, severity, sid, count, category, signature: `SIG ${sid}` },
      classtype: `some-${category.toLowerCase()}`,
    },
    xmpp: {
      ...alertRecord.xmpp,
      from: spec.from ?? 'Alice@corp.example/desk',
      to: spec.to ?? 'bob@partner.example',
    },
    evidence: { ...alertRecord.evidence, excerpt: spec.excerpt ?? 'nothing' },
  };
}

const SPECS: readonly Spec[] = [
  { at: 0, severity: 1, detection: 'dlp-privkey', sid: 1, excerpt: '100% of it_all' },
  { at: 10, from: 'carol@corp.example/x', count: 5 },
  { at: 20, to: 'alice@corp.example/phone', src: '2001:db8::1', category: 'Spam' },
  { at: 30, detection: 'spim-url-ioc', sid: 2, excerpt: 'see 100 percent of IT', severity: 3 },
  { at: 40.5, from: '', to: '', detection: 'pol-plaintext-session', sid: 3, severity: 4 },
];

function makeStore(name: string, records: readonly SensorRecord[]): string {
  const path = join(dir, name);
  const db = openStore(path);
  new RecordWriter(db).write(records);
  db.close();
  return path;
}

const path = makeStore(
  'filters.db',
  SPECS.map((spec, i) => ({ kind: 'alert', record: record(spec, i) })),
);

/** Positions in SPECS of the alerts that fit, newest first. */
function found(filter: AlertFilter): number[] {
  const store = new AlertStore(path);
  try {
    return store.listAlerts(filter).map(({ id }) => id - 1);
  } finally {
    store.close();
  }
}

describe('AlertStore.listAlerts()', () => {
  const cases: readonly (readonly [name: string, filter: AlertFilter, expected: number[]])[] = [
    ['everything, newest first', {}, [4, 3, 2, 1, 0]],
    ['since is included', { sinceUsec: T0 + 20 * SECOND }, [4, 3, 2]],
    ['until is excluded', { untilUsec: T0 + 20 * SECOND }, [1, 0]],
    ['within one second', { sinceUsec: T0 + 40.6 * SECOND }, []],
    ['severities', { severities: [1, 3] }, [3, 0]],
    ['a detection', { detection: 'dlp-pan' }, [2, 1]],
    ['a family of detections', { detection: 'dlp-*' }, [2, 1, 0]],
    ['a signature', { sid: 2 }, [3]],
    ['a bare JID, either end, any case', { jid: 'ALICE@corp.example' }, [3, 2, 0]],
    ['a full JID', { jid: 'alice@corp.example/phone' }, [2]],
    ['a domain', { jid: 'partner.example' }, [3, 1, 0]],
    ['an address, either end', { ip: '198.51.100.5' }, [4, 3, 2, 1, 0]],
    ['an IPv6 address', { ip: '2001:db8::1' }, [2]],
    ['an IPv6 address as it may be written', { ip: '2001:0DB8:0::1' }, [2]],
    ['an address written as IPv6', { ip: '::ffff:198.51.100.5' }, [4, 3, 2, 1, 0]],
    ['a category', { category: 'Spam' }, [2]],
    ['a category in either case', { category: 'spam' }, [2]],
    ['a class of rules', { category: 'some-spam' }, [2]],
    ['no class that is not there', { category: 'no-such-class' }, []],
    ['words, wildcards taken literally', { text: '100%' }, [0]],
    ['an underscore is no wildcard', { text: 't_a' }, [0]],
    ['a backslash neither', { text: '\\' }, []],
    ['words in either case', { text: 'of it' }, [3, 0]],
    ['a NUL is no end of what is searched for', { text: '\0' }, []],
    ['nor in its midst', { text: 'of\0nothing' }, []],
    ['a quote is data', { text: "' OR 1=1 --" }, []],
    ['a signature of one generator', { gid: 1, sid: 2 }, [3]],
    ['none of another generator', { gid: 9, sid: 2 }, []],
    ['all but a severity', { not: [{ severities: [1, 3] }] }, [4, 2, 1]],
    ['all but a detection', { not: [{ detection: 'dlp-pan' }] }, [4, 3, 0]],
    ['all but a family of detections', { not: [{ detection: 'dlp-*' }] }, [4, 3]],
    ['all but a family that is not there', { not: [{ detection: 'zzz-*' }] }, [4, 3, 2, 1, 0]],
    ['all but a signature', { not: [{ sid: 2 }] }, [4, 2, 1, 0]],
    ['all but a signature of another generator', { not: [{ gid: 9, sid: 2 }] }, [4, 3, 2, 1, 0]],
    ['all but a bare JID, either end', { not: [{ jid: 'ALICE@corp.example' }] }, [4, 1]],
    ['all but one resource', { not: [{ jid: 'alice@corp.example/phone' }] }, [4, 3, 1, 0]],
    ['all but a domain', { not: [{ jid: 'partner.example' }] }, [4, 2]],
    ['all but an address, either end', { not: [{ ip: '198.51.100.5' }] }, []],
    ['all but an IPv6 address', { not: [{ ip: '2001:db8::1' }] }, [4, 3, 1, 0]],
    ['all but a category', { not: [{ category: 'Spam' }] }, [4, 3, 1, 0]],
    ['all but words, wildcards taken literally', { not: [{ text: '100%' }] }, [4, 3, 2, 1]],
    ['all but those of a status', { not: [{ statuses: ['new'] }] }, []],
    ['nothing of two', { not: [{ detection: 'dlp-*' }, { sid: 2 }] }, [4]],
    ['all, when what is left out says nothing', { not: [{}] }, [4, 3, 2, 1, 0]],
    ['one end and not the other', { jid: 'alice@corp.example', not: [{ sid: 2 }] }, [2, 0]],
    [
      'an address and not a detection',
      { ip: '198.51.100.5', not: [{ detection: 'dlp-pan' }] },
      [4, 3, 0],
    ],
    ['a limit', { limit: 2 }, [4, 3]],
    ['several together', { detection: 'dlp-*', severities: [2], ip: '192.0.2.10' }, [1]],
  ];
  for (const [name, filter, expected] of cases) {
    it(`finds ${name}`, () => {
      assert.deepEqual(found(filter), expected);
    });
  }

  it('refuses limits and texts it cannot take', () => {
    for (const filter of [{ limit: 0 }, { limit: 1.5 }, { text: 'x'.repeat(60_000) }]) {
      assert.throws(() => found(filter), { name: 'OperatorError', code: 'USAGE' });
    }
  });

  it('gives back what was stored', async () => {
    const whole = join(dir, 'whole.db');
    const sink = openSink(whole);
    sink.write([{ kind: 'alert', record: alertRecord }]);
    sink.write(alerts(1, { xmpp: undefined, evidence: undefined, alertId: 'f'.repeat(32) }));
    const store = new AlertStore(whole);
    const [bare, alert] = store.listAlerts();
    assert.deepEqual([bare?.xmpp, bare?.evidence], [undefined, undefined]);
    assert.equal(alert?.alertId, alertRecord.alertId);
    assert.deepEqual(alert.evidence, alertRecord.evidence);
    assert.deepEqual(alert.flow, alertRecord.flow);
    assert.deepEqual(alert.metadata, alertRecord.alert.metadata);
    assert.deepEqual(alert.context, alertRecord.alert.context);
    assert.deepEqual(alert.vlan, [100]);
    assert.equal(alert.xmpp?.user, 'alice');
    assert.equal(alert.status, 'new');
    store.close();
    await sink.close();
  });

  it('knows the triage of alerts', () => {
    const triaged = makeStore('triage.db', alerts(3));
    const db = new Database(triaged);
    const set = db.prepare('INSERT INTO alert_triage VALUES (?, ?, 0, ?, ?)');
    set.run('1'.padStart(32, '0'), 'escalated', 'ann', 'look at this');
    set.run('2'.padStart(32, '0'), 'new', 'ann', 'undone');
    db.close();
    const store = new AlertStore(triaged);
    const ids = (...statuses: TriageStatus[]): number[] =>
      store.listAlerts({ statuses }).map(({ id }) => id);
    assert.deepEqual(ids('escalated'), [2]);
    assert.deepEqual(ids('new'), [3, 1]);
    assert.deepEqual(ids('closed'), []);
    assert.deepEqual(ids('new', 'escalated'), [3, 2, 1]);
    assert.deepEqual(ids('escalated', 'closed'), [2]);
    assert.equal(store.findAlert('2')?.comment, 'look at this');
    store.close();
  });
});

describe('AlertStore', () => {
  it('counts and ranks, folded repeats counted', () => {
    const store = new AlertStore(path);
    assert.equal(store.countAlerts(), 9);
    assert.equal(store.countAlerts({ severities: [1] }), 1);
    assert.deepEqual(
      store.topAlerts('jid').map(({ key, alerts: n, severity }) => [key, n, severity]),
      [
        ['carol@corp.example', 5, 2],
        ['alice@corp.example', 3, 1],
      ],
    );
    assert.deepEqual(
      store.topAlerts('signature', { limit: 2 }).map(({ key, sid, alerts: n }) => [key, sid, n]),
      [
        ['SIG 1560001', 1560001, 6],
        ['SIG 1', 1, 1],
      ],
    );
    const keys = (by: 'domain' | 'ip' | 'category'): string[] =>
      store.topAlerts(by).map(({ key }) => key);
    assert.deepEqual(keys('domain'), ['corp.example']);
    assert.deepEqual(keys('ip'), ['192.0.2.10', '2001:db8::1']);
    assert.deepEqual(keys('category'), ['Leak', 'Spam']);
    const [first] = store.topAlerts('category', { untilUsec: T0 + 15 * SECOND });
    assert.deepEqual([first?.firstUsec, first?.lastUsec], [T0, T0 + 10 * SECOND]);
    store.close();
  });

  it('finds one alert by its number or by the beginning of its id', () => {
    const store = new AlertStore(path);
    assert.equal(store.findAlert('3')?.category, 'Spam');
    assert.equal(store.findAlert('2222')?.id, 3);
    assert.equal(store.findAlert('99'), undefined);
    assert.equal(store.findAlert('abcdef'), undefined);
    assert.equal(store.findAlert("1' OR '1'='1"), undefined);
    store.close();
    const twins = makeStore('twins.db', alerts(2));
    const ambiguous = new AlertStore(twins);
    assert.throws(() => ambiguous.findAlert('00000'), { code: 'USAGE' });
    ambiguous.close();
  });

  it('lists sessions, identities and exposures', () => {
    const other = {
      ...sessionRecord,
      communityId: '1:x',
      jid: 'zoe@far.example/1',
      domain: 'far.example',
      tsUsec: T0,
      flow: { ...sessionRecord.flow, clientIp: '203.0.113.9' },
    };
    const store = new AlertStore(
      makeStore('people.db', [
        { kind: 'session', record: sessionRecord },
        { kind: 'session', record: other },
      ]),
    );
    const jids = (filter: Parameters<AlertStore['listSessions']>[0]): string[] =>
      store.listSessions(filter).map(({ jid }) => jid);
    assert.deepEqual(jids({}), ['Alice@corp.example/desk', 'zoe@far.example/1']);
    assert.deepEqual(jids({ jid: 'zoe@FAR.example' }), ['zoe@far.example/1']);
    assert.deepEqual(jids({ jid: 'far.example' }), ['zoe@far.example/1']);
    assert.deepEqual(jids({ ip: '203.0.113.9' }), ['zoe@far.example/1']);
    assert.deepEqual(jids({ text: 'gajim' }), ['Alice@corp.example/desk', 'zoe@far.example/1']);
    assert.deepEqual(jids({ sinceUsec: T0 + 1 }), ['Alice@corp.example/desk']);
    const [session] = store.listSessions();
    assert.deepEqual(session?.messages, [3, 4]);
    assert.deepEqual(session.mechanismsOffered, ['SCRAM-SHA-1', 'PLAIN']);
    assert.deepEqual(
      store.listIdentities().map(({ jid, addresses }) => [jid, addresses.join()]),
      [
        ['zoe@far.example', '203.0.113.9'],
        ['alice@corp.example', '192.0.2.10'],
      ],
    );
    const [exposure] = store.listExposures({ limit: 1 });
    assert.deepEqual([exposure?.exposed, exposure?.starttls], ['password', 'offered']);
    store.close();
  });

  it('tells of each account once, with all its addresses, clients and resources', () => {
    const seen = (n: number, changes: Partial<SessionRecord>): SensorRecord => ({
      kind: 'session',
      record: { ...sessionRecord, communityId: `1:p${n}`, ...changes },
    });
    const at = (clientIp: string): SessionRecord['flow'] => ({ ...sessionRecord.flow, clientIp });
    const store = new AlertStore(
      makeStore('accounts.db', [
        seen(1, { startUsec: T0, endUsec: T0 + SECOND }),
        seen(2, {
          jid: 'alice@corp.example/phone',
          client: 'Conversations',
          flow: at('192.0.2.11'),
          endUsec: T0 + 9 * SECOND,
        }),
        seen(3, {
          jid: 'alice@corp.example/phone2',
          client: '',
          tls: 'started',
          flow: at('192.0.2.11'),
          endUsec: T0 + 8 * SECOND,
        }),
        seen(4, { jid: 'bob@far.example/x', domain: 'far.example', endUsec: T0 + 2 * SECOND }),
        seen(5, {
          jid: '',
          connection: 's2s',
          peerDomain: 'peer.example',
          endUsec: T0 - 8 * SECOND,
        }),
      ]),
    );
    const [alice, ...others] = store.listIdentities();
    assert.ok(alice !== undefined);
    const { sightings, ...facts } = alice;
    assert.equal(sightings.length, 2);
    assert.deepEqual(facts, {
      jid: 'alice@corp.example',
      domain: 'corp.example',
      connections: ['c2s'],
      addresses: ['192.0.2.11', '192.0.2.10'],
      clients: ['Conversations', 'Gajim 1.8'],
      resources: ['phone2', 'phone', 'desk'],
      servers: ['198.51.100.5'],
      firstUsec: T0 - 9 * SECOND,
      lastUsec: T0 + 9 * SECOND,
      sessions: 3,
      tlsSessions: 1,
    });
    assert.deepEqual(
      others.map(({ jid, connections }) => [jid, connections.join()]),
      [
        ['bob@far.example', 'c2s'],
        ['peer.example', 's2s'],
      ],
    );
    const jids = (filter: Parameters<AlertStore['listIdentities']>[0]): string[] =>
      store.listIdentities(filter).map(({ jid }) => jid);
    assert.deepEqual(jids({ jid: 'Alice@corp.example/desk' }), ['alice@corp.example']);
    assert.deepEqual(jids({ domain: 'FAR.example' }), ['bob@far.example']);
    assert.deepEqual(jids({ ip: '192.0.2.11' }), ['alice@corp.example']);
    assert.deepEqual(jids({ sinceUsec: T0 + 9 * SECOND }), ['alice@corp.example']);
    assert.deepEqual(jids({ untilUsec: T0 - 10 * SECOND }), []);
    assert.deepEqual(jids({ limit: 1 }), ['alice@corp.example']);
    store.close();
  });

  it('finds campaigns and the alerts that joined them', () => {
    const joined = {
      ...alertRecord,
      incident: {
        name: 'n',
        firings: 1,
        lastUsec: T0,
        contributors: [],
        contributorCount: 0,
        campaignId: campaignRecord.campaignId,
      },
    };
    const store = new AlertStore(
      makeStore('campaigns.db', [
        { kind: 'alert', record: joined },
        ...alerts(2),
        { kind: 'campaign', record: campaignRecord },
        {
          kind: 'campaign',
          record: { ...campaignRecord, messages: 90, senders: 30, lastUsec: T0 + 5e8 },
        },
        { kind: 'campaign', record: { ...campaignRecord, messages: 7 } },
        {
          kind: 'campaign',
          record: { ...campaignRecord, campaignId: 'c0ffef', kind: 'text', lastUsec: T0 },
        },
      ]),
    );
    assert.deepEqual(
      store
        .listCampaigns()
        .map(({ campaignId, messages, alerts: count }) => [campaignId, messages, count]),
      [
        [campaignRecord.campaignId, 90, 1],
        ['c0ffef', 40, 0],
      ],
    );
    assert.deepEqual(
      store.listAlerts({ campaignId: campaignRecord.campaignId }).map(({ alertId }) => alertId),
      [alertRecord.alertId],
    );
    assert.equal(store.findCampaign('c0ffee')?.senderSamples.length, 2);
    assert.equal(store.findCampaign('nothing'), undefined);
    assert.throws(() => store.findCampaign('c0ff'), { code: 'USAGE' });
    assert.equal(store.listCampaigns({ sinceUsec: T0 + 1e8 }).length, 1);
    store.close();
  });

  it('gives alerts that fired in the time asked for, though they began earlier', () => {
    const incident = {
      name: 'n',
      firings: 9,
      lastUsec: T0 + 3600 * SECOND,
      contributors: ['mallory@far.example'],
      contributorCount: 40,
    };
    const summary = 'mallory@far.example wrote to 9 strangers';
    const grown = {
      ...alertRecord,
      incident,
      alert: { ...alertRecord.alert, count: 9, target: 'dest_ip' as const, context: { summary } },
    };
    const store = new AlertStore(
      makeStore('grown.db', [
        { kind: 'alert', record: alertRecord },
        { kind: 'alert_update', record: grown },
      ]),
    );
    const [alert] = store.listAlerts({ sinceUsec: T0 + 3000 * SECOND });
    assert.equal(alert?.count, 9);
    assert.deepEqual(
      [alert.tsUsec, alert.lastUsec, alert.summary, alert.contributors, alert.contributorCount],
      [T0, incident.lastUsec, summary, incident.contributors, 40],
    );
    assert.equal(store.listAlerts({ untilUsec: T0 + SECOND }).length, 1);
    assert.equal(store.listAlerts({ sinceUsec: T0 + 3601 * SECOND }).length, 0);
    assert.equal(store.listAlerts({ text: 'Mallory' }).length, 1);
    assert.deepEqual(
      store.topAlerts('signature').map(({ alerts: count, lastUsec }) => [count, lastUsec]),
      [[9, incident.lastUsec]],
    );
    store.close();
  });

  it('reads while the sensor writes, and cannot write', async () => {
    const live = join(dir, 'live.db');
    const sink = openSink(live);
    sink.write(alerts(2));
    const store = new AlertStore(live);
    assert.equal(store.listAlerts().length, 2);
    sink.write(alerts(2, {}, 2));
    assert.equal(store.listAlerts().length, 4);
    store.close();
    await sink.close();
  });

  it('says what is wrong with a store it cannot read', () => {
    const text = join(dir, 'text.db');
    writeFileSync(text, 'no database at all, just text that is long enough\n'.repeat(50));
    const empty = join(dir, 'empty.db');
    writeFileSync(empty, '');
    const newer = makeStore('newer.db', []);
    const db = new Database(newer);
    db.exec("INSERT INTO schema_migrations VALUES (999, 'later', 0)");
    db.close();
    const locked = makeStore('locked.db', []);
    const holder = new Database(locked);
    holder.pragma('journal_mode = DELETE');
    holder.exec('BEGIN EXCLUSIVE');
    for (const [file, code] of [
      [join(dir, 'missing.db'), 'STORE_UNREADABLE'],
      [text, 'STORE_UNREADABLE'],
      [empty, 'STORE_UNREADABLE'],
      [dir, 'STORE_UNREADABLE'],
      [newer, 'STORE_NEWER'],
      [locked, 'STORE_LOCKED'],
    ] as const) {
      assert.throws(
        () => new AlertStore(file, { busyMs: 50 }),
        (error: unknown) =>
          error instanceof OperatorError && error.code === code && (error.hint ?? '') !== '',
        file,
      );
    }
    holder.close();
  });
});
