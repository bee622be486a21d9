/**
 * The live sensor on a mirror port: a real Prosody, two real clients on a switch whose server port is mirrored
 * (tc mirred), `run` on the mirror with CAP_NET_RAW and no other capability.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Lab } from '../support/lab.ts';
import { LiveSensor, waitedMs } from '../support/live-sensor.ts';
import { sentPackets } from '../support/netns.ts';
import { Prosody } from '../support/prosody.ts';

const DOMAIN = 'corp.example';
const CARD = '4111 1111 1111 1111';
const PASSWORDS = { alice: 'wonder-1and-sesame', bob: 'build3r-sesame' };
const clients = join(process.cwd(), 'test', 'support', 'clients');
/** An alert is in every output a second after its stanza. */
const ALERT_DEADLINE_MS = 1000;
/** Until an alert is there at all. */
const PATIENCE_MS = 60_000;
/** All the rights the sensor has. */
const ONLY_NET_RAW = ['bounding-set', 'inh-caps', 'ambient-caps'].flatMap((set) => [
  `--${set}`,
  '-all,+net_raw',
]);

describe('run on a mirror port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-live-'));
  let lab: Lab;
  let prosody: Prosody;
  let sensor: LiveSensor;
  let sentBefore = 0;
  /** How long alerts took from the end of the client on, without what the machine let everybody wait. */
  const delays: number[] = [];

  before(async () => {
    lab = new Lab();
    prosody = await Prosody.start({
      enter: lab.server.enter,
      address: lab.serverAddress,
      domain: DOMAIN,
      users: PASSWORDS,
    });
    sentBefore = sentPackets(lab.sensor, lab.mirrorDevice);
    sensor = await LiveSensor.start({
      namespace: lab.sensor,
      device: lab.mirrorDevice,
      folder,
      prefix: ['setpriv', ...ONLY_NET_RAW],
      // Whoever looks at every packet must not shed some because the machine is busy.
      args: ['--set', 'capture.dispatch_ms=1000'],
    });
  });

  after(async () => {
    sensor.kill();
    await prosody.stop();
    lab.remove();
    rmSync(folder, { recursive: true });
  });

  async function expectDetections(wanted: string[]): Promise<void> {
    const isTold = (slug: string): boolean =>
      sensor.storedDetections().includes(slug) && sensor.eveDetections().includes(slug);
    const busy = (): number => sensor.waitedMs() + waitedMs(process.pid);
    const [start, waited] = [performance.now(), busy()];
    await sensor.until(
      () => wanted.every(isTold),
      PATIENCE_MS,
      `${wanted.join(', ')} in store and EVE`,
    );
    delays.push(performance.now() - start - (busy() - waited));
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

  it('tells an alert within a second', (t) => {
    t.diagnostic(`after ${delays.map(Math.round).join(', ')} ms`);
    // A machine may stand still once; a sensor that is slow is slow every time.
    assert.ok(delays.length > 0 && Math.min(...delays) < ALERT_DEADLINE_MS, delays.join(', '));
  });

  it('counts every alert at /metrics and is ready', async () => {
    const stored = sensor.storedDetections().length;
    await sensor.until(
      () => sensor.metric('alerts_total') >= stored,
      PATIENCE_MS,
      `${stored} alerts in the metrics`,
    );
    assert.match(sensor.page('/readyz'), /"status":"ready"/);
    assert.match(
      sensor.page('/metrics'),
      /stanzawatch_capture_packets_total\{interface="m0"\} [1-9]/,
    );
  });

  it('sent nothing on the mirror port', () => {
    assert.equal(sentPackets(lab.sensor, lab.mirrorDevice), sentBefore);
  });

  it('stops on TERM with everything flushed and no secret anywhere', async () => {
    assert.equal(await sensor.stop(), 0, sensor.output);
    assert.ok(sensor.eveDetections().length >= 5);
    const files = [sensor.store, sensor.eve].map((file) => readFileSync(file, 'latin1'));
    const written = files.join('') + sensor.output;
    for (const secret of [CARD, CARD.replaceAll(' ', ''), ...Object.values(PASSWORDS)]) {
      assert.ok(!written.includes(secret), `${secret} was written`);
      assert.ok(
        !written.includes(Buffer.from(secret).toString('base64')),
        `${secret} was written as base64`,
      );
    }
  });
});
