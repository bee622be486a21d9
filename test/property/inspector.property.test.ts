/** Any bytes: the inspector answers, within its limits, with parts that agree with themselves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { defaultLimits } from '../../sensor/core/index.ts';
import { inspectFile } from '../../sensor/files/inspector/inspect.ts';
import { checkInspection } from '../support/inspections.ts';
import { fileSamples } from '../support/file-samples.ts';

const LIMITS = {
  ...defaultLimits(),
  filesUnpackedBytes: 1024 * 1024,
  filesTextBytes: 256 * 1024,
  filesMembers: 40,
  // A busy machine is no hostile file.
  filesInspectSeconds: 600,
};
const SAMPLES = fileSamples();
const NAMES = Object.keys(SAMPLES);

async function check(bytes: Uint8Array, isWhole: boolean): Promise<void> {
  const inspection = await inspectFile({ name: '', mime: '', bytes, isWhole }, LIMITS);
  checkInspection(inspection, bytes.length, LIMITS);
}

describe('inspector', () => {
  it('answers for samples cut at any byte', async () => {
    for (const name of NAMES) {
      const sample = SAMPLES[name] as Uint8Array;
      const step = Math.max(1, Math.floor(sample.length / 300));
      for (let length = 0; length <= sample.length; length += length < 64 ? 1 : step)
        await check(sample.slice(0, length), length % 2 === 0);
    }
  });

  it('answers for samples with changed bytes', async () => {
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (name, changes, isWhole) => {
          const bytes = (SAMPLES[name] as Uint8Array).slice();
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          await check(bytes, isWhole);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('answers for samples put together, and for noise behind a known beginning', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES),
        fc.constantFrom(...NAMES),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 600 }),
        async (first, second, noise, keep) => {
          const head = (SAMPLES[first] as Uint8Array).subarray(0, keep);
          await check(
            new Uint8Array(Buffer.concat([head, noise, SAMPLES[second] as Uint8Array])),
            true,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds the same in the same bytes', async () => {
    for (const name of NAMES) {
      const sample = SAMPLES[name] as Uint8Array;
      const look = (): Promise<unknown> =>
        inspectFile({ name: '', mime: '', bytes: sample.slice(), isWhole: true }, LIMITS);
      assert.deepEqual(await look(), await look());
    }
  });
});
