import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asciiEnd } from '../../../sensor/detect/detectors/ascii.ts';

describe('asciiEnd()', () => {
  it('finds the first high byte wherever it stands, whatever stands around the text', () => {
    for (const byteOffset of [0, 1, 2, 3]) {
      const text = new Uint8Array(new ArrayBuffer(70), byteOffset, 66);
      for (let start = 0; start < 9; start++) {
        for (let stop = start; stop <= 66; stop++) {
          text.fill(0xff).fill(0x41, start, stop);
          assert.equal(asciiEnd(text, start, stop), stop);
          for (let high = start; high < stop; high += 3) {
            text[high] = 0x80;
            if (high + 5 < stop) text[high + 5] = 0xc3;
            assert.equal(asciiEnd(text, start, stop), high, `${byteOffset} ${start} ${stop}`);
            text.fill(0x41, start, stop);
          }
        }
      }
    }
  });

  it('takes another memory in between', () => {
    const one = new Uint8Array(64).fill(0x41);
    const two = new Uint8Array(64).fill(0xc3);
    assert.deepEqual(
      [asciiEnd(one, 0, 64), asciiEnd(two, 0, 64), asciiEnd(one, 0, 64)],
      [64, 0, 64],
    );
  });
});
