/** libpcap itself judges: the filters are compiled and run by it over captures made here. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { shardFilter } from '../../../sensor/capture/index.ts';
import { newSession } from '../../../sensor/capture/pcap-binding.ts';
import { buildPacket, writePcap, type LinkName, type PacketSpec } from '../../support/packets.ts';
import { ethernet } from '../decode/decode.ts';
import { temporaryFolder } from './files.ts';

const SNAPLEN = 65535;

/** Offsets in an untagged Ethernet frame. */
const IPV4_PROTOCOL = 23;
const IPV6_NEXT_HEADER = 20;

/** For each packet the workers whose filter takes it. */
function workersOf(
  frames: readonly Uint8Array[],
  count: number,
  options: { userFilter?: string; link?: LinkName } = {},
): number[][] {
  // The microseconds carry the packet's index.
  const packets = frames.map((bytes, i) => ({ bytes, tsUsec: 1e15 + i }));
  const path = join(temporaryFolder(), 'frames.pcap');
  writeFileSync(path, writePcap(packets, { link: options.link ?? 'ethernet' }));
  const takers = frames.map((): number[] => []);
  for (let worker = 0; worker < count; worker++) {
    const filter = shardFilter(options.userFilter ?? '', worker, count);
    const session = newSession();
    const header = new Uint32Array(4);
    const headerBytes = Buffer.from(header.buffer);
    const packet = Buffer.alloc(SNAPLEN);
    const onPacket = (): void => {
      takers[header[1] ?? -1]?.push(worker);
    };
    const none = (): undefined => undefined;
    session.open_offline(path, filter, 0, SNAPLEN, '', onPacket, false, 0, none, false);
    session.dispatch(packet, headerBytes);
    session.close();
    session.dispatch(packet, headerBytes);
  }
  return takers;
}

/** A segment of flow `i` and one of its opposite direction. */
function bothDirections(i: number, extra: PacketSpec = {}): [Uint8Array, Uint8Array] {
  const isIpv6 = i % 2 === 1;
  // Every second address, as in networks that give out pairs.
  const client = isIpv6 ? `2001:db8::${(i * 2).toString(16)}` : `10.0.${i >> 7}.${(i * 2) % 256}`;
  const server = isIpv6 ? '2001:db8:5::5' : '198.51.100.5';
  const ports = { srcPort: 32768 + i * 2, dstPort: 5222 };
  return [
    buildPacket({ src: client, dst: server, ...ports, ...extra }),
    buildPacket({
      src: server,
      dst: client,
      srcPort: ports.dstPort,
      dstPort: ports.srcPort,
      ...extra,
    }),
  ];
}

/** A frame with one tag and a PPPoE session whose PPP protocol field is compressed. */
function compressed(frame: Uint8Array): Uint8Array {
  const field = 24;
  const copy = Uint8Array.from([...frame.subarray(0, field), ...frame.subarray(field + 1)]);
  new DataView(copy.buffer).setUint16(field - 2, copy.length - field);
  return copy;
}

const FLOWS = 400;

describe('shardFilter', () => {
  const variants: Readonly<Record<string, PacketSpec>> = {
    untagged: {},
    'one VLAN tag': { vlans: [7] },
    'two VLAN tags': { vlans: [7, 8] },
    PPPoE: { pppoe: 9 },
    'one VLAN tag and PPPoE': { vlans: [7], pppoe: 9 },
    'two VLAN tags and PPPoE': { vlans: [7, 8], pppoe: 9 },
  };
  for (const [name, extra] of Object.entries(variants)) {
    for (const count of [2, 3, 8]) {
      it(`${name}: both directions go to one of ${count} workers, clients to all of them`, () => {
        const frames = Array.from({ length: FLOWS }, (_, i) => bothDirections(i, extra)).flat();
        const takers = workersOf(frames, count);
        const load = new Array<number>(count).fill(0);
        for (let i = 0; i < frames.length; i += 2) {
          const [worker, ...others] = takers[i] ?? [];
          assert.ok(worker !== undefined && others.length === 0, `flow ${i / 2}`);
          assert.deepEqual(takers[i + 1], [worker], `flow ${i / 2}`);
          load[worker] = (load[worker] ?? 0) + 1;
        }
        // One server and addresses of one parity, and yet no worker idles.
        for (const flows of load) assert.ok(flows > FLOWS / count / 2, String(load));
      });
    }
  }

  it('all that two hosts say to each other goes to one worker, whatever the ports', () => {
    for (const [src, dst] of [
      ['192.0.2.10', '198.51.100.5'],
      ['2001:db8::10', '2001:db8:5::5'],
    ] as const) {
      const connections = Array.from({ length: 50 }, (_, i) => [
        buildPacket({ src, dst, srcPort: 40_000 + i, dstPort: 5222 }),
        buildPacket({ src: dst, dst: src, srcPort: 5269, dstPort: 33_000 + i }),
      ]).flat();
      const takers = workersOf(connections, 4);
      assert.equal(takers[0]?.length, 1);
      for (const workers of takers) assert.deepEqual(workers, takers[0]);
    }
  });

  it('a PPP protocol field of one octet changes no worker', () => {
    for (let i = 0; i < 40; i++) {
      const [up, down] = bothDirections(i, { vlans: [7], pppoe: 9 });
      const takers = workersOf([up, compressed(down)], 8);
      assert.equal(takers[0]?.length, 1);
      assert.deepEqual(takers[1], takers[0]);
    }
  });

  it('fragments, extension headers and tunnels go with the flows of their hosts', () => {
    const v4 = { src: '192.0.2.10', dst: '198.51.100.5' };
    const v6 = { src: '2001:db8::10', dst: '2001:db8:5::5' };
    const options = new Uint8Array(8);
    const tunnel = buildPacket(v4);
    tunnel[IPV4_PROTOCOL] = 47;
    const tunnel6 = buildPacket(v6);
    tunnel6[IPV6_NEXT_HEADER] = 41;
    const families = [
      [
        buildPacket(v4),
        ...[0, 1480, 2960].map((offset) =>
          buildPacket({ ...v4, fragment: { offset, more: offset < 2960 } }),
        ),
        tunnel,
      ],
      [
        buildPacket(v6),
        buildPacket({ ...v6, fragment: { offset: 1448, more: true } }),
        buildPacket({ ...v6, extensions: [[60, options]] }),
        tunnel6,
      ],
    ];
    for (const frames of families) {
      for (const count of [4, 7]) {
        const takers = workersOf(frames, count);
        assert.equal(takers[0]?.length, 1);
        for (const workers of takers) assert.deepEqual(workers, takers[0]);
      }
    }
  });

  it('every other packet has exactly one worker, too', () => {
    const udp = buildPacket();
    udp[IPV4_PROTOCOL] = 17;
    const icmp6 = buildPacket({ src: '2001:db8::1' });
    icmp6[IPV6_NEXT_HEADER] = 58;
    const frames = [
      udp,
      icmp6,
      buildPacket({ src: '2001:db8::1', extensions: [[60, new Uint8Array(8)]] }),
      ethernet(0x0806, new Uint8Array(46)),
      ethernet(0x8847, buildPacket({ link: 'raw' })),
      ethernet(0x002e, new Uint8Array(46)),
      buildPacket({ vlans: [1, 2, 3] }),
    ];
    for (const workers of workersOf(frames, 3)) assert.equal(workers.length, 1);
  });

  it('works on every link type, not on Ethernet alone', () => {
    for (const link of ['sll', 'sll2', 'raw', 'null'] as const) {
      const frames = Array.from({ length: 60 }, (_, i) => bothDirections(i, { link })).flat();
      const takers = workersOf(frames, 3, { link });
      const used = new Set<number>();
      for (let i = 0; i < frames.length; i += 2) {
        assert.equal(takers[i]?.length, 1, link);
        assert.deepEqual(takers[i], takers[i + 1], link);
        for (const worker of takers[i] ?? []) used.add(worker);
      }
      assert.equal(used.size, 3, link);
    }
  });

  it('keeps the user filter, with its own or and its own vlan', () => {
    const [wanted] = bothDirections(0);
    const [other] = bothDirections(0, { dstPort: 25 });
    const tagged = bothDirections(0, { vlans: [5] })[0];
    const total = (userFilter: string): number[] =>
      workersOf([wanted, other, tagged], 3, { userFilter }).map((workers) => workers.length);
    assert.deepEqual(total('tcp port 5222 or tcp port 5269'), [1, 0, 0]);
    assert.deepEqual(total('vlan and tcp port 5222'), [0, 0, 1]);
    assert.deepEqual(total('tcp port 1'), [0, 0, 0]);
  });

  it('is the user filter alone for one worker', () => {
    assert.equal(shardFilter('tcp', 0, 1), 'tcp');
    assert.equal(shardFilter('', 0, 1), '');
  });

  it('refuses workers there are not', () => {
    const wrong = [
      [2, 2],
      [-1, 2],
      [0, 0],
      [0.5, 2],
      [0, 1.5],
    ] as const;
    for (const [index, count] of wrong) {
      assert.throws(() => shardFilter('', index, count), RangeError);
    }
  });
});
