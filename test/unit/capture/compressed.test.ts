import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readCapture } from '../../../sensor/capture/index.ts';
import { OperatorError, defaultLimits } from '../../../sensor/core/index.ts';
import { concat, writePcap } from '../../support/packets.ts';
import { patched } from '../decode/decode.ts';
import { read, temporaryFolder, textPackets, zstdFrame, zstdSkippable } from './files.ts';

const FILE = writePcap(textPackets('one', 'two', 'three'));

/** 40 stanzas as packets, compressed at level 19 by the reference implementation (zstd 1.5.4). */
const REAL_ZSTD = Buffer.from(
  'KLUv/WS2C2UHAOQJ1MOyoQIABAAA//8AAAEAuVVpAAAAAEA8bWVzc2FnZSB0bz0ianVsaWV0QGV4YW1wbGUuY29tIj48' +
    'Ym9keT5wYWNrZXQgMDwvPC8+ATECMgMzBDQFNQY2BzcIOAk5CkFBMT4LMQwyDTMONA81EDYRNxI4EzkUMjAVMRYyFzMY' +
    'NBk1GjYbNxw4HTkeMzAfMSAyITMiNCM1JDYlNyY4JzlVqBGQt9H6d8BV0hpCCDAIOATvLvz/DIEf5jpa9n7aDFCM63wf' +
    'W3ubpTTX+T5s9wZqlISk5QcolmJJ0FV5iCbZqXeRhpBcfZXRNVADgjZ0sQ==',
  'base64',
);

describe('gzip', () => {
  it('is read, several members in a row included', async () => {
    const one = await read(gzipSync(FILE));
    assert.deepEqual(one.texts, ['one', 'two', 'three']);
    assert.equal(one.result.problem, undefined);
    const members = [FILE.subarray(0, 5), FILE.subarray(5, 50), FILE.subarray(50)];
    const many = await read(concat(members.map((member) => gzipSync(member))));
    assert.deepEqual(many.texts, ['one', 'two', 'three']);
    assert.equal(many.result.problem, undefined);
  });

  it('cut short, gives every packet that can be decompressed and the reason', async () => {
    const packed = gzipSync(FILE, { level: 0 });
    for (const missing of [1, 7, 8]) {
      const { result, path } = await read(packed.subarray(0, packed.length - missing));
      assert.equal(result.packets, 3);
      assert.equal(
        result.problem,
        `${path}: unexpected end of file at decompressed byte ${FILE.length}`,
      );
    }
    const { texts, result } = await read(packed.subarray(0, packed.length - 12));
    assert.deepEqual(texts, ['one', 'two']);
    assert.match(result.problem ?? '', /unexpected end of file at decompressed byte 62/);
  });

  it('damaged late, gives what came long before', async () => {
    const text = Buffer.alloc(40_000, 'noise').toString('latin1');
    const packets = textPackets(...Array.from({ length: 50 }, (_, i) => text + String(i)));
    const packed = gzipSync(writePcap(packets), { level: 0 });
    const damaged = patched(packed, [packed.length - 6, 0x55], [packed.length - 5, 0x55]);
    const { result } = await read(damaged);
    assert.ok(result.packets >= 47, String(result.packets));
    assert.match(result.problem ?? '', /incorrect data check/);
  });

  it('the plain capture inside may be truncated, too', async () => {
    const { texts, result } = await read(gzipSync(FILE.subarray(0, FILE.length - 1)));
    assert.deepEqual(texts, ['one', 'two']);
    assert.match(result.problem ?? '', /truncated at decompressed byte 62/);
  });
});

describe('zstd', () => {
  it('of the reference implementation is read', async () => {
    const { texts, result } = await read(REAL_ZSTD);
    assert.equal(result.problem, undefined);
    assert.equal(texts.length, 40);
    assert.equal(texts[39], '<message to="juliet@example.com"><body>packet 39</body></message>');
  });

  it('several frames, skippable frames and checksums are read', async () => {
    const bytes = concat([
      zstdSkippable(300),
      zstdFrame([FILE.subarray(0, 1), FILE.subarray(1, 3)]),
      zstdFrame([FILE.subarray(3, 30), new Uint8Array(0)], { checksum: true }),
      zstdSkippable(0),
      zstdFrame([new Uint8Array(0)]),
      zstdFrame([FILE.subarray(30)], { checksum: true }),
      zstdSkippable(5),
    ]);
    const { texts, result } = await read(bytes);
    assert.equal(result.problem, undefined);
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });

  it('a great many frames are no depth', async () => {
    const frames = Array.from(FILE, (byte) => zstdFrame([Uint8Array.of(byte)]));
    const empty = Array.from({ length: 2000 }, () => zstdFrame([new Uint8Array(0)]));
    const { texts, result } = await read(concat([...frames, ...empty]));
    assert.equal(result.problem, undefined);
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });

  it('cut anywhere, gives the whole packets before', async () => {
    const bytes = zstdFrame([FILE.subarray(0, 60), FILE.subarray(60)], { checksum: true });
    for (let length = 12; length < bytes.length; length += 5) {
      const { result, path } = await read(bytes.subarray(0, length)).catch((error: unknown) => {
        // Before the first block is complete nothing of the capture is known.
        assert.ok(error instanceof OperatorError && length < 69, String(length));
        assert.equal(error.code, 'INPUT_NOT_CAPTURE');
        return { result: undefined, path: '' };
      });
      if (result === undefined) continue;
      assert.equal(result.packets, 1);
      assert.equal(result.problem, `${path}: unexpected end of file at decompressed byte 43`);
    }
  });

  it('a window above the limit is refused before it is allocated', async () => {
    const huge = zstdFrame([FILE], { window: 0x98 });
    await assert.rejects(
      read(huge),
      (error: unknown) =>
        error instanceof OperatorError && /window of 536870912 bytes/.test(error.message),
    );
    const limits = { ...defaultLimits(), captureZstdWindowBytes: 1024 };
    await assert.rejects(read(zstdFrame([FILE]), { limits }), /window of 131072 bytes/);
    // A frame in one segment has no window field: its content size is the window.
    const single = concat([
      Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 16, 0, 0, 0]),
      new Uint8Array(20),
    ]);
    await assert.rejects(read(single), /window of 68719476736 bytes/);
  });

  it('a block made to take minutes is given up', async (t) => {
    // 60,000 sequences, each a match of 131,074 bytes, coded in 16 bits each.
    const sequences = Uint8Array.from([0x09, 0x78, 0xff, 0x60, 0x6b, 0x54, 0, 0, 52]);
    const bits = new Uint8Array(120_000).fill(0xff);
    bits[bits.length - 1] = 1;
    const block = concat([sequences, bits]);
    const bytes = zstdFrame([FILE, block]);
    const header = bytes.length - block.length - 3;
    bytes[header] = (bytes[header] ?? 0) | 4;
    const path = join(temporaryFolder(), 'endless.zst');
    writeFileSync(path, bytes);
    // Time passes here when the good block is through, and the loop has turned while the other one is in work.
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let packets = 0;
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      // The clock is the system's again once the test is over.
      if (isOver) return;
      if (packets === 3 && ++turns > 100) t.mock.timers.tick(defaultLimits().captureZstdBlockMs);
      setImmediate(turn);
    };
    turn();
    const result = await readCapture(path, { packet: () => packets++ }).finally(() => {
      isOver = true;
    });
    assert.equal(result.packets, 3);
    assert.match(result.problem ?? '', /a block takes too long to decompress/);
    assert.ok(turns > 100, `${turns} turns`);
  });

  it('damage between frames and in block headers is told', async () => {
    const good = zstdFrame([FILE]);
    for (const [bytes, reason] of [
      [concat([good, Uint8Array.from([1, 2, 3])]), /no Zstandard frame begins here/],
      [concat([good, good.subarray(0, 5)]), /no Zstandard frame begins here|unexpected end/],
      [concat([good, patched(good, [6, 0x07])]), /damaged block header/],
      [concat([good, patched(good, [8, 0xff])]), /damaged block header/],
      [concat([good, zstdSkippable(50).subarray(0, 20)]), /unexpected end of file/],
    ] as const) {
      const { result } = await read(bytes);
      assert.equal(result.packets, 3);
      assert.match(result.problem ?? '', reason);
    }
  });

  it('blocks of one repeated byte cost no more than they hold', async () => {
    const header = writePcap(textPackets('x'.repeat(100_000))).subarray(0, 40);
    const size = 100_000;
    const block = (size << 3) | 2 | 1;
    const rle = Uint8Array.from([block & 255, (block >> 8) & 255, block >> 16, 0x78]);
    const start = zstdFrame([header, new Uint8Array(0)]);
    const { texts } = await read(concat([start.subarray(0, start.length - 3), rle]));
    assert.deepEqual(texts, ['x'.repeat(100_000)]);
  });
});
