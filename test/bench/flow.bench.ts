/**
 * Flow table and reassembly: the whole way from a file, and alone over packets that lie in memory,
 * where heap growth shows what a packet allocates. Run with --expose-gc.
 */
import { readCapture } from '../../sensor/capture/index.ts';
import { Counters, defaultLimits, packetTime, type LimitValues } from '../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../sensor/decode/index.ts';
import { FlowTable, type ChecksumMode, type FlowHandler } from '../../sensor/flow/index.ts';
import { Transport, type TransportHandler } from '../../sensor/transport/index.ts';

interface Row {
  readonly name: string;
  readonly mbPerSec: number;
  readonly packetsPerSec?: number;
  readonly note?: string;
}

/** Sums what it hears, so that no work can be left out. */
class Listener implements FlowHandler, TransportHandler {
  sum = 0;

  onOpen(): void {
    this.sum++;
  }

  onData(
    _flow: number,
    _direction: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.sum += (bytes[offset] as number) + length;
  }

  onGap(_flow: number, _direction: number, length: number): void {
    this.sum += length;
  }

  onEvent(): void {
    this.sum++;
  }

  onSocks(): boolean {
    return false;
  }

  onClose(): void {
    this.sum++;
  }

  onXmppOpen(): void {
    this.sum++;
  }

  onXml(
    _flow: number,
    _direction: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.sum += (bytes[offset] as number) + length;
  }

  onXmlGap(): void {
    this.sum++;
  }

  onFlowEvent(): void {
    this.sum++;
  }
}

interface Setup {
  readonly checksums: ChecksumMode;
  readonly history: number;
}

const FULL: Setup = { checksums: 'auto', history: defaultLimits().reassemblyHistoryBytes };

function makeTable(setup: Setup): { table: FlowTable; listener: Listener; counters: Counters } {
  const counters = new Counters();
  const limits: LimitValues = { ...defaultLimits(), reassemblyHistoryBytes: setup.history };
  const table = new FlowTable({ counters, limits, checksums: setup.checksums });
  const listener = new Listener();
  table.connect(listener);
  return { table, listener, counters };
}

export async function bench(context: {
  capturePath: string;
  smallCapturePath: string;
}): Promise<Row[]> {
  const { capturePath, smallCapturePath } = context;
  const rows: Row[] = [];
  const { table } = makeTable(FULL);
  // Once unmeasured: compilation, and the first touch of the table's memory.
  await fromFile('warm-up', smallCapturePath, table);
  rows.push(await fromFile('read + decode', capturePath, undefined));
  rows.push(await fromFile('read + decode + flow + reassembly', capturePath, table));
  const packets = await load(smallCapturePath);
  rows.push(inMemory('flow + reassembly alone', packets, FULL));
  rows.push(inMemory('  without checksums', packets, { ...FULL, checksums: 'none' }));
  rows.push(
    inMemory('  without checksums and history', packets, { checksums: 'none', history: 0 }),
  );
  rows.push(withTransport(packets));
  return rows;
}

async function fromFile(name: string, path: string, table: FlowTable | undefined): Promise<Row> {
  const view = new PacketView();
  let packets = 0;
  let bytes = 0;
  const start = performance.now();
  await readCapture(path, {
    packet(data, offset, caplen, wirelen, time, linkType) {
      packets++;
      bytes += caplen + 16;
      const verdict = decodePacket(data, offset, caplen, wirelen, time, linkType, view);
      if (verdict === DECODED) table?.process(view);
    },
  });
  const seconds = (performance.now() - start) / 1000;
  return { name, mbPerSec: bytes / 1e6 / seconds, packetsPerSec: packets / seconds };
}

/** Packets in memory: bytes, and where each lies. */
interface Loaded {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
  readonly times: Float64Array;
  readonly linkType: number;
}

async function load(path: string): Promise<Loaded> {
  const parts: Uint8Array[] = [];
  const ends: number[] = [];
  const times: number[] = [];
  let size = 0;
  let link = 1;
  await readCapture(path, {
    packet(data, offset, caplen, _wirelen, time, linkType) {
      parts.push(data.slice(offset, offset + caplen));
      size += caplen;
      ends.push(size);
      times.push(time[0] as number);
      link = linkType;
    },
  });
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return {
    bytes,
    ends: Int32Array.from(ends),
    times: Float64Array.from(times),
    linkType: link,
  };
}

/** Decode and process all packets once; `process` may be left out to know the cost of decoding. */
function pass(packets: Loaded, view: PacketView, process?: (view: PacketView) => void): number {
  const { bytes, ends, times, linkType } = packets;
  const time = packetTime();
  const start = performance.now();
  let offset = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number;
    const length = end - offset;
    time[0] = times[i] as number;
    const verdict = decodePacket(bytes, offset, length, length, time, linkType, view);
    if (verdict === DECODED) process?.(view);
    offset = end;
  }
  return performance.now() - start;
}

function row(name: string, packets: Loaded, ms: number, note: string): Row {
  const seconds = Math.max(ms, 0.001) / 1000;
  return {
    name,
    mbPerSec: packets.bytes.length / 1e6 / seconds,
    packetsPerSec: packets.ends.length / seconds,
    note,
  };
}

/**
 * Best of five passes less the best of decoding alone; heap growth over the last half of a pass.
 */
function inMemory(name: string, packets: Loaded, setup: Setup): Row {
  const view = new PacketView();
  let best = Infinity;
  let decoding = Infinity;
  let sum = 0;
  for (let i = 0; i < 5; i++) {
    const { table, listener } = makeTable(setup);
    decoding = Math.min(decoding, pass(packets, view));
    best = Math.min(
      best,
      pass(packets, view, (decoded) => {
        table.process(decoded);
      }),
    );
    sum = listener.sum;
  }
  const perPacket = allocatedPerPacket(packets, setup);
  return row(name, packets, best - decoding, `${perPacket.toFixed(2)} B/packet, sum ${sum}`);
}

/** Heap bytes per packet in steady state: the first half of the capture warms up. */
function allocatedPerPacket(packets: Loaded, setup: Setup): number {
  const view = new PacketView();
  const { table } = makeTable(setup);
  const half = Math.floor(packets.ends.length / 2);
  let seen = 0;
  let before = 0;
  pass(packets, view, (decoded) => {
    if (seen++ === half) {
      globalThis.gc?.();
      before = process.memoryUsage().heapUsed;
    }
    table.process(decoded);
  });
  return (process.memoryUsage().heapUsed - before) / (packets.ends.length - half);
}

function withTransport(packets: Loaded): Row {
  const view = new PacketView();
  let best = Infinity;
  let decoding = Infinity;
  for (let i = 0; i < 5; i++) {
    const { table, listener, counters } = makeTable(FULL);
    const limits = defaultLimits();
    table.connect(new Transport({ handler: listener, flows: table, counters, limits }));
    decoding = Math.min(decoding, pass(packets, view));
    best = Math.min(
      best,
      pass(packets, view, (decoded) => {
        table.process(decoded);
      }),
    );
  }
  return row('flow + reassembly + transport', packets, best - decoding, '');
}
