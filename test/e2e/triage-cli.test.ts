/** Triage and export as they are typed, over a store filled from the bundled captures. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { limitValues, loadConfig, storeFile } from '../../sensor/config/index.ts';
import { EXIT, type AuditEntry } from '../../sensor/core/index.ts';
import { StoreClient, type StoredAlert, type TriageEntry } from '../../sensor/output/index.ts';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-e2e-triage-'));
const eveFile = join(folder, 'eve.json');

async function alerts(...args: readonly string[]): ReturnType<typeof runCommand> {
  return await runCommand('alerts', ...args, '-l', folder);
}

async function listed(...filters: readonly string[]): Promise<StoredAlert[]> {
  const { out } = await alerts('list', '--json', '--limit', '100000', ...filters);
  return JSON.parse(out) as StoredAlert[];
}

/** First to last. */
async function auditRows(action: string): Promise<AuditEntry[]> {
  const config = loadConfig({ file: undefined, overrides: [`data_dir=${folder}`] });
  const store = new StoreClient({ path: storeFile(config), limits: limitValues(config) });
  const { items } = await store.audit({});
  await store.close();
  return items.filter((row) => row.action.startsWith(action)).reverse();
}

before(async () => {
  const { status, err } = await runCommand(
    ...['read', 'fixtures/pcap/demo', '-l', folder, '--eve', eveFile],
  );
  assert.equal(status, EXIT.ok, err);
});
after(() => {
  rmSync(folder, { recursive: true });
});

describe('alerts export', () => {
  it('gives the EVE objects that the sensor wrote', async () => {
    const written = new Map<string, Record<string, unknown>>();
    for (const line of readFileSync(eveFile, 'utf8').split('\n')) {
      if (line === '') continue;
      const event = JSON.parse(line) as Record<string, unknown>;
      const type = event['event_type'];
      if (type === 'alert' || type === 'alert_update')
        written.set(String(event['alert_id']), event);
    }
    const { status, out } = await alerts('export');
    assert.equal(status, EXIT.ok);
    const exported = out.split('\n').filter((line) => line !== '');
    assert.equal(exported.length, written.size);
    let alone = 0;
    for (const line of exported) {
      const event = JSON.parse(line) as Record<string, unknown>;
      const same = written.get(String(event['alert_id']));
      assert.ok(same !== undefined);
      if (same['event_type'] === 'alert') {
        assert.deepEqual(event, same);
        alone++;
      } else {
        // What has grown is told as the alert it has become, at the time it began.
        const { timestamp, ...grown } = same;
        assert.notEqual(timestamp, undefined);
        assert.deepEqual({ ...grown, event_type: 'alert', timestamp: event['timestamp'] }, event);
      }
    }
    assert.ok(alone > 10);
  });

  it('writes CSV of the alerts that fit, or are named, into a file only its owner reads', async () => {
    const file = join(folder, 'alerts.csv');
    const [first] = await listed('--severity', 'critical');
    assert.ok(first !== undefined);
    const { status } = await alerts('export', '--format', 'csv', '-o', file, String(first.id));
    assert.equal(status, EXIT.ok);
    const [header, line, rest, ...more] = readFileSync(file, 'utf8').split('\r\n');
    assert.match(header ?? '', /^id,alert_id,first,last,severity,/);
    assert.match(line ?? '', new RegExp(`^${first.id},${first.alertId},`));
    assert.deepEqual([rest, more], ['', []]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const all = await alerts('export', '--format', 'csv', '--severity', 'critical');
    assert.equal(all.out.split('\r\n').length, (await listed('--severity', 'critical')).length + 2);
  });

  it('writes the packets of an alert into a pcapng file, where they are kept', async () => {
    const file = join(folder, 'alert.pcapng');
    const kept = await alerts(
      'export',
      '--format',
      'pcap',
      '--limit',
      '2',
      '--sid',
      '1520011',
      '-o',
      file,
    );
    assert.equal(kept.status, EXIT.ok, kept.err);
    assert.equal(readFileSync(file).readUInt32BE(0), 0x0a0d0d0a);
    rmSync(join(folder, 'packets'), { recursive: true });
    const gone = await alerts('export', '1', '--format', 'pcap', '-o', join(folder, 'none.pcapng'));
    assert.equal(gone.status, EXIT.usage);
    assert.match(gone.err, /No packets are kept/);
    assert.ok(!existsSync(join(folder, 'none.pcapng')));
    const rows = await auditRows('packets_taken');
    const first = (await listed()).find(({ id }) => id === 1);
    assert.deepEqual(
      rows.slice(2).map(({ object }) => object),
      [first?.alertId, first?.alertId],
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['packets_taken', 'packets_taken', 'packets_taken', 'packets_taken_failed'],
    );
    for (const { actor, object, detail } of rows) {
      assert.ok(actor !== '');
      assert.match(object, /^[0-9a-f]{32}$/);
      assert.equal(typeof detail['sid'], 'number');
    }
  });

  it('says what it cannot do, and leaves nothing half written', async () => {
    for (const [args, message] of [
      [['--format', 'pcap', '1'], /Name a file/],
      [['--format', 'pcap', '-o', join(folder, 'x.pcapng')], /which alerts/],
      [['--format', 'xml'], /Allowed choices/],
      [['1', '--sid', '5'], /not both/],
      [['--format', 'pcap', '--sid', '1', '-o', join(folder, 'x.pcapng')], /No alert fits/],
      [['--json', '1'], /unknown option '--json'/],
      [['99999999'], /no alert 99999999/],
      [['-o', join(folder, 'none', 'x.json'), '1'], /Cannot write/],
    ] as const) {
      const { status, err } = await alerts('export', ...args);
      assert.equal(status, EXIT.usage, args.join(' '));
      assert.match(err, message);
    }
    assert.ok(!existsSync(join(folder, 'x.pcapng')));
    const help = await runCommand('alerts', 'export', '--help');
    assert.doesNotMatch(help.out, /--json/);
    assert.match(
      help.out.replace(/\s+/g, ' '),
      /pcapng file \(needs ids or filters, and -o or a pipe\)/,
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('x.')),
      [],
    );
  });
});

describe('alerts list --not', () => {
  it('leaves out what each filter fits, from all questions alike', async () => {
    const all = await listed();
    const one = all.find(({ xmpp }) => xmpp?.from.includes('@'));
    assert.ok(one?.xmpp !== undefined);
    const from = one.xmpp.from.split('/', 1)[0] ?? '';
    const ids = (rows: readonly StoredAlert[]): string[] => rows.map(({ alertId }) => alertId);
    for (const filter of [
      ['--jid', from, `jid:${from}`],
      ['--ip', one.srcIp, `ip:${one.srcIp}`],
      ['--detection', 'dlp-*', 'detection:dlp-*'],
      ['--sid', String(one.sid), `sid:${one.gid}:${one.sid}`],
      ['--severity', 'info,medium', 'severity:info,medium'],
      ['--category', one.category, `category:${one.category}`],
      ['--flow', one.communityId, `flow:${one.communityId}`],
      ['--text', 'password', 'text:password'],
    ] as const) {
      const only = new Set(ids(await listed(filter[0], filter[1])));
      assert.ok(only.size > 0, filter.join(' '));
      const rest = ids(all).filter((id) => !only.has(id));
      assert.deepEqual(ids(await listed('--not', filter[2])), rest, filter.join(' '));
    }
    const none = ['severity:critical,high', 'severity:medium', 'severity:info'];
    assert.deepEqual(await listed(...none.flatMap((not) => ['--not', not])), []);
    const csv = await alerts('export', '--format', 'csv', '--not', `jid:${from}`);
    assert.ok(csv.out.includes('\r\n') && !csv.out.includes(`,${from},`));
    const top = await alerts('top', '--by', 'jid', '--json', '--not', `jid:${from}`);
    assert.ok(!top.out.includes(`"key": "${from}"`));
  });

  it('says what is wrong with it', async () => {
    for (const [not, message] of [
      ['alice', /does not say what to leave out[\s\S]*jid:alice@corp\.example/],
      ['jdi:alice', /Did you mean jid\?/],
      ['severity:critcal', /Did you mean critical\?/],
      ['since:24h', /no filter to leave out by "since"/],
    ] as const) {
      const { status, err } = await alerts('list', '--not', not);
      assert.equal(status, EXIT.usage);
      assert.match(err, message);
    }
  });
});

describe('tokens made and revoked by the command line', () => {
  it('stand in the audit where there is a store', async () => {
    const token = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand('token', ...args, '-l', folder);
    assert.equal((await token('create', '--name', 'eve', '--role', 'analyst')).status, EXIT.ok);
    assert.equal((await token('create', '--name', 'eve')).status, EXIT.usage);
    assert.equal((await token('revoke', 'eve')).status, EXIT.ok);
    const rows = await auditRows('token_');
    assert.deepEqual(
      rows.map(({ action, object, detail }) => [action, object, detail['role'] ?? '']),
      [
        ['token_created', 'eve', 'analyst'],
        ['token_created', 'eve', 'viewer'],
        ['token_created_failed', 'eve', 'viewer'],
        ['token_revoked', 'eve', ''],
      ],
    );
    assert.ok(rows.every(({ actor }) => actor !== ''));
    assert.ok(!JSON.stringify(rows).includes('sw_'));
  });
});

describe('alerts ack|escalate|close|reopen|comment', () => {
  it('change alerts by number, say who did it, and show it', async () => {
    const [one, two] = await listed();
    assert.ok(one !== undefined && two !== undefined);
    const ids = [String(one.id), two.alertId.slice(0, 12)];
    const done = await alerts('ack', ...ids, '--comment', 'seen \u001b[31mred', '--actor', 'ann');
    assert.deepEqual([done.status, done.out], [EXIT.ok, 'acknowledged 2 alerts\n']);
    assert.equal((await alerts('escalate', String(one.id), '--actor', 'bo')).status, EXIT.ok);
    await alerts('comment', String(one.id), 'called them', '--actor', 'bo');
    const shown = await alerts('show', String(one.id));
    assert.match(shown.out, /\nstatus +escalated: called them\n/);
    assert.match(shown.out, /\nhistory +\S+ \S+ UTC ann: acknowledged, seen \\u001b\[31mred\n/);
    assert.match(shown.out, /\nhistory +\S+ \S+ UTC bo: escalated\n/);
    assert.doesNotMatch(shown.out, /\u001b/);
    const json = await alerts('show', String(one.id), '--json');
    const { history } = JSON.parse(json.out) as { readonly history: TriageEntry[] };
    assert.deepEqual(
      history.map(({ actor, status, comment }) => [actor, status, comment]),
      [
        ['ann', 'acknowledged', 'seen \u001b[31mred'],
        ['bo', 'escalated', ''],
        ['bo', 'escalated', 'called them'],
      ],
    );
    await alerts('close', String(two.id));
    await alerts('reopen', String(two.id), '--actor', 'ann');
    assert.equal(
      (await listed('--status', 'new')).some(({ id }) => id === two.id),
      true,
    );
  });

  it('take a comment as it is typed, in quotes or without', async () => {
    const [one, two] = await listed();
    assert.ok(one !== undefined && two !== undefined);
    const comments = async (id: number): Promise<readonly string[]> => {
      const { out } = await alerts('show', String(id), '--json');
      const { history } = JSON.parse(out) as { readonly history: TriageEntry[] };
      return history.map(({ comment }) => comment);
    };
    for (const [words, text] of [
      [[String(one.id), 'hello', 'there'], 'hello there'],
      [[String(one.id), 'seen', '2', 'times'], 'seen 2 times'],
      [[String(one.id), '42'], '42'],
      [[String(two.id), String(one.id), 'both of them'], 'both of them'],
    ] as const) {
      const { status, err } = await alerts('comment', ...words);
      assert.equal(status, EXIT.ok, err);
      assert.equal((await comments(one.id)).at(-1), text);
    }
    assert.equal((await comments(two.id)).at(-1), 'both of them');
    const before = await listed();
    const unclear = await alerts(
      ...['comment', String(one.id), String(two.id), 'hosts', 'were', 'cleaned'],
    );
    assert.equal(unclear.status, EXIT.usage);
    assert.match(unclear.err, /not clear.*\n.*in quotes/);
    assert.deepEqual(await listed(), before);
  });

  it('change all that fit only when told so', async () => {
    const filters = ['--detection', 'spim-*', '--status', 'open'];
    const fitting = await listed(...filters);
    assert.ok(fitting.length > 1);
    const refused = await alerts('ack', ...filters);
    assert.equal(refused.status, EXIT.usage);
    assert.match(refused.err, /More than one alert fits: nothing was changed.*\n.*--yes/);
    assert.equal((await listed(...filters)).length, fitting.length);
    const { out } = await alerts('ack', ...filters, '--yes', '--json', '--comment', 'drill');
    const { changed, alertIds } = JSON.parse(out) as { changed: number; alertIds: string[] };
    assert.equal(changed, fitting.length);
    assert.deepEqual([...alertIds].sort(), fitting.map(({ alertId }) => alertId).sort());
    assert.equal((await listed(...filters)).length, 0);
    const again = await alerts('ack', ...filters, '--yes');
    assert.equal(again.out, 'acknowledged 0 alerts\n');
  });

  it('refuse what makes no sense, and change nothing', async () => {
    const before = await listed();
    for (const [args, message] of [
      [['list', '--ip', 'nope'], /"nope" is no IP address/],
      [['list', '--ip', '10.0.0.0/8'], /A block cannot be asked for/],
      [['list', '--since', '1h', '--until', '24h'], /since is after until/],
      [['list', '--limit', '1000000000'], /from 1 to 999999999/],
      [['close', '--ip', 'nope', '--yes'], /no IP address/],
      [['ack'], /Say which alerts/],
      [['ack', '99999999', '1'], /no alert 99999999/],
      [['ack', '1', '--severity', 'high'], /not both/],
      [['comment', '1', 'x'.repeat(4001)], /at most 4000 characters/],
      [['comment', 'only text'], /Say which alerts/],
      [['escalate', '--status', 'opne', '--yes'], /Did you mean open/],
    ] as const) {
      const { status, err } = await alerts(...args);
      assert.equal(status, EXIT.usage, args.join(' '));
      assert.match(err, message);
    }
    assert.deepEqual(await listed(), before);
    const nowhere = join(folder, 'text.db');
    writeFileSync(nowhere, 'no database at all, only text that is long enough\n'.repeat(50));
    const { status, err } = await runCommand('alerts', 'ack', '1', '--db', nowhere);
    assert.equal(status, EXIT.sink);
    assert.match(err, /STORE_UNREADABLE/);
  });
});
