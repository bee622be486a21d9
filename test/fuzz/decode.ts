/**
 * Mutated and random frames against the decoder: it never throws, never reads outside its packet
 * (bytes around the packet change nothing), and what it reports lies inside the packet.
 */
import assert from 'node:assert/strict';
import { eventName, packetTime } from '../../sensor/core/index.ts';
import {
  DECODED,
  DuplicateFilter,
  NOT_TCP,
  PacketView,
  decodePacket,
  ipv4ChecksumOk,
  tcpChecksumOk,
} from '../../sensor/decode/index.ts';
import {
  LINK,
  buildPacket,
  parseAddress,
  tcpOptions,
  type PacketSpec,
} from '../support/packets.ts';

export const name = 'decode';

const OPTIONS = tcpOptions({ mss: 1460, windowScale: 7, sackPermitted: true, timestamp: [1, 2] });
const V6 = '2001:db8::1';
const ROUTING = Uint8Array.from([0, 2, 0, 1, 0, 0, 0, 0, ...parseAddress(V6)]);
const HOME = Uint8Array.from([0, 2, 1, 2, 0, 0, 0xc9, 16, ...parseAddress(V6)]);

const SEEDS: readonly PacketSpec[] = [
  { options: OPTIONS, payload: '<message/>' },
  { vlans: [1, 2, 3], ipOptions: new Uint8Array(8), payload: 'x' },
  { src: V6, options: OPTIONS, payload: '<iq/>' },
  {
    src: V6,
    extensions: [
      [0, new Uint8Array(8)],
      [43, ROUTING],
      [60, HOME],
      [44, new Uint8Array(8)],
      [51, new Uint8Array(8)],
    ],
  },
  { pppoe: 1, payload: '<presence/>' },
  { vlans: [4], pppoe: 0xffff, src: V6, padding: 6 },
  { link: 'sll', vlans: [9], payload: 'x' },
  { link: 'sll2', src: V6 },
  { link: 'null' },
  { link: 'raw', padding: 20 },
];

/** Values that lengths, counts and types break on. */
const NASTY = [0, 1, 4, 5, 6, 7, 8, 15, 16, 43, 44, 60, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xf0, 0xff];
const LINK_TYPES = Object.values(LINK);
const GUARD = 64;
const EVENT_NAME = /^decoder\.[a-z0-9_.]+$/;

/** Everything the view says, as numbers, to compare two runs. */
function facts(view: PacketView): unknown[] {
  return Object.values(view).filter((value) => typeof value !== 'object');
}

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  const below = (limit: number): number => Math.floor(random() * limit);
  const seeds = SEEDS.map((spec) => ({
    bytes: buildPacket(spec),
    link: LINK[spec.link ?? 'ethernet'],
  }));
  const [view, again] = [new PacketView(), new PacketView()];
  const filter = new DuplicateFilter();
  const time = packetTime();
  let runs = 0;
  while (!isOver()) {
    runs++;
    time[0] = runs;
    const seed = seeds[below(seeds.length)] ?? seeds[0];
    assert.ok(seed !== undefined);
    const frame = mutate(seed.bytes, below);
    const linkType = below(8) === 0 ? (LINK_TYPES[below(LINK_TYPES.length)] ?? 1) : seed.link;
    const wirelen = below(3) === 0 ? frame.length + below(100) : frame.length;

    const buffer = new Uint8Array(frame.length + 2 * GUARD);
    const decode = (guard: number, into: PacketView): number => {
      buffer.fill(guard);
      buffer.set(frame, GUARD);
      return decodePacket(buffer, GUARD, frame.length, wirelen, time, linkType, into, true);
    };
    const code = decode(0x00, view);
    const before = facts(view);
    assert.equal(decode(0xff, again), code, 'bytes outside the packet were read');
    if (code === NOT_TCP) continue;
    if (code !== DECODED) {
      assert.match(eventName(code), EVENT_NAME);
      continue;
    }
    assert.deepEqual(facts(again), before, 'bytes outside the packet were read');
    const end = GUARD + frame.length;
    assert.ok(view.ipOffset >= GUARD && view.tcpOffset >= view.ipOffset + 20);
    assert.ok(view.payloadOffset >= view.tcpOffset + 20 && view.payloadLength >= 0);
    assert.ok(view.payloadOffset + view.payloadLength <= end);
    assert.ok(view.payloadWireLength >= view.payloadLength);
    assert.ok(view.vlan0 >= -1 && view.vlan0 <= 4095 && view.windowScale <= 14);
    assert.equal(tcpChecksumOk(view), !view.checksumBad);
    assert.ok(ipv4ChecksumOk(view));
    filter.isDuplicate(view);
  }
  return { runs };
}

function mutate(bytes: Uint8Array, below: (limit: number) => number): Uint8Array {
  if (below(20) === 0) return Uint8Array.from({ length: below(120) }, () => below(256));
  const copy = Uint8Array.from(bytes);
  for (let changes = below(5); changes > 0; changes--) {
    const value = below(2) === 0 ? below(256) : (NASTY[below(NASTY.length)] ?? 0);
    copy[below(copy.length)] = value;
  }
  return below(3) === 0 ? copy.subarray(0, below(copy.length + 1)) : copy;
}
