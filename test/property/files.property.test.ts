/** Files cut, copied, reordered and damaged at random: what is told as whole is what was sent. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { Counters, defaultLimits } from '../../sensor/core/index.ts';
import { Base64Decoder } from '../../sensor/files/base64.ts';
import { createFileDesk, type FinishedFile } from '../../sensor/files/index.ts';
import { playLegs } from '../support/ibb-legs.ts';
import { base64Of, bytesOf, sha256Of } from '../support/sample-bytes.ts';

const RUNS = { numRuns: 400, interruptAfterTimeLimit: 60_000 };

/** Numbers to choose by, used again from the start. */
function chooser(picks: readonly number[]): (count: number) => number {
  let at = 0;
  return (count) => (picks[at++ % picks.length] ?? 0) % count;
}

const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 60 });
const transfer = fc.record({
  size: fc.integer({ min: 1, max: 3000 }),
  blockBytes: fc.integer({ min: 40, max: 700 }),
  legs: fc.integer({ min: 1, max: 4 }),
  isSizeKnown: fc.boolean(),
  picks,
});

describe('in-band streams on any legs in any order', () => {
  it('without losses are the file, once', () => {
    fc.assert(
      fc.property(transfer, ({ size, blockBytes, legs, isSizeKnown, picks: order }) => {
        const bytes = bytesOf(size, size);
        const { files, held } = playLegs({
          bytes,
          blockBytes,
          legs,
          offered: isSizeKnown ? size : -1,
          isOpened: true,
          choose: chooser(order),
          isLost: () => false,
        });
        assert.equal(files.length, 1);
        const [file] = files;
        assert.deepEqual([file?.lack, file?.sha256], ['', sha256Of(bytes)]);
        assert.deepEqual(file?.content, bytes);
        assert.equal(held, 0);
      }),
      RUNS,
    );
  });

  it('with losses are whole only when they are the file', () => {
    const losses = fc.array(fc.nat(9), { minLength: 1, maxLength: 40 });
    let whole = 0;
    let damaged = 0;
    fc.assert(
      fc.property(
        transfer,
        losses,
        fc.integer({ min: 1, max: 9 }),
        ({ size, blockBytes, legs, isSizeKnown, picks: order }, lots, chance) => {
          const bytes = bytesOf(size, size);
          let lot = 0;
          const { files, missing, held } = playLegs({
            bytes,
            blockBytes,
            legs,
            offered: isSizeKnown ? size : -1,
            isOpened: true,
            choose: chooser(order),
            isLost: () => (lots[lot++ % lots.length] ?? 0) >= chance,
          });
          assert.ok(files.length <= 1);
          assert.equal(held, 0);
          for (const { lack, sha256, seenBytes, content, hasStart, isContentWhole } of files) {
            assert.ok(seenBytes <= size);
            if (lack === '') {
              whole++;
              assert.equal(missing, 0);
              assert.equal(sha256, sha256Of(bytes));
            } else {
              damaged++;
              assert.deepEqual([sha256, isContentWhole], ['', false]);
            }
            // What is kept are bytes of the file, in a row.
            const at = hasStart ? 0 : Buffer.from(bytes).indexOf(content);
            assert.deepEqual(content, bytes.subarray(at, at + content.length));
          }
        },
      ),
      RUNS,
    );
    assert.ok(whole > 10 && damaged > 10);
  });
});

describe('the desk', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ bytes: fc.integer({ min: 1, max: 40_000 }) }) },
    { weight: 1, arbitrary: fc.record({ gap: fc.integer({ min: -1, max: 500 }) }) },
  );

  it('keeps, hashes and counts what a plain model does', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 20 }),
        fc.integer({ min: 0, max: 120_000 }),
        fc.boolean(),
        (steps, contentBytes, hasStart) => {
          const told: FinishedFile[] = [];
          const desk = createFileDesk({
            counters: new Counters(),
            limits: { ...defaultLimits(), filesContentBytes: contentBytes },
            onFile: (file) => told.push(file),
          });
          const place = { flow: 0, direction: 0, tsUsec: 1 } as const;
          const file = desk.open({
            road: 'http',
            place,
            offer: undefined,
            expectedBytes: -1,
            hasStart,
          });
          const seen: Uint8Array[] = [];
          const row: Uint8Array[] = [];
          let isRow = true;
          let gaps = 0;
          let hasGap = false;
          for (const [i, part] of steps.entries()) {
            if ('gap' in part) {
              file.gap(part.gap);
              if (part.gap === 0) continue;
              hasGap = true;
              gaps += Math.max(0, part.gap);
              if (seen.length > 0) isRow = false;
            } else {
              const bytes = bytesOf(part.bytes + 9, i + 1);
              file.data(bytes, 5, part.bytes);
              const taken = bytes.slice(5, 5 + part.bytes);
              seen.push(taken);
              if (isRow) row.push(taken);
              bytes.fill(0);
            }
          }
          file.end('', place);
          const [finished] = told;
          const all = Buffer.concat(seen);
          assert.equal(finished?.seenBytes, all.length);
          assert.equal(finished.gapBytes, gaps);
          assert.deepEqual(
            Buffer.from(finished.content),
            Buffer.concat(row).subarray(0, contentBytes),
          );
          const isWhole = hasStart && !hasGap;
          assert.equal(finished.sha256, isWhole ? sha256Of(all) : '');
          const md5 = createHash('md5').update(all).digest('hex');
          assert.equal(finished.md5, isWhole ? md5 : '');
          assert.equal(finished.isContentWhole, isWhole && all.length <= contentBytes);
          assert.equal(desk.bytes, 0);
        },
      ),
      { ...RUNS, numRuns: 150 },
    );
  });
});

describe('base64', () => {
  const decoder = new Base64Decoder(8192);

  it('with any white space in it is what was encoded', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.array(fc.tuple(fc.nat(700), fc.constantFrom(' ', '\n', '\r\n', '\t')), {
          maxLength: 20,
        }),
        (bytes, spaces) => {
          let text = base64Of(bytes);
          for (const [at, space] of spaces) text = text.slice(0, at) + space + text.slice(at);
          const memory = Buffer.from(text);
          assert.ok(decoder.decode(memory, 0, memory.length));
          assert.deepEqual(decoder.bytes.slice(0, decoder.length), bytes);
        },
      ),
      RUNS,
    );
  });

  it('or anything else never throws, and is base64 only when it reads like it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (memory) => {
        const isSound = decoder.decode(memory, 0, memory.length);
        const text = Buffer.from(memory)
          .toString('latin1')
          .replaceAll(/[ \t\r\n]/g, '');
        const isBase64 =
          /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
          text.replaceAll('=', '').length % 4 !== 1 &&
          (!text.includes('=') || text.length % 4 === 0);
        assert.equal(isSound, isBase64);
      }),
      RUNS,
    );
  });
});
