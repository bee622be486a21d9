/**
 * The live sensor on a mirror port: a real Prosody, two real clients on a switch whose server port is mirrored
 * (tc mirred), `run` on the mirror with CAP_NET_RAW and no other capability.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { Lab } from '../support/lab.ts';
import { sentPackets } from '../support/netns.ts';
import { Prosody } from '../support/prosody.ts';

const DOMAIN = 'corp.example';
const CARD = '4111 1111 1111 1111';
const PASSWORDS = { alice: 'wonder-1and-sesame', bob: 'build3r-sesame' };
const clients = join(process.cwd(), 'test', 'support', 'clients');
/** What the issue allows: an alert is in every output a second after its stanza. */
const ALERT_DEADLINE_MS = 1000;

interface AlertRow {
  readonly detection: string;
  readonly evidence_excerpt: string | null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('run on a mirror port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-live-'));
  const store = join(folder, 'stanzawatch.db');
  const eve = join(folder, 'eve.json');
  let lab: Lab;
  let prosody: Prosody;
  let sensor: ChildProcess;
  let output = '';
  let sentBefore = 0;

  before(async () => {
    lab = new Lab();
    prosody = await Prosody.start({
      enter: lab.server.enter,
      address: lab.serverAddress,
      domain: DOMAIN,
      users: PASSWORDS,
    });
    sentBefore = sentPackets(lab.sensor, lab.mirrorDevice);
    // prettier-ignore
    const args = [
      ...lab.sensor.enter.slice(1),
      'setpriv', '--bounding-set', '-all,+net_raw', '--inh-caps', '-all,+net_raw', '--ambient-caps', '-all,+net_raw',
      process.execPath, join(process.cwd(), 'build', 'sensor', 'main.js'),
      'run', '-i', lab.mirrorDevice, '-l', folder, '--metrics', '127.0.0.1:8470',
    ];
    sensor = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    sensor.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until(
      () => output.includes('listening on'),
      20_000,
      () => `the sensor does not listen: ${output}`,
    );
  });

  after(async () => {
    if (sensor.exitCode === null) sensor.kill('SIGKILL');
    await prosody.stop();
    lab.remove();
    rmSync(folder, { recursive: true });
  });

  /** Waits for a condition, looking every 20 ms. */
  async function until(condition: () => boolean, ms: number, text: () => string): Promise<void> {
    const end = performance.now() + ms;
    while (!condition()) {
      if (performance.now() > end) assert.fail(text());
      await pause(20);
    }
  }

  function storedDetections(): string[] {
    const db = new Database(store, { readonly: true });
    try {
      return (db.prepare('SELECT detection FROM alerts').all() as AlertRow[]).map(
        (row) => row.detection,
      );
    } finally {
      db.close();
    }
  }

  function eveDetections(): string[] {
    return readFileSync(eve, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as { event_type: string; alert?: { metadata: { detection: string[] } } },
      )
      .filter((event) => event.event_type === 'alert')
      .flatMap((event) => event.alert?.metadata.detection ?? []);
  }

  function fetchPage(path: string): string {
    const script = `fetch('http://127.0.0.1:8470${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
    return lab.sensor.run(process.execPath, '-e', script);
  }

  /** Alerts counted at /metrics, over all categories and severities. */
  function countedAlerts(): number {
    const lines = fetchPage('/metrics').matchAll(/^stanzawatch_alerts_total\{[^}]*\} (\d+)$/gm);
    return [...lines].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  async function expectDetections(wanted: string[]): Promise<void> {
    await until(
      () =>
        wanted.every((slug) => storedDetections().includes(slug) && eveDetections().includes(slug)),
      ALERT_DEADLINE_MS,
      () =>
        `wanted ${wanted.join(', ')}; stored ${storedDetections().join(', ')}; EVE ${eveDetections().join(', ')}; ${output}`,
    );
  }

  it('raises the login in clear and the leaked card number', async () => {
    // prettier-ignore
    lab.client.run(process.execPath, join(clients, 'xmppjs.mjs'), lab.serverAddress, DOMAIN, 'alice', PASSWORDS.alice,
      `bob@${DOMAIN}`, 'shall we order?', `my card is ${CARD}, exp 10/28`);
    await expectDetections(['sasl-plain-clear', 'pol-plaintext-session', 'dlp-pan']);
  });

  it('raises the listed URL and the malformed stanza', async () => {
    // prettier-ignore
    lab.client.run('/usr/bin/python3', join(clients, 'slixmpp_client.py'), lab.serverAddress, `bob@${DOMAIN}/desk`, PASSWORDS.bob,
      `alice@${DOMAIN}`, 'look at http://phish.example/login',
      'raw:<message to="alice@corp.example" id="bad-1"><body>salary & bonus</body></message>');
    await expectDetections(['spim-url-ioc', 'xml-not-wellformed']);
  });

  it('counts every alert at /metrics and is ready', async () => {
    const stored = storedDetections().length;
    await until(
      () => countedAlerts() >= stored,
      ALERT_DEADLINE_MS,
      () => `metrics count ${countedAlerts()} of ${stored}`,
    );
    assert.match(fetchPage('/readyz'), /"status":"ready"/);
    assert.match(
      fetchPage('/metrics'),
      /stanzawatch_capture_packets_total\{interface="m0"\} [1-9]/,
    );
  });

  it('sent nothing on the mirror port', () => {
    assert.equal(sentPackets(lab.sensor, lab.mirrorDevice), sentBefore);
  });

  it('stops on TERM with everything flushed and no secret anywhere', async () => {
    const exited = new Promise<number | null>((resolve) => sensor.once('exit', resolve));
    sensor.kill('SIGTERM');
    assert.equal(await exited, 0, output);
    assert.ok(eveDetections().length >= 5);
    const written = [store, eve].map((file) => readFileSync(file, 'latin1')).join('') + output;
    for (const secret of [CARD, CARD.replaceAll(' ', ''), ...Object.values(PASSWORDS)]) {
      assert.ok(!written.includes(secret), `${secret} was written`);
      assert.ok(
        !written.includes(Buffer.from(secret).toString('base64')),
        `${secret} was written as base64`,
      );
    }
  });
});
