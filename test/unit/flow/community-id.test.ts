import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { communityId } from '../../../sensor/flow/index.ts';
import { parseAddress } from '../../support/packets.ts';

/** Vectors published with the specification. */
const VECTORS = [
  {
    a: ['128.232.110.120', 34855],
    b: ['66.35.250.204', 80],
    ids: { 0: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=' },
  },
  {
    a: ['2001:470:e5bf:dead:4957:2174:e82c:4887', 63943],
    b: ['2607:f8b0:400c:c03::1a', 25],
    ids: { 0: '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=', 1: '1:eJYTW6AOzFLlSUoESovMjnu7rMw=' },
  },
] as const;

function words(addresses: readonly string[]): Int32Array {
  const bytes = addresses.flatMap((text) => {
    const address = parseAddress(text);
    return address.length === 16 ? [...address] : [...new Uint8Array(10), 0xff, 0xff, ...address];
  });
  const view = new DataView(Uint8Array.from(bytes).buffer);
  return Int32Array.from({ length: addresses.length * 4 }, (_, i) => view.getInt32(i * 4));
}

describe('communityId', () => {
  for (const { a, b, ids } of VECTORS) {
    for (const [seed, id] of Object.entries(ids)) {
      it(`${a[0]} and ${b[0]} with seed ${seed}, in both directions`, () => {
        const both = words([a[0], b[0]]);
        assert.equal(communityId(both, 0, a[1], 4, b[1], Number(seed)), id);
        assert.equal(communityId(both, 4, b[1], 0, a[1], Number(seed)), id);
      });
    }
  }

  it('orders by port when the addresses are equal', () => {
    const same = words(['192.0.2.1', '192.0.2.1']);
    assert.equal(communityId(same, 0, 10, 4, 20), communityId(same, 0, 20, 4, 10));
    assert.notEqual(communityId(same, 0, 10, 4, 20), communityId(same, 0, 10, 4, 21));
  });
});
