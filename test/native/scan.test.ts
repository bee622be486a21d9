import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, FLAG, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { bytes, matchesIn, scanBlock, wasmMemory, withScanner } from './support.ts';

const words = Database.compile([
  { expression: 'cat', id: 1 },
  { expression: 'd[aio]g', id: 2, flags: FLAG.somLeftmost },
]);
const digits = Database.compile([{ expression: '\\d', id: 9 }]);

describe('scanRegions', () => {
  it('scans each region with its database, offsets relative to the region', () => {
    const scanner = new Scanner([words, null, digits]);
    const memory = bytes('..cat dog 42 cat');
    const regions = Uint32Array.from([
      ...[0, 2, 8], // "cat dog "
      ...[2, 0, 16], // everything, digits only
      ...[1, 0, 16], // no database
      ...[0, 3, 2], // "at": nothing
      ...[0, 13, 3], // "cat", up to the last byte
      ...[0, 16, 0], // nothing, at the very end
    ]);
    const out = new Uint32Array(64);
    assert.deepEqual(matchesIn(out, scanner.scanRegions(memory, regions, 6, out)), [
      [0, 1, 0, 3],
      [0, 2, 4, 7],
      [1, 9, 0, 11],
      [1, 9, 0, 12],
      [4, 1, 0, 3],
    ]);
    assert.equal(scanner.scanRegions(memory, regions, 0, out), 0);
    assert.equal(scanner.scanRegions(memory, regions, 1, out), 2);
    scanner.close();
  });

  it('joins neighbours of one database, told once for each pattern and region', () => {
    const borders = Database.compile([
      { expression: 'cat', id: 1 },
      { expression: '\\xffdog', id: 2 },
      { expression: 'at\\xff', id: 3 },
      { expression: 't.{0,3}d', id: 4, flags: FLAG.dotall },
    ]);
    const scanner = new Scanner([borders, digits], { joined: 0, patterns: 5 });
    const memory = bytes('cat catdog dog 7cat');
    const regions = Uint32Array.from([
      ...[0, 0, 7], // "cat cat": once
      ...[0, 7, 3], // "dog": begins with it, and 4 reaches over from the region before
      ...[0, 11, 0], // nothing
      ...[0, 7, 4], // "dog ": begins with it
      ...[1, 15, 1], // "7": another database ends the run
      ...[0, 0, 3], // "cat": ends with "at"
      ...[0, 6, 4], // "tdog"
    ]);
    const out = new Uint32Array(64);
    const found = matchesIn(out, scanner.scanRegions(memory, regions, 7, out));
    const sorted = found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    assert.deepEqual(sorted, [
      [0, 1, 0, 3],
      [0, 3, 0, 8],
      [1, 2, 0, 3],
      [1, 4, 0, 1],
      [3, 2, 0, 3],
      [4, 9, 0, 1],
      [5, 1, 0, 3],
      [5, 3, 0, 4],
      [6, 4, 0, 2],
    ]);
    const outside = Uint32Array.of(0, 0, 3, 0, 15, 5);
    assert.throws(() => scanner.scanRegions(memory, outside, 2, out), RangeError);
    assert.throws(() => new Scanner([borders], { joined: 1 }), RangeError);
    scanner.close();
  });

  it('finds nothing across the border of two regions', () => {
    const scanner = new Scanner([words]);
    const out = new Uint32Array(64);
    const memory = bytes('cat');
    assert.equal(scanner.scanRegions(memory, Uint32Array.of(0, 0, 2, 0, 2, 1), 2, out), 0);
    scanner.close();
  });

  it('counts all matches and writes those that fit, whole ones only', () => {
    const scanner = new Scanner([digits]);
    const memory = bytes('1234567890');
    const regions = Uint32Array.of(0, 0, 10, 0, 0, 10);
    for (const size of [0, 1, 3, 4, 7, 8, 79, 80, 81]) {
      const out = new Uint32Array(size + 4).fill(77);
      const view = out.subarray(0, size);
      assert.equal(scanner.scanRegions(memory, regions, 2, view), 20, `${size} words`);
      const written = Math.min(20, Math.floor(size / MATCH_WORDS));
      for (let i = 0; i < written; i++) {
        const match = [Math.floor(i / 10), 9, 0, (i % 10) + 1];
        assert.deepEqual([...out.subarray(4 * i, 4 * i + 4)], match);
      }
      assert.ok(out.subarray(4 * written).every((word) => word === 77));
    }
    scanner.close();
  });

  it('refuses regions outside of memory and unknown databases', () => {
    const scanner = new Scanner([words]);
    const memory = bytes('a cat');
    const out = new Uint32Array(8);
    for (const region of [
      [0, 0, 6],
      [0, 6, 0],
      [0, 5, 1],
      [0, 0xffffffff, 1],
      [0, 1, 0xffffffff],
      [0, 0xffffffff, 0xffffffff],
      [1, 0, 1],
      [0xffffffff, 0, 1],
    ]) {
      const regions = Uint32Array.from([0, 0, 5, ...region]);
      assert.throws(
        () => scanner.scanRegions(memory, regions, 2, out),
        { name: 'RangeError', message: /^region 1 / },
        region.join(),
      );
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0, 5], 'the region before was scanned');
    }
    assert.equal(scanner.scanRegions(memory, Uint32Array.of(0, 0, 5), 1, out), 1, 'still usable');
    scanner.close();
  });

  it('refuses counts that are no counts or beyond the table', () => {
    const scanner = new Scanner([words]);
    const scan = scanner.scanRegions.bind(scanner) as (...args: unknown[]) => number;
    const [memory, regions, out] = [bytes('cat'), Uint32Array.of(0, 0, 3, 0), new Uint32Array(8)];
    for (const count of [2, -1, 0.5, NaN, Infinity, 2 ** 32, 0xffffffff, '1', undefined]) {
      assert.throws(() => scan(memory, regions, count, out), RangeError, String(count));
    }
    scanner.close();
  });

  it('refuses anything but the right arrays', () => {
    const scanner = new Scanner([words]);
    const scan = scanner.scanRegions.bind(scanner) as (...args: unknown[]) => number;
    const [memory, regions, out] = [bytes('cat'), Uint32Array.of(0, 0, 3), new Uint32Array(8)];
    for (const wrong of [
      undefined,
      null,
      'cat',
      [1],
      new Uint16Array(8),
      new DataView(out.buffer),
    ]) {
      assert.throws(() => scan(wrong, regions, 1, out), TypeError);
      assert.throws(() => scan(memory, wrong, 1, out), TypeError);
      assert.throws(() => scan(memory, regions, 1, wrong), TypeError);
    }
    assert.throws(() => scan(memory, regions, 1, new Int32Array(8)), TypeError);
    assert.equal(scan(memory, regions, 1, out), 1);
    scanner.close();
  });

  it('notices a memory that has grown, moved away or shrunk', () => {
    const scanner = new Scanner([words]);
    const out = new Uint32Array(8);
    const wasm = wasmMemory(1);
    let memory = new Uint8Array(wasm.buffer);
    memory.set(bytes('cat'), 65533);
    const regions = Uint32Array.of(0, 65533, 3);
    assert.equal(scanner.scanRegions(memory, regions, 1, out), 1);
    wasm.grow(50);
    assert.throws(() => scanner.scanRegions(memory, regions, 1, out), RangeError);
    memory = new Uint8Array(wasm.buffer);
    assert.equal(scanner.scanRegions(memory, regions, 1, out), 1);

    const moved = Uint32Array.of(0, 65533, 3);
    assert.equal(scanner.scanRegions(memory, moved, 1, out), 1);
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    assert.throws(() => scanner.scanRegions(memory, moved, 1, out), RangeError);

    const gone = new Uint32Array(8);
    assert.equal(scanner.scanRegions(memory, regions, 1, gone), 1);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    assert.equal(scanner.scanRegions(memory, regions, 1, gone), 1, 'counted, written nowhere');
    scanner.close();
  });

  it('works on tables and results inside the scanned WebAssembly memory, and on shared memory', () => {
    const scanner = new Scanner([words]);
    for (const shared of [false, true]) {
      const { buffer } = wasmMemory(1, shared);
      const memory = new Uint8Array(buffer);
      const regions = new Uint32Array(buffer, 4096, 3);
      const out = new Uint32Array(buffer, 8192, 8);
      memory.set(bytes('a dog'), 100);
      regions.set([0, 100, 5]);
      assert.equal(scanner.scanRegions(memory, regions, 1, out), 1);
      assert.deepEqual([...out], [0, 2, 2, 5, 0, 0, 0, 0]);
    }
    scanner.close();
  });

  it('reads nothing behind the end of memory', () => {
    // libhs loads whole vectors; behind a WebAssembly memory lies an unmapped page.
    const expressions = ['bat', 'cat', 'mat', 'rat', 'fat', 'sat', 'pat', 'hat', 'vat'].map(
      (expression, id) => ({ expression, id, flags: FLAG.caseless }),
    );
    const memory = new Uint8Array(wasmMemory(1).buffer);
    const text = bytes('VAt hat pat sat fat rat mat ca ').toString('latin1').repeat(10);
    const regions = new Uint32Array(3);
    const out = new Uint32Array(4 * 128);
    withScanner(expressions, {}, (scanner) => {
      for (let length = 0; length <= 300; length++) {
        memory.set(bytes(text.slice(0, length)), memory.length - length);
        regions.set([0, memory.length - length, length]);
        const count = scanner.scanRegions(memory, regions, 1, out);
        const expected = [...text.slice(0, length).matchAll(/[bcmrfsphv]at/gi)].length;
        assert.equal(count, expected, `${length} bytes`);
      }
    });
  });

  it('allocates nothing on the heap of JavaScript', () => {
    const scanner = new Scanner([words, digits]);
    const memory = bytes('cat dog 1234');
    const regions = Uint32Array.of(0, 0, 12, 1, 0, 12);
    const out = new Uint32Array(64);
    const run = (): number => {
      let total = 0;
      for (let i = 0; i < 50_000; i++) total += scanner.scanRegions(memory, regions, 2, out);
      return total;
    };
    run();
    const before = process.memoryUsage().heapUsed;
    assert.equal(run(), 6 * 50_000);
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 400_000, `${grown} bytes for 50000 calls`);
    scanner.close();
  });
});

describe('scan', () => {
  it('scans one block, also between calls of scanRegions', () => {
    const scanner = new Scanner([null, words]);
    const out = new Uint32Array(8);
    const regions = Uint32Array.of(1, 0, 3);
    const memory = bytes('cat');
    for (let i = 0; i < 3; i++) {
      assert.equal(scanner.scan(1, bytes('hotdog'), out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 2, 3, 6]);
      assert.equal(scanner.scanRegions(memory, regions, 1, out), 1);
      assert.deepEqual([...out.subarray(0, 4)], [0, 1, 0, 3]);
    }
    assert.equal(scanner.scan(1, new Uint8Array(0), out), 0);
    for (const index of [0, 2, -1, 0.5, NaN]) {
      assert.throws(() => scanner.scan(index, memory, out), RangeError, String(index));
    }
    scanner.close();
  });

  it('matches the empty block where the expression does', () => {
    const expressions = [{ expression: '^a*$', id: 1, flags: FLAG.allowempty }];
    assert.deepEqual(scanBlock(expressions, new Uint8Array(0)), [[1, 0, 0]]);
  });

  it('finds what Vectorscan 5.4.9 misses with AVX512', () => {
    const flags = FLAG.dotall;
    const text = bytes(`${'a'.repeat(62)}\v\v A`);
    assert.deepEqual(scanBlock([{ expression: ' [^a]', id: 1, flags }], text), [[1, 0, 66]]);
    const expressions = ['a[^a]', '\\d'].map((expression, id) => ({ expression, id, flags }));
    assert.deepEqual(scanBlock(expressions, bytes(`${'c'.repeat(64)}aaa\v\va`)), [[0, 0, 68]]);
  });

  it('says so when the database is of another mode', () => {
    const stream = Database.compile([{ expression: 'a', id: 1 }], { mode: 'stream' });
    const scanner = new Scanner([stream, words]);
    const out = new Uint32Array(8);
    assert.throws(() => scanner.scan(0, bytes('a'), out), /another mode/);
    assert.throws(() => scanner.scanVector(1, [bytes('a')], out), /another mode/);
    assert.throws(() => scanner.openStream(1), /another mode/);
    assert.equal(scanner.scan(1, bytes('cat'), out), 1);
    scanner.close();
    stream.close();
  });
});

describe('scanVector', () => {
  const expressions = [
    { expression: 'cat', id: 1, flags: FLAG.somLeftmost },
    { expression: 'dog$', id: 2 },
  ];
  const out = new Uint32Array(64);
  const text = 'cat, dog, cat and dog';

  it('finds what crosses the pieces, at every pair of cuts', () => {
    const block = scanBlock(expressions, bytes(text));
    assert.equal(block.length, 3);
    withScanner(expressions, { mode: 'vectored' }, (scanner) => {
      for (let a = 0; a <= text.length; a++) {
        for (let b = a; b <= text.length; b++) {
          const pieces = [text.slice(0, a), text.slice(a, b), text.slice(b)].map(bytes);
          const found = matchesIn(out, scanner.scanVector(0, pieces, out));
          assert.deepEqual(
            found.map(([, ...match]) => match),
            block,
            `cut at ${a} and ${b}`,
          );
        }
      }
      assert.equal(scanner.scanVector(0, [], out), 0);
    });
  });

  it('survives pieces whose reading closes the scanner or takes a buffer away', () => {
    const database = Database.compile(expressions, { mode: 'vectored' });
    const first = new Uint8Array(1 << 20);
    const hostile = (act: () => void): Uint8Array[] => {
      const pieces = [first, bytes('cat')];
      Object.defineProperty(pieces, 1, {
        get: () => {
          act();
          return bytes('cat');
        },
      });
      return pieces;
    };
    const scanner = new Scanner([database]);
    let inner = 0;
    const outer = scanner.scanVector(
      0,
      hostile(() => (inner = scanner.scanVector(0, [bytes('cat')], new Uint32Array(4)))),
      out,
    );
    assert.deepEqual([inner, outer], [1, 1], 'the inner scan is over before the outer begins');
    const detaching = hostile(() => structuredClone(first.buffer, { transfer: [first.buffer] }));
    assert.equal(scanner.scanVector(0, detaching, out), 1);
    const closing = hostile(() => {
      scanner.close();
    });
    assert.throws(() => scanner.scanVector(0, closing, out), /closed/);
    database.close();
  });
});

describe('a Scanner', () => {
  it('takes databases and null, nothing else', () => {
    const Constructor = Scanner as unknown as new (list: unknown) => Scanner;
    for (const list of [undefined, words, [undefined], [{}], [words, 'x']]) {
      assert.throws(() => new Constructor(list), TypeError);
    }
    const empty = new Scanner([]);
    assert.throws(() => empty.scan(0, bytes('a'), new Uint32Array(4)), RangeError);
    empty.close();
  });

  it('has scratch for the largest of many databases', () => {
    const databases = [1, 60, 5].map((count) =>
      Database.compile(
        Array.from({ length: count }, (_, id) => ({ expression: `k${id}[a-f]{1,40}z\\b`, id })),
      ),
    );
    const scanner = new Scanner(databases);
    const out = new Uint32Array(8);
    for (const index of [0, 1, 2, 1, 0]) {
      assert.equal(scanner.scan(index, bytes('k0abcz'), out), 1);
    }
    scanner.close();
    for (const database of databases) database.close();
  });
});
