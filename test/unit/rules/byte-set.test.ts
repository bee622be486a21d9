import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteSet } from '../../../sensor/rules/byte-set.ts';

const encoder = new TextEncoder();

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '@', '`'), maxLength: 6 });
/** No list has empty lines. */
const keys = fc.array(
  text.map((key) => key.toLowerCase() || 'a'),
  { maxLength: 120 },
);

describe('ByteSet', () => {
  it('holds what a set of strings holds, wherever the value stands', () => {
    fc.assert(
      fc.property(keys, text, text, (listed, front, value) => {
        const set = new ByteSet(true);
        for (const key of listed) set.add(encoder.encode(key));
        const bytes = encoder.encode(`${front}${value}b.a`);
        const end = front.length + value.length;
        const folded = value.toLowerCase();
        assert.equal(set.has(bytes, front.length, end), value !== '' && listed.includes(folded));
        const suffixes = Array.from(folded, (char, i) => (char === '.' ? folded.slice(i + 1) : ''));
        const isListed = [folded, ...suffixes].some((name) => name !== '' && listed.includes(name));
        assert.equal(set.hasDomain(bytes, front.length, end), isListed);
      }),
      { numRuns: 1000 },
    );
  });
});
