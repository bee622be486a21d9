import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  Counters,
  defaultLimits,
  packetTime,
  type LimitValues,
} from '../../../sensor/core/index.ts';
import { findKept, readKept, type KeptPacket } from '../../../sensor/packets/index.ts';
import { PacketKeeper } from '../../../sensor/packets/packet-keeper.ts';
import type { PacketAlert } from '../../../sensor/packets/types.ts';

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;
const ETHERNET = 1;
const ORIGIN = { interfaceName: 'eth0', fileName: '' };
const root = mkdtempSync(join(tmpdir(), 'stanzawatch-keeper-'));
after(() => {
  rmSync(root, { recursive: true });
});
let labs = 0;

class Lab {
  readonly folder = join(root, `lab${labs++}`, 'packets');
  readonly counters = new Counters();
  readonly keeper: PacketKeeper;
  now = START;

  constructor(limits: Partial<LimitValues> = {}, isLive = false) {
    this.keeper = new PacketKeeper({
      ...{ folder: this.folder, maxBytes: 1e9, maxDays: 7, worker: 0, workers: 1, isLive },
      ...{ program: 'test', snaplen: 65535, counters: this.counters },
      limits: { ...defaultLimits(), packetsRingBytes: 1024 * 1024, ...limits },
    });
  }

  /** A packet of flow `id` in row `row`, 10 ms behind the one before. */
  packet(row: number, id: number, text: string): number {
    this.now += 10_000;
    const bytes = Buffer.from(text);
    this.keeper.flowId[0] = id;
    const time = packetTime(this.now);
    const { length } = bytes;
    this.keeper.packet(row, bytes, 0, length, length, time, ETHERNET, ORIGIN);
    return this.now;
  }

  alert(id: number, name: string, tsUsec = this.now): PacketAlert {
    const alert = {
      ...{ alertId: Buffer.from(name).toString('hex').padEnd(32, '0'), tsUsec, flowId: id },
      ...{ communityId: `1:flow${id}`, gid: 1, sid: 42, rev: 3, detection: 'test-rule' },
    };
    this.keeper.alert(alert);
    this.keeper.work(this.now);
    return alert;
  }

  async kept(alert: PacketAlert): Promise<KeptPacket[]> {
    const flow = await findKept(this.folder, alert, 7);
    if (flow === undefined) return [];
    const packets: KeptPacket[] = [];
    for await (const packet of readKept(flow)) {
      packets.push({ ...packet, bytes: packet.bytes.slice() });
    }
    return packets;
  }

  async texts(alert: PacketAlert): Promise<string[]> {
    return (await this.kept(alert)).map(({ bytes }) => Buffer.from(bytes).toString());
  }
}

describe('packet keeper', () => {
  it('writes what a flow said before its alert, and nothing of others', async () => {
    const lab = new Lab();
    lab.packet(0, 1, 'hello');
    lab.packet(1, 2, 'somebody else');
    lab.packet(0, 1, 'attack');
    const alert = lab.alert(1, 'a');
    const packets = await lab.kept(alert);
    assert.deepEqual(
      packets.map(({ bytes, tsUsec, from }) => [Buffer.from(bytes).toString(), tsUsec, from.name]),
      [
        ['hello', START + 10_000, 'eth0'],
        ['attack', START + 30_000, 'eth0'],
      ],
    );
    assert.deepEqual(packets[0]?.comments, []);
    assert.deepEqual(packets[1]?.comments, [
      `stanzawatch alert=${alert.alertId} sid=1:42:3 detection=test-rule`,
    ]);
  });

  it('keeps nothing without an alert', () => {
    const lab = new Lab();
    lab.packet(0, 1, 'hello');
    lab.keeper.finish(lab.now);
    assert.throws(() => statSync(lab.folder), /ENOENT/);
  });

  it('writes the answer too, for some packets and some seconds, and no packet twice', async () => {
    const lab = new Lab({ packetsFollowPackets: 3 });
    lab.packet(0, 1, 'attack');
    const alert = lab.alert(1, 'a');
    lab.packet(0, 1, 'answer 1');
    assert.deepEqual(await lab.texts(alert), ['attack']);
    lab.packet(0, 1, 'answer 2');
    lab.packet(0, 1, 'answer 3');
    lab.packet(0, 1, 'later');
    assert.deepEqual(await lab.texts(alert), ['attack', 'answer 1', 'answer 2', 'answer 3']);
    lab.keeper.finish(lab.now);
    assert.deepEqual(await lab.texts(alert), ['attack', 'answer 1', 'answer 2', 'answer 3']);
    const again = lab.alert(1, 'b');
    lab.keeper.finish(lab.now);
    const expected = ['attack', 'answer 1', 'answer 2', 'answer 3', 'later'];
    assert.deepEqual(await lab.texts(again), expected);
    assert.deepEqual(await lab.texts(alert), expected);
  });

  it('writes what came of it when the seconds are over, with or without packets', async () => {
    for (const end of ['packet', 'sweep', 'finish'] as const) {
      const lab = new Lab();
      lab.packet(0, 1, 'attack');
      const alert = lab.alert(1, 'a');
      lab.packet(0, 1, 'answer');
      lab.now += 6 * SECOND;
      if (end === 'packet') {
        // Of any flow: once some are followed, time is looked at with each.
        lab.packet(1, 2, 'somebody else');
      } else if (end === 'sweep') lab.keeper.sweep(lab.now);
      else lab.keeper.finish(lab.now);
      assert.deepEqual(await lab.texts(alert), ['attack', 'answer'], end);
    }
  });

  it('finds the packets of a flow that has ended, also when its row is in use again', async () => {
    const lab = new Lab();
    lab.packet(0, 1, 'old flow');
    const at = lab.now;
    lab.packet(0, 2, 'new flow');
    const alert = lab.alert(1, 'late', at);
    const other = lab.alert(2, 'other');
    assert.deepEqual(await lab.texts(alert), ['old flow']);
    assert.deepEqual(await lab.texts(other), ['new flow']);
  });

  it('writes the answer of a flow whose row is taken by another', async () => {
    const lab = new Lab();
    lab.packet(0, 1, 'attack');
    const alert = lab.alert(1, 'a');
    lab.packet(0, 1, 'answer');
    lab.packet(0, 2, 'new flow');
    assert.deepEqual(await lab.texts(alert), ['attack', 'answer']);
  });

  it('names several alerts of one packet on it, and an alert of a packet written before in the index', async () => {
    const lab = new Lab();
    const at = lab.packet(0, 1, 'attack');
    const [first, second] = [lab.alert(1, 'a'), lab.alert(1, 'b', at)];
    const packets = await lab.kept(second);
    assert.equal(packets.length, 1);
    assert.equal(packets[0]?.comments.length, 1);
    const flow = await findKept(lab.folder, second, 7);
    assert.deepEqual(
      flow?.alerts.map(({ alertId, isNamed }) => [alertId, isNamed]),
      [
        [first.alertId, true],
        [second.alertId, false],
      ],
    );
  });

  it('keeps conversations from being pushed out by what other flows carry', async () => {
    const lab = new Lab({ packetsCarriedBytes: 4096 });
    const id = Float64Array.of(1);
    lab.keeper.onXmpp(0, id);
    for (let i = 0; i < 20; i++) lab.packet(0, 1, `chat ${i} ${'x'.repeat(900)}`);
    // Four times what all memory holds.
    for (let i = 0; i < 4000; i++) lab.packet(1, 2, `carried ${i} ${'y'.repeat(1000)}`);
    const chat = await lab.texts(lab.alert(1, 'chat'));
    assert.equal(chat.length, 20);
    const carried = await lab.texts(lab.alert(2, 'file'));
    // Its beginning, and the end of it.
    assert.match(carried[0] ?? '', /^carried 0 /);
    assert.match(carried.at(-1) ?? '', /^carried 3999 /);
    const bytes = carried.reduce((sum, text) => sum + text.length, 0);
    assert.ok(bytes > 4096 && bytes < 4 * 4096, `${bytes}`);
  });

  it('writes only the latest of a flow that says very much', async () => {
    const lab = new Lab({ packetsFlowBytes: 10_000 });
    lab.keeper.onXmpp(0, Float64Array.of(1));
    for (let i = 0; i < 100; i++) lab.packet(0, 1, `${i} ${'x'.repeat(1000)}`);
    const texts = await lab.texts(lab.alert(1, 'a'));
    assert.equal(texts.length, 9);
    assert.match(texts.at(-1) ?? '', /^99 /);
  });

  it('spends so much a second on alerts, and counts what it left', async () => {
    const lab = new Lab({ packetsAlertsPerSecond: 5 });
    const alerts: PacketAlert[] = [];
    for (let flow = 1; flow <= 20; flow++) {
      lab.now = START;
      lab.packet(flow, flow, `attack ${flow}`);
      alerts.push(lab.alert(flow, `a${flow}`));
    }
    const counts = await Promise.all(alerts.map(async (alert) => (await lab.texts(alert)).length));
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      5,
    );
    assert.equal(lab.counters.get('packetsDroppedBudget'), 15);
    lab.now = START + SECOND;
    lab.packet(30, 30, 'next second');
    assert.equal((await lab.texts(lab.alert(30, 'next'))).length, 1);
  });

  it('writes for an attack that goes on now and then', async () => {
    const lab = new Lab({ packetsFollowSeconds: 1 });
    lab.packet(0, 1, 'first');
    const alert = lab.alert(1, 'a');
    lab.now += 10 * SECOND;
    lab.packet(0, 1, 'soon');
    lab.keeper.growth(alert, lab.now);
    assert.equal(lab.keeper.hasAlerts, false);
    lab.now += 60 * SECOND;
    lab.packet(0, 1, 'later');
    lab.keeper.growth(alert, lab.now);
    lab.keeper.work(lab.now);
    assert.deepEqual(await lab.texts(alert), ['first', 'soon', 'later']);
  });

  it('passes over alerts that belong to no flow, or to one nothing is known of', () => {
    const lab = new Lab();
    lab.packet(0, 1, 'hello');
    lab.alert(-1, 'none');
    lab.alert(77, 'unknown');
    assert.throws(() => statSync(lab.folder), /ENOENT/);
  });

  it('writes the same files for the same packets', () => {
    const write = (): Buffer[] => {
      const lab = new Lab();
      for (let i = 0; i < 50; i++) {
        lab.packet(i % 7, 1 + (i % 7), `packet ${i}`);
        if (i % 11 === 0) lab.alert(1 + (i % 7), `a${i}`);
      }
      lab.keeper.finish(lab.now);
      return readdirSync(lab.folder).map((name) => readFileSync(join(lab.folder, name)));
    };
    assert.deepEqual(write(), write());
  });

  it('grows with the table of flows', async () => {
    const lab = new Lab();
    lab.packet(200_000, 5, 'high up');
    assert.deepEqual(await lab.texts(lab.alert(5, 'a')), ['high up']);
  });

  it('works while packets go on: what was taken is there after flush()', async () => {
    const lab = new Lab({}, true);
    lab.packet(0, 1, 'attack');
    const alert = lab.alert(1, 'a');
    lab.packet(0, 1, 'answer');
    lab.keeper.finish(lab.now);
    await lab.keeper.flush();
    assert.deepEqual(await lab.texts(alert), ['attack', 'answer']);
    assert.equal(lab.counters.get('packetsKept'), 2);
  });
});
