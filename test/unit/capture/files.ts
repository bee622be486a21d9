/** Capture files for tests of the reader: pcapng blocks, Zstandard frames, collected packets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { PacketTime } from '../../../sensor/core/index.ts';
import { readCapture, type ReadOptions, type ReadResult } from '../../../sensor/capture/index.ts';
import { START_USEC, concat, type TimedPacket } from '../../support/packets.ts';

export interface Seen {
  readonly text: string;
  readonly wirelen: number;
  readonly tsUsec: number;
  readonly linkType: number;
  readonly interfaceName: string;
  readonly packetNumber: number;
}

/** A handler that copies what it is given. */
export class Collector {
  readonly seen: Seen[] = [];

  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
    origin: { readonly interfaceName: string; readonly fileName: string },
    packetNumber: number,
  ): void {
    const text = Buffer.from(bytes.subarray(offset, offset + caplen)).toString('latin1');
    const { interfaceName } = origin;
    const tsUsec = time[0] ?? NaN;
    this.seen.push({ text, wirelen, tsUsec, linkType, interfaceName, packetNumber });
  }

  get texts(): string[] {
    return this.seen.map((packet) => packet.text);
  }
}

/** Packets whose bytes are these texts. */
export function textPackets(...texts: readonly string[]): TimedPacket[] {
  return texts.map((text, i) => ({
    bytes: Buffer.from(text, 'latin1'),
    tsUsec: START_USEC + i * 1_000_001,
  }));
}

const folders: string[] = [];

/** A folder of this test file's own, removed at its end. */
export function temporaryFolder(): string {
  if (folders.length === 0) {
    after(() => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-test-'));
  folders.push(folder);
  return folder;
}

let files = 0;

/** Writes the bytes to a file of their own and reads it. */
export async function read(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Promise<{ result: ReadResult; seen: Seen[]; texts: string[]; path: string }> {
  const path = join(temporaryFolder(), `capture-${++files}`);
  writeFileSync(path, bytes);
  const collector = new Collector();
  const result = await readCapture(path, collector, options);
  return { result, seen: collector.seen, texts: collector.texts, path };
}

/** Builds pcapng blocks in one byte order. */
export class PcapngWriter {
  readonly #little: boolean;

  constructor(byteOrder: 'little' | 'big' = 'little') {
    this.#little = byteOrder === 'little';
  }

  u16(...values: readonly number[]): Uint8Array {
    return this.#words(values, 2);
  }

  u32(...values: readonly number[]): Uint8Array {
    return this.#words(values, 4);
  }

  block(type: number, ...body: readonly Uint8Array[]): Uint8Array {
    const content = padded(concat(body));
    const length = this.u32(content.length + 12);
    return concat([this.u32(type), length, content, length]);
  }

  option(code: number, value: Uint8Array): Uint8Array {
    return concat([this.u16(code, value.length), padded(value)]);
  }

  section(...options: readonly Uint8Array[]): Uint8Array {
    const fixed = [this.u32(0x1a2b3c4d), this.u16(1, 0), this.u32(0xffffffff, 0xffffffff)];
    return this.block(0x0a0d0d0a, ...fixed, ...options);
  }

  interface(linkType: number, snaplen = 0, ...options: readonly Uint8Array[]): Uint8Array {
    return this.block(1, this.u16(linkType, 0), this.u32(snaplen), ...options);
  }

  packet(
    text: string,
    options: { id?: number; ticks?: bigint; wirelen?: number; tail?: Uint8Array } = {},
  ): Uint8Array {
    const bytes = Buffer.from(text, 'latin1');
    const ticks = options.ticks ?? BigInt(START_USEC);
    return this.block(
      6,
      this.u32(options.id ?? 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn)),
      this.u32(bytes.length, options.wirelen ?? bytes.length),
      padded(bytes),
      options.tail ?? new Uint8Array(0),
    );
  }

  simple(text: string, wirelen = text.length): Uint8Array {
    return this.block(3, this.u32(wirelen), padded(Buffer.from(text, 'latin1')));
  }

  obsolete(text: string, id: number, ticks: bigint): Uint8Array {
    return this.block(
      2,
      this.u16(id, 3),
      this.u32(Number(ticks >> 32n), Number(ticks & 0xffffffffn), text.length, text.length),
      padded(Buffer.from(text, 'latin1')),
    );
  }

  #words(values: readonly number[], size: 2 | 4): Uint8Array {
    const view = new DataView(new ArrayBuffer(values.length * size));
    values.forEach((value, i) => {
      if (size === 2) view.setUint16(i * 2, value, this.#little);
      else view.setUint32(i * 4, value, this.#little);
    });
    return new Uint8Array(view.buffer);
  }
}

function padded(bytes: Uint8Array): Uint8Array {
  return concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

/** One Zstandard frame of raw blocks, without content size; windows of 128 KiB unless told. */
export function zstdFrame(
  pieces: readonly Uint8Array[],
  options: { window?: number; checksum?: boolean } = {},
): Uint8Array {
  const blocks = pieces.map((piece, i) => {
    const header = (piece.length << 3) | (i === pieces.length - 1 ? 1 : 0);
    return concat([Uint8Array.from([header & 255, (header >> 8) & 255, header >> 16]), piece]);
  });
  const descriptor = options.checksum === true ? 4 : 0;
  const header = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, options.window ?? 0x38]);
  return concat([header, ...blocks, new Uint8Array(options.checksum === true ? 4 : 0)]);
}

/** A Zstandard skippable frame, as parallel compressors write. */
export function zstdSkippable(length: number): Uint8Array {
  const header = Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, length & 255, length >> 8, 0, 0]);
  return concat([header, new Uint8Array(length)]);
}
