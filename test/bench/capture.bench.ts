/**
 * Reading captures without looking into packets: what the file system gives, our reader over the
 * same bytes, the addon's own file reader (which blocks the event loop), and compressed input.
 */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readCapture } from '../../sensor/capture/index.ts';
import { newSession } from '../../sensor/capture/pcap-binding.ts';
import type { BenchRow } from './main.ts';

const RUNS = 3;
const CHUNK = 1024 * 1024;
const SNAPLEN = 65535;

/** Counts and touches each packet, so that nothing can be left out. */
class Counter {
  packets = 0;
  bytes = 0;

  packet(bytes: Uint8Array, offset: number, caplen: number): void {
    this.packets++;
    this.bytes += caplen + (bytes[offset] === undefined ? 1 : 0);
  }
}

/** Best of some runs over a file of `size` bytes; `run` gives the number of packets. */
async function row(
  name: string,
  size: number,
  run: () => number | Promise<number>,
  note = '',
): Promise<BenchRow> {
  let best = Infinity;
  let packets = 0;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    packets = await run();
    best = Math.min(best, performance.now() - start);
  }
  const mbPerSec = size / 1e3 / best;
  const rate = packets === 0 ? {} : { packetsPerSec: (packets * 1000) / best };
  return { name, mbPerSec, ...rate, ...(note === '' ? {} : { note }) };
}

export async function bench(context: {
  capturePath: string;
  smallCapturePath: string;
}): Promise<BenchRow[]> {
  const { capturePath, smallCapturePath } = context;
  const size = statSync(capturePath).size;
  const smallSize = statSync(smallCapturePath).size;
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-bench-'));
  try {
    const packed = join(folder, 'small.pcap.gz');
    await pipeline(
      createReadStream(smallCapturePath),
      createGzip({ level: 1 }),
      createWriteStream(packed),
    );
    return [
      await row('capture: file system alone', size, () => readPlain(capturePath)),
      await row('capture: reader (pcap)', size, () => readAll(capturePath)),
      await row(
        'capture: reader (pcap.gz)',
        smallSize,
        () => readAll(packed),
        'MB/s of the decompressed file',
      ),
      await row(
        'capture: libpcap through the addon',
        smallSize,
        () => readThroughAddon(smallCapturePath),
        'blocks the event loop',
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readAll(path: string): Promise<number> {
  const counter = new Counter();
  await readCapture(path, counter);
  return counter.packets;
}

async function readPlain(path: string): Promise<number> {
  const file = await open(path, 'r');
  const chunk = new Uint8Array(CHUNK);
  while ((await file.read(chunk, 0, CHUNK, null)).bytesRead > 0);
  await file.close();
  return 0;
}

function readThroughAddon(path: string): number {
  const session = newSession();
  const packet = Buffer.alloc(SNAPLEN);
  const header = new Uint32Array(4);
  const headerBytes = Buffer.from(header.buffer);
  const counter = new Counter();
  const onPacket = (): void => {
    counter.packet(packet, 0, header[2] ?? 0);
  };
  const ignore = (): void => undefined;
  session.open_offline(path, '', 0, SNAPLEN, '', onPacket, false, 0, ignore, false);
  session.dispatch(packet, headerBytes);
  session.close();
  session.dispatch(packet, headerBytes);
  return counter.packets;
}
