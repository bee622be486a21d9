import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Counters } from '../../../sensor/core/index.ts';
import { workLater, workNow, type Work } from '../../../sensor/packets/disk.ts';
import { PacketSpool, type PacketSpoolOptions } from '../../../sensor/packets/packet-spool.ts';
import { PacketExpiry, expirePackets } from '../../../sensor/packets/spool-expiry.ts';
import { findKept, readKept, writeKept } from '../../../sensor/packets/spool-reader.ts';

const KIB = 1024;
const root = mkdtempSync(join(tmpdir(), 'stanzawatch-spool-'));
after(() => {
  rmSync(root, { recursive: true });
});
let labs = 0;

const OLD = new Date(Date.UTC(2020, 0, 1));

function makeOld({ folder }: Lab): void {
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), OLD, OLD);
}

class Lab {
  readonly folder: string;
  readonly counters = new Counters();
  readonly interfaces = [{ name: 'eth0', linkType: 1 }];
  readonly spool: PacketSpool;

  constructor(options: Partial<PacketSpoolOptions> = {}) {
    this.folder = options.folder ?? join(root, `lab${labs++}`, 'packets');
    this.spool = new PacketSpool({
      ...{ folder: this.folder, maxBytes: 1e9, maxDays: 7, worker: 0, workers: 1 },
      ...{ isLive: false, program: 'test', snaplen: 65535, retryMs: 0 },
      interfaces: this.interfaces,
      counters: this.counters,
      limits: { packetsPendingBytes: 1e9, packetsFileBytes: 16 * KIB },
      ...options,
    });
  }

  write(flowId: number, size = 1000, alertId = flowId.toString(16).padStart(32, '0')): boolean {
    const bytes = new Uint8Array(size).fill(flowId);
    return this.spool.write({
      ...{ flowId, communityId: `1:flow${flowId}` },
      packets: [{ interfaceId: 0, tsUsec: flowId, wirelen: size, bytes, comments: [] }],
      alerts: [
        {
          ...{ alertId, tsUsec: flowId, flowId, communityId: `1:flow${flowId}` },
          ...{ gid: 1, sid: 2, rev: 3, detection: 'test' },
        },
      ],
    });
  }

  get files(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.pcapng'));
  }

  get bytes(): number {
    return readdirSync(this.folder).reduce(
      (sum, name) => sum + statSync(join(this.folder, name)).size,
      0,
    );
  }

  async count(flowId: number): Promise<number> {
    const alertId = flowId.toString(16).padStart(32, '0');
    const flow = await findKept(
      this.folder,
      { alertId, flowId: -1, communityId: '', tsUsec: 0 },
      7,
    );
    return flow?.packets ?? 0;
  }
}

describe('packet spool', () => {
  it("is the sensor's user's alone", () => {
    const lab = new Lab();
    lab.write(1);
    assert.equal(statSync(lab.folder).mode & 0o777, 0o700);
    for (const name of readdirSync(lab.folder)) {
      assert.equal(statSync(join(lab.folder, name)).mode & 0o777, 0o600);
    }
  });

  it('begins a new file when one is long enough, and finds packets in all', async () => {
    const lab = new Lab();
    for (let flow = 1; flow <= 40; flow++) lab.write(flow);
    assert.ok(lab.files.length >= 3);
    for (const name of lab.files) {
      assert.ok(statSync(join(lab.folder, name)).size <= 16 * KIB);
    }
    for (let flow = 1; flow <= 40; flow++) assert.equal(await lab.count(flow), 1);
  });

  it('keeps to its room: the oldest file goes first', async () => {
    const maxBytes = 128 * KIB;
    const lab = new Lab({ maxBytes });
    for (let flow = 1; flow <= 400; flow++) {
      lab.write(flow);
      assert.ok(lab.bytes <= maxBytes);
    }
    assert.ok(lab.bytes > maxBytes / 2);
    assert.equal(await lab.count(1), 0);
    assert.equal(await lab.count(400), 1);
    assert.equal(lab.counters.get('packetsKept'), 400);
  });

  it('counts what sensors before left, and lets that go first', async () => {
    const before = new Lab({ maxBytes: 128 * KIB });
    for (let flow = 1; flow <= 60; flow++) before.write(flow);
    await before.spool.flush();
    const live = new Lab({ folder: before.folder, maxBytes: 128 * KIB, isLive: true });
    assert.equal(live.counters.get('packetSpoolBytes'), before.bytes);
    const lab = new Lab({ folder: before.folder, maxBytes: 128 * KIB });
    assert.equal(lab.counters.get('packetSpoolBytes'), 0, 'a replay counts what it did itself');
    for (let flow = 101; flow <= 180; flow++) lab.write(flow);
    assert.ok(lab.bytes <= 128 * KIB);
    assert.equal(await lab.count(1), 0);
    for (let flow = 101; flow <= 180; flow++) assert.equal(await lab.count(flow), 1);
  });

  it('shares the room with other workers, who leave each other alone', async () => {
    const folder = join(root, 'shared');
    const own = (worker: number): Lab =>
      new Lab({ folder, worker, workers: 2, maxBytes: 256 * KIB });
    const [first, second] = [own(0), own(1)];
    first.write(7);
    for (let flow = 100; flow < 400; flow++) second.write(flow);
    assert.ok(first.bytes <= 129 * KIB);
    assert.equal(await first.count(7), 1);
  });

  it('lets files go that are too old', async () => {
    const before = new Lab();
    before.write(1);
    await before.spool.flush();
    makeOld(before);
    const lab = new Lab({ folder: before.folder });
    lab.write(2);
    assert.equal(await lab.count(1), 0);
    assert.equal(await lab.count(2), 1);
  });

  it('lets old files go of every worker, also when nothing is kept any more', async () => {
    const [first, second] = [new Lab(), new Lab({ worker: 1, workers: 2 })];
    for (const lab of [first, second]) {
      lab.write(1);
      await lab.spool.flush();
      makeOld(lab);
    }
    const other = join(first.folder, 'notes.txt');
    writeFileSync(other, 'of somebody else');
    utimesSync(other, OLD, OLD);
    assert.equal(await expirePackets(first.folder, 7), 1);
    assert.deepEqual(readdirSync(first.folder), ['notes.txt']);
    const expiry = new PacketExpiry(second.folder, 7);
    while (readdirSync(second.folder).length > 0) await delay(2);
    expiry.stop();
    assert.equal(await expirePackets(join(root, 'none'), 7), 0);
  });

  it('keeps looking for old files, and leaves young ones', async () => {
    const [young, lab] = [new Lab(), new Lab()];
    young.write(1);
    lab.write(1);
    await lab.spool.flush();
    assert.equal(await expirePackets(young.folder, 7), 0);
    assert.equal(await young.count(1), 1);
    const expiry = new PacketExpiry(lab.folder, 7, 5);
    await delay(10);
    assert.equal(await lab.count(1), 1);
    makeOld(lab);
    while (readdirSync(lab.folder).length > 0) await delay(2);
    expiry.stop();
  });

  it('shows nothing that is too old, whether it was deleted or not', async () => {
    const lab = new Lab();
    lab.write(1);
    const key = { alertId: '1'.padStart(32, '0'), flowId: -1, communityId: '', tsUsec: 0 };
    assert.equal((await findKept(lab.folder, key, 7))?.packets, 1);
    makeOld(lab);
    assert.equal(await findKept(lab.folder, key, 7), undefined);
  });

  it('refuses what its room can never hold', () => {
    const lab = new Lab({ maxBytes: 10 * KIB });
    lab.write(1, 20 * KIB);
    assert.equal(lab.counters.get('packetsDroppedRoom'), 1);
  });

  it('says what the disk complains about, and goes on when it is well again', async () => {
    const folder = join(root, 'blocked', 'packets');
    mkdirSync(join(root, 'blocked'));
    const lab = new Lab({ folder });
    writeFileSync(folder, 'where the folder should be');
    lab.write(1);
    assert.match(lab.spool.problem ?? '', /Cannot keep packets in .*blocked\/packets/);
    assert.equal(lab.counters.get('packetsDroppedDisk'), 1);
    rmSync(folder);
    lab.write(2);
    assert.equal(lab.spool.problem, undefined);
    assert.equal(await lab.count(2), 1);
  });

  it('asks a disk that refused packets again only after a while', () => {
    const folder = join(root, 'resting', 'packets');
    mkdirSync(join(root, 'resting'));
    const lab = new Lab({ folder, retryMs: 60_000 });
    writeFileSync(folder, 'where the folder should be');
    lab.write(1);
    rmSync(folder);
    assert.equal(lab.write(2), false);
    assert.ok(!existsSync(folder));
    assert.equal(lab.counters.get('packetsDroppedDisk'), 2);
  });

  it('lets work clear up behind a step that failed', async () => {
    const path = join(root, 'half');
    function* work(): Work {
      const file = yield { do: 'create', path };
      try {
        yield { do: 'write', file, bytes: Buffer.from('whole'), at: 0 };
        yield { do: 'write', file: -1, bytes: Buffer.from('half'), at: 5 };
      } catch {
        yield { do: 'cut', file, length: 2 };
      }
      yield { do: 'close', file };
    }
    workNow(work());
    assert.equal(readFileSync(path, 'utf8'), 'wh');
    rmSync(path);
    await workLater(work());
    assert.equal(readFileSync(path, 'utf8'), 'wh');
  });

  it('keeps nothing in a folder it cannot read, and says so from the start', () => {
    const folder = join(root, 'closed');
    writeFileSync(folder, 'no folder');
    const lab = new Lab({ folder });
    assert.match(lab.spool.problem ?? '', /Cannot keep packets in .*chown/);
    assert.equal(lab.write(1), false);
    assert.equal(lab.counters.get('packetsDroppedDisk'), 1);
  });

  it('holds back no more than its limit for a slow disk', async () => {
    const lab = new Lab({
      isLive: true,
      limits: { packetsPendingBytes: 5 * KIB, packetsFileBytes: 16 * KIB },
    });
    const taken = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((flow) => lab.write(flow));
    assert.ok(taken.length >= 4 && taken.length < 6, `${taken.length}`);
    assert.equal(lab.counters.get('packetsDroppedQueue'), 9 - taken.length);
    await lab.spool.flush();
    for (const flow of taken) assert.equal(await lab.count(flow), 1);
    assert.equal(lab.spool.waitingBytes, 0);
  });

  it('is read although a crash left the end torn', async () => {
    const lab = new Lab();
    lab.write(1);
    lab.write(2);
    await lab.spool.flush();
    const [file = ''] = lab.files;
    const path = join(lab.folder, file);
    writeFileSync(path, readFileSync(path).subarray(0, -300));
    writeFileSync(
      path.replace('.pcapng', '.idx'),
      'packets 9 1:flow9 0 99999999999999 1 1 1\npack',
      {
        flag: 'a',
      },
    );
    const key = { flowId: -1, communityId: '', tsUsec: 0 };
    const whole = await findKept(lab.folder, { ...key, alertId: '1'.padStart(32, '0') }, 7);
    const torn = await findKept(lab.folder, { ...key, alertId: '2'.padStart(32, '0') }, 7);
    assert.ok(whole && torn);
    const count = async (flow: typeof whole): Promise<number> => {
      let packets = 0;
      for await (const packet of readKept(flow)) packets += packet.bytes.length > 0 ? 1 : 0;
      return packets;
    };
    assert.equal(await count(whole), 1);
    assert.equal(await count(torn), 0);
  });

  it('passes over a file whose packets were deleted while it was read', async () => {
    const lab = new Lab();
    lab.write(1);
    const key = { alertId: '1'.padStart(32, '0'), flowId: -1, communityId: '', tsUsec: 0 };
    const flow = await findKept(lab.folder, key, 7);
    assert.ok(flow);
    for (const name of lab.files) rmSync(join(lab.folder, name));
    const blocks: Uint8Array[] = [];
    for await (const block of writeKept([flow], 'test')) blocks.push(block);
    assert.equal(blocks.length, 1);
  });

  it('finds an alert that was one too many by its flow and time', async () => {
    const lab = new Lab();
    lab.write(5);
    const key = { alertId: 'e'.repeat(32), flowId: 5, communityId: '1:flow5' };
    assert.equal((await findKept(lab.folder, { ...key, tsUsec: 5 }, 7))?.packets, 1);
    assert.equal(await findKept(lab.folder, { ...key, tsUsec: 900 }, 7), undefined);
    assert.equal(
      await findKept(lab.folder, { ...key, communityId: '1:flow', tsUsec: 5 }, 7),
      undefined,
    );
  });

  it('ignores files that are none of it, and names that are no ids', async () => {
    const lab = new Lab();
    lab.write(1);
    writeFileSync(join(lab.folder, 'README.idx'), 'alert 1 abc');
    const key = { flowId: -1, communityId: '', tsUsec: 0 };
    assert.equal(await findKept(lab.folder, { ...key, alertId: '../../etc/passwd' }, 7), undefined);
    assert.equal(await lab.count(1), 1);
  });
});
