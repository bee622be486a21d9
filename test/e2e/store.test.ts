/** Attacks over time through `read` into a store, and what analysts then ask of it: one alert that grows, who is where,
 * who showed a password, a baseline that outlives the sensor. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  StoredAlert,
} from '../../sensor/output/index.ts';
import {
  START_USEC,
  mergeByTime,
  tcpConversation,
  writePcap,
  type TimedPacket,
  type Turn,
} from '../support/packets.ts';
import { runCommand } from '../support/run-cli.ts';

const SECOND = 1_000_000;
const ATTACKER = '203.0.113.7';
const SERVER = '198.51.100.5';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-e2e-store-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const OPEN =
  "to='corp.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

function features(starttls: string): string {
  return (
    `<stream:stream from='corp.example' id='s1' ${OPEN.slice("to='corp.example' ".length)}<stream:features>${starttls}` +
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>" +
    '<mechanism>PLAIN</mechanism></mechanisms></stream:features>'
  );
}

const REQUIRED = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

function plain(user: string, password: string): string {
  const payload = Buffer.from(`\0${user}\0${password}`).toString('base64');
  return `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${payload}</auth>`;
}

function login(
  user: string,
  isAccepted: boolean,
  at: number,
  port: number,
  client = ATTACKER,
): TimedPacket[] {
  const answer = isAccepted
    ? "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    : "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
  const turns: Turn[] = [
    ['C', `<stream:stream ${OPEN}`],
    ['S', features('')],
    ['C', plain(user, `secret-of-${user}`)],
    ['S', answer],
  ];
  return tcpConversation(turns, {
    client,
    clientPort: port,
    server: SERVER,
    serverPort: 5222,
    startUsec: START_USEC + at * SECOND,
  });
}

function captureOf(name: string, ...conversations: readonly (readonly TimedPacket[])[]): string {
  const path = join(folder, name);
  writeFileSync(path, writePcap(mergeByTime(...conversations)));
  return path;
}

interface EveLine {
  readonly timestamp: string;
  readonly event_type: string;
  readonly alert_id: string;
  readonly alert: { readonly signature_id: number; readonly count: number };
  readonly incident?: {
    readonly contributors: readonly string[];
    readonly contributors_total: number;
  };
}

/** EVE lines of alerts and updates of one rule. */
function eveOf(dir: string, sid: number): EveLine[] {
  return readFileSync(join(dir, 'eve.json'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EveLine)
    .filter(({ alert }) => (alert as EveLine['alert'] | undefined)?.signature_id === sid);
}

async function read(capture: string, name: string): Promise<string> {
  const dir = join(folder, name);
  const { status, err } = await runCommand('read', capture, '-l', dir);
  assert.equal(status, 0, err);
  return dir;
}

async function ask<Row>(dir: string, ...question: readonly string[]): Promise<Row> {
  const { status, out, err } = await runCommand(...question, '-l', dir, '--json');
  assert.equal(status, 0, err);
  return JSON.parse(out) as Row;
}

describe('guessing of passwords', () => {
  const GUESSED = 1520210;
  const capture = captureOf(
    'guess.pcap',
    ...Array.from({ length: 40 }, (_, i) => login(`user${i}`, false, i, 30_000 + i)),
    login('alice', true, 50, 31_000, '192.0.2.10'),
  );

  it('is one alert that grows, in EVE and in the store, however often it is read', async () => {
    const dir = await read(capture, 'guess');
    const lines = eveOf(dir, GUESSED);
    const [first, ...updates] = lines;
    assert.equal(first?.event_type, 'alert');
    assert.ok(updates.length > 0 && updates.length < 12, `${updates.length} updates`);
    assert.ok(updates.every(({ event_type }) => event_type === 'alert_update'));
    assert.equal(new Set(lines.map(({ alert_id }) => alert_id)).size, 1);
    const counts = lines.map(({ alert }) => alert.count);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => a - b),
    );
    const latest = lines.at(-1);
    const check = async (): Promise<void> => {
      const alerts = await ask<StoredAlert[]>(dir, 'alerts', 'list', '--sid', String(GUESSED));
      const [alert] = alerts;
      assert.equal(alerts.length, 1);
      assert.equal(alert?.count, latest?.alert.count);
      assert.ok(alert !== undefined && alert.lastUsec > alert.tsUsec);
      assert.match(alert.summary, /203\.0\.113\.7/);
      assert.equal(alert.contributorCount, latest?.incident?.contributors_total);
      assert.ok(alert.contributors.length <= 32);
    };
    await check();
    await read(capture, 'guess');
    await check();
  });

  it('is told in a sentence, first of all, and never with a password', async () => {
    const dir = await read(capture, 'told');
    const list = await runCommand('alerts', 'list', '-l', dir);
    assert.match(list.out, /203\.0\.113\.7 .*corp\.example/);
    const [alert] = await ask<StoredAlert[]>(dir, 'alerts', 'list', '--sid', String(GUESSED));
    const shown = await runCommand('alerts', 'show', String(alert?.id), '-l', dir);
    assert.match(shown.out, /^story {2,}.*203\.0\.113\.7/);
    assert.match(shown.out, /^time .* to .* UTC, \d+ times$/m);
    for (const { out } of [list, shown, await runCommand('exposures', '-l', dir, '--json')]) {
      assert.doesNotMatch(out, /secret-of/);
    }
  });

  it('shows whose passwords were exposed, with what outcome', async () => {
    const dir = await read(capture, 'exposed');
    const all = await ask<ExposureSummary[]>(dir, 'exposures');
    assert.equal(all.length, 41);
    const [alice] = await ask<ExposureSummary[]>(dir, 'exposures', '--jid', 'alice@corp.example');
    assert.deepEqual(
      [alice?.exposed, alice?.mechanism, alice?.outcome, alice?.successes, alice?.clientIp],
      ['password', 'PLAIN', 'success', 1, '192.0.2.10'],
    );
    const failed = await ask<ExposureSummary[]>(dir, 'exposures', '--ip', ATTACKER, '--limit', '3');
    assert.deepEqual(
      failed.map(({ outcome, failures, condition }) => [outcome, failures, condition]),
      Array.from({ length: 3 }, () => ['failure', 1, 'not-authorized']),
    );
    const people = await ask<IdentitySummary[]>(dir, 'identities');
    assert.deepEqual(
      people.map(({ jid, addresses, tlsSessions }) => [jid, addresses, tlsSessions]),
      [['alice@corp.example', ['192.0.2.10'], 0]],
      'who never got in is nobody known',
    );
    assert.deepEqual(await ask(dir, 'campaigns', 'list'), []);
    const none = await runCommand('campaigns', 'show', 'feedface', '-l', dir);
    assert.equal(none.status, 1);
  });
});

describe('a wave of messages', () => {
  const ADVERT =
    'we are a young team with years of experience and look for people in your town who would like to earn a little extra from home';
  const header = (from: string, to: string, id: string): string =>
    `<stream:stream from='${from}' to='${to}'${id} version='1.0' xmlns='jabber:server' ` +
    "xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>";
  const turns: Turn[] = [
    ['C', header('ext.example', 'corp.example', '')],
    ['S', `${header('corp.example', 'ext.example', " id='d1'")}<stream:features/>`],
    ...Array.from({ length: 30 }, (_, i): Turn => [
      'C',
      `<message from='s${i}@ext.example/x' to='u${i}@corp.example' type='chat'><body>${ADVERT}</body></message>`,
    ]),
  ];
  const capture = captureOf(
    'wave.pcap',
    tcpConversation(turns, {
      client: '203.0.113.9',
      server: SERVER,
      serverPort: 5269,
      startUsec: START_USEC,
      stepUsec: SECOND / 10,
    }),
  );

  it('is a campaign that its alerts join, once, however often it is read', async () => {
    const dir = await read(capture, 'wave');
    await read(capture, 'wave');
    const campaigns = await ask<CampaignSummary[]>(dir, 'campaigns', 'list');
    const [campaign] = campaigns;
    assert.equal(campaigns.length, 1);
    assert.deepEqual(
      [campaign?.messages, campaign?.senders, campaign?.recipients, campaign?.domainSamples],
      [30, 30, 30, ['ext.example']],
    );
    const id = campaign?.campaignId ?? '';
    const joined = await ask<StoredAlert[]>(dir, 'alerts', 'list', '--campaign', id);
    assert.ok(joined.length >= 1 && joined.length <= 4, `${joined.length} alerts joined`);
    assert.ok(joined.some(({ count }) => count > 20));
    const shown = await runCommand('campaigns', 'show', id, '-l', dir);
    assert.match(shown.out, /30 messages of 30 senders in 1 domains? to 30 recipients/);
    assert.match(shown.out, /strangers|do not know/);
    assert.match(readFileSync(join(dir, 'eve.json'), 'utf8'), /"event_type":"campaign"/);
  });
});

describe('what a server offers', () => {
  const STRIPPED = ['1520500', '1520501'];
  const hello = (starttls: string, day: number, client: string): TimedPacket[] =>
    tcpConversation(
      [
        ['C', `<stream:stream ${OPEN}`],
        ['S', features(starttls)],
        ['C', '</stream:stream>'],
      ],
      { client, server: SERVER, serverPort: 5222, startUsec: START_USEC + day * 86_400 * SECOND },
    );
  const before = captureOf('before.pcap', hello(REQUIRED, 0, '192.0.2.10'));
  const later = captureOf('later.pcap', hello('', 1, '192.0.2.11'));

  it('is remembered by the next run: STARTTLS taken out meanwhile is told', async () => {
    const dir = await read(before, 'baseline');
    const stripped = async (): Promise<number> => {
      const alerts = await ask<StoredAlert[]>(dir, 'alerts', 'list');
      return alerts.filter(({ sid }) => STRIPPED.includes(String(sid))).length;
    };
    assert.equal(await stripped(), 0);
    await read(later, 'baseline');
    assert.equal(await stripped(), 1);
  });

  it('is unknown to a sensor that never saw better', async () => {
    const dir = await read(later, 'fresh');
    const alerts = await ask<StoredAlert[]>(dir, 'alerts', 'list');
    assert.deepEqual(
      alerts.filter(({ sid }) => STRIPPED.includes(String(sid))),
      [],
    );
  });
});
