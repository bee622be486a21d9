/**
 * An analyst beside a live sensor: what is tuned holds for the next packets, and whatever is asked of a large store
 * costs the capture no packet.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { AlertDetail, TuningEntry } from '../../sensor/api/contract.ts';
import { LiveSensor } from '../support/live-sensor.ts';
import { Namespace, connectNamespaces, sentPackets } from '../support/netns.ts';
import { runCommand } from '../support/run-cli.ts';
import { mergeByTime, tcpConversation, writePcap, type Turn } from '../support/packets.ts';

const DEVICE = 'e0';
const SETTLE_MS = 90_000;
/** Alerts in the store that is asked. */
const STORED = 300_000;
const ASKING_SECONDS = 30;
/** Sessions a second. */
const RATE = 20;
/** /healthz while the store is asked: most answers come as fast as ever, as far as the machine has time. */
const ALIVE_MS = 200;
const ALIVE_TIMES = 10;

/** A plaintext log-in and a message with a card number, or another with a private key. */
function session(client: number, body: string): Turn[] {
  const header = (attributes: string): string =>
    `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' ${attributes}>`;
  const plain = Buffer.from(`\0u${client}\0seat-secret-${client}`).toString('base64');
  return [
    ['C', header("to='corp.example'")],
    [
      'S',
      `${header(`from='corp.example' id='s${client}'`)}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    ],
    ['C', `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`],
    ['S', "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"],
    ['C', header("to='corp.example'")],
    ['S', `${header(`from='corp.example' id='t${client}'`)}<stream:features/>`],
    ['C', `<message to='bob@corp.example' id='m${client}'><body>${body}</body></message>`],
    ['C', '</stream:stream>'],
    ['S', '</stream:stream>'],
  ];
}

const CARD = 'card 4111 1111 1111 1111 exp 10/28';
const PASSWORD = 'the vpn password: Xk29-kettle-91';
const PLAN = `The merger of the two plants will be announced on the ninth of March, after the supervisory board has voted.
Until then nobody outside the steering group may know that the northern site is to be closed and that its machines will
be moved to the coast. Severance is calculated with a factor of zero point seven for every year of service, which the
banks have already been asked to finance. Suppliers with contracts that end after the summer are offered one payment.`;
const COMPANY_NAME = 1561001;
const FINGERPRINT = 1561050;

describe('an analyst beside a live sensor', () => {
  let folder: string;
  let sender: Namespace;
  let receiver: Namespace;
  let sensor: LiveSensor | undefined;
  let clients = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-seat-'));
    sender = new Namespace('sender');
    receiver = new Namespace('sensor');
    for (const namespace of [sender, receiver]) {
      for (const scope of ['all', 'default'])
        namespace.run('sysctl', '-qw', `net.ipv6.conf.${scope}.disable_ipv6=1`);
    }
    connectNamespaces(
      { namespace: sender, device: DEVICE },
      { namespace: receiver, device: DEVICE },
    );
  });

  afterEach(() => {
    sensor?.kill();
  });

  after(() => {
    sender.remove();
    receiver.remove();
    rmSync(folder, { recursive: true });
  });

  const start = async (data: string, ...args: readonly string[]): Promise<LiveSensor> => {
    sensor = await LiveSensor.start({
      namespace: receiver,
      device: DEVICE,
      folder: data,
      // Shedding is another test's matter: a machine with other work stops a sensor for longer than a dispatch may take.
      args: ['--set', 'capture.dispatch_ms=1000', ...args],
    });
    return sensor;
  };

  /** Writes sessions that were never seen before, evenly over a time; gives the file. */
  const writeSessions = (bodies: readonly string[], stepUsec: number): string => {
    const path = join(folder, 'sessions.pcap');
    const conversations = bodies.map((body, i) => {
      const client = ++clients;
      return tcpConversation(session(client, body), {
        client: `192.0.2.${10 + (client % 200)}`,
        clientPort: 10_000 + client,
        startUsec: 1_700_000_000_000_000 + i * stepUsec,
      });
    });
    writeFileSync(path, writePcap(mergeByTime(...conversations)));
    return path;
  };

  const send = (bodies: readonly string[]): void => {
    sender.run('tcpreplay', '-q', '-i', DEVICE, '--pps=500', writeSessions(bodies, 1000));
  };

  it('tunes a rule that is loud: it is quiet at once, the others are not, and it stays so', async () => {
    const running = await start(join(folder, 'tuned'));
    const count = (slug: string): number =>
      running.storedDetections().filter((one) => one === slug).length;
    send([CARD, PASSWORD]);
    await running.until(
      () => count('dlp-pan') === 1 && count('dlp-password') === 1,
      SETTLE_MS,
      'both alerts are stored',
    );
    const alert = running.storedAlerts().find(({ detection }) => detection === 'dlp-pan');
    assert.ok(alert !== undefined);
    const detail = running.ask(`/alerts/${alert.alertId}`).json as AlertDetail;
    assert.equal(detail.alert.sid, alert.sid);
    const tuned = running.ask('/rules/tuning', {
      ...{ action: 'suppress', sid: alert.sid, track: 'by_to_jid', value: 'bob@corp.example' },
      reason: 'test cards of the web shop',
    });
    assert.equal(tuned.status, 200, JSON.stringify(tuned.json));
    await running.says('generation 2');

    send([CARD, PASSWORD]);
    await running.until(() => count('dlp-password') === 2, SETTLE_MS, 'the other alert is raised');
    await running.until(
      () => running.metric('alerts_suppressed_total') >= 1,
      SETTLE_MS,
      'the suppression is counted',
    );
    assert.equal(count('dlp-pan'), 1);

    // A change that does not compile leaves this one in force.
    const bad = running.ask('/rules/tuning', {
      ...{ action: 'suppress', sid: alert.sid, track: 'by_src', value: 'nowhere', reason: 'no' },
    });
    assert.ok([400, 422].includes(bad.status), JSON.stringify(bad.json));
    send([CARD, PASSWORD]);
    await running.until(() => count('dlp-password') === 3, SETTLE_MS, 'the sensor goes on');
    assert.equal(count('dlp-pan'), 1);
    assert.equal(await running.stop(), 0);

    // It is kept: the next start has it as well.
    const again = await start(join(folder, 'tuned'));
    send([CARD, PASSWORD]);
    await again.until(() => count('dlp-password') === 4, SETTLE_MS, 'the sensor is back');
    assert.equal(count('dlp-pan'), 1);
    assert.equal(await again.stop(), 0);
  });

  it('takes what is tuned on the command line at once, or says why not', async () => {
    const data = join(folder, 'typed');
    const extra = join(folder, 'extra.rules');
    const rules = (body: string): void => {
      writeFileSync(extra, `alert xmpp any any -> any any (${body})\n`);
    };
    rules('msg:"extra"; xmpp.body; content:"kettle"; sid:1999001;');
    const running = await start(data, '-s', extra);
    const stored = (): number => running.storedSids().get(1999001) ?? 0;
    const others = (): number =>
      running.storedDetections().filter((one) => one === 'dlp-password').length;
    send([PASSWORD]);
    await running.until(() => stored() === 1 && others() === 1, SETTLE_MS, 'both are stored');
    const tune = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand('rules', ...args, '-l', data, '--reason', 'a kettle is no leak');

    const done = await tune('tune', '1999001', '--suppress', '-s', extra);
    assert.equal(done.status, 0, done.err);
    assert.match(
      done.err,
      new RegExp(`in force: the sensor \\(process ${running.pid}\\) loaded it`),
    );
    const [id = ''] = done.out.split(' ');
    send([PASSWORD]);
    await running.until(() => others() === 2, SETTLE_MS, 'the other alert is raised');
    await running.until(
      () => running.metric('alerts_suppressed_total') >= 1,
      SETTLE_MS,
      'the suppression is counted',
    );
    assert.equal(stored(), 1);

    // Here it loads, there it does not: the sensor has a file that was broken meanwhile.
    rules('msg:"broken";');
    const threshold = join(data, 'tuning', 'threshold.config');
    const before = readFileSync(threshold, 'utf8');
    const refused = await tune('untune', id);
    assert.equal(refused.status, 1);
    assert.match(refused.err, /nothing was changed[\s\S]*extra\.rules/);
    assert.equal(readFileSync(threshold, 'utf8'), before);
    assert.ok(running.output.includes('reload failed, generation 2 stays'));

    rules('msg:"extra"; xmpp.body; content:"kettle"; sid:1999001; rev:2;');
    const back = await tune('untune', id, '-s', extra, '--json');
    assert.equal(back.status, 0, back.err);
    assert.equal((JSON.parse(back.out) as TuningEntry).isPending, undefined);
    send([PASSWORD]);
    await running.until(() => stored() === 2, SETTLE_MS, 'it is raised again');

    assert.equal(await running.stop(), 0);
    assert.ok(!existsSync(join(data, 'run.json')));
    const later = await tune('tune', '1999001', '--disable', '-s', extra);
    assert.match(later.err, /no sensor runs over this folder: it applies from the next start on/);
  });

  it('takes values and documents that a command learns at once', async () => {
    const data = join(folder, 'learned');
    const running = await start(data);
    const fired = (sid: number): number => running.storedSids().get(sid) ?? 0;
    send([PLAN, 'is AMBER-HERON late?', PASSWORD]);
    await running.until(
      () => running.storedDetections().includes('dlp-password'),
      SETTLE_MS,
      'what came before is stored',
    );
    const names = join(folder, 'names.txt');
    const plan = join(folder, 'plan.txt');
    writeFileSync(names, 'AMBER-HERON\n');
    writeFileSync(plan, PLAN);
    for (const argv of [
      ['intel', 'import', names, '--hashed', '--name', 'company-names'],
      ['dlp', 'fingerprint', plan],
    ]) {
      const { status, out, err } = await runCommand(...argv, '-l', data);
      assert.equal(status, 0, err);
      assert.ok(out.includes(`in force: the sensor (process ${running.pid}) loaded it`), out);
    }
    assert.ok(running.output.includes('generation 3:'));
    assert.deepEqual([fired(COMPANY_NAME), fired(FINGERPRINT)], [0, 0]);
    send([PLAN, 'is AMBER-HERON late?']);
    await running.until(
      () => fired(COMPANY_NAME) > 0 && fired(FINGERPRINT) > 0,
      SETTLE_MS,
      'both are found',
    );
    assert.equal(await running.stop(), 0);
  });

  it('answers long queries over many alerts while every packet is seen', async (t) => {
    const data = join(folder, 'large');
    const first = await start(data);
    send([CARD]);
    await first.until(() => first.storedDetections().length > 0, SETTLE_MS, 'an alert is stored');
    assert.equal(await first.stop(), 0);
    multiply(first.store, STORED);

    const running = await start(data);
    const before = running.metric('alerts_total');
    const sentBefore = sentPackets(sender, DEVICE);
    const seenBefore = running.metric('capture_packets_total');
    const bodies = Array.from({ length: RATE * ASKING_SECONDS }, () => CARD);
    const path = writeSessions(bodies, 1e6 / RATE);
    const [command = '', ...enter] = sender.enter;
    const player = spawn(command, [...enter, 'tcpreplay', '-q', '-i', DEVICE, path], {
      stdio: 'ignore',
    });
    const played = new Promise((resolve) => player.once('close', resolve));
    const quiet = middleOf((await askForLong(running, 'alive')).aliveMs);
    const asked = await askForLong(running, 'all');
    await played;
    const sent = sentPackets(sender, DEVICE) - sentBefore;
    await running.until(
      () => running.metric('capture_packets_total') - seenBefore >= sent,
      SETTLE_MS,
      `all ${sent} packets are seen`,
    );
    assert.equal(running.metric('capture_packets_total') - seenBefore, sent);
    assert.equal(running.metric('capture_dropped_total'), 0);
    assert.ok(running.metric('alerts_total') - before >= bodies.length);
    const { answers, busySeconds, aliveMs } = asked;
    const middle = middleOf(aliveMs);
    t.diagnostic(
      `${answers} answers, the store was asked for ${busySeconds.toFixed(1)} s; /healthz took ${Math.round(middle)} ms, at most ${Math.round(aliveMs.at(-1) ?? 0)} ms`,
    );
    assert.ok(busySeconds > 0.8 * ASKING_SECONDS, `asked for ${busySeconds} s only`);
    const most = Math.max(ALIVE_MS, ALIVE_TIMES * quiet);
    assert.ok(middle < most, `/healthz took ${middle} ms, ${quiet} ms before`);
    await running.until(
      () => countCards(running.store) >= STORED + bodies.length,
      SETTLE_MS,
      'all alerts are stored',
    );
    assert.equal(running.metric('store_write_errors_total'), 0);
    assert.equal(await running.stop(), 0);
  });
});

interface Asked {
  readonly answers: number;
  /** How long at least one question was open. */
  readonly busySeconds: number;
  /** Answers of /healthz meanwhile, shortest first. */
  readonly aliveMs: readonly number[];
}

function middleOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}

/**
 * Questions nothing helps with (words of two letters, which nobody wrote: every alert is read), one after the other, and
 * /healthz beside them; or that alone, for a moment.
 */
async function askForLong(sensor: LiveSensor, what: 'all' | 'alive'): Promise<Asked> {
  const script = `
    const [seconds, token, what] = process.argv.slice(1);
    const base = 'http://127.0.0.1:8470';
    const headers = { authorization: 'Bearer ' + token };
    const end = performance.now() + 1000 * Number(seconds);
    const aliveMs = [];
    let answers = 0;
    let busy = 0;
    const ask = async () => {
      for (let i = 0; performance.now() < end; i++) {
        const start = performance.now();
        const kinds = ['alerts?', 'alerts/groups?', 'alerts/timeline?', 'alerts/top?by=jid&'];
        const word = 'qxzjk'[i % 5] + 'qxzjk'[Math.floor(i / 5) % 5];
        const path = '/api/v1/' + kinds[i % 4] + 'since=2000-01-01&text=' + word;
        const answer = await fetch(base + path, { headers });
        await answer.text();
        if (answer.status !== 200 && answer.status !== 429) throw new Error(path + ': ' + answer.status);
        if (answer.status === 200) { answers++; busy += performance.now() - start; }
        else await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const look = async () => {
      while (performance.now() < end) {
        const start = performance.now();
        const answer = await fetch(base + '/healthz');
        await answer.text();
        if (answer.status !== 200) throw new Error('/healthz: ' + answer.status);
        aliveMs.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    Promise.all([what === 'all' ? ask() : undefined, look()]).then(() => {
      aliveMs.sort((a, b) => a - b);
      process.stdout.write(JSON.stringify({ answers, busySeconds: busy / 1000, aliveMs }));
    });`;
  const [command = '', ...enter] = sensor.enter;
  const seconds = what === 'all' ? ASKING_SECONDS : 3;
  const args = [process.execPath, '-e', script, `${seconds}`, sensor.adminToken, what];
  const child = spawn(command, [...enter, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(status, 0);
  return JSON.parse(out) as Asked;
}

/** Copies the first alert until there are so many, each with an id of its own. */
function multiply(store: string, rows: number): void {
  const db = new Database(store);
  try {
    const columns = (db.pragma('table_info(alerts)') as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name !== 'id');
    const values = columns.map((name) => (name === 'alert_id' ? "printf('%032x', n)" : name));
    db.prepare(
      `INSERT INTO alerts (${columns.join(', ')})
       WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ?)
       SELECT ${values.join(', ')} FROM counter, (SELECT * FROM alerts WHERE detection = 'dlp-pan' LIMIT 1)`,
    ).run(rows);
  } finally {
    db.close();
  }
}

function countCards(store: string): number {
  const db = new Database(store, { readonly: true });
  try {
    const sql = "SELECT count(*) FROM alerts WHERE detection = 'dlp-pan'";
    return db.prepare(sql).pluck().get() as number;
  } finally {
    db.close();
  }
}
