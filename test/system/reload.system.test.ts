/**
 * Rules are changed while packets come in, half of them XMPP as on a busy mirror port: no packet is lost, flows and
 * thresholds live on, and a set that cannot be loaded changes nothing. The rate is one that sender and sensor manage on
 * two cores that others use as well: here a reload is tested, not a machine. A machine is measured with
 * STANZAWATCH_RELOAD_RATE=100000 (packets/s) before the command.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LiveSensor } from '../support/live-sensor.ts';
import { Namespace, connectNamespaces, sentPackets, sh } from '../support/netns.ts';
import { tcpConversation, writePcap, type TimedPacket } from '../support/packets.ts';

const DEVICE = 'e0';
const RATE = Number(process.env['STANZAWATCH_RELOAD_RATE'] ?? 10_000);
/** More than is ever sent: a flood goes on until all is seen that was to be seen in it. */
const ENDLESS = 1_000_000;
/** A machine that stands still for a second loses packets; a reload that stops the capture does every time. */
const ATTEMPTS = 4;
/** Of losses that no reload has to do with, in the first seconds of the flood. */
const BEFORE = 'before any reload';
const BEFORE_MS = 4000;
/** Until all that was sent is counted. */
const SETTLE_MS = 60_000;

const OLD = 900_001;
const NEW = 900_002;
const NEWER = 900_003;
/** A word of the capture's messages, told once in so many seconds. */
const rule = (sid: number, word: string, seconds: number): string =>
  `alert xmpp any any -> any any (msg:"test ${sid}"; xmpp.body; content:"${word}"; threshold:type limit, track by_rule, count 1, seconds ${seconds}; classtype:policy-violation; metadata:detection test-${sid}; sid:${sid}; rev:1;)\n`;
/** Speaks once an hour: a second time would show that its state was lost. */
const ONCE = rule(OLD, 'invoice', 3600);

/** Packets of a capture file (microseconds, little-endian: make-bench-capture.py). */
function readPackets(path: string): TimedPacket[] {
  const file = readFileSync(path);
  const packets: TimedPacket[] = [];
  for (let at = 24; at < file.length;) {
    const length = file.readUInt32LE(at + 8);
    const tsUsec = file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4);
    packets.push({ bytes: file.subarray(at + 16, at + 16 + length), tsUsec });
    at += 16 + length;
  }
  return packets;
}

/** What else crosses a mirror port: connections of TLS from the first byte. */
function encryptedPackets(count: number): TimedPacket[] {
  const record = Buffer.alloc(250, 0x5a);
  record.set([0x16, 0x03, 0x01, 0x00, 0xf5, 0x01]);
  const turns = Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? 'C' : 'S', record] as const);
  const packets: TimedPacket[] = [];
  for (let i = 0; packets.length < count; i++) {
    const options = { client: `10.200.${i >> 8}.${i & 255}`, serverPort: 443, clientPort: 30_000 };
    packets.push(...tcpConversation(turns, options));
  }
  return packets.slice(0, count);
}

/** One packet of each in turn. */
function interleave(some: readonly TimedPacket[], others: readonly TimedPacket[]): TimedPacket[] {
  return some.flatMap((packet, i) => [packet, ...others.slice(i, i + 1)]);
}

describe('a reload of the rules under load', () => {
  let folder: string;
  let sender: Namespace;
  let receiver: Namespace;
  const sensors: LiveSensor[] = [];
  const senders: ChildProcess[] = [];

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
      sh('python3', make, join(folder, `${seed}.pcap`), '10', '--seed', seed);
    const xmpp = readPackets(join(folder, '1.pcap'));
    const mixed = interleave(xmpp, encryptedPackets(xmpp.length));
    writeFileSync(join(folder, '1.pcap'), writePcap(mixed));
  });

  after(() => {
    for (const sensor of sensors) sensor.kill();
    for (const child of senders) child.kill('SIGKILL');
    sender.remove();
    receiver.remove();
    rmSync(folder, { recursive: true });
  });

  /** Sends so many loops, or until it is stopped; `over` resolves then. */
  const replay = (
    seed: number,
    rate: number,
    loops: number,
  ): { readonly over: Promise<unknown>; readonly stop: () => Promise<unknown> } => {
    const [command = '', ...enter] = sender.enter;
    const args = ['-q', '-K', '-i', DEVICE, `--pps=${rate}`, '--unique-ip', `--loop=${loops}`];
    const child = spawn(command, [...enter, 'tcpreplay', ...args, join(folder, `${seed}.pcap`)]);
    child.stdout.resume();
    child.stderr.resume();
    senders.push(child);
    const over = new Promise((resolve) => child.once('close', resolve));
    const stop = (): Promise<unknown> => {
      child.kill('SIGTERM');
      return over;
    };
    return { over, stop };
  };

  /** One run. Resolves to when packets were lost, '' when none was. */
  const attempt = async (name: string, rate: number, dispatchMs: number): Promise<string> => {
    const local = join(folder, 'local.rules');
    writeFileSync(local, ONCE);
    const data = join(folder, `data-${name}`);
    const sensor = await LiveSensor.start({
      namespace: receiver,
      device: DEVICE,
      folder: data,
      args: ['-s', local, '-v', '--set', `capture.dispatch_ms=${dispatchMs}`],
      prefix: ['nice', '-n', '-10'],
    });
    sensors.push(sensor);
    const lost = (): number => sensor.metric('capture_dropped_total');
    const read = (): number => sensor.metric('capture_packets_total');
    const sentAtStart = sentPackets(sender, DEVICE);
    const allCounted = async (): Promise<void> => {
      const sent = sentPackets(sender, DEVICE) - sentAtStart;
      await sensor.until(() => read() + lost() >= sent, SETTLE_MS, `all ${sent} are counted`);
    };
    // Code that never ran is slow: some seconds of ordinary traffic first.
    await replay(2, rate / 4, 1).over;
    await allCounted();
    const lostBefore = lost();
    const readBefore = read();
    const gapsBefore = sensor.metric('tcp_gap_bytes_total');
    const sentBefore = sentPackets(sender, DEVICE);
    const flood = replay(1, rate, ENDLESS);
    await pause(BEFORE_MS);
    if (lost() > lostBefore) {
      await flood.stop();
      await sensor.stop();
      return BEFORE;
    }

    writeFileSync(local, ONCE + rule(NEW, 'quarterly', 1));
    sensor.signal('SIGUSR2');
    await sensor.says('generation 2:');
    writeFileSync(local, `${ONCE}alert xmpp any any -> any any (msg:"broken";)\n`);
    sensor.signal('SIGUSR2');
    await sensor.says('reload failed, generation 2 stays: ');
    writeFileSync(local, ONCE + rule(NEW, 'quarterly', 1) + rule(NEWER, 'customer', 1));
    sensor.signal('SIGUSR2');
    // In the middle of a reload: it is done once more. Two signals at once would be one.
    await sensor.says('reload begins', SETTLE_MS, 3);
    sensor.signal('SIGUSR2');
    await sensor.says('generation 4:');
    const hasFired = (sid: number): boolean => (sensor.storedSids().get(sid) ?? 0) > 0;
    await sensor.until(() => hasFired(NEW) && hasFired(NEWER), SETTLE_MS, 'the new rules fire');
    await flood.stop();
    await allCounted();

    const sent = sentPackets(sender, DEVICE) - sentBefore;
    const lostNow = lost() - lostBefore;
    if (lostNow > 0) {
      await sensor.stop();
      return `${lostNow} of ${sent} while rules were reloaded`;
    }
    assert.equal(read() - readBefore, sent);
    assert.equal(sensor.metric('rules_generation'), 4);
    assert.equal(sensor.metric('rules_failed'), 0);
    assert.equal(sensor.metric('rules_reload_failures_total'), 1);
    assert.match(sensor.page('/readyz'), /"status":"ready"/);
    assert.match(sensor.output, /local\.rules:2:\d+: .*sid/, 'the failure names the place');
    // No flow was cut: each was read from its first to its last byte.
    assert.equal(sensor.metric('tcp_gap_bytes_total'), gapsBefore);
    assert.equal(await sensor.stop(), 0);
    const fired = sensor.storedSids();
    assert.equal(fired.get(OLD), 1, 'its threshold was forgotten');
    return '';
  };

  it('loses no packet, no flow and no count', async (t) => {
    const losses: string[] = [];
    let rate = RATE;
    let dispatchMs = 20;
    for (let number = 1; number <= ATTEMPTS; number++) {
      const loss = await attempt(`${number}`, rate, dispatchMs);
      if (loss === '') return;
      losses.push(loss);
      t.diagnostic(`attempt ${number}, ${rate} packets/s: packets were lost ${loss}`);
      if (loss !== BEFORE) continue;
      // The machine does not manage so many, or stands still ever again, with or without a reload.
      rate /= 2;
      dispatchMs = Math.min(1000, dispatchMs * 10);
    }
    assert.fail(`${ATTEMPTS} attempts, each lost packets: ${losses.join('; ')}`);
  });
});
