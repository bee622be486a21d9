/**
 * Rules are changed while 100,000 packets/s come in: no packet is lost, flows and thresholds live on, and a set that
 * cannot be loaded changes nothing.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LiveSensor } from '../support/live-sensor.ts';
import { Namespace, connectNamespaces, sentPackets, sh } from '../support/netns.ts';

const DEVICE = 'e0';
const RATE = 100_000;
/** Times the capture is sent; each time from other addresses. */
const LOOPS = 9;
/** The machine may be too busy for the rate at all: an attempt whose first seconds lose packets proves nothing. */
const ATTEMPTS = 4;

const OLD = 900_001;
const NEW = 900_002;
const NEWER = 900_003;
const rule = (sid: number, threshold = ''): string =>
  `alert xmpp any any -> any any (msg:"test ${sid}"; xmpp.kind; content:"message"; ${threshold}classtype:policy-violation; metadata:detection test-${sid}; sid:${sid}; rev:1;)\n`;
/** Speaks once an hour: a second time would show that its state was lost. */
const ONCE = rule(OLD, 'threshold:type limit, track by_rule, count 1, seconds 3600; ');
const OFTEN = 'threshold:type limit, track by_from_jid, count 1, seconds 3600; ';

describe('a reload of the rules under load', () => {
  let folder: string;
  let sender: Namespace;
  let receiver: Namespace;
  const sensors: LiveSensor[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-reload-'));
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
    const make = join(process.cwd(), 'fixtures', 'make-bench-capture.py');
    for (const seed of ['1', '2'])
      sh('python3', make, join(folder, `${seed}.pcap`), '20', '--seed', seed);
  });

  after(() => {
    for (const sensor of sensors) sensor.kill();
    sender.remove();
    receiver.remove();
    rmSync(folder, { recursive: true });
  });

  const replay = async (seed: number, rate: number, loops: number): Promise<void> => {
    const [command = '', ...enter] = sender.enter;
    const args = ['-q', '-K', '-i', DEVICE, `--pps=${rate}`, '--unique-ip', `--loop=${loops}`];
    const child = spawn(command, [...enter, 'tcpreplay', ...args, join(folder, `${seed}.pcap`)]);
    child.stdout.resume();
    child.stderr.resume();
    await new Promise((resolve) => child.once('close', resolve));
  };

  /** One run. False when the machine could not even keep up before the first reload. */
  const attempt = async (number: number): Promise<boolean> => {
    const local = join(folder, 'local.rules');
    writeFileSync(local, ONCE);
    const data = join(folder, `data-${number}`);
    const sensor = await LiveSensor.start({
      namespace: receiver,
      device: DEVICE,
      folder: data,
      args: ['-s', local, '-v'],
      prefix: ['nice', '-n', '-10'],
    });
    sensors.push(sensor);
    // Code that never ran is slow: a second of ordinary traffic first.
    await replay(2, RATE / 5, 1);
    await pause(1000);
    const lostBefore = sensor.metric('capture_dropped_total');
    const readBefore = sensor.metric('capture_packets_total');
    const sentBefore = sentPackets(sender, DEVICE);
    const load = replay(1, RATE, LOOPS);
    await pause(2000);
    if (sensor.metric('capture_dropped_total') > lostBefore) {
      await load;
      await sensor.stop();
      return false;
    }

    writeFileSync(local, ONCE + rule(NEW, OFTEN));
    sensor.signal('SIGUSR2');
    await sensor.says('generation 2:');
    writeFileSync(local, `${ONCE}alert xmpp any any -> any any (msg:"broken";)\n`);
    sensor.signal('SIGUSR2');
    await sensor.says('reload failed, generation 2 stays: ');
    writeFileSync(local, ONCE + rule(NEW, OFTEN) + rule(NEWER, OFTEN));
    sensor.signal('SIGUSR2');
    // In the middle of a reload: it is done once more.
    await pause(30);
    sensor.signal('SIGUSR2');
    await sensor.says('generation 4:');
    await load;
    await pause(1000);

    const sent = sentPackets(sender, DEVICE) - sentBefore;
    assert.equal(sensor.metric('capture_dropped_total') - lostBefore, 0, 'packets were lost');
    assert.equal(sensor.metric('capture_packets_total') - readBefore, sent);
    assert.equal(sensor.metric('rules_generation'), 4);
    assert.equal(sensor.metric('rules_failed'), 0);
    assert.equal(sensor.metric('rules_reload_failures_total'), 1);
    assert.match(sensor.page('/readyz'), /"status":"ready"/);
    assert.match(sensor.output, /local\.rules:2:\d+: .*sid/, 'the failure names the place');
    // No flow was cut: each was read from its first to its last byte.
    assert.equal(sensor.metric('seen_ratio'), 1);
    assert.equal(await sensor.stop(), 0);
    const fired = sensor.storedSids();
    assert.equal(fired.get(OLD), 1, 'its threshold was forgotten');
    assert.ok((fired.get(NEW) ?? 0) > 0, 'the first new rule never fired');
    assert.ok((fired.get(NEWER) ?? 0) > 0, 'the second new rule never fired');
    return true;
  };

  it('loses no packet at 100,000 packets/s', async (t) => {
    for (let number = 1; number <= ATTEMPTS; number++) {
      if (await attempt(number)) return;
      t.diagnostic(`attempt ${number}: this machine is too busy for ${RATE} packets/s`);
    }
    assert.fail(`${ATTEMPTS} attempts: packets were lost before any reload`);
  });
});
