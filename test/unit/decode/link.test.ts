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
