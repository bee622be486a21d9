import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, FLAG, Scanner } from 'hyperscan-js';
import { bytes, matchesIn, scanBlock, wasmMemory, withScanner } from './support.ts';

const TEXT = 'MZ...This program cannot be run\r\nin DOS mode. -----END-----';
const expressions = [
  { expression: '^MZ', id: 1 },
  { expression: 'cannot be run\\s+in DOS', id: 2, flags: FLAG.caseless | FLAG.somLeftmost },
  { expression: '-{5}END-{5}$', id: 3 },
  { expression: 'mode\\.', id: 4 },
];
const options = { mode: 'stream', somHorizon: 'large' } as const;

/** Everything a stream over these pieces reports, as [id, from, to]. */
function streamed(scanner: Scanner, pieces: readonly string[]): number[][] {
  const out = new Uint32Array(64);
  const found: number[][] = [];
  const collect = (count: number): void => {
    found.push(...matchesIn(out, count).map(([, id, from, to]) => [id, from, to]));
  };
  const stream = scanner.openStream(0);
  for (const piece of pieces) collect(stream.write(bytes(piece), out));
  collect(stream.close(out));
  return found.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

describe('a stream', () => {
  const whole = scanBlock(expressions, bytes(TEXT));

  it('reports the same at every pair of cuts, and byte by byte', () => {
    assert.deepEqual(
      whole.map(([id]) => id),
      [1, 2, 3, 4],
    );
    withScanner(expressions, options, (scanner) => {
      for (let a = 0; a <= TEXT.length; a++) {
        for (let b = a; b <= TEXT.length; b++) {
          const pieces = [TEXT.slice(0, a), TEXT.slice(a, b), TEXT.slice(b)];
          assert.deepEqual(streamed(scanner, pieces), whole, `cut at ${a} and ${b}`);
        }
      }
      assert.deepEqual(streamed(scanner, Array.from(TEXT)), whole);
    });
  });

  it('does not mix with other streams of the same scanner', () => {
    withScanner([{ expression: 'abcd', id: 1 }], { mode: 'stream' }, (scanner) => {
      const out = new Uint32Array(8);
      const [a, b] = [scanner.openStream(0), scanner.openStream(0)];
      assert.equal(a.write(bytes('ab'), out), 0);
      assert.equal(b.write(bytes('cd'), out), 0);
      assert.equal(b.write(bytes('abc'), out), 0);
      assert.equal(a.write(bytes('cd'), out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0, 4]);
      assert.equal(b.write(bytes('d'), out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0, 6]);
      assert.equal(a.close(out) + b.close(out), 0);
    });
  });

  it('starts anew after reset, which reports the end-anchored matches', () => {
    withScanner([{ expression: 'ab$', id: 1 }], { mode: 'stream' }, (scanner) => {
      const out = new Uint32Array(8);
      const stream = scanner.openStream(0);
      assert.equal(stream.write(bytes('xab'), out), 0);
      assert.equal(stream.reset(out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0, 3]);
      assert.equal(stream.write(bytes('a'), out), 0);
      assert.equal(stream.reset(out), 0);
      assert.equal(stream.write(bytes('b'), out), 0);
      assert.equal(stream.close(out), 0);
    });
  });

  it('counts matches that do not fit', () => {
    withScanner([{ expression: 'a', id: 1 }], { mode: 'stream' }, (scanner) => {
      const stream = scanner.openStream(0);
      const out = new Uint32Array(8);
      assert.equal(stream.write(bytes('aaaaa'), out), 5);
      assert.deepEqual([...out], [0, 1, 0, 1, 0, 1, 0, 2]);
      assert.equal(stream.write(bytes('aaa'), new Uint32Array(0)), 3);
      stream.close(out);
    });
  });

  it('says so when a match began before the SOM horizon', () => {
    const som = [{ expression: 'a.*z', id: 1, flags: FLAG.somLeftmost | FLAG.dotall }];
    withScanner(som, { mode: 'stream', somHorizon: 'small' }, (scanner) => {
      const stream = scanner.openStream(0);
      const out = new Uint32Array(8);
      stream.write(bytes('a'), out);
      stream.write(new Uint8Array(70_000), out);
      assert.equal(stream.write(bytes('z'), out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0xffffffff, 70_002]);
      stream.close(out);
    });
  });

  it('reads nothing behind the end of memory', () => {
    const list = ['bat', 'cat', 'mat', 'rat', 'fat', 'sat', 'pat', 'hat', 'vat'].map(
      (expression, id) => ({ expression, id }),
    );
    const memory = new Uint8Array(wasmMemory(1).buffer);
    const text = bytes('vat hat pat sat fat rat mat cat ');
    withScanner(list, { mode: 'stream' }, (scanner) => {
      const stream = scanner.openStream(0);
      const out = new Uint32Array(256);
      let [written, found] = [0, 0];
      for (let length = 1; length <= 128; length++) {
        const piece = memory.subarray(memory.length - length);
        for (let i = 0; i < length; i++) piece[i] = text[(written + i) % text.length] as number;
        written += length;
        found += stream.write(piece, out);
      }
      assert.equal(found, Math.floor((written + 1) / 4));
      stream.close(out);
    });
  });

  it('refuses wrong arguments and is made by openStream only', () => {
    const database = Database.compile(expressions, options);
    const scanner = new Scanner([database, null]);
    for (const index of [1, 2, -1, NaN]) {
      assert.throws(() => scanner.openStream(index), RangeError);
    }
    const stream = scanner.openStream(0);
    const out = new Uint32Array(4);
    const write = stream.write.bind(stream) as (...args: unknown[]) => number;
    assert.throws(() => write('text', out), TypeError);
    assert.throws(() => write(bytes('text'), [0, 0, 0, 0]), TypeError);
    const Constructor = stream.constructor as new (handle?: unknown) => unknown;
    assert.throws(() => new Constructor(), TypeError);
    stream.close(out);
    scanner.close();
    database.close();
  });
});
