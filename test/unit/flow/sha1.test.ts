import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { SHA1_MAX_BYTES, sha1 } from '../../../sensor/flow/sha1.ts';

const digest = new Uint8Array(20);

/** Digest of a message that stands in a block full of what was there before. */
function hexOf(message: Uint8Array): string {
  const block = new Uint8Array(64).fill(0xa5);
  block.set(message);
  sha1(block, message.length, digest);
  return Buffer.from(digest).toString('hex');
}

describe('sha1', () => {
  it('gives the published digests', () => {
    // The example of FIPS 180 and the empty message of NIST's test vectors.
    assert.equal(hexOf(Buffer.from('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    assert.equal(hexOf(new Uint8Array(0)), 'da39a3ee5e6b4b0d3255bfef95601890afd80709');
  });

  it('agrees with the platform at every length', () => {
    for (let length = 0; length <= SHA1_MAX_BYTES; length++) {
      for (let seed = 0; seed < 8; seed++) {
        const message = Uint8Array.from({ length }, (_, i) => (seed * 71 + i * 151 + length) & 255);
        assert.equal(hexOf(message), createHash('sha1').update(message).digest('hex'));
      }
    }
  });

  it('refuses what does not fit one block', () => {
    assert.throws(() => {
      sha1(new Uint8Array(64), SHA1_MAX_BYTES + 1, digest);
    }, RangeError);
  });
});
