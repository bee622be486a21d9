import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packetTime } from '../../../sensor/core/index.ts';
import {
  DECODED,
  DuplicateFilter,
  PacketView,
  decodePacket,
} from '../../../sensor/decode/index.ts';
import {
  START_USEC,
  buildPacket,
  tcpConversation,
  type PacketSpec,
} from '../../support/packets.ts';
import { patched } from './decode.ts';

const view = new PacketView();

function isDuplicate(filter: DuplicateFilter, bytes: Uint8Array, tsUsec = START_USEC): boolean {
  const code = decodePacket(bytes, 0, bytes.length, bytes.length, packetTime(tsUsec), 1, view);
  assert.equal(code, DECODED);
  return filter.isDuplicate(view);
}

/** A filter that has already seen copies, so that content of any length is compared. */
function watchfulFilter(): DuplicateFilter {
  const filter = new DuplicateFilter();
  const ack = buildPacket({ flags: 'A', srcPort: 1 });
  isDuplicate(filter, ack);
  assert.equal(isDuplicate(filter, ack), true);
  return filter;
}

const LONG = 'x'.repeat(500);

describe('DuplicateFilter', () => {
  it('finds the second copy, also the third', () => {
    const filter = watchfulFilter();
    for (const payload of ['', 'short', LONG]) {
      const bytes = buildPacket({ payload, seq: payload.length });
      assert.equal(isDuplicate(filter, bytes), false);
      assert.equal(isDuplicate(filter, bytes, START_USEC + 50), true);
      assert.equal(isDuplicate(filter, bytes, START_USEC + 900), true);
    }
  });

  it('looks through another VLAN, link address and TTL, as routed copies have', () => {
    const filter = watchfulFilter();
    for (const src of ['192.0.2.1', '2001:db8::1']) {
      const spec = { src, payload: LONG };
      assert.equal(isDuplicate(filter, buildPacket({ ...spec, vlans: [10] })), false);
      assert.equal(isDuplicate(filter, buildPacket({ ...spec, vlans: [20], ttl: 63 })), true);
    }
  });

  it('keeps packets that differ in anything the receiver sees', () => {
    const base: PacketSpec = { payload: 'hello', flags: 'PA', seq: 1, ack: 2, ipId: 3 };
    const others: readonly PacketSpec[] = [
      { seq: 2 },
      { ack: 3 },
      { flags: 'A' },
      { window: 1 },
      { ipId: 4 },
      { payload: 'hellp' },
      { payload: 'hello!' },
      { srcPort: 1 },
      { dstPort: 1 },
      { src: '192.0.2.77' },
      { dst: '198.51.100.77' },
      { options: Uint8Array.from([1, 1, 1, 1]) },
      { badChecksum: true },
    ];
    for (const other of others) {
      const filter = watchfulFilter();
      assert.equal(isDuplicate(filter, buildPacket(base)), false);
      const changed = isDuplicate(filter, buildPacket({ ...base, ...other }));
      assert.equal(changed, false, JSON.stringify(other));
    }
  });

  it('keeps different bytes under one checksum: they are evidence of an overlap', () => {
    for (const length of [20, 600]) {
      const filter = watchfulFilter();
      const bytes = buildPacket({ payload: Buffer.alloc(length, 'ab'), flags: 'PA' });
      const at = bytes.length - 8;
      // Moving a difference between two 16-bit words keeps the Internet checksum.
      const swapped = patched(bytes, [at, 0x60], [at + 2, 0x62]);
      assert.equal(isDuplicate(filter, bytes), false);
      assert.equal(isDuplicate(filter, swapped), false);
    }
  });

  it('keeps a retransmission: the same bytes after longer than copies take', () => {
    const filter = watchfulFilter();
    const bytes = buildPacket({ payload: LONG, ipId: 0 });
    assert.equal(isDuplicate(filter, bytes), false);
    assert.equal(isDuplicate(filter, bytes, START_USEC + 3001), false);
    assert.equal(isDuplicate(filter, bytes, START_USEC + 200_000), false);
    assert.equal(isDuplicate(filter, bytes, START_USEC + 200_000 + 3000), true);
  });

  it('does not mind clocks that step back a little', () => {
    const filter = watchfulFilter();
    const bytes = buildPacket({ payload: LONG });
    assert.equal(isDuplicate(filter, bytes), false);
    assert.equal(isDuplicate(filter, bytes, START_USEC - 100), true);
  });

  it('lets one long copy pass where copies start, and none after it', () => {
    const filter = new DuplicateFilter();
    const packets = tcpConversation([['C', LONG.repeat(20)]], { handshake: false, end: 'none' });
    let passed = 0;
    for (const { bytes, tsUsec } of packets) {
      isDuplicate(filter, bytes, tsUsec);
      if (!isDuplicate(filter, bytes, tsUsec + 5)) passed++;
    }
    assert.equal(passed, 1);
    assert.ok(packets.length > 5);
  });

  it('finds every copy of a whole doubled conversation', () => {
    const filter = new DuplicateFilter();
    const packets = tcpConversation([
      ['C', LONG],
      ['S', LONG.repeat(9)],
    ]);
    let found = 0;
    for (const { bytes, tsUsec } of packets) {
      if (isDuplicate(filter, bytes, tsUsec)) assert.fail('a first copy was dropped');
      if (isDuplicate(filter, bytes, tsUsec + 1)) found++;
    }
    assert.equal(found, packets.length);
  });

  it('forgets nothing it needs when other packets lie between', () => {
    const filter = watchfulFilter();
    const packets = Array.from({ length: 64 }, (_, i) =>
      buildPacket({ seq: i * 1000, payload: LONG }),
    );
    for (const bytes of packets) assert.equal(isDuplicate(filter, bytes), false);
    const found = packets.filter((bytes) => isDuplicate(filter, bytes)).length;
    assert.ok(found >= 62, `${found} of 64`);
  });

  it('takes nothing for a copy when it is new', () => {
    const zero = buildPacket({ srcPort: 0, dstPort: 0, flags: 0, window: 0, ipId: 0 });
    assert.equal(isDuplicate(new DuplicateFilter(), zero, 0), false);
  });
});
