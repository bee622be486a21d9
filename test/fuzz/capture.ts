/**
 * Mutated capture files against both parsers: they never throw, always come to an end, hand on
 * only bytes of the file, and give the same packets however the file is cut into pieces.
 */
import assert from 'node:assert/strict';
import { defaultLimits } from '../../sensor/core/index.ts';
import { makeWindow, type CaptureParser } from '../../sensor/capture/capture-parser.ts';
import { PcapParser, pcapByteOrder } from '../../sensor/capture/pcap-parser.ts';
import { PcapngParser, isPcapng } from '../../sensor/capture/pcapng-parser.ts';
import type { PacketHandler } from '../../sensor/capture/index.ts';
import { concat, writePcap } from '../support/packets.ts';
import { PcapngWriter, textPackets } from '../unit/capture/files.ts';

export const name = 'capture';

const NASTY = [0, 1, 2, 3, 4, 6, 11, 12, 13, 0x0a, 0x0d, 0x7f, 0x80, 0xff];
const MAX_RECORD = 4096;

function seeds(): Uint8Array[] {
  const packets = textPackets('one', 'two', '', 'a longer packet');
  const files: Uint8Array[] = [];
  for (const bigEndian of [false, true]) {
    files.push(writePcap(packets, { bigEndian }));
    files.push(writePcap(packets, { bigEndian, nanoseconds: true }));
    const w = new PcapngWriter(bigEndian ? 'big' : 'little');
    files.push(
      concat([
        w.section(w.option(1, Uint8Array.from([65, 66]))),
        w.interface(1, 8, w.option(2, Uint8Array.from([101, 48])), w.option(9, Uint8Array.of(9))),
        w.packet('one', { tail: w.option(1, Uint8Array.of(1)) }),
        w.block(0xbad, new Uint8Array(12)),
        w.interface(113),
        w.packet('two', { id: 1 }),
        w.simple('three'),
        w.obsolete('four', 0, 77n),
        w.section(),
        w.interface(101),
        w.packet('five'),
      ]),
    );
  }
  return files;
}

interface Outcome {
  readonly packets: string[];
  readonly problem: string | undefined;
  readonly isAtBoundary: boolean;
}

/** Parses the file in pieces of the sizes that `nextSize` gives. */
function parseAll(file: Uint8Array, nextSize: () => number): Outcome | undefined {
  const packets: string[] = [];
  const handler: PacketHandler = {
    packet(bytes, offset, caplen, wirelen, time, linkType) {
      const tsUsec = time[0] ?? NaN;
      assert.ok(offset >= 0 && caplen >= 0 && offset + caplen <= file.length);
      assert.ok(wirelen >= caplen && Number.isFinite(tsUsec) && linkType >= 0);
      const text = Buffer.from(bytes.subarray(offset, offset + caplen)).toString('latin1');
      packets.push(`${tsUsec} ${linkType} ${wirelen} ${text}`);
    },
  };
  const limits = { ...defaultLimits(), captureRecordBytes: MAX_RECORD };
  const setup = { handler, fileName: '', limits };
  const byteOrder = pcapByteOrder(file);
  let parser: CaptureParser;
  if (byteOrder !== undefined) parser = new PcapParser(setup, byteOrder);
  else if (isPcapng(file)) parser = new PcapngParser(setup);
  else return undefined;

  const window = makeWindow(file.length);
  window.bytes.set(file);
  let start = 0;
  let end = 0;
  while (end < file.length && parser.problem === undefined) {
    end = Math.min(file.length, end + nextSize());
    const stop = parser.parse(window, start, end);
    assert.ok(stop >= start && stop <= end, 'the parser stopped outside of what it was given');
    start = stop;
  }
  return { packets, problem: parser.problem, isAtBoundary: parser.isAtBoundary };
}

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  const below = (limit: number): number => Math.floor(random() * limit);
  const files = seeds();
  let runs = 0;
  while (!isOver()) {
    runs++;
    const seed = files[below(files.length)] ?? new Uint8Array(0);
    const file = Uint8Array.from(seed).subarray(0, seed.length - (below(3) === 0 ? below(60) : 0));
    for (let changes = below(6); changes > 0; changes--) {
      const value = below(2) === 0 ? below(256) : (NASTY[below(NASTY.length)] ?? 0);
      // The magic is mostly left alone, or nothing would be parsed.
      file[below(10) === 0 ? below(12) : below(file.length)] = value;
    }
    const whole = parseAll(file, () => file.length);
    const inPieces = parseAll(file, () => 1 + below(40));
    assert.deepEqual(inPieces, whole, 'the cut into pieces changed the result');
  }
  return { runs };
}
