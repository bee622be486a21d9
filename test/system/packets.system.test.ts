/**
 * Packets of an alert raised by a real client at a live sensor: kept within seconds, read by tshark with the alert named
 * on its packet, played again as a transcript; and a disk without room costs packets that are counted, nothing else.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadConfig } from '../../sensor/config/index.ts';
import type { StoredAlert } from '../../sensor/core/index.ts';
import { AlertStore } from '../../sensor/output/index.ts';
import { createPacketService, type PacketAnswers } from '../../sensor/service/packets.ts';
import { Lab } from '../support/lab.ts';
import { LiveSensor } from '../support/live-sensor.ts';
import { sh } from '../support/netns.ts';
import { Prosody } from '../support/prosody.ts';

const DOMAIN = 'corp.example';
const PASSWORDS = { alice: 'wonder-1and-sesame', bob: 'build3r-sesame' };
const MARK = 'TLP:RED';
const clients = join(process.cwd(), 'test', 'support', 'clients');
/** The answer is written when the seconds behind the alert are over. */
const FOLLOW_MS = 60_000;

/** What tshark prints of a file, a line a packet. */
function tshark(file: string, ...args: string[]): string[] {
  const text = execFileSync('tshark', ['-r', file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split('\n').filter((line) => line !== '');
}

describe('packets of alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-packets-live-'));
  const small = join(folder, 'small');
  let lab: Lab;
  let prosody: Prosody;
  let sensor: LiveSensor | undefined;
  let service: PacketAnswers | undefined;

  before(async () => {
    lab = new Lab();
    prosody = await Prosody.start({
      ...{ enter: lab.server.enter, address: lab.serverAddress },
      ...{ domain: DOMAIN, users: PASSWORDS },
    });
  });

  after(async () => {
    sensor?.kill();
    await service?.close();
    await prosody.stop();
    lab.remove();
    try {
      sh('umount', small);
    } catch {
      // It was never mounted.
    }
    rmSync(folder, { recursive: true });
  });

  async function start(dataDir: string, ...sets: string[]): Promise<LiveSensor> {
    sensor = await LiveSensor.start({
      ...{ namespace: lab.sensor, device: lab.mirrorDevice, folder: dataDir },
      args: ['--set', 'capture.dispatch_ms=1000', ...sets.flatMap((set) => ['--set', set])],
    });
    return sensor;
  }

  function attack(...lines: string[]): void {
    // prettier-ignore
    lab.client.run(process.execPath, join(clients, 'xmppjs.mjs'), lab.serverAddress, DOMAIN, 'alice', PASSWORDS.alice,
      `bob@${DOMAIN}`, ...lines);
  }

  function alertOf(running: LiveSensor, detection: string): StoredAlert {
    const store = new AlertStore(running.store);
    try {
      const [alert] = store.listAlerts({ detection, limit: 1 });
      assert.ok(alert, `${detection} is stored`);
      return alert;
    } finally {
      store.close();
    }
  }

  it('are kept with what was said before and behind, for Wireshark', async () => {
    const data = join(folder, 'data');
    // Of a sensor that ended long ago: goes while this one listens.
    const forgotten = join(data, 'packets', '20200101T000000000Z-0-000001.pcapng');
    mkdirSync(join(data, 'packets'), { recursive: true, mode: 0o700 });
    writeFileSync(forgotten, '', { mode: 0o600 });
    utimesSync(forgotten, 1_577_836_800, 1_577_836_800);
    const running = await start(data);
    await running.until(() => !existsSync(forgotten), FOLLOW_MS, 'packets too old are deleted');
    attack('good morning', `${MARK} do not forward`, 'that is all');
    const isStored = (): boolean => running.storedDetections().includes('dlp-marking');
    await running.until(isStored, FOLLOW_MS, 'dlp-marking is stored');
    const alert = alertOf(running, 'dlp-marking');
    const config = loadConfig({ file: undefined, overrides: [`data_dir=${data}`] });
    service = createPacketService({ config });
    const answers = service;
    const isAllThere = async (): Promise<boolean> =>
      (await answers.transcript(alert)).entries.some(({ decoded }) => decoded.includes('is all'));
    for (let waited = 0; !(await isAllThere()) && waited < FOLLOW_MS; waited += 500) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const file = join(folder, 'alert.pcapng');
    let kept = await answers.kept(alert);
    // The end of the connection may still come: what is told and what is given must be of one moment.
    for (let told = -1; told !== kept.packets; kept = await answers.kept(alert)) {
      told = kept.packets;
      const blocks: Uint8Array[] = [];
      for await (const block of (await answers.pcap(alert)) ?? []) blocks.push(block);
      writeFileSync(file, Buffer.concat(blocks));
    }
    assert.ok(kept.packets > 10, kept.reason);

    assert.equal(tshark(file).length, kept.packets);
    const comments = tshark(file, '-Y', 'frame.comment', '-T', 'fields', '-e', 'frame.comment');
    const named = `stanzawatch alert=${alert.alertId} sid=1:${alert.sid}:${alert.rev} detection=dlp-marking`;
    assert.ok(
      comments.some((line) => line.split(',').includes(named)),
      comments.join('\n'),
    );
    const [marked] = tshark(
      ...([file, '-Y', `frame.comment contains "${alert.alertId}"`] as const),
      ...['-T', 'fields', '-e', 'tcp.payload'],
    );
    assert.ok(Buffer.from(marked ?? '', 'hex').includes(MARK), 'the comment is on its packet');
    const ends = new Set(tshark(file, '-T', 'fields', '-e', 'tcp.stream'));
    assert.deepEqual([...ends], ['0'], 'packets of this connection and of no other');
    const [from] = tshark(file, '-c', '1', '-T', 'fields', '-e', 'frame.interface_name');
    assert.equal(from, lab.mirrorDevice);
  });

  it('are read as a conversation, without the password', async () => {
    assert.ok(service && sensor);
    const alert = alertOf(sensor, 'dlp-marking');
    const { entries, reason } = await service.transcript(alert);
    const at = entries.findIndex(({ isAlert }) => isAlert);
    assert.ok(at > 0, reason);
    assert.match(entries[at]?.decoded ?? '', /TLP:RED do not forward/);
    const before = entries.slice(0, at).map(({ decoded }) => decoded);
    assert.ok(before.some((text) => text.includes('good morning')));
    assert.ok(entries.some(({ direction }) => direction === 'to_client'));
    const text = JSON.stringify(entries);
    assert.ok(!text.includes(PASSWORDS.alice));
    assert.ok(!text.includes(Buffer.from(`\0alice\0${PASSWORDS.alice}`).toString('base64')));
  });

  it("are the sensor's user's alone", () => {
    const spool = join(folder, 'data', 'packets');
    assert.equal(statSync(spool).mode & 0o777, 0o700);
    for (const name of readdirSync(spool)) {
      assert.equal(statSync(join(spool, name)).mode & 0o777, 0o600);
    }
  });

  it('are counted where the disk has no room, and alerts are stored all the same', async () => {
    assert.ok(sensor);
    assert.equal(await sensor.stop(), 0, sensor.output);
    const data = join(folder, 'full');
    mkdirSync(join(data, 'packets'), { recursive: true, mode: 0o700 });
    mkdirSync(small);
    sh('mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', small);
    writeFileSync(join(small, 'filler'), Buffer.alloc(60 * 1024));
    sh('mount', '--bind', small, join(data, 'packets'));
    try {
      const running = await start(data);
      attack('good morning', `${MARK} do not forward`);
      const isStored = (): boolean => running.storedDetections().includes('dlp-marking');
      await running.until(isStored, FOLLOW_MS, 'dlp-marking is stored');
      const dropped = (): number => running.metric('packets_not_kept_total');
      await running.until(() => dropped() > 0, FOLLOW_MS, 'packets are counted');
      await running.says('Cannot keep packets in', FOLLOW_MS);
      assert.match(running.output, /Cannot keep packets in .*ENOSPC/);
      // With room again packets are kept again.
      rmSync(join(small, 'filler'));
      const kept = (): number => running.metric('packets_kept_total');
      // A disk that refused packets is left alone for 5 s, and again so long by what comes late.
      for (let i = 0; i < 6 && kept() === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 6000));
        attack('good morning', `${MARK} do not forward either`);
        for (let j = 0; j < 20 && kept() === 0; j++) {
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      }
      assert.ok(kept() > 0, 'packets are kept again');
      assert.equal(await running.stop(), 0, running.output);
    } finally {
      sh('umount', join(data, 'packets'));
    }
  });
});
