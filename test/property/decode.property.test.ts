/** decode(build(x)) = x, for packets of every shape the builder knows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { formatAddress, packetTime } from '../../sensor/core/index.ts';
import {
  DECODED,
  DuplicateFilter,
  PacketView,
  decodePacket,
  tcpChecksumOk,
} from '../../sensor/decode/index.ts';
import { LINK, buildPacket, concat, tcpOptions, type LinkName } from '../support/packets.ts';

const port = fc.nat(0xffff);
const word = fc.nat(0xffffffff);
const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((b) => b.join('.'));
const ipv6 = fc
  .array(fc.nat(0xffff), { minLength: 7, maxLength: 7 })
  .map((groups) => `2001:${groups.map((group) => group.toString(16)).join(':')}`);

/** Padding options, hop-by-hop or destination: an extension header that says nothing. */
const extension = fc
  .record({ type: fc.constantFrom(0, 60, 135), units: fc.nat(4) })
  .map(({ type, units }): readonly [number, Uint8Array] => {
    const bytes = new Uint8Array(8 * (units + 1));
    bytes[1] = units;
    bytes[2] = 1;
    bytes[3] = bytes.length - 4;
    return [type, bytes];
  });

const options = fc.record(
  {
    mss: port,
    windowScale: fc.nat(14),
    sackPermitted: fc.constant(true),
    timestamp: fc.tuple(word, word),
  },
  { requiredKeys: [] },
);

const common = {
  link: fc.constantFrom<LinkName>('ethernet', 'sll', 'sll2', 'null', 'loop', 'raw'),
  vlans: fc.array(fc.integer({ min: 1, max: 4094 }), { maxLength: 3 }),
  pppoe: fc.option(fc.nat(0xffff), { nil: undefined }),
  srcPort: port,
  dstPort: port,
  seq: word,
  ack: word,
  flags: fc.nat(255),
  window: port,
  urgentPointer: port,
  ttl: fc.nat(255),
  tcp: options,
  payload: fc.uint8Array({ maxLength: 200 }),
  padding: fc.nat(40),
  badChecksum: fc.boolean(),
};

const spec = fc.oneof(
  fc.record({
    ...common,
    src: ipv4,
    dst: ipv4,
    ipId: port,
    ipOptions: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({
    ...common,
    src: ipv6,
    dst: ipv6,
    extensions: fc.array(extension, { maxLength: 5 }),
  }),
);

const hasTags = (link: LinkName): boolean => ['ethernet', 'sll', 'sll2'].includes(link);

describe('decodePacket', () => {
  const view = new PacketView();

  it('reads back what was built, wherever the packet lies in its buffer', () => {
    fc.assert(
      fc.property(spec, fc.nat(50), fc.nat(60), (x, offset, missing) => {
        const vlans = hasTags(x.link) ? x.vlans : [];
        const { pppoe, ...rest } = x;
        const session = hasTags(x.link) && pppoe !== undefined ? { pppoe } : {};
        const frame = buildPacket({ ...rest, ...session, vlans, options: tcpOptions(x.tcp) });
        const cut = Math.min(missing, x.payload.length + x.padding);
        const caplen = frame.length - cut;
        const bytes = concat([new Uint8Array(offset).fill(0xaa), frame.subarray(0, caplen)]);
        const tsUsec = 1.7e15 + offset;
        const { link } = x;
        const length = frame.length;
        const time = packetTime(tsUsec);
        const code = decodePacket(bytes, offset, caplen, length, time, LINK[link], view, true);
        assert.equal(code, DECODED);

        const payloadLength = x.payload.length - Math.max(0, cut - x.padding);
        assert.deepEqual(
          {
            src: formatAddress(view.src0, view.src1, view.src2, view.src3),
            dst: formatAddress(view.dst0, view.dst1, view.dst2, view.dst3),
            ports: [view.srcPort, view.dstPort],
            numbers: [view.seq >>> 0, view.ack >>> 0],
            flags: view.flags,
            window: view.window,
            urgentPointer: view.urgentPointer,
            ttl: view.ttl,
            ipId: view.ipId,
            vlans: [view.vlan0, view.vlan1],
            mss: view.mss,
            windowScale: view.windowScale,
            sackPermitted: view.sackPermitted,
            timestamp: view.hasTimestamp ? view.tsVal >>> 0 : undefined,
            payload: bytes.slice(view.payloadOffset, view.payloadOffset + view.payloadLength),
            payloadWireLength: view.payloadWireLength,
            checksumBad: view.checksumBad,
            time: [view.tsUsec, view.wirelen],
          },
          {
            src: canonical(x.src),
            dst: canonical(x.dst),
            ports: [x.srcPort, x.dstPort],
            numbers: [x.seq, x.ack],
            flags: x.flags,
            window: x.window,
            urgentPointer: x.urgentPointer,
            ttl: x.ttl,
            ipId: 'ipId' in x ? x.ipId : 0,
            vlans: [vlans[0] ?? -1, vlans[1] ?? -1],
            mss: x.tcp.mss ?? -1,
            windowScale: x.tcp.windowScale ?? -1,
            sackPermitted: x.tcp.sackPermitted ?? false,
            timestamp: x.tcp.timestamp?.[0],
            payload: x.payload.slice(0, payloadLength),
            payloadWireLength: x.payload.length,
            checksumBad: x.badChecksum && payloadLength === x.payload.length,
            time: [tsUsec, frame.length],
          },
        );
      }),
      { numRuns: 1500 },
    );
  });

  it('a flipped byte in a segment is never taken for the segment that was sent', () => {
    const change = fc.record({ at: fc.nat(199), bit: fc.nat(7) });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        change,
        (payload, { at, bit }) => {
          const frame = buildPacket({ payload });
          decodePacket(frame, 0, frame.length, frame.length, packetTime(), LINK.ethernet, view);
          assert.ok(tcpChecksumOk(view));
          const index = view.payloadOffset + (at % payload.length);
          frame[index] = (frame[index] ?? 0) ^ (1 << bit);
          assert.ok(!tcpChecksumOk(view));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('DuplicateFilter', () => {
  it('drops copies and nothing else', () => {
    const view = new PacketView();
    const packet = fc.record({
      seq: fc.nat(3),
      payload: fc.constantFrom('', 'a', 'b', 'x'.repeat(300), 'y'.repeat(300)),
      ipId: fc.nat(1),
      pauseUsec: fc.constantFrom(0, 10, 2000, 5000),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
        const filter = new DuplicateFilter();
        /** Contents of passed packets and when they were last passed. */
        const passed = new Map<string, number>();
        let tsUsec = 1.7e15;
        for (const { pauseUsec, ...content } of packets) {
          tsUsec += pauseUsec;
          const bytes = buildPacket(content);
          decodePacket(
            bytes,
            0,
            bytes.length,
            bytes.length,
            packetTime(tsUsec),
            LINK.ethernet,
            view,
          );
          const key = JSON.stringify(content);
          const before = passed.get(key);
          if (filter.isDuplicate(view)) {
            assert.ok(before !== undefined && tsUsec - before <= 3000, 'dropped a new packet');
          } else {
            passed.set(key, tsUsec);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

function canonical(address: string): string {
  if (!address.includes(':')) return address;
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
