/** read(write(packets)) = packets, in every format, however damaged the rest of the file is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fc } from '../support/property.ts';
import { OperatorError } from '../../sensor/core/index.ts';
import { readCapture, type ReadResult } from '../../sensor/capture/index.ts';
import { writePcap } from '../support/packets.ts';
import { zstdFrame } from '../unit/capture/files.ts';

interface Got {
  readonly bytes: Uint8Array;
  readonly tsUsec: number;
  readonly wirelen: number;
}

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-property-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(file: Uint8Array): Promise<{ got: Got[]; result: ReadResult }> {
  const path = join(folder, 'capture');
  writeFileSync(path, file);
  const got: Got[] = [];
  const result = await readCapture(path, {
    packet(bytes, offset, caplen, wirelen, time) {
      got.push({ bytes: bytes.slice(offset, offset + caplen), tsUsec: time[0] ?? NaN, wirelen });
    },
  });
  return { got, result };
}

const packets = fc.array(
  fc
    .record({
      bytes: fc.uint8Array({ maxLength: 100 }),
      tsUsec: fc.nat({ max: 4_000_000_000_000_000 }),
      cut: fc.nat(2000),
    })
    .map(({ bytes, tsUsec, cut }): Got => ({ bytes, tsUsec, wirelen: bytes.length + cut })),
  { maxLength: 20 },
);

const format = fc.record({ nanoseconds: fc.boolean(), bigEndian: fc.boolean() });

describe('readCapture', () => {
  it('reads back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(packets, format, fc.boolean(), async (written, options, isPacked) => {
        const file = writePcap(written, options);
        const { got, result } = await read(isPacked ? gzipSync(file) : file);
        assert.deepEqual(got, written);
        assert.equal(result.problem, undefined);
        assert.equal(result.packets, written.length);
      }),
      { numRuns: 150 },
    );
  });

  it('damage never costs a packet in front of it, and never throws beyond the start', async () => {
    const damage = fc.record({ at: fc.nat(3000), value: fc.nat(255), cut: fc.nat(3000) });
    await fc.assert(
      fc.asyncProperty(packets, format, damage, async (written, options, { at, value, cut }) => {
        const file = writePcap(written, options);
        const place = at % file.length;
        file[place] = value;
        const kept = file.subarray(0, Math.max(place + 1, file.length - cut));
        let outcome: { got: Got[]; result: ReadResult };
        try {
          outcome = await read(kept);
        } catch (error) {
          assert.ok(error instanceof OperatorError, String(error));
          assert.ok(place < 4, 'the magic number was whole');
          return;
        }
        if (place < 24) return;
        let end = 24;
        let whole = 0;
        for (const packet of written) {
          end += 16 + packet.bytes.length;
          if (end > place) break;
          whole++;
        }
        assert.deepEqual(outcome.got.slice(0, whole), written.slice(0, whole));
      }),
      { numRuns: 150 },
    );
  });

  it('damaged compressed input is an operator error or a problem, never anything else', async () => {
    const change = fc.record({ at: fc.nat(5000), value: fc.nat(255) });
    const packer = fc.constantFrom(
      (file: Uint8Array): Uint8Array => gzipSync(file),
      (file: Uint8Array): Uint8Array => zstdFrame([file.subarray(0, 40), file.subarray(40)]),
    );
    await fc.assert(
      fc.asyncProperty(
        packets,
        packer,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        async (written, pack, changes) => {
          const bytes = Uint8Array.from(pack(writePcap(written)));
          for (const { at, value } of changes) bytes[at % bytes.length] = value;
          try {
            const { got, result } = await read(bytes);
            assert.equal(result.packets, got.length);
          } catch (error) {
            assert.ok(error instanceof OperatorError, String(error));
            assert.equal(error.exitCode, 2);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
