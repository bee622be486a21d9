/**
 * `doctor` on a mirror port: one that is down, one with nothing behind it, one that shows half of the traffic, one that
 * shows all of it, and one that this process may not listen to. What comes in is sent in a loop for as long as the
 * doctor listens.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Check } from '../../sensor/doctor/index.ts';
import { one, says, statesOf } from '../support/doctor-checks.ts';
import { Namespace, connectNamespaces } from '../support/netns.ts';
import { tcpConversation, writePcap, type TimedPacket, type Turn } from '../support/packets.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const DEVICE = 'm0';
const CLIENT = '192.0.2.10';
/** The sender sends so many a second: enough in every second of listening, also on a busy machine. */
const PACKETS_PER_SECOND = '200';
const SECONDS = '4';
const WAIT_MS = 60_000;
const NO_RIGHTS = ['--bounding-set', '-all', '--inh-caps', '-all', '--ambient-caps', '-all'];

const TURNS: readonly Turn[] = [
  ['C', "<stream:stream to='corp.example' xmlns='jabber:client'>"],
  ['S', "<stream:stream from='corp.example' xmlns='jabber:client'><stream:features/>"],
  ['C', "<message to='bob@corp.example'><body>shall we?</body></message>"],
  ['S', "<message from='bob@corp.example'><body>we shall</body></message>"],
];

describe('doctor on a mirror port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-doctor-'));
  const data = join(folder, 'data');
  let sensor: Namespace;
  let network: Namespace;
  let sender: ChildProcess | undefined;

  before(() => {
    sensor = new Namespace('sensor');
    network = new Namespace('switch');
    connectNamespaces({ namespace: sensor, device: DEVICE }, { namespace: network, device: 'm1' });
    for (const [namespace, device] of [
      [sensor, DEVICE],
      [network, 'm1'],
    ] as const) {
      namespace.run('sysctl', '-qw', `net.ipv6.conf.${device}.disable_ipv6=1`);
    }
  });

  afterEach(async () => {
    await stopSending();
  });

  after(() => {
    sensor.remove();
    network.remove();
    rmSync(folder, { recursive: true });
  });

  async function stopSending(): Promise<void> {
    const child = sender;
    sender = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  function received(): number {
    const path = `/sys/class/net/${DEVICE}/statistics/rx_packets`;
    return Number(sensor.run('cat', path));
  }

  /** Sends packets into the mirror until it is stopped; resolves when they arrive. */
  async function keepSending(packets: readonly TimedPacket[]): Promise<void> {
    const path = join(folder, 'mirrored.pcap');
    writeFileSync(path, writePcap(packets));
    const before = received();
    const [command, ...enter] = network.enter;
    assert.ok(command !== undefined);
    const replay = [
      'tcpreplay',
      '-q',
      '-i',
      'm1',
      '--loop',
      '0',
      '--pps',
      PACKETS_PER_SECOND,
      path,
    ];
    sender = spawn(command, [...enter, ...replay], { stdio: 'ignore' });
    const endMs = performance.now() + WAIT_MS;
    while (received() === before) {
      assert.ok(performance.now() < endMs, 'nothing arrives on the mirror port');
      await pause(50);
    }
  }

  function doctor(...prefix: readonly string[]): {
    readonly status: number | null;
    readonly checks: readonly Check[];
  } {
    const [command, ...enter] = [...sensor.enter, ...prefix, process.execPath];
    const args = [
      '-i',
      DEVICE,
      '-l',
      data,
      '--seconds',
      SECONDS,
      '--set',
      'rules.files=["signatures/transport.rules"]',
    ];
    const { status, stdout, stderr } = spawnSync(
      command,
      [...enter, MAIN, 'doctor', '--json', ...args],
      {
        encoding: 'utf8',
      },
    );
    assert.notEqual(stdout, '', stderr);
    return { status, ...(JSON.parse(stdout) as { readonly checks: readonly Check[] }) };
  }

  it('sees both directions of XMPP that can be read', async () => {
    await keepSending(tcpConversation(TURNS));
    const { checks } = doctor();
    says(checks, 'interface.link', 'ok', /carrier/);
    says(checks, 'interface.address', 'ok', /No address/);
    says(checks, 'rights.capture', 'ok', /may capture/);
    says(checks, 'interface.capture', 'ok', /can be opened/);
    says(checks, 'interface.promiscuous', 'ok', /works/);
    says(checks, 'interface.directions', 'ok', /Both directions of 1 XMPP connection/);
    says(checks, 'interface.xmpp', 'ok', /begin with XML/);
    says(checks, 'interface.checksums', 'ok', /are right/);
    says(checks, 'interface.time', 'ok', /agree/);
    assert.equal(one(checks, 'interface.link').subject, DEVICE);
    // What the machine of the test lacks in memory or disk is not the matter.
    const areas = /^(program|config|rights|interface|rules)\./;
    const failures = checks.filter(({ id, state }) => state === 'fail' && areas.test(id));
    assert.equal(statesOf(failures), '');
  });

  it('sees that one direction is missing', async () => {
    const packets = tcpConversation(TURNS);
    const fromClient = packets.filter(({ bytes }) => sourceOf(bytes) === CLIENT);
    assert.ok(fromClient.length > 3 && fromClient.length < packets.length);
    await keepSending(fromClient);
    const { checks, status } = doctor();
    says(checks, 'interface.directions', 'fail', /nothing that servers send/, /both directions/i);
    says(checks, 'interface.xmpp', 'ok', /begin with XML/);
    assert.equal(status, 1);
  });

  it('says that it may not listen, and how it may', async () => {
    await keepSending(tcpConversation(TURNS));
    const { checks, status } = doctor('setpriv', ...NO_RIGHTS);
    says(checks, 'rights.capture', 'fail', /no CAP_NET_RAW/, /setcap cap_net_raw\+ep/);
    says(checks, 'interface.capture', 'fail', /Cannot capture on m0/, /setcap cap_net_raw\+ep/);
    says(checks, 'interface.traffic', 'unknown', /no capture/);
    assert.equal(status, 1);
  });

  it('tells unplugged from down', () => {
    network.ip('link', 'set', 'm1', 'down');
    const unplugged = doctor();
    says(unplugged.checks, 'interface.link', 'fail', /no carrier/, /cable/);
    says(unplugged.checks, 'interface.traffic', 'warn', /No packet/);
    sensor.ip('link', 'set', DEVICE, 'down');
    const down = doctor();
    says(down.checks, 'interface.link', 'fail', /is down/, /ip link set m0 up/);
    says(down.checks, 'interface.capture', 'unknown', /only when the interface is up/);
    assert.deepEqual([unplugged.status, down.status], [1, 1]);
  });

  it('left nothing behind: no data folder, no promiscuous interface', () => {
    assert.ok(!readdirSync(folder).includes('data'));
    const flags = Number(sensor.run('cat', `/sys/class/net/${DEVICE}/flags`));
    assert.equal(flags & 0x100, 0);
  });
});

/** Source address of an Ethernet frame with IPv4. */
function sourceOf(bytes: Uint8Array): string {
  return [...bytes.subarray(26, 30)].join('.');
}
