/** Fingerprints of hostile and of changed texts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { ContentPrint } from '../../sensor/correlation/content-print.ts';

interface Print {
  readonly high: number;
  readonly low: number;
  readonly words: number;
  readonly chars: number;
}

function printOf(bytes: Uint8Array, offset = 0, length = bytes.length): Print {
  const { high, low, words, chars } = new ContentPrint().read(bytes, offset, length);
  return { high, low, words, chars };
}

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const text = fc.array(word, { minLength: 1, maxLength: 40 });

describe('ContentPrint', () => {
  it('takes any bytes anywhere, and depends on nothing before them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 50 }),
        (bytes, before) => {
          const memory = new Uint8Array(before.length + bytes.length + 8);
          memory.set(before);
          memory.set(bytes, before.length);
          const reader = new ContentPrint().read(memory, 0, before.length);
          const again = reader.read(memory, before.length, bytes.length);
          const { high, low, words, chars } = again;
          const padded = new Uint8Array(bytes.length + 8);
          padded.set(bytes);
          assert.deepEqual({ high, low, words, chars }, printOf(padded, 0, bytes.length));
          assert.ok(words <= bytes.length && chars <= bytes.length);
        },
      ),
    );
  });

  it('is the same in capitals, with other numbers, signs and order', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (words, one, other) => {
        const plain = printOf(Buffer.from(`x ${words.join(' ')} ${one}`));
        const loud = printOf(Buffer.from(`x  ${words.join(', ').toUpperCase()} -- ${other}!`));
        assert.deepEqual([loud.high, loud.low], [plain.high, plain.low]);
        const turned = printOf(Buffer.from(`x x x ${[...words].reverse().join(' ')} ${one}`));
        const straight = printOf(Buffer.from(`x x x ${words.join(' ')} ${one}`));
        assert.deepEqual([turned.high, turned.low], [straight.high, straight.low]);
      }),
    );
  });
});
