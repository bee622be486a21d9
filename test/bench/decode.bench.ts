/**
 * Reading and decoding together, then decoding alone over packets in memory, where the heap can
 * be watched: the note gives bytes allocated per packet in steady state.
 */
import { statSync } from 'node:fs';
import { packetTime } from '../../sensor/core/index.ts';
import { readCapture } from '../../sensor/capture/index.ts';
import {
  DECODED,
  DuplicateFilter,
  PacketView,
  decodePacket,
  tcpChecksumOk,
} from '../../sensor/decode/index.ts';
import type { BenchRow } from './main.ts';

const RUNS = 3;
const PACKETS = 3_000_000;
/** Few enough that a 16-byte object for each would not yet start the garbage collector. */
const HEAP_PACKETS = 200_000;

/** What is done with a decoded packet; returns something that depends on it. */
type Work = (view: PacketView) => number;

const filter = new DuplicateFilter();

const WORK: readonly (readonly [name: string, work: Work])[] = [
  ['', (view) => view.payloadLength],
  [' + checksum', (view) => (tcpChecksumOk(view) ? 1 : 0)],
  [' + duplicate filter', (view) => (filter.isDuplicate(view) ? 1 : 0)],
];

export async function bench(context: {
  capturePath: string;
  smallCapturePath: string;
}): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const { capturePath, smallCapturePath } = context;
  for (const [name, work] of WORK) {
    rows.push(await readAndDecode(`decode: read + decode${name}`, capturePath, work));
  }
  const memory = await load(smallCapturePath);
  for (const [name, work] of WORK) rows.push(decodeAlone(`decode: alone${name}`, memory, work));
  return rows;
}

async function readAndDecode(name: string, path: string, work: Work): Promise<BenchRow> {
  const view = new PacketView();
  let best = Infinity;
  let packets = 0;
  let sum = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const result = await readCapture(path, {
      packet(bytes, offset, caplen, wirelen, time, linkType) {
        const code = decodePacket(bytes, offset, caplen, wirelen, time, linkType, view);
        if (code === DECODED) sum += work(view);
      },
    });
    best = Math.min(best, performance.now() - start);
    packets = result.packets;
  }
  if (sum < 0) throw new RangeError('unreachable: the sum keeps the work alive');
  const mbPerSec = statSync(path).size / 1e3 / best;
  return { name, mbPerSec, packetsPerSec: (packets * 1000) / best };
}

interface Memory {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  readonly linkType: number;
}

async function load(path: string): Promise<Memory> {
  const bytes = new Uint8Array(statSync(path).size);
  const [offsets, lengths]: [number[], number[]] = [[], []];
  let at = 0;
  let type = 0;
  await readCapture(path, {
    packet(from, offset, caplen, _wirelen, _time, linkType) {
      bytes.set(from.subarray(offset, offset + caplen), at);
      offsets.push(at);
      lengths.push(caplen);
      at += caplen;
      type = linkType;
    },
  });
  const [starts, sizes] = [Int32Array.from(offsets), Int32Array.from(lengths)];
  return { bytes, offsets: starts, lengths: sizes, linkType: type };
}

function decodeAlone(name: string, memory: Memory, work: Work): BenchRow {
  const view = new PacketView();
  const { bytes, offsets, lengths, linkType } = memory;
  const time = packetTime();
  let sum = 0;
  let megabytes = 0;
  const decodeMany = (packets: number): void => {
    let i = 0;
    let size = 0;
    for (let n = 0; n < packets; n++) {
      const length = lengths[i] as number;
      time[0] = 1.7e15 + n;
      const at = offsets[i] as number;
      const code = decodePacket(bytes, at, length, length, time, linkType, view);
      if (code === DECODED) sum += work(view);
      size += length;
      if (++i === offsets.length) i = 0;
    }
    megabytes = size / 1e6;
  };
  decodeMany(PACKETS / 3);
  let perPacket = Infinity;
  for (let run = 0; run < RUNS; run++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    decodeMany(HEAP_PACKETS);
    // The smallest: the compiler, too, allocates now and then.
    perPacket = Math.min(perPacket, (process.memoryUsage().heapUsed - before) / HEAP_PACKETS);
  }
  const start = performance.now();
  decodeMany(PACKETS);
  const milliseconds = performance.now() - start;
  if (sum < 0) throw new RangeError('unreachable: the sum keeps the work alive');
  return {
    name,
    mbPerSec: (megabytes * 1000) / milliseconds,
    packetsPerSec: (PACKETS * 1000) / milliseconds,
    note:
      globalThis.gc === undefined
        ? 'heap not watched (needs --expose-gc)'
        : `${Math.abs(perPacket).toFixed(2)} B of heap per packet`,
  };
}
