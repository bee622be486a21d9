/**
 * From an attack on the wire to somebody's pager: a sensor on a mirror port, Prometheus that scrapes it, Alertmanager
 * that groups what fires, and a webhook that gets it; and the direct webhook of the sensor beside it. With the same
 * traffic every expression of the dashboards is asked of that Prometheus and of the store.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expressions } from '../../dashboards/expressions.ts';
import { ALERT_RULES } from '../../dashboards/prometheus/rules.ts';
import { logIn, logOut, playDialogues, send, wait } from '../support/dialogues.ts';
import { filledPromql, filledSql } from '../support/grafana.ts';
import { Lab } from '../support/lab.ts';
import { LiveSensor } from '../support/live-sensor.ts';
import { Monitoring, type Hook } from '../support/monitoring.ts';
import { sentPackets, sh } from '../support/netns.ts';
import { Prosody } from '../support/prosody.ts';

const DOMAIN = 'corp.example';
const SECRET = '6b1f0d0c6f0f4d1e9a3c5b7d9e2f4a68';
/** What must stay in the sensor: text of people, names of people. */
const HOSTILE = '\u202e<img src=x onerror=alert(1)>\u200b[x](javascript:1)';
const ATTACK_MS = 90_000;
/** An attack in a company, a campaign, files on every road; and sessions whose every text is hostile. */
const CAPTURES = [
  ...['demo/incident', 'campaign/campaign', 'files/direct', 'files/ibb', 'files/proxy'],
  ...['files/upload', 'hostile/hostile'],
];
/** Words of the sensor and of operators: what labels may be made of. */
const BOUNDED = /^[\w .,:/+-]*$/;

interface AlertmanagerMessage {
  readonly receiver: string;
  readonly status: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

interface DirectMessage {
  readonly version: number;
  readonly event: string;
  readonly alert: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly detection: string;
    readonly evidence: { readonly excerpt: string } | null;
  };
}

describe('alerting end to end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-alerting-'));
  /** What must be undone, in the order it was done. */
  const stops: (() => Promise<void> | void)[] = [];
  let lab: Lab;
  let sensor: LiveSensor;
  let monitoring: Monitoring;

  before(async () => {
    lab = new Lab();
    stops.push(() => {
      lab.remove();
    });
    // Captures hold segments as hosts with offload show them.
    lab.switch.ip('link', 'set', 'm1', 'mtu', '65535');
    lab.sensor.ip('link', 'set', lab.mirrorDevice, 'mtu', '65535');
    const prosody = await Prosody.start({
      enter: lab.server.enter,
      address: lab.serverAddress,
      domain: DOMAIN,
      users: { alice: 'alice-s3same', bob: 'bob-s3same' },
    });
    stops.push(() => prosody.stop());
    monitoring = await Monitoring.start(lab.sensor, join(folder, 'monitoring'));
    stops.push(() => monitoring.stop());
    const secretFile = join(folder, 'hook.secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    const hook = `{url: "${monitoring.hookUrl}", secret_file: "${secretFile}", min_severity: 1}`;
    sensor = await LiveSensor.start({
      namespace: lab.sensor,
      device: lab.mirrorDevice,
      folder: join(folder, 'data'),
      args: [
        ...['--set', 'capture.dispatch_ms=1000'],
        ...['--set', 'output.stats_seconds=1'],
        ...['--set', `output.webhooks=[${hook}]`],
      ],
    });
    stops.push(() => {
      sensor.kill();
    });
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true });
  });

  it('ships rules and examples that promtool and amtool accept, and that pass their tests', () => {
    const shipped = (name: string): string => join(process.cwd(), 'dashboards', 'prometheus', name);
    sh('promtool', 'check', 'rules', shipped('recording.rules.yml'), shipped('alerting.rules.yml'));
    sh('promtool', 'test', 'rules', shipped('alerting.test.yml'), shipped('alerting-day.test.yml'));
    sh('promtool', 'check', 'config', '--syntax-only', shipped('prometheus.yml'));
    sh('amtool', 'check-config', shipped('alertmanager.yml'));
  });

  it('brings a login in clear and a stolen key to Alertmanager and to the direct webhook', async () => {
    const key = 'A'.repeat(64);
    const text = (body: string): string =>
      `<message to='bob@${DOMAIN}' type='chat' id='m1'><subject>${body}</subject><body>${body}</body></message>`;
    const escaped = HOSTILE.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    const account = { user: 'alice', domain: DOMAIN, password: 'alice-s3same' };
    playDialogues(lab.client, [
      {
        name: 'alice',
        connect: { address: lab.serverAddress, port: 5222 },
        steps: [
          ...logIn(account),
          send(
            text(
              `${escaped} -----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
            ),
          ),
          wait(200),
          ...logOut,
        ],
      },
    ]);

    const direct = await monitoring.hook(
      ({ path, body }) => path === '/direct' && body.includes('"dlp-privkey"'),
      ATTACK_MS,
      'the direct webhook',
    );
    const { headers, body } = direct;
    const digest = createHmac('sha256', SECRET)
      .update(`${headers['x-stanzawatch-timestamp'] ?? ''}.${body}`)
      .digest('hex');
    assert.equal(headers['x-stanzawatch-signature'], `sha256=${digest}`);
    const message = JSON.parse(body) as DirectMessage;
    assert.equal(message.version, 1);
    const isStored = (): boolean =>
      sensor.storedAlerts().some(({ alertId }) => alertId === message.alert.id);
    await sensor.until(isStored, ATTACK_MS, 'it is stored, before or after it was posted');
    assert.doesNotMatch(
      body,
      /[\u202e\u200b]/,
      'escaped: a screen that shows it is not turned around',
    );
    assert.ok(!body.includes(key), 'the key itself stays in the sensor');

    const paged = await monitoring.hook(
      (hook) => hook.path === '/soc-now' && hook.body.includes('"leak"'),
      ATTACK_MS,
      'Alertmanager',
    );
    const page = JSON.parse(paged.body) as AlertmanagerMessage;
    const alert = page.alerts.find(({ labels }) => labels['family'] === 'leak');
    assert.deepEqual(alert?.labels, {
      alertname: 'StanzawatchCriticalAlert',
      family: 'leak',
      instance: '127.0.0.1:8470',
      severity: 'critical',
    });
    assert.equal(alert.annotations['summary'], 'Critical leak alert on 127.0.0.1:8470');
    assert.ok(alert.annotations['description']?.includes('What to do:'));
    assert.equal(alert.annotations['console'], '/inbox?severity=1');
  });

  it('fills every panel of every dashboard', async () => {
    const read = (): number =>
      sensor.metric('capture_packets_total') + sensor.metric('capture_dropped_total');
    for (const name of CAPTURES) {
      const path = join(process.cwd(), 'fixtures', 'pcap', `${name}.pcap.gz`);
      const copy = join(folder, 'replay.pcap');
      writeFileSync(copy, gunzipSync(readFileSync(path)));
      const before = sentPackets(lab.switch, 'm1') - read();
      lab.switch.run('tcpreplay', '-q', '-i', 'm1', '--pps=1500', copy);
      // One after the other: a machine with other work reads slowly, and a sensor that falls behind sheds.
      const sent = sentPackets(lab.switch, 'm1');
      await sensor.until(() => read() >= sent - before, ATTACK_MS, `${name} is read`);
    }
    const count = (query: string): number => {
      const db = new Database(sensor.store, { readonly: true });
      try {
        return db.prepare(query).pluck().get() as number;
      } finally {
        db.close();
      }
    };
    const wanted: readonly (readonly [query: string, least: number])[] = [
      ['SELECT count(*) FROM campaigns', 1],
      ["SELECT count(*) FROM files WHERE found <> '{}'", 1],
      ['SELECT count(*) FROM sessions', 20],
    ];
    for (const [query, least] of wanted) {
      await sensor.until(() => count(query) >= least, ATTACK_MS, query);
    }

    // What was replayed last is stored last, and scraped after that.
    await untilNone(emptySqlPanels, 'no rows');
    await untilNone(emptyPromqlPanels, 'no data');
  });

  /** Waits until nothing is left that has nothing to show. */
  async function untilNone(empty: () => string[] | Promise<string[]>, what: string): Promise<void> {
    const end = performance.now() + ATTACK_MS;
    for (;;) {
      const left = await empty();
      if (left.length === 0) return;
      assert.ok(performance.now() < end, `${what}: ${left.join('; ')}`);
      await pause(500);
    }
  }

  function emptySqlPanels(): string[] {
    const db = new Database(sensor.store, { readonly: true });
    try {
      const now = Math.ceil(Date.now() / 1000);
      const range = { from: now - 3600, to: now };
      const sensors = db.prepare('SELECT DISTINCT sensor FROM sessions').pluck().all() as string[];
      return expressions()
        .filter(({ kind }) => kind === 'sql')
        .filter(({ text }) => db.prepare(filledSql(text, range, sensors)).all().length === 0)
        .map(({ where, what }) => `${where}, ${what}`);
    } finally {
      db.close();
    }
  }

  async function emptyPromqlPanels(): Promise<string[]> {
    const panels = expressions().filter(({ kind }) => kind === 'promql');
    const alerts = new Set(ALERT_RULES.map(({ name }) => name));
    const answers = await monitoring.ask(panels.map(({ text }) => filledPromql(text, '30s')));
    return panels.flatMap(({ where, what }, index) => {
      const { status, error, data } = answers[index] ?? assert.fail('no answer');
      assert.equal(status, 'success', `${where}, ${what}: ${error ?? ''}`);
      // Most alerts have nothing to say, which is what one wants.
      const isEmpty = !alerts.has(what) && (data?.result.length ?? 0) === 0;
      return isEmpty ? [`${where}, ${what}`] : [];
    });
  }

  it('lets nothing of traffic into labels, alerts and notifications', async () => {
    const [series] = await monitoring.ask(['{__name__=~"stanzawatch.+|ALERTS.*"}']);
    const labels = (series?.data?.result ?? []).flatMap(({ metric }) => Object.entries(metric));
    assert.ok(labels.length > 1000);
    const pagesNow = (): Hook[] => monitoring.hooks().filter(({ path }) => path !== '/direct');
    const alertsOf = (pages: readonly Hook[]): AlertmanagerMessage['alerts'] =>
      pages.flatMap(({ body }) => (JSON.parse(body) as AlertmanagerMessage).alerts);
    await sensor.until(() => alertsOf(pagesNow()).length > 5, ATTACK_MS, 'some alerts are told');
    const pages = pagesNow();
    const alerts = alertsOf(pages);
    for (const alert of alerts) labels.push(...Object.entries(alert.labels));
    for (const [label, value] of labels) assert.match(value, BOUNDED, label);
    const texts = [...labels.flat(), ...pages.map(({ body }) => body)].join('\n');
    assert.doesNotMatch(
      texts,
      /alice|bob@|corp\.example|onerror|javascript:|<script|10\.99\.0|BEGIN RSA/,
    );
    for (const text of [texts, ...monitoring.hooks().map(({ body }) => body)]) {
      assert.doesNotMatch(text, /[\0-\x08\x0b-\x1f\x7f-\x9f]|\p{Cf}/u);
    }
  });

  it('says that a sensor is gone, and ends within its time', async () => {
    assert.equal(await sensor.stop(), 0);
    const answer = async (): Promise<string | undefined> => {
      const [up] = await monitoring.ask(['up{job="stanzawatch"}']);
      return up?.data?.result[0]?.value[1];
    };
    for (let i = 0; i < 300 && (await answer()) !== '0'; i++) await pause(200);
    assert.equal(await answer(), '0');
  });
});
