import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CompileError,
  Database,
  FLAG,
  platform,
  version,
  type CompileOptions,
  type Expression,
} from 'hyperscan-js';
import { bytes, scanBlock } from './support.ts';

const sound: Expression = { expression: 'a', id: 1 };

function compileError(expressions: readonly Expression[], options?: CompileOptions): CompileError {
  try {
    Database.compile(expressions, options).close();
  } catch (error) {
    assert.ok(error instanceof CompileError, String(error));
    return error;
  }
  assert.fail('compiled');
}

describe('Database.compile', () => {
  it('gives each expression its own flags and id', () => {
    const expressions = [
      { expression: 'abc', id: 4_294_967_295, flags: FLAG.caseless },
      { expression: 'abc', id: 0 },
      { expression: 'a.c', id: 7 },
      { expression: 'a.c', id: 8, flags: FLAG.dotall },
      { expression: '^c', id: 9, flags: FLAG.multiline },
    ];
    assert.deepEqual(scanBlock(expressions, bytes('ABC abc a\nc\nc')), [
      [0, 0, 7],
      [7, 0, 7],
      [8, 0, 7],
      [8, 0, 11],
      [9, 0, 11],
      [9, 0, 13],
      [4_294_967_295, 0, 3],
      [4_294_967_295, 0, 7],
    ]);
  });

  it('reports once with singlematch and start offsets with somLeftmost', () => {
    const expressions = [
      { expression: 'x+', id: 1, flags: FLAG.singlematch },
      { expression: 'x+y', id: 2, flags: FLAG.somLeftmost },
    ];
    assert.deepEqual(scanBlock(expressions, bytes('..xxxy.xy')), [
      [1, 0, 3],
      [2, 2, 6],
      [2, 7, 9],
    ]);
  });

  it('combines expressions and keeps quiet ones quiet', () => {
    const expressions = [
      { expression: 'red', id: 1, flags: FLAG.quiet },
      { expression: 'blue', id: 2, flags: FLAG.quiet },
      { expression: '1 & 2', id: 3, flags: FLAG.combination },
    ];
    assert.deepEqual(scanBlock(expressions, bytes('red')), []);
    assert.deepEqual(scanBlock(expressions, bytes('blue red')), [[3, 0, 8]]);
  });

  it('reads text as UTF-8 and bytes as they are', () => {
    assert.deepEqual(
      scanBlock([{ expression: 'ж.', id: 1, flags: FLAG.utf8 }], Buffer.from('-жд-')),
      [[1, 0, 5]],
    );
    const raw = Uint8Array.of(0xe9, 0x2b);
    assert.deepEqual(scanBlock([{ expression: raw, id: 1 }], bytes('\xe9\xe9')), [
      [1, 0, 1],
      [1, 0, 2],
    ]);
  });

  it('honours extended parameters expression by expression', () => {
    const text = bytes('abcd.abcd.abxd.abd');
    const expect = (ext: Expression['ext'], ends: number[]): void => {
      const plain = { expression: 'zzz', id: 2 };
      const expression = ext === undefined ? plain : { expression: 'abcd', id: 1, ext };
      assert.deepEqual(
        scanBlock([plain, expression], text).map(([, , to]) => to),
        ends,
        JSON.stringify(ext),
      );
    };
    expect({ minOffset: 5 }, [9]);
    expect({ maxOffset: 8 }, [4]);
    expect({ hammingDistance: 1 }, [4, 9, 14]);
    assert.ok(
      scanBlock([{ expression: 'abcd', id: 1, ext: { editDistance: 1 } }], text).some(
        ([, , to]) => to === 18,
      ),
    );
    assert.deepEqual(scanBlock([{ expression: 'a.*d', id: 1, ext: { minLength: 12 } }], text), [
      [1, 0, 14],
      [1, 0, 18],
    ]);
  });

  it('takes literals byte for byte', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const options = { literal: true };
    assert.deepEqual(scanBlock([{ expression: all, id: 1 }], all, options), [[1, 0, 256]]);
    const text = bytes('a.c*(\0x) A.C*(\0X)');
    assert.deepEqual(scanBlock([{ expression: 'a.c*(\0x)', id: 1 }], text, options), [[1, 0, 8]]);
    assert.deepEqual(
      scanBlock([{ expression: 'a.c*(\0x)', id: 1, flags: FLAG.caseless }], text, options),
      [
        [1, 0, 8],
        [1, 0, 17],
      ],
    );
    assert.deepEqual(scanBlock([{ expression: 'abc', id: 1 }], bytes('a.c'), options), []);
  });

  it('finds literals that contain one another (hs_compile_lit_multi of 5.4.0 fails in the scan)', () => {
    const zeros = (count: number): string => '\0'.repeat(count);
    const tail = 'some non existing string';
    const expressions = [
      `\xed\xe2${zeros(20)}${tail.slice(0, 22)}`,
      zeros(12),
      zeros(10),
      `*\xed\xe2${zeros(37)}`,
      `${zeros(21)}${tail.slice(0, 22)}`,
    ].map((text, id) => ({ expression: bytes(text), id, flags: FLAG.singlematch }));
    assert.deepEqual(scanBlock(expressions, bytes(`*\xed\xe2${zeros(40)}`), { literal: true }), [
      [1, 0, 15],
      [2, 0, 13],
      [3, 0, 40],
    ]);
  });

  it('describes the database', () => {
    for (const mode of ['block', 'vectored', 'stream'] as const) {
      const database = Database.compile([sound], { mode });
      assert.equal(database.info.mode, mode);
      assert.ok(database.info.bytes > 100);
      assert.equal(database.info.streamBytes > 0, mode === 'stream');
      assert.match(database.info.text, /Version: 5\.4/);
      database.close();
    }
    assert.match(version, /^5\.4/);
    assert.ok(platform.startsWith(process.arch));
  });
});

describe('a compile error', () => {
  it('names the expression by index and id', () => {
    const error = compileError([sound, { expression: 'b(c', id: 42 }, sound]);
    assert.equal(error.index, 1);
    assert.equal(error.id, 42);
    assert.match(error.reason, /parenthes/);
    assert.equal(error.message, `expression 1 (id 42): ${error.reason}`);
    assert.equal(error.name, 'CompileError');
  });

  it('has index and id -1 when the fault is of no one expression', () => {
    const error = compileError([]);
    assert.deepEqual([error.index, error.id], [-1, -1]);
    assert.equal(error.message, error.reason);
  });

  it('comes for what libhs would silently read otherwise', () => {
    assert.match(compileError([sound, { expression: 'a\0b', id: 5 }]).message, /1 \(id 5\).*NUL/);
    assert.match(compileError([{ expression: '', id: 5 }], { literal: true }).reason, /empty/);
    assert.match(
      compileError([{ expression: 'x', id: 5, flags: FLAG.utf8 }], { literal: true }).reason,
      /literals/,
    );
  });

  it('comes for each kind of unsupported expression', () => {
    for (const expression of ['(?<=a)b', '(a)\\1', 'a++', '', '\\Ka', '[z-a]', '*a']) {
      assert.equal(compileError([sound, { expression, id: 9 }]).id, 9, expression);
    }
    assert.equal(compileError([{ expression: 'a', id: 3, flags: 1 << 20 }]).id, 3);
    assert.match(
      compileError([{ expression: 'ab', id: 3, flags: FLAG.somLeftmost }], { mode: 'stream' })
        .reason,
      /SOM/,
    );
  });
});

describe('Database.check', () => {
  it('answers undefined or the reason', () => {
    assert.equal(Database.check(sound), undefined);
    assert.match(Database.check({ expression: '(?!a)b', id: 1 }) ?? '', /not supported/);
    assert.equal(Database.check({ expression: '(?!a)b', id: 1 }, { literal: true }), undefined);
    const som = { expression: 'ab', id: 1, flags: FLAG.somLeftmost };
    assert.notEqual(Database.check(som, { mode: 'stream' }), undefined);
    assert.equal(Database.check(som, { mode: 'stream', somHorizon: 'small' }), undefined);
  });
});

describe('a wrong argument', () => {
  // What TypeScript would refuse, from the plain JavaScript side.
  const compile = Reflect.get(Database, 'compile') as (...args: unknown[]) => unknown;

  it('is refused as TypeError', () => {
    for (const expressions of [
      undefined,
      'a',
      [null],
      [{ expression: 5, id: 1 }],
      [{ expression: 'a' }],
      [{ expression: 'a', id: -1 }],
      [{ expression: 'a', id: 2 ** 32 }],
      [{ expression: 'a', id: 1.5 }],
      [{ expression: 'a', id: 1, flags: '1' }],
      [{ expression: 'a', id: 1, ext: { minOffset: -1 } }],
      [{ expression: 'a', id: 1, ext: { minLength: NaN } }],
    ]) {
      assert.throws(() => compile(expressions), TypeError, JSON.stringify(expressions));
    }
    for (const options of [
      { mode: 'constructor' },
      { mode: 'block', somHorizon: 'small' },
      { mode: 'stream', somHorizon: 'huge' },
    ]) {
      assert.throws(() => compile([sound], options), TypeError, JSON.stringify(options));
    }
  });

  it('cannot make a Database around nothing', () => {
    const Constructor = Database as unknown as new (handle?: unknown) => Database;
    assert.throws(() => new Constructor(), TypeError);
    assert.throws(() => new Constructor({}), TypeError);
  });
});
