/**
 * Live capture over real interfaces, as root: under more load than it can bear the sensor's
 * process stays alive and counts every packet it drops; and an interface that goes away and
 * comes back is captured again.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shardFilter } from '../../sensor/capture/index.ts';
import { Namespace, connectNamespaces, sentPackets, sh } from '../support/netns.ts';
import { mergeByTime, tcpConversation, writePcap } from '../support/packets.ts';
import type { ProbeReport, ProbeSetup } from './capture-probe.ts';

const PROBE = fileURLToPath(new URL('./capture-probe.js', import.meta.url));
const DEVICE = 'e0';
/** All the rights a sensor may need: it must do with this one. */
const ONLY_NET_RAW = ['setpriv', '--bounding-set=-all,+net_raw'];

class Probe {
  readonly child: ChildProcessWithoutNullStreams;
  readonly reports: ProbeReport[] = [];
  readonly #exit: Promise<number | null>;

  constructor(namespace: Namespace, setup: ProbeSetup, rights: readonly string[] = ONLY_NET_RAW) {
    const [command = '', ...prefix] = [...namespace.enter, ...rights];
    const args = [...prefix, process.execPath, PROBE, JSON.stringify(setup)];
    this.child = spawn(command, args);
    this.child.stderr.resume();
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.reports.push(JSON.parse(line) as ProbeReport);
    });
    this.#exit = new Promise((resolve) => this.child.once('close', resolve));
  }

  get last(): ProbeReport {
    const report = this.reports.at(-1);
    assert.ok(report !== undefined, 'no report yet');
    return report;
  }

  async until(condition: (report: ProbeReport) => boolean, what: string): Promise<void> {
    for (let i = 0; i < 1200; i++) {
      const report = this.reports.at(-1);
      if (report !== undefined && condition(report)) return;
      await pause(50);
    }
    assert.fail(`${what}: ${JSON.stringify(this.reports.at(-1))}`);
  }

  /** Asks it to end; resolves to its exit status and how long it took. */
  async stop(): Promise<{ code: number | null; milliseconds: number }> {
    const start = performance.now();
    this.child.kill('SIGTERM');
    const code = await this.exited();
    return { code, milliseconds: performance.now() - start };
  }

  exited(): Promise<number | null> {
    return this.#exit;
  }
}

const one = (filter = ''): ProbeSetup['captures'] => [{ interfaceName: DEVICE, filter }];
/** What is about something else than shedding must not shed because the machine is busy. */
const SHEDS_NOTHING = { burnUsec: 0, dispatchMs: 1000 };
const SHEDS = { dispatchMs: 20 };
const total = (report: ProbeReport): number =>
  report.stats.reduce((sum, { packets }) => sum + packets, 0);

describe('live capture', () => {
  let sender: Namespace;
  let sensor: Namespace;
  let folder: string;
  const children: ChildProcessWithoutNullStreams[] = [];

  const start = (setup: ProbeSetup, rights?: readonly string[]): Probe => {
    const probe = new Probe(sensor, setup, rights);
    children.push(probe.child);
    return probe;
  };

  const connect = (): void => {
    connectNamespaces({ namespace: sender, device: DEVICE }, { namespace: sensor, device: DEVICE });
  };

  /** A link that was just set up carries nothing yet. */
  const linkIsUp = async (): Promise<void> => {
    const isUp = ({ name }: Namespace): boolean =>
      sh('ip', '-n', name, 'link', 'show', 'dev', DEVICE).includes('state UP');
    for (let i = 0; i < 600 && !(isUp(sender) && isUp(sensor)); i++) await pause(50);
    assert.ok(isUp(sender) && isUp(sensor), 'the link is up');
  };

  /** Sends a capture; returns when all of it was sent. */
  const replay = (path: string, ...options: readonly string[]): void => {
    sender.run('tcpreplay', '-q', '-i', DEVICE, ...options, path);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-system-'));
    sender = new Namespace('sender');
    sensor = new Namespace('sensor');
    for (const namespace of [sender, sensor]) {
      // The kernel's own neighbour discovery would be packets nobody asked for.
      for (const scope of ['all', 'default']) {
        namespace.run('sysctl', '-qw', `net.ipv6.conf.${scope}.disable_ipv6=1`);
      }
    }
    connect();
    await linkIsUp();
  });

  after(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
    }
    sender.remove();
    sensor.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('under overload lets timers fire, counts what it sheds and obeys a signal', async () => {
    const path = join(folder, 'load.pcap');
    const conversations = Array.from({ length: 100 }, (_, i) =>
      tcpConversation(
        Array.from({ length: 10 }, () => ['C', 'x'.repeat(250)] as const),
        { clientPort: 20_000 + i },
      ),
    );
    writeFileSync(path, writePcap(mergeByTime(...conversations)));

    const probe = start({ captures: one(), burnUsec: 100, ...SHEDS });
    await probe.until(({ ticks }) => ticks > 10, 'the probe starts');
    const reportsBefore = probe.reports.length;
    const ticksBefore = probe.last.ticks;
    const began = performance.now();
    // Ten times what the probe manages. At top speed some machines send faster than packets can be skipped: then the
    // capture is opened anew, and what comes in between nobody can count.
    const flood = spawn(sender.enter[0] ?? '', [
      ...sender.enter.slice(1),
      ...['tcpreplay', '-q', '-i', DEVICE, '--pps=100000', '-K', '--loop=100', path],
    ]);
    flood.stdout.resume();
    flood.stderr.resume();
    children.push(flood);
    await new Promise((resolve) => flood.once('close', resolve));
    const seconds = (performance.now() - began) / 1000;
    const sent = sentPackets(sender, DEVICE);
    const counted = ({ stats }: ProbeReport): number =>
      stats.reduce((sum, each) => sum + each.packets + each.droppedShed + each.droppedKernel, 0);
    await probe.until((report) => counted(report) >= sent, `all ${sent} are accounted for`);

    const { stats, ticks } = probe.last;
    const { packets, droppedShed } = stats[0] ?? assert.fail('no statistics');
    assert.ok(droppedShed > 0, 'there was no overload');
    assert.ok(packets > 1000, `only ${packets} packets were handled`);
    assert.equal(counted(probe.last), sent, 'a packet was counted twice');

    // One in twenty may be late: a machine that stands still for a moment is no sensor that does.
    const late = probe.reports
      .slice(reportsBefore)
      .reduce((sum, { lateTicks }) => sum + lateTicks, 0);
    assert.ok(
      late * 20 <= ticks - ticksBefore,
      `${late} of ${ticks - ticksBefore} timers were late`,
    );
    // A turn is 20 ms of packets and what it takes to skip the rest.
    assert.ok(ticks - ticksBefore >= seconds * 5, `${ticks - ticksBefore} ticks in ${seconds} s`);
    assert.equal(sentPackets(sensor, DEVICE), 0, 'the sensor sent something');
    await probe.stop();
  });

  it('obeys a signal in the middle of a flood', async () => {
    const path = join(folder, 'load.pcap');
    const probe = start({ captures: one(), burnUsec: 100, ...SHEDS });
    await probe.until(({ ticks }) => ticks > 0, 'the probe starts');
    const flood = spawn(sender.enter[0] ?? '', [
      ...sender.enter.slice(1),
      ...['tcpreplay', '-q', '-i', DEVICE, '--topspeed', '-K', '--loop=100000', path],
    ]);
    flood.stdout.resume();
    flood.stderr.resume();
    children.push(flood);
    await probe.until(({ stats }) => (stats[0]?.droppedShed ?? 0) > 1000, 'packets are shed');
    const { code, milliseconds } = await probe.stop();
    assert.equal(code, 0);
    // The flood would go on for minutes.
    assert.ok(milliseconds < 10_000, `${milliseconds} ms until it ended`);
    flood.kill('SIGTERM');
    await new Promise((resolve) => flood.once('close', resolve));
  });

  it('goes on after its link was down, and after its interface was made anew', async () => {
    const path = join(folder, 'few.pcap');
    writeFileSync(path, writePcap(tcpConversation([['C', 'hello']])));
    const probe = start({ captures: one(), ...SHEDS_NOTHING });
    await probe.until(({ ticks }) => ticks > 0, 'the probe starts');
    replay(path);
    await probe.until((report) => total(report) === 8, 'eight packets come');

    sensor.ip('link', 'set', DEVICE, 'down');
    await pause(500);
    sensor.ip('link', 'set', DEVICE, 'up');
    await linkIsUp();
    replay(path);
    await probe.until((report) => total(report) === 16, 'eight more after the link was down');

    sensor.ip('link', 'delete', DEVICE);
    await probe.until(({ isCapturing }) => isCapturing[0] === false, 'the loss is noticed');
    connect();
    await probe.until(({ isCapturing }) => isCapturing[0] === true, 'the return is noticed');
    await linkIsUp();
    replay(path);
    await probe.until((report) => total(report) === 24, 'eight more on the new interface');
    await probe.stop();
  });

  it('shares are exact in the kernel, tagged and untagged', async () => {
    const path = join(folder, 'tagged.pcap');
    const conversations = Array.from({ length: 60 }, (_, i) =>
      tcpConversation([['C', 'hello']], {
        clientPort: 30_000 + 2 * i,
        client: i % 2 === 0 ? `192.0.2.${i + 1}` : `2001:db8::${i}`,
        vlans: [[], [7], [7, 8]][i % 3] ?? [],
      }),
    );
    writeFileSync(path, writePcap(mergeByTime(...conversations)));
    const workers = [0, 1, 2].map((i) => ({
      interfaceName: DEVICE,
      filter: shardFilter('', i, 3),
    }));
    const probe = start({ captures: workers, ...SHEDS_NOTHING });
    await probe.until(({ ticks }) => ticks > 0, 'the probe starts');
    replay(path, '--pps=2000');
    await probe.until((report) => total(report) === 60 * 8, 'every packet comes once');
    for (const { packets } of probe.last.stats) {
      assert.ok(packets > 0, 'a worker got nothing');
      assert.equal(packets % 8, 0, 'a flow was split');
    }
    await probe.stop();
  });

  it('without the right to capture says what to do', async () => {
    const probe = start({ captures: one(), ...SHEDS_NOTHING }, ['setpriv', '--bounding-set=-all']);
    const code = await probe.exited();
    const error = probe.reports[0] as unknown as { code: string; message: string; hint: string };
    assert.deepEqual([code, error.code], [1, 'INTERFACE_DENIED']);
    assert.match(error.message, /^Cannot capture on e0: .*permi/i);
    assert.match(error.hint, /setcap cap_net_raw\+ep/);
  });
});
