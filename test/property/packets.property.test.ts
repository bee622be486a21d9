/** The ring of packets against a list that simply keeps everything and drops what a ring of that size must have lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packetTime } from '../../sensor/core/index.ts';
import { NO_PLACE, PacketRing } from '../../sensor/packets/packet-ring.ts';
import { packetBlocks, readPackets } from '../../sensor/packets/pcapng-blocks.ts';
import { flowOfAlert, readIndex } from '../../sensor/packets/spool-index.ts';

const FLOWS = 5;

interface Kept {
  readonly flow: number;
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

describe('packet ring (property)', () => {
  it('holds a suffix of what was written, and all of what must be there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 200 }),
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: FLOWS - 1 }), fc.integer({ min: 0, max: 300 })),
          {
            maxLength: 200,
          },
        ),
        (words, packets) => {
          const size = words * 8;
          const ring = new PacketRing(size);
          const heads = new Float64Array(FLOWS).fill(NO_PLACE);
          const id = new Float64Array(1);
          const bytes = new Uint8Array(300);
          const model: Kept[] = [];
          let written = 0;
          for (const [number, [flow, length]] of packets.entries()) {
            bytes.fill(number & 255);
            id[0] = flow + 1;
            ring.write(heads, flow, id, bytes, 0, length, length, packetTime(number), 0);
            const taken = (40 + length + 7) & ~7;
            if (taken <= Math.max(40, size)) {
              model.push({ flow, number, start: written, end: (written += taken) });
            }
            for (let each = 0; each < FLOWS; each++) {
              const found = [...ring.back(heads[each] as number, NO_PLACE, each + 1)];
              const own = model.filter((kept) => kept.flow === each).reverse();
              // What it gives is right: the newest of the flow, none left out.
              assert.deepEqual(
                found.map(({ tsUsec }) => tsUsec),
                own.slice(0, found.length).map((kept) => kept.number),
              );
              for (const packet of found) {
                const [, expected] = packets[packet.tsUsec] ?? [0, -1];
                assert.equal(packet.bytes.length, expected);
                assert.ok(packet.bytes.every((byte) => byte === (packet.tsUsec & 255)));
              }
              // At most a packet's length is lost at the end of a lap: what is newer than that must be there.
              const largest = Math.max(0, ...model.map(({ start, end }) => end - start));
              const sure = own.filter(({ start }) => written - start <= size - largest);
              assert.ok(found.length >= sure.length);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('index and packets of the spool (property)', () => {
  const line = fc.oneof(
    fc.constantFrom('interface 1 65535 "eth0"', 'interface x y "%zz"', 'interface'),
    fc
      .tuple(fc.constantFrom('alert', 'packets'), fc.array(fc.string({ maxLength: 12 })))
      .map(([kind, fields]) => [kind, 1, ...fields].join(' ')),
    fc.string(),
  );

  it('are read whatever stands there', () => {
    fc.assert(
      fc.property(fc.array(line), fc.string(), (lines, alertId) => {
        const text = lines.map((each) => `${each}\n`).join('');
        const { stretches } = readIndex(text, 1);
        assert.ok(stretches.length <= lines.length);
        flowOfAlert(Buffer.from(text), alertId);
      }),
      { numRuns: 200 },
    );
  });

  it('are what was written, and nothing behind a place that was damaged', () => {
    const packet = fc.record({
      interfaceId: fc.integer({ min: 0, max: 5 }),
      tsUsec: fc.integer({ min: 0, max: 4e15 }),
      wirelen: fc.integer({ min: 0, max: 65535 }),
      bytes: fc.uint8Array({ maxLength: 50 }),
      comments: fc.array(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), {
        maxLength: 2,
      }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), fc.nat(), (packets, at) => {
        const blocks = packetBlocks(packets);
        assert.deepEqual(
          [...readPackets(blocks)].map((read) => ({ ...read, bytes: Uint8Array.from(read.bytes) })),
          packets.map((read) => ({ ...read, bytes: Uint8Array.from(read.bytes) })),
        );
        if (blocks.length === 0) return;
        const damaged = blocks.slice();
        damaged[at % blocks.length] = (damaged[at % blocks.length] as number) ^ 0xff;
        assert.ok([...readPackets(damaged)].length <= packets.length + 1);
        const cut = blocks.subarray(0, at % blocks.length);
        assert.ok([...readPackets(cut)].length <= packets.length);
      }),
      { numRuns: 200 },
    );
  });
});
