import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventName, packetTime } from '../../../sensor/core/index.ts';
import {
  PacketView,
  decodePacket,
  ipv4ChecksumOk,
  tcpChecksumOk,
} from '../../../sensor/decode/index.ts';
import { buildPacket, tcpOptions } from '../../support/packets.ts';
import { decode, patched } from './decode.ts';

const TCP = 34;

describe('TCP', () => {
  it('gives ports, numbers, flags and window', () => {
    const { verdict, view, payload } = decode(
      buildPacket({
        srcPort: 65535,
        dstPort: 5222,
        seq: 0xfffffff0,
        ack: 0x80000000,
        flags: 0xff,
        window: 1234,
        urgentPointer: 77,
        payload: '<presence/>',
      }),
    );
    assert.equal(verdict, 'DECODED');
    assert.deepEqual([view.srcPort, view.dstPort], [65535, 5222]);
    assert.deepEqual([view.seq, view.ack], [-16, -2147483648]);
    assert.deepEqual([view.flags, view.window, view.urgentPointer], [255, 1234, 77]);
    assert.equal(payload, '<presence/>');
    assert.equal(view.anomaly, 0);
  });

  it('refuses a data offset below the header or beyond the packet', () => {
    const frame = buildPacket({ payload: 'abc' });
    for (const offset of [0x00, 0x40, 0x60, 0xf0]) {
      const { verdict } = decode(patched(frame, [TCP + 12, offset]));
      assert.equal(verdict, 'decoder.tcp.bad_offset', offset.toString(16));
    }
  });

  it('a header the snap length cut is truncated, not wrong', () => {
    const frame = buildPacket({ options: tcpOptions({ timestamp: [1, 2] }), payload: 'abc' });
    for (const caplen of [TCP, TCP + 19, TCP + 20, TCP + 31]) {
      const { verdict } = decode(frame.subarray(0, caplen), { wirelen: frame.length });
      assert.equal(verdict, 'decoder.tcp.truncated', String(caplen));
    }
    const { verdict, view } = decode(frame.subarray(0, TCP + 32), { wirelen: frame.length });
    assert.equal(verdict, 'DECODED');
    assert.deepEqual([view.payloadLength, view.payloadWireLength], [0, 3]);
  });
});

describe('TCP options', () => {
  const options = (bytes: readonly number[] | Uint8Array): PacketView =>
    decode(buildPacket({ options: Uint8Array.from(bytes), payload: 'data' })).view;

  it('MSS, window scale, SACK permitted and timestamps are read', () => {
    const view = options(
      tcpOptions({ mss: 1460, windowScale: 7, sackPermitted: true, timestamp: [0xfffffffe, 9] }),
    );
    assert.deepEqual([view.mss, view.windowScale], [1460, 7]);
    assert.deepEqual([view.sackPermitted, view.hasTimestamp, view.tsVal], [true, true, -2]);
  });

  it('are all absent on a bare header, also when the view held some before', () => {
    const view = new PacketView();
    const decodeInto = (bytes: Uint8Array): void => {
      decodePacket(bytes, 0, bytes.length, bytes.length, packetTime(), 1, view);
    };
    decodeInto(
      buildPacket({ options: tcpOptions({ mss: 9, windowScale: 1, sackPermitted: true }) }),
    );
    decodeInto(buildPacket({ options: tcpOptions({ timestamp: [5, 6] }) }));
    assert.deepEqual([view.mss, view.windowScale, view.sackPermitted], [-1, -1, false]);
    assert.equal(view.tsVal, 5);
    decodeInto(buildPacket());
    assert.equal(view.hasTimestamp, false);
  });

  it('the list ends at end-of-list and passes over unknown kinds', () => {
    assert.equal(options([0, 3, 3, 7]).windowScale, -1);
    const view = options([253, 6, 1, 2, 3, 4, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 3, 3, 9, 0]);
    assert.deepEqual([view.windowScale, view.anomaly], [9, 0]);
  });

  it('a window scale above 14 counts as 14', () => {
    assert.equal(options([3, 3, 15, 0]).windowScale, 14);
    assert.equal(options([3, 3, 255, 0]).windowScale, 14);
  });

  it('a malformed option is noted and the segment still read', () => {
    const bad: readonly (readonly number[])[] = [
      [2, 0, 5, 180],
      [2, 1, 5, 180],
      [2, 40, 5, 180],
      [1, 1, 1, 2],
      [2, 3, 5, 0],
      [3, 4, 7, 0],
      [4, 3, 0, 0],
      [8, 4, 0, 0],
      [99, 9, 0, 0],
    ];
    for (const bytes of bad) {
      const view = options(bytes);
      assert.equal(eventName(view.anomaly), 'decoder.tcp.bad_option', String(bytes));
      assert.equal(view.payloadLength, 4);
    }
  });
});

describe('checksums', () => {
  const specs = [
    {},
    { payload: 'odd' },
    { payload: 'even' },
    { payload: 'x'.repeat(1460) },
    { payload: Buffer.alloc(60_001, 0xff) },
    { payload: 'hello', options: tcpOptions({ timestamp: [1, 2] }), ipOptions: Buffer.alloc(8, 1) },
    { src: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', payload: 'hello world' },
    { src: '255.255.255.255', dst: '255.255.255.255', payload: Buffer.alloc(99, 0xfe) },
  ];

  it('a right one is right, at any length and for both families', () => {
    for (const spec of specs) {
      const { verdict, view } = decode(buildPacket(spec), { verify: true });
      assert.equal(verdict, 'DECODED');
      assert.equal(view.checksumBad, false);
    }
  });

  it('any flipped bit of the segment or the addresses is seen', () => {
    const frame = buildPacket({ payload: 'hello' });
    for (let at = TCP - 8; at < frame.length; at++) {
      if (at === TCP + 12) continue; // the data offset: decoding stops before
      const view = decode(patched(frame, [at, (frame[at] ?? 0) ^ 0x10])).view;
      assert.equal(tcpChecksumOk(view), false, `offset ${at}`);
    }
  });

  it('are only looked at when asked', () => {
    const frame = buildPacket({ payload: 'hello', badChecksum: true });
    assert.equal(decode(frame).view.checksumBad, false);
    assert.equal(decode(frame, { verify: true }).view.checksumBad, true);
  });

  it('a cut segment cannot be verified and counts as good', () => {
    const frame = buildPacket({ payload: 'hello', badChecksum: true });
    const cut = { wirelen: frame.length, verify: true };
    assert.equal(decode(frame.subarray(0, frame.length - 1), cut).view.checksumBad, false);
  });

  it('Ethernet padding is no part of the sum', () => {
    const frame = buildPacket({ flags: 'A', padding: 6 }).fill(0xee, 54);
    assert.equal(decode(frame, { verify: true }).view.checksumBad, false);
  });

  it('a wrong IPv4 header checksum ends decoding, one left to the network card does not', () => {
    const frame = buildPacket({ payload: 'hello', ipOptions: Buffer.alloc(4, 1) });
    const wrong = patched(frame, [24, (frame[24] ?? 0) ^ 1]);
    assert.equal(decode(wrong).verdict, 'DECODED');
    assert.equal(ipv4ChecksumOk(decode(wrong).view), false);
    assert.equal(decode(wrong, { verify: true }).verdict, 'decoder.ipv4.bad_checksum');
    const offloaded = patched(frame, [24, 0], [25, 0]);
    assert.equal(decode(offloaded, { verify: true }).verdict, 'DECODED');
  });
});
