/** Every kind of packet, cut at every length, both by the snap length and on the wire. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  LINK,
  buildPacket,
  parseAddress,
  tcpOptions,
  type PacketSpec,
} from '../../support/packets.ts';
import { decode } from './decode.ts';

const V6 = '2001:db8::1';
const options = tcpOptions({ mss: 1460, windowScale: 7, sackPermitted: true, timestamp: [1, 2] });
const homeAddress = Uint8Array.from([0, 2, 1, 2, 0, 0, 0xc9, 16, ...parseAddress(V6)]);
const routing = Uint8Array.from([0, 2, 0, 1, 0, 0, 0, 0, ...parseAddress(V6)]);

const KINDS: Readonly<Record<string, PacketSpec>> = {
  'Ethernet, IPv4': { options },
  'Ethernet, three tags, IPv4 with options': { vlans: [1, 2, 3], ipOptions: new Uint8Array(12) },
  'Ethernet, IPv6': { src: V6, options },
  'Ethernet, IPv6 with extension headers': {
    src: V6,
    extensions: [
      [0, new Uint8Array(8)],
      [43, routing],
      [60, homeAddress],
      [44, new Uint8Array(8)],
      [51, new Uint8Array(8)],
    ],
  },
  'Ethernet, PPPoE, IPv4': { pppoe: 7, options },
  'Ethernet, tag, PPPoE, IPv6': { vlans: [4], pppoe: 7, src: V6 },
  'SLL, IPv4': { link: 'sll', vlans: [9] },
  'SLL2, IPv6': { link: 'sll2', src: V6 },
  'BSD loopback, IPv4': { link: 'null' },
  'raw IP': { link: 'raw', src: V6 },
};

describe('truncation', () => {
  for (const [name, spec] of Object.entries(KINDS)) {
    const frame = buildPacket({ ...spec, payload: 'payload' });
    const linkType = LINK[spec.link ?? 'ethernet'];

    it(`${name}: a snap length at any byte gives a truncation event or a shorter payload`, () => {
      let sawDecoded = false;
      for (let length = 0; length < frame.length; length++) {
        const { verdict, view, payload } = decode(frame.subarray(0, length), {
          linkType,
          wirelen: frame.length,
          verify: true,
        });
        if (verdict === 'DECODED') {
          sawDecoded = true;
          assert.equal(payload, 'payload'.slice(0, 7 - (frame.length - length)));
          assert.deepEqual([view.payloadWireLength, view.checksumBad], [7, false]);
        } else {
          assert.match(verdict, /^decoder\.[a-z0-9]+\.(ext_)?truncated$/, `at ${length}`);
          assert.ok(!sawDecoded, `at ${length}: decoded with less, not with more`);
        }
      }
      assert.ok(sawDecoded);
    });

    it(`${name}: a frame that ends at any byte on the wire is never read as whole`, () => {
      for (let length = 0; length < frame.length; length++) {
        const { verdict } = decode(frame.subarray(0, length), { linkType, verify: true });
        assert.match(
          verdict,
          /^decoder\.[a-z0-9]+\.(ext_truncated|truncated|bad_total_length|bad_payload_length|bad_length)$/,
          `at ${length}`,
        );
      }
    });
  }
});
