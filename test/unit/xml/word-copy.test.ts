import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WordCopy } from '../../../sensor/xml/word-copy.ts';

const TARGET = 64;

/** Bytes of doubles that are NaN, quiet and signalling, among all others. */
function troublesome(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = i % 8 === 7 ? (i & 8 ? 0xff : 0x7f) : i % 8 === 6 ? (i & 16 ? 0xf0 : 0xf8) : i * 37;
  }
  return bytes;
}

describe('WordCopy', () => {
  const memory = new ArrayBuffer(8192);
  const copy = new WordCopy(memory);
  const bytes = new Uint8Array(memory);

  const check = (source: Uint8Array, offset: number, length: number): void => {
    bytes.fill(0xee);
    const at = copy.copy(source, offset, length, TARGET);
    assert.ok(at >= TARGET && at < TARGET + 8);
    assert.deepEqual(
      bytes.subarray(at, at + length),
      source.subarray(offset, offset + length),
      `${offset}+${length}`,
    );
    assert.ok(bytes.subarray(0, TARGET).every((byte) => byte === 0xee));
    assert.ok(bytes.subarray(Math.ceil((at + length) / 8) * 8).every((byte) => byte === 0xee));
  };

  it('copies every byte at every alignment, NaN or not, also after many rounds', () => {
    const source = troublesome(4096);
    for (let round = 0; round < 3; round++) {
      for (let offset = 0; offset < 9; offset++) {
        for (const length of [1, 7, 8, 9, 31, 32, 33, 210, 1400, 2047, 2048, 4000]) {
          check(source, offset, length);
        }
      }
    }
  });

  it('copies the last bytes of a buffer that ends within a word', () => {
    const source = troublesome(1003);
    for (let length = 1; length < 20; length++) check(source, 1003 - length, length);
  });

  it('follows from one source to another, also inside one buffer', () => {
    const buffer = troublesome(1024).buffer;
    const one = new Uint8Array(buffer, 3, 500);
    const other = new Uint8Array(buffer, 504);
    for (let i = 0; i < 10; i++) {
      check(one, i, 100);
      check(other, i, 100);
      check(new TextEncoder().encode(`small ${i}`), 0, 7);
    }
  });
});
