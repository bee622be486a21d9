import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../support/property.ts';
import { ByteSet } from '../../../sensor/rules/byte-set.ts';

const encoder = new TextEncoder();

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '@', '`'), maxLength: 6 });
/** No list has empty lines. */
const keys = fc.array(
  text.map((key) => key.toLowerCase() || 'a'),
  { maxLength: 120 },
);

describe('ByteSet', () => {
  it('finds the longest name a domain lies below', () => {
    const set = new ByteSet(true);
    const keyOf = (name: string): number => set.add(encoder.encode(name));
    const [top, middle] = [keyOf('example'), keyOf('b.example')];
    const find = (name: string): number => set.indexOfDomain(encoder.encode(name), 0, name.length);
    assert.equal(find('a.b.example'), middle);
    assert.equal(find('B.example'), middle);
    assert.equal(find('c.example'), top);
    assert.equal(find('xexample'), -1);
  });

  it('holds what a set of strings holds when keys come and go, in bounded memory', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 90 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const set = new ByteSet(false);
        const model = new Set<string>();
        for (const [isAdded, number] of steps) {
          const name = `key-${number}`;
          const bytes = encoder.encode(name);
          if (isAdded) set.add(bytes);
          else assert.equal(set.remove(bytes, 0, bytes.length), model.has(name));
          if (isAdded) model.add(name);
          else model.delete(name);
          assert.equal(set.has(bytes, 0, bytes.length), isAdded);
        }
        const held: string[] = [];
        set.forEach((key) => held.push(Buffer.from(key).toString()));
        assert.deepEqual(held.sort(), [...model].sort());
        assert.equal(set.size, model.size);
      }),
      { numRuns: 200 },
    );
    const set = new ByteSet(false);
    for (let i = 0; i < 100_000; i++) {
      const bytes = encoder.encode(`passing-${i}`);
      set.add(bytes);
      set.remove(bytes, 0, bytes.length);
    }
    assert.equal(set.size, 0);
    assert.ok(set.byteLength < 16_384, `${set.byteLength} bytes`);
  });

  it('keeps many keys apart', () => {
    const set = new ByteSet(false);
    const bytes = (i: number): Uint8Array => encoder.encode(`host-${i}.example`);
    for (let i = 0; i < 20000; i++) assert.equal(set.add(bytes(i)), i);
    assert.equal(set.size, 20000);
    for (let i = 0; i < 20000; i += 7) {
      const padded = Buffer.concat([Buffer.from('xx'), bytes(i), Buffer.from('yy')]);
      assert.equal(set.indexOf(padded, 2, padded.length - 2), i);
      assert.equal(set.has(padded, 2, padded.length - 1), false);
    }
    assert.equal(set.has(bytes(20000), 0, bytes(20000).length), false);
  });

  it('holds keys of one byte and very long ones, and no empty one', () => {
    const set = new ByteSet(true);
    set.add(Uint8Array.of(65));
    set.add(new Uint8Array(5000).fill(66));
    assert.equal(set.has(Buffer.from('a'), 0, 1), true);
    assert.equal(set.has(Buffer.from('b'.repeat(5000)), 0, 5000), true);
    assert.equal(set.has(Buffer.from('b'.repeat(5000)), 0, 4999), false);
    assert.equal(set.has(Buffer.from('a'), 0, 0), false);
  });

  it('takes no more memory than it may', () => {
    const set = new ByteSet(false);
    set.maxBytes = 20_000;
    let added = 0;
    while (added < 10_000 && set.add(encoder.encode(`value-${added}`)) >= 0) added++;
    assert.ok(added > 100 && added < 1000, `${added} values`);
    assert.ok(set.byteLength <= 20_000);
    assert.equal(set.size, added);
    assert.equal(set.has(encoder.encode('value-0'), 0, 7), true);
  });

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
        assert.equal(set.indexOfDomain(bytes, front.length, end) >= 0, isListed);
      }),
      { numRuns: 1000 },
    );
  });
});
