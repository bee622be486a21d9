/**
 * Captures of real servers and clients through the whole pipeline, against what the clients wrote down (the truth
 * beside each capture) and against a golden list of alerts.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { AlertRecord } from '../../sensor/alert/index.ts';
import { expectGolden } from '../support/golden.ts';
import { replay, type Replay } from '../support/replay.ts';

const folder = join(process.cwd(), 'fixtures', 'pcap', 'servers');

interface Truth {
  readonly sessions: readonly {
    readonly auth: string;
    readonly tls: boolean | null;
    readonly ok: boolean;
    readonly password_or_secret?: string;
  }[];
  readonly messages: readonly {
    readonly from: string;
    readonly to: string;
    readonly id: string;
    readonly body: string;
    readonly leak?: string;
  }[];
}

function truthOf(name: string): Truth {
  return JSON.parse(
    gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString('utf8'),
  ) as Truth;
}

function countOf(alerts: readonly AlertRecord[], detection: string): number {
  return alerts.filter((alert) => alert.detection === detection).length;
}

/** What an analyst sees of the alerts: detection, who, to whom, how often. Session ids differ per run of the server. */
function describeAlerts(alerts: readonly AlertRecord[]): string {
  const counts = new Map<string, number>();
  for (const alert of alerts) {
    const who = alert.xmpp?.from === '' ? alert.srcIp : (alert.xmpp?.from ?? alert.srcIp);
    const line = `${alert.alert.severity} ${alert.detection} ${alert.alert.sid} ${who} > ${alert.xmpp?.to ?? alert.destIp}`;
    counts.set(line, (counts.get(line) ?? 0) + alert.alert.count);
  }
  return [...counts]
    .map(([line, count]) => `${line} x${count}`)
    .sort()
    .join('\n');
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith('.pcap.gz'))
  .map((file) => file.slice(0, -'.pcap.gz'.length));
const replays = new Map<string, Replay>();
for (const name of names) replays.set(name, await replay([join(folder, `${name}.pcap.gz`)]));

function replayOf(name: string): Replay {
  const found = replays.get(name);
  assert.ok(found !== undefined, `no capture ${name}`);
  return found;
}

describe('captures of real servers', () => {
  it('give exactly the alerts of the golden list', () => {
    const text = names
      .map((name) => `## ${name}\n${describeAlerts(replayOf(name).alerts)}\n`)
      .join('\n');
    expectGolden('servers.alerts.txt', text);
  });

  for (const name of names) {
    const { sessions } = truthOf(name);
    it(`${name}: one alert for each password sent in clear, none for logins under TLS`, () => {
      const { alerts } = replayOf(name);
      // The capture of a midstream start begins after the logins.
      const plain = name.startsWith('20a')
        ? 0
        : sessions.filter((session) => session.auth === 'SASL PLAIN' && session.tls === false)
            .length;
      assert.equal(countOf(alerts, 'sasl-plain-clear'), plain);
    });

    it(`${name}: no password leaves the pipeline`, () => {
      const written = JSON.stringify(replayOf(name).records);
      for (const { password_or_secret: secret = '' } of sessions) {
        if (secret.length < 6) continue;
        assert.ok(
          !written.includes(JSON.stringify(secret).slice(1, -1)),
          `${secret} left the pipeline`,
        );
        assert.ok(
          !written.includes(Buffer.from(secret).toString('base64').replace(/=+$/, '')),
          `${secret} left as base64`,
        );
      }
    });
  }

  it('find every planted leak among 30,000 messages once, and nothing else', () => {
    const slugs: Readonly<Record<string, string>> = {
      pan_visa: 'dlp-pan',
      aws_key_id: 'dlp-dev-token',
      password_kv: 'dlp-password',
      marking_ts: 'dlp-marking',
      url_malicious: 'spim-url-ioc',
      iban_de: 'dlp-iban',
    };
    const { messages } = truthOf('19_bulk_30000_messages');
    const { alerts } = replayOf('19_bulk_30000_messages');
    const wanted = messages
      .filter((message) => message.leak !== undefined && message.leak !== '')
      .map(
        (message) =>
          `${slugs[message.leak ?? ''] ?? message.leak ?? ''} ${message.from} ${message.id}`,
      );
    assert.equal(wanted.length, 60);
    const content = alerts.filter(
      ({ detection }) => /^(dlp|spim|xml|utf8)-/.test(detection) && detection !== 'spim-stranger',
    );
    const found = content.map(
      (alert) => `${alert.detection} ${alert.xmpp?.from ?? ''} ${alert.xmpp?.id ?? ''}`,
    );
    assert.deepEqual(found.sort(), wanted.sort());
  });

  it('tell each first message to somebody of the other server once, since nobody has a roster', () => {
    const { messages } = truthOf('19_bulk_30000_messages');
    const bare = (jid: string): string => jid.replace(/\/.*/, '');
    const domain = (jid: string): string => bare(jid).replace(/.*@/, '');
    const met = new Set<string>();
    const wanted = new Map<string, number>();
    for (const { from, to } of messages) {
      const [sender, addressee] = [bare(from), bare(to)];
      if (domain(from) === domain(to)) continue;
      const isFirst = !met.has(`${sender} ${addressee}`) && !met.has(`${addressee} ${sender}`);
      met.add(`${sender} ${addressee}`);
      if (isFirst) wanted.set(sender, (wanted.get(sender) ?? 0) + 1);
    }
    const found = replayOf('19_bulk_30000_messages')
      .alerts.filter(({ detection }) => detection === 'spim-stranger')
      .map(({ xmpp, alert }): [string, number] => [bare(xmpp?.from ?? ''), alert.count]);
    assert.deepEqual(found.sort(), [...wanted].sort());
    assert.equal(wanted.size, 20);
  });

  it('say how much of a flow with lost packets was seen, and lower the confidence', () => {
    const whole = replayOf('20b_gap_source_complete').alerts;
    const gapped = replayOf('20c_gap_3_data_packets_dropped').alerts;
    assert.ok(whole.every((alert) => alert.xmpp?.seenPercent === 100));
    assert.equal(countOf(gapped, 'xml-not-wellformed'), 0, 'a gap is no malformed XML');
    assert.ok(countOf(gapped, 'pol-sensor-blind') > 0);
    const gaps = replayOf('20c_gap_3_data_packets_dropped').records.flatMap((entry) =>
      entry.kind === 'flow' ? [entry.record.gapBytes] : [],
    );
    assert.ok(gaps.some((bytes) => bytes > 0));
  });

  it('give the same records twice, byte for byte but for the evidence key', async () => {
    const path = join(folder, '12b_xmppclient_js_tcp.pcap.gz');
    const withoutKey = (run: Replay): string =>
      JSON.stringify(run.records).replaceAll(/"hmac":"[0-9a-f]+"/g, '');
    assert.equal(withoutKey(await replay([path])), withoutKey(await replay([path])));
  });
});
