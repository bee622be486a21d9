/** Keeping the latest packets in memory: every packet of the capture into the rings, as if all flows were read. */
import { readCapture } from '../../sensor/capture/index.ts';
import { Counters, defaultLimits, monotonicMs, packetTime } from '../../sensor/core/index.ts';
import { PacketKeeper } from '../../sensor/packets/index.ts';
import type { BenchRow } from './main.ts';

/** Flows the packets are shared by: their rows are not next to each other in memory. */
const FLOWS = 5000;
const ROUNDS = 5;
const SAMPLE = 200_000;

export async function bench(ctx: { smallCapturePath: string }): Promise<BenchRow[]> {
  const counters = new Counters();
  const keeper = new PacketKeeper({
    ...{ folder: 'never-written', maxBytes: 1e9, maxDays: 1, worker: 0, workers: 1, isLive: true },
    ...{ program: 'bench', snaplen: 65535, counters, limits: defaultLimits() },
  });
  const id = keeper.flowId;
  const origin = { interfaceName: '', fileName: '' };
  const sample = await samplePackets(ctx.smallCapturePath);
  const bytes = sample.reduce((sum, { length }) => sum + length, 0);
  const time = packetTime();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = monotonicMs();
    for (let n = 0; n < sample.length; n++) {
      const packet = sample[n] as Uint8Array;
      const row = (n * 7919) % FLOWS;
      id[0] = row + 1;
      time[0] = n;
      const { length } = packet;
      keeper.packet(row, packet, 0, length, length, time, 1, origin);
    }
    best = Math.min(best, monotonicMs() - start);
  }
  const packets = sample.length;
  return [
    {
      ...{ name: 'latest packets into the rings', mbPerSec: bytes / 1e3 / best },
      ...{ packetsPerSec: (packets / best) * 1e3 },
      note: `${Math.round((best * 1e6) / packets)} ns a packet`,
    },
  ];
}

async function samplePackets(capturePath: string): Promise<Uint8Array[]> {
  const sample: Uint8Array[] = [];
  await readCapture(capturePath, {
    packet: (bytes, offset, caplen) => {
      if (sample.length < SAMPLE) sample.push(bytes.slice(offset, offset + caplen));
    },
  });
  return sample;
}
