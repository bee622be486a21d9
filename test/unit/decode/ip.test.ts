import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAddress } from '../../../sensor/core/index.ts';
import type { PacketView } from '../../../sensor/decode/index.ts';
import { buildPacket, concat, parseAddress, type PacketSpec } from '../../support/packets.ts';
import { decode, patched } from './decode.ts';

const ETHERNET = 14;
const V6 = { src: '2001:db8::1', dst: '2001:db8:ffff::2' } as const;

const src = (view: PacketView): string => formatAddress(view.src0, view.src1, view.src2, view.src3);
const dst = (view: PacketView): string => formatAddress(view.dst0, view.dst1, view.dst2, view.dst3);

describe('IPv4', () => {
  it('gives addresses, id and TTL', () => {
    const spec = { src: '203.0.113.255', dst: '198.51.100.1', ttl: 3, ipId: 0xfffe };
    const { verdict, view } = decode(buildPacket(spec));
    assert.equal(verdict, 'DECODED');
    assert.equal(src(view), '203.0.113.255');
    assert.equal(dst(view), '198.51.100.1');
    assert.deepEqual([view.ttl, view.ipId, view.ipVersion], [3, 0xfffe, 4]);
    assert.equal(view.ipOffset, view.tcpOffset - 20);
  });

  it('passes over options', () => {
    const options = Uint8Array.from([0x94, 4, 0, 0, 7, 7, 4, 1, 2, 3, 4, 0]);
    const { verdict, payload } = decode(buildPacket({ ipOptions: options, payload: 'opt' }));
    assert.equal(verdict, 'DECODED');
    assert.equal(payload, 'opt');
  });

  it('Ethernet padding does not become payload', () => {
    const { verdict, view, payload } = decode(buildPacket({ flags: 'A', padding: 6 }));
    assert.equal(verdict, 'DECODED');
    assert.equal(payload, '');
    assert.equal(view.payloadWireLength, 0);
    assert.equal(decode(buildPacket({ payload: 'ab', padding: 18 })).payload, 'ab');
  });

  it('refuses lengths that contradict each other', () => {
    const frame = buildPacket({ payload: 'hello' });
    const total = ETHERNET + 2;
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [patched(frame, [ETHERNET, 0x44]), 'decoder.ipv4.bad_header_length'],
      [patched(frame, [ETHERNET, 0x40]), 'decoder.ipv4.bad_header_length'],
      [patched(frame, [ETHERNET, 0x4f]), 'decoder.ipv4.truncated'],
      [patched(frame, [total + 1, 46]), 'decoder.ipv4.bad_total_length'],
      [patched(frame, [total + 1, 19]), 'decoder.ipv4.bad_total_length'],
      [patched(frame, [total, 0xff]), 'decoder.ipv4.bad_total_length'],
      [patched(frame, [total, 0], [total + 1, 0]), 'decoder.ipv4.bad_total_length'],
      [patched(frame, [ETHERNET, 0x65]), 'decoder.ip.bad_version'],
      [patched(frame, [ETHERNET + 9, 17]), 'NOT_TCP'],
    ];
    for (const [bytes, verdict] of cases) assert.equal(decode(bytes).verdict, verdict);
  });

  it('a fragment is an event, first, middle and last', () => {
    const kinds = [
      { offset: 0, more: true },
      { offset: 1480, more: true },
      { offset: 1480, more: false },
    ];
    for (const fragment of kinds) {
      assert.equal(decode(buildPacket({ fragment })).verdict, 'decoder.ipv4.fragment');
    }
    // The don't-fragment flag and the reserved ("evil") bit make no fragment.
    assert.equal(decode(patched(buildPacket(), [ETHERNET + 6, 0xc0])).verdict, 'DECODED');
  });

  it('length 0 means the rest of a frame that no wire carries, and only there', () => {
    const big = buildPacket({ payload: 'x'.repeat(20_000) });
    const { verdict, view } = decode(patched(big, [ETHERNET + 2, 0], [ETHERNET + 3, 0]));
    assert.equal(verdict, 'DECODED');
    assert.equal(view.payloadLength, 20_000);
  });

  it('a snap length that cut the payload is told, the lengths of both kinds kept', () => {
    const frame = buildPacket({ payload: 'x'.repeat(100) });
    const { verdict, view, payload } = decode(frame.subarray(0, frame.length - 40), {
      wirelen: frame.length,
    });
    assert.equal(verdict, 'DECODED');
    assert.equal(payload.length, 60);
    assert.equal(view.payloadWireLength, 100);
    assert.notEqual(view.anomaly, 0);
  });
});

/** An extension header of `length` bytes whose content starts at its third byte. */
function extension(length: number, content: readonly number[] | Uint8Array = []): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[1] = length / 8 - 1;
  bytes.set(content, 2);
  return bytes;
}

describe('IPv6', () => {
  const hopByHop = [0, extension(8, [1, 4])] as const;
  const destination = [60, extension(16, [1, 12])] as const;
  const authentication = [51, patched(new Uint8Array(24), [1, 4])] as const;
  const atomic = [44, new Uint8Array(8)] as const;

  it('gives addresses and hop limit', () => {
    const { verdict, view, payload } = decode(buildPacket({ ...V6, ttl: 255, payload: 'six' }));
    assert.equal(verdict, 'DECODED');
    assert.deepEqual([src(view), dst(view), view.ttl], [V6.src, V6.dst, 255]);
    assert.deepEqual([payload, view.ipId, view.ipVersion], ['six', 0, 6]);
  });

  it('follows extension headers', () => {
    const chains = [
      [hopByHop],
      [hopByHop, destination],
      [destination, authentication, destination],
      [atomic],
      [hopByHop, atomic, destination],
      [[135, extension(8)] as const, [139, extension(8)] as const, [140, extension(16)] as const],
    ];
    for (const extensions of chains) {
      const { verdict, payload } = decode(buildPacket({ ...V6, extensions, payload: 'end' }));
      assert.equal(verdict, 'DECODED', String(extensions.map(([type]) => type)));
      assert.equal(payload, 'end');
    }
  });

  it('a fragment is an event, an atomic fragment a packet', () => {
    const fragment = (field: number): PacketSpec => ({
      ...V6,
      extensions: [[44, patched(new Uint8Array(8), [2, field >>> 8], [3, field & 255])]],
    });
    assert.equal(decode(buildPacket(fragment(0x0001))).verdict, 'decoder.ipv6.fragment');
    assert.equal(decode(buildPacket(fragment(0x0008))).verdict, 'decoder.ipv6.fragment');
    assert.equal(decode(buildPacket(fragment(0xfff8))).verdict, 'decoder.ipv6.fragment');
    // The two reserved bits between offset and flag are ignored on receipt (RFC 8200 section 4.5).
    assert.equal(decode(buildPacket(fragment(0x0006))).verdict, 'DECODED');
  });

  it('other protocols, ESP and "no next header" are not TCP', () => {
    const frame = buildPacket(V6);
    for (const protocol of [17, 58, 50, 59, 41, 4, 255]) {
      assert.equal(decode(patched(frame, [ETHERNET + 6, protocol])).verdict, 'NOT_TCP');
    }
  });

  it('an endless chain is cut off', () => {
    const ten = Array.from({ length: 10 }, () => destination);
    assert.equal(decode(buildPacket({ ...V6, extensions: ten })).verdict, 'DECODED');
    const eleven = [...ten, destination];
    const { verdict } = decode(buildPacket({ ...V6, extensions: eleven }));
    assert.equal(verdict, 'decoder.ipv6.too_many_ext');
  });

  it('refuses lengths that contradict each other', () => {
    const frame = buildPacket({ ...V6, extensions: [destination], payload: 'x' });
    const extensionLength = ETHERNET + 40 + 1;
    assert.equal(
      decode(patched(frame, [ETHERNET + 4, 1])).verdict,
      'decoder.ipv6.bad_payload_length',
    );
    assert.equal(
      decode(patched(frame, [extensionLength, 200])).verdict,
      'decoder.ipv6.ext_truncated',
    );
    assert.equal(decode(patched(frame, [ETHERNET, 0x45])).verdict, 'decoder.ip.bad_version');
    // Payload length 0 on a wire-sized frame: the receiver sees an empty packet.
    const empty = patched(frame, [ETHERNET + 4, 0], [ETHERNET + 5, 0]);
    assert.equal(decode(empty).verdict, 'decoder.ipv6.ext_truncated');
  });

  it('padding behind the payload length does not become payload', () => {
    assert.equal(decode(buildPacket({ ...V6, payload: 'ab', padding: 30 })).payload, 'ab');
  });

  it('a routing header that is not used up names the final destination', () => {
    const first = parseAddress('2001:db8::aa');
    const last = parseAddress('2001:db8::bb');
    const routing = (type: number, left: number, ...list: Uint8Array[]): PacketSpec => ({
      ...V6,
      extensions: [
        [
          43,
          extension(
            8 + 16 * list.length,
            concat([Uint8Array.from([type, left, 0, 0, 0, 0]), ...list]),
          ),
        ],
      ],
    });
    assert.equal(dst(decode(buildPacket(routing(0, 2, first, last))).view), '2001:db8::bb');
    assert.equal(dst(decode(buildPacket(routing(2, 1, first))).view), '2001:db8::aa');
    assert.equal(dst(decode(buildPacket(routing(4, 1, first, last))).view), '2001:db8::aa');
    assert.equal(dst(decode(buildPacket(routing(0, 0, first, last))).view), V6.dst);
    assert.equal(dst(decode(buildPacket(routing(9, 1, first))).view), V6.dst);
    assert.equal(dst(decode(buildPacket(routing(0, 1))).view), V6.dst);
  });

  it('a home address option names the source', () => {
    const home = parseAddress('2001:db8::cc');
    const options = (...bytes: readonly number[]): PacketSpec => ({
      ...V6,
      extensions: [[60, extension(24, bytes)]],
    });
    const found = decode(buildPacket(options(1, 2, 0, 0, 0xc9, 16, ...home.slice(0, 16)))).view;
    assert.equal(src(found), '2001:db8::cc');
    const padded = decode(buildPacket(options(0, 0, 0xc9, 16, ...home))).view;
    assert.equal(src(padded), '2001:db8::cc');
    // A length that does not fit, or an option that runs out of its header, changes nothing.
    assert.equal(src(decode(buildPacket(options(0xc9, 8, ...home))).view), V6.src);
    assert.equal(src(decode(buildPacket(options(1, 18, ...home))).view), V6.src);
  });

  it('a jumbo payload is the rest of the frame', () => {
    const frame = buildPacket({
      ...V6,
      extensions: [[0, extension(8, [0xc2, 4, 0, 0, 0x4e, 0x58])]],
      payload: 'x'.repeat(20_000),
    });
    const { verdict, view } = decode(patched(frame, [ETHERNET + 4, 0], [ETHERNET + 5, 0]));
    assert.equal(verdict, 'DECODED');
    assert.equal(view.payloadLength, 20_000);
  });
});
