import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Database, FLAG, Scanner, version } from 'hyperscan-js';
import { bytes, matchesIn } from './support.ts';

const MAGIC_BYTES = 8;
const DIGEST_BYTES = 32;

const expressions = [
  { expression: 'AKIA[0-9A-Z]{16}', id: 11, flags: FLAG.somLeftmost },
  { expression: 'password\\s*[:=]', id: 12, flags: FLAG.caseless },
];
const text = bytes('Password = x, AKIAABCDEFGHIJKLMNOP');
const database = Database.compile(expressions);
const saved = Buffer.from(database.serialize());

function scan(with_: Database): readonly unknown[] {
  const scanner = new Scanner([with_]);
  const out = new Uint32Array(64);
  const found = matchesIn(out, scanner.scan(0, text, out));
  scanner.close();
  return found;
}

function refuses(data: Uint8Array, what: string): void {
  assert.throws(
    () => Database.deserialize(data),
    (error) => error instanceof Error && error.message.startsWith('deserialize: '),
    what,
  );
}

/** Damage that someone has covered up with a fresh digest. */
function redigest(data: Buffer): Buffer {
  const body = data.subarray(MAGIC_BYTES + DIGEST_BYTES);
  createHash('sha256').update(body).digest().copy(data, MAGIC_BYTES);
  return data;
}

describe('a serialised database', () => {
  it('loads as it was, in each mode', () => {
    for (const mode of ['block', 'vectored', 'stream'] as const) {
      const somHorizon = mode === 'stream' ? ({ somHorizon: 'large' } as const) : {};
      const first = Database.compile(expressions, { mode, ...somHorizon });
      const second = Database.deserialize(first.serialize());
      assert.deepEqual(second.info, first.info);
      assert.deepEqual(second.serialize(), first.serialize());
      first.close();
      second.close();
    }
    const loaded = Database.deserialize(saved);
    assert.deepEqual(scan(loaded), scan(database));
    assert.equal(scan(loaded).length, 2);
    loaded.close();
  });

  it('loads from any alignment', () => {
    for (let shift = 0; shift < 16; shift++) {
      const shifted = Buffer.concat([Buffer.alloc(shift), saved]).subarray(shift);
      const loaded = Database.deserialize(shifted);
      assert.equal(scan(loaded).length, 2);
      loaded.close();
    }
  });

  it('is refused when cut at any length or followed by anything', () => {
    for (let length = 0; length < saved.length; length++) {
      refuses(saved.subarray(0, length), `${length} bytes`);
    }
    refuses(Buffer.concat([saved, Buffer.alloc(1)]), 'one byte more');
  });

  it('is refused with a flipped bit at any position', () => {
    for (let at = 0; at < saved.length; at++) {
      const damaged = Buffer.from(saved);
      damaged[at] = (saved[at] as number) ^ (1 << (at % 8));
      refuses(damaged, `byte ${at}`);
    }
  });

  it('is refused by libhs or harmless when the digest was made to fit', () => {
    // Only the header of libhs has bits its CRC does not cover; they change nothing.
    let loadedAnyway = 0;
    for (let at = MAGIC_BYTES + DIGEST_BYTES; at < saved.length; at++) {
      const damaged = Buffer.from(saved);
      damaged[at] = (saved[at] as number) ^ (1 << (at % 8));
      let loaded: Database;
      try {
        loaded = Database.deserialize(redigest(damaged));
      } catch {
        continue;
      }
      loadedAnyway++;
      assert.deepEqual(scan(loaded), scan(database), `byte ${at}`);
      loaded.close();
    }
    assert.ok(loadedAnyway < 100, `${loadedAnyway} of ${saved.length}`);
  });

  it('is refused when it is of another libhs or CPU, naming both', () => {
    const label = saved.indexOf('libhs');
    assert.ok(label > 0);
    const other = Buffer.from(saved);
    other.write('9.9.9', label + 'libhs '.length);
    assert.throws(
      () => Database.deserialize(redigest(other)),
      (error) =>
        error instanceof Error &&
        error.message.includes('made by libhs 9.9.9') &&
        error.message.includes(version),
    );
    const longLabel = Buffer.from(saved);
    longLabel.writeUInt32LE(0xffffffff, MAGIC_BYTES + DIGEST_BYTES);
    refuses(redigest(longLabel), 'label longer than the file');
  });

  it('is not garbage', () => {
    let state = 12345;
    for (let i = 0; i < 500; i++) {
      const garbage = Buffer.alloc(i);
      for (let j = 0; j < i; j++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        garbage[j] = state >>> 24;
      }
      refuses(garbage, `${i} bytes of garbage`);
      refuses(Buffer.concat([saved.subarray(0, MAGIC_BYTES), garbage]), `magic and ${i} bytes`);
    }
    const deserialize = Reflect.get(Database, 'deserialize') as (value: unknown) => unknown;
    for (const wrong of [undefined, null, 'text', [], new Uint32Array(100)]) {
      assert.throws(() => deserialize(wrong), TypeError);
    }
  });
});
