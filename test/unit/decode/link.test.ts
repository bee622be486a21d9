import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LINK, buildPacket, linkHeader, type LinkName } from '../../support/packets.ts';
import { decode, ethernet, patched } from './decode.ts';

const V6 = '2001:db8::1';

describe('link layers', () => {
  const links: readonly LinkName[] = ['ethernet', 'sll', 'sll2', 'null', 'loop', 'raw'];
  for (const link of links) {
    for (const src of ['192.0.2.1', V6]) {
      it(`${link} leads to ${src === V6 ? 'IPv6' : 'IPv4'}`, () => {
        const frame = buildPacket({ link, src, payload: 'hello' });
        const { verdict, view, payload } = decode(frame, { linkType: LINK[link] });
        assert.equal(verdict, 'DECODED');
        assert.equal(view.ipVersion, src === V6 ? 6 : 4);
        assert.equal(payload, 'hello');
      });
    }
  }

  it('raw IP has four numbers, two of them for one family', () => {
    const four = buildPacket({ link: 'raw', payload: 'a' });
    const six = buildPacket({ link: 'raw', src: V6, payload: 'a' });
    for (const linkType of [12, 14, 101, 228]) {
      assert.equal(decode(four, { linkType }).verdict, 'DECODED', `IPv4 on ${linkType}`);
    }
    for (const linkType of [12, 14, 101, 229]) {
      assert.equal(decode(six, { linkType }).verdict, 'DECODED', `IPv6 on ${linkType}`);
    }
    assert.equal(decode(six, { linkType: 228 }).verdict, 'decoder.ip.bad_version');
    assert.equal(decode(four, { linkType: 229 }).verdict, 'decoder.ip.bad_version');
    assert.equal(
      decode(patched(four, [0, 0x55]), { linkType: 101 }).verdict,
      'decoder.ip.bad_version',
    );
  });

  it('an unknown link type is an event, however large its number', () => {
    for (const linkType of [147, 105, 511, 512, 65535, 0x03ffffff]) {
      const { verdict } = decode(buildPacket(), { linkType });
      assert.equal(verdict, 'decoder.link.unsupported', String(linkType));
    }
  });

  it('BSD loopback families are read in both byte orders', () => {
    const packet = buildPacket({ link: 'raw', payload: 'x' });
    for (const family of [
      [2, 0, 0, 0],
      [0, 0, 0, 2],
    ]) {
      const frame = Uint8Array.from([...family, ...packet]);
      assert.equal(decode(frame, { linkType: LINK.null }).verdict, 'DECODED');
    }
    const six = buildPacket({ link: 'raw', src: V6 });
    for (const family of [10, 24, 28, 30]) {
      const frame = Uint8Array.from([family, 0, 0, 0, ...six]);
      assert.equal(decode(frame, { linkType: LINK.null }).verdict, 'DECODED', String(family));
    }
    const other = Uint8Array.from([7, 0, 0, 0, ...packet]);
    assert.equal(decode(other, { linkType: LINK.null }).verdict, 'NOT_TCP');
  });

  it('ARP, unknown types and 802.3 lengths are not TCP', () => {
    const ip = buildPacket({ link: 'raw' });
    for (const type of [0x0806, 0x88cc, 0x0000, 0x002e, 0x05dc, 0x05ff, 0xffff]) {
      assert.equal(decode(ethernet(type, ip)).verdict, 'NOT_TCP', type.toString(16));
    }
  });

  it('a frame cut inside its link header says which', () => {
    const cases: readonly (readonly [LinkName, string])[] = [
      ['ethernet', 'decoder.ethernet.truncated'],
      ['sll', 'decoder.sll.truncated'],
      ['sll2', 'decoder.sll.truncated'],
      ['null', 'decoder.null.truncated'],
      ['loop', 'decoder.null.truncated'],
    ];
    for (const [link, event] of cases) {
      const header = linkHeader(link, [], true);
      for (let length = 0; length < header.length; length++) {
        const { verdict } = decode(header.subarray(0, length), { linkType: LINK[link] });
        assert.equal(verdict, event, `${link} at ${length}`);
      }
    }
    assert.equal(decode(new Uint8Array(0), { linkType: 101 }).verdict, 'decoder.ipv4.truncated');
  });
});

describe('PPPoE sessions', () => {
  const PPPOE = 14;
  const PPP = PPPOE + 6;
  const four = buildPacket({ pppoe: 0x1234, payload: 'dialled' });
  const six = buildPacket({ vlans: [7, 8], pppoe: 1, src: V6, payload: 'dialled' });

  /** A session frame whose PPP packet is this; the length is the one claimed, else the right one. */
  const session = (ppp: readonly number[] | Uint8Array, length = ppp.length): Uint8Array =>
    ethernet(0x8864, [0x11, 0, 0, 1, length >>> 8, length & 255, ...ppp]);

  it('lead to IPv4 and IPv6, behind tags too and in cooked captures', () => {
    for (const [frame, version, vlans] of [
      [four, 4, [-1, -1]],
      [six, 6, [7, 8]],
    ] as const) {
      const { verdict, view, payload } = decode(frame, { verify: true });
      assert.deepEqual([verdict, payload, view.checksumBad], ['DECODED', 'dialled', false]);
      assert.deepEqual([view.ipVersion, view.vlan0, view.vlan1], [version, ...vlans]);
    }
    const cooked = buildPacket({ link: 'sll', pppoe: 1, payload: 'x' });
    assert.equal(decode(cooked, { linkType: LINK.sll }).verdict, 'DECODED');
  });

  it('may write the protocol in one octet', () => {
    for (const [protocol, src] of [
      [0x21, '192.0.2.1'],
      [0x57, V6],
    ] as const) {
      const ip = buildPacket({ link: 'raw', src, payload: 'short' });
      assert.equal(decode(session([protocol, ...ip])).payload, 'short');
    }
  });

  it('end where their length says: no padding becomes payload', () => {
    const ip = buildPacket({ link: 'raw', payload: 'x' });
    const padded = Uint8Array.from([...session([0, 0x21, ...ip]), 1, 2, 3, 4]);
    assert.equal(decode(padded).payload, 'x');
    // IP claims a byte more than the session frame holds; padding is there to be taken for it.
    const longer = patched(ip, [3, ip.length + 1]);
    const frame = Uint8Array.from([...session([0, 0x21, ...longer]), 1, 2, 3, 4]);
    assert.equal(decode(frame).verdict, 'decoder.ipv4.bad_total_length');
  });

  it('that negotiate, and discovery, are not TCP', () => {
    for (const protocol of [0xc021, 0x8021, 0x8057, 0xc023, 0xc223, 0x0281, 0x0023]) {
      const ppp = [protocol >>> 8, protocol & 255, 1, 1, 0, 4];
      assert.equal(decode(session(ppp)).verdict, 'NOT_TCP', protocol.toString(16));
    }
    const discovery = patched(four, [13, 0x63], [PPPOE + 1, 0x09]);
    assert.equal(decode(discovery).verdict, 'NOT_TCP');
  });

  it('of another version, type or code are events', () => {
    for (const [at, value] of [
      [PPPOE, 0x21],
      [PPPOE, 0x12],
      [PPPOE, 0],
      [PPPOE + 1, 1],
      [PPPOE + 1, 0xa7],
    ] as const) {
      assert.equal(decode(patched(four, [at, value])).verdict, 'decoder.pppoe.bad_header');
    }
  });

  it('whose length is beyond the frame, or too short for a protocol, are events', () => {
    const ip = buildPacket({ link: 'raw' });
    const whole = ip.length + 2;
    assert.equal(decode(session([0, 0x21, ...ip], whole)).verdict, 'DECODED');
    for (const length of [whole + 1, 0xffff, 0, 1]) {
      const { verdict } = decode(session([0, 0x21, ...ip], length));
      assert.equal(verdict, 'decoder.pppoe.bad_length', String(length));
    }
    assert.equal(decode(session([], 0)).verdict, 'decoder.pppoe.bad_length');
    assert.equal(decode(session([0x21], 1)).verdict, 'decoder.ipv4.truncated');
  });

  it('cut inside their header are truncated', () => {
    for (let length = PPPOE; length < PPP + 2; length++) {
      const { verdict } = decode(four.subarray(0, length), { wirelen: four.length });
      assert.equal(verdict, 'decoder.pppoe.truncated', String(length));
    }
  });

  it('do not nest: PPPoE is no PPP protocol', () => {
    assert.equal(decode(session([0x88, 0x64, ...four.subarray(PPPOE)])).verdict, 'NOT_TCP');
  });
});

describe('VLAN tags', () => {
  const vlans = (ids: readonly number[], link: LinkName = 'ethernet'): readonly number[] => {
    const frame = buildPacket({ link, vlans: ids, payload: 'tagged' });
    const { verdict, view, payload } = decode(frame, { linkType: LINK[link] });
    assert.equal(verdict, 'DECODED');
    assert.equal(payload, 'tagged');
    return [view.vlan0, view.vlan1];
  };

  it('up to three are passed and the outer two recorded', () => {
    assert.deepEqual(vlans([]), [-1, -1]);
    assert.deepEqual(vlans([100]), [100, -1]);
    assert.deepEqual(vlans([100, 4094]), [100, 4094]);
    assert.deepEqual(vlans([1, 2, 3]), [1, 2]);
    assert.deepEqual(vlans([7, 8], 'sll'), [7, 8]);
    assert.deepEqual(vlans([7], 'sll2'), [7, -1]);
  });

  it('a priority tag names no VLAN', () => {
    assert.deepEqual(vlans([0]), [-1, -1]);
    assert.deepEqual(vlans([0, 5]), [5, -1]);
  });

  it('a fourth tag is too many', () => {
    const frame = buildPacket({ vlans: [1, 2, 3, 4] });
    assert.equal(decode(frame).verdict, 'decoder.vlan.too_many');
  });

  it('priority and drop bits are no part of the id', () => {
    const frame = patched(buildPacket({ vlans: [0x123] }), [14, 0xf1]);
    assert.equal(decode(frame).view.vlan0, 0x123);
  });

  it('the tag numbers used before 802.1ad are known', () => {
    for (const type of [0x9100, 0x9200]) {
      const frame = patched(buildPacket({ vlans: [9] }), [12, type >>> 8], [13, type & 255]);
      assert.equal(decode(frame).view.vlan0, 9);
    }
  });

  it('a frame cut inside a tag is truncated', () => {
    const frame = buildPacket({ vlans: [1, 2] });
    for (const length of [14, 17, 18, 21]) {
      assert.equal(decode(frame.subarray(0, length)).verdict, 'decoder.vlan.truncated');
    }
  });

  it('a view that held tags shows none for the next, untagged packet', () => {
    const tagged = decode(buildPacket({ vlans: [5, 6] })).view;
    assert.deepEqual([tagged.vlan0, tagged.vlan1], [5, 6]);
    assert.deepEqual(vlans([]), [-1, -1]);
  });
});
