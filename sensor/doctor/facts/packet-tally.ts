/**
 * What packets of a few seconds tell: XMPP or not, both directions or one, whole or cut. Connections are counted in
 * slots by a hash over both ends; two in one slot are rare in so short a time, and then one of them is judged with the
 * other.
 */
import type { PacketHandler } from '../../capture/index.ts';
import { XMPP_PORTS, portSet, wallClockUsec, type PacketTime } from '../../core/index.ts';
import { DECODED, DuplicateFilter, PacketView, decodePacket } from '../../decode/index.ts';
import type { Seen } from '../traffic.ts';

const SLOTS = 65_536;
/** Packets of one direction from which on silence of the other means that it is not mirrored. */
const CLEAR_PACKETS = 5;
const LARGEST_HEADERS = 26;
const LESS_THAN = 0x3c;
const TLS_FIRST = 0x14;
const TLS_LAST = 0x17;
const TLS_MAJOR = 3;
const ETHERNET = 1;
const ISXMPP = 1;

/** How what XMPP says begins, as far as it need be read. */
const BEGINNINGS = [
  '<?xml',
  '<stre',
  '<mess',
  '<pres',
  '<iq',
  '<auth',
  '<succ',
  '<resp',
  '<r ',
  '<a ',
];

const xmppPorts = portSet(XMPP_PORTS);

/** Counts what it is handed; `seen` says what it was. */
export class PacketTally implements PacketHandler {
  readonly #view = new PacketView();
  readonly #copies = new DuplicateFilter();
  readonly #up = new Uint32Array(SLOTS);
  readonly #down = new Uint32Array(SLOTS);
  readonly #isXmpp = new Uint8Array(SLOTS);
  readonly #largest: number;
  readonly #counts = {
    ...{ packets: 0, tcp: 0, tunnelled: 0, toServer: 0, toClient: 0, plain: 0, tls: 0 },
    ...{ copies: 0, badChecksums: 0, cut: 0, glued: 0 },
  };
  #aheadUsec: number | undefined;

  /** `mtu`: larger frames were glued together; undefined where it is not known. */
  constructor(mtu: number | undefined) {
    this.#largest = mtu === undefined ? Infinity : mtu + LARGEST_HEADERS;
  }

  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
  ): void {
    const counts = this.#counts;
    const view = this.#view;
    counts.packets++;
    if (wirelen > caplen) counts.cut++;
    if (wirelen > this.#largest) counts.glued++;
    const ahead = (time[0] as number) - wallClockUsec();
    if (this.#aheadUsec === undefined || Math.abs(ahead) > Math.abs(this.#aheadUsec)) {
      this.#aheadUsec = ahead;
    }
    const verdict = decodePacket(bytes, offset, caplen, wirelen, time, linkType, view, true);
    if (verdict === DECODED) this.#countTcp(view);
    else if (linkType === ETHERNET && isTunnelled(bytes, offset, caplen)) counts.tunnelled++;
  }

  /** `seconds` it listened; `skipped` packets it had no time for. */
  seen(seconds: number, skipped: number): Seen {
    const { packets, tcp, tunnelled, toServer, toClient, plain, tls } = this.#counts;
    const { copies, badChecksums, cut, glued } = this.#counts;
    const sides = { flows: 0, oneSidedFlows: 0 };
    const xmpp = { flows: 0, oneSidedFlows: 0 };
    for (let slot = 0; slot < SLOTS; slot++) {
      const up = this.#up[slot] as number;
      const down = this.#down[slot] as number;
      const isOneSided = Math.min(up, down) === 0;
      // A connection of which little came may be one whose other half comes in a moment.
      if (isOneSided && Math.max(up, down) < CLEAR_PACKETS) continue;
      for (const group of this.#isXmpp[slot] === ISXMPP ? [sides, xmpp] : [sides]) {
        group.flows++;
        if (isOneSided) group.oneSidedFlows++;
      }
    }
    return {
      ...{ seconds, packets, skipped, tcp, tunnelled, ...sides },
      xmpp: { ...xmpp, toServer, toClient, plain, tls },
      ...{ copies, badChecksums, cut, glued },
      aheadSeconds: this.#aheadUsec === undefined ? undefined : this.#aheadUsec / 1e6,
    };
  }

  #countTcp(view: PacketView): void {
    const counts = this.#counts;
    counts.tcp++;
    if (view.checksumBad) counts.badChecksums++;
    if (this.#copies.isDuplicate(view)) {
      counts.copies++;
      return;
    }
    const isToServer = xmppPorts[view.dstPort] === 1;
    const isToClient = !isToServer && xmppPorts[view.srcPort] === 1;
    const beginning = beginningOf(view);
    if (isToServer) counts.toServer++;
    else if (isToClient) counts.toClient++;
    const slot = slotOf(view);
    if (isToServer || isToClient || beginning === 'xmpp') this.#isXmpp[slot] = ISXMPP;
    if (beginning === 'xmpp') counts.plain++;
    else if (beginning === 'tls' && (isToServer || isToClient)) counts.tls++;
    const side = isFirstEnd(view) ? this.#up : this.#down;
    side[slot] = (side[slot] as number) + 1;
  }
}

function beginningOf({ bytes, payloadOffset, payloadLength }: PacketView): 'xmpp' | 'tls' | '' {
  if (payloadLength < 3) return '';
  const first = bytes[payloadOffset] as number;
  if (first >= TLS_FIRST && first <= TLS_LAST && bytes[payloadOffset + 1] === TLS_MAJOR) {
    return 'tls';
  }
  if (first !== LESS_THAN) return '';
  const length = Math.min(5, payloadLength);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + payloadOffset, length).toString(
    'latin1',
  );
  return BEGINNINGS.some((beginning) => text.startsWith(beginning)) ? 'xmpp' : '';
}

/** One slot for both directions. */
function slotOf({ src0, src1, src2, src3, dst0, dst1, dst2, dst3, ...view }: PacketView): number {
  const mixed = (a: number, b: number): number => Math.imul(a ^ b, 0x9e3779b1) ^ (a + b);
  let hash = mixed(src0, dst0);
  hash = Math.imul(hash, 31) + mixed(src1, dst1);
  hash = Math.imul(hash, 31) + mixed(src2, dst2);
  hash = Math.imul(hash, 31) + mixed(src3, dst3);
  hash = Math.imul(hash, 31) + mixed(view.srcPort, view.dstPort);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

/** Is the sender the end that comes first in the order of ports, then addresses? */
function isFirstEnd(view: PacketView): boolean {
  if (view.srcPort !== view.dstPort) return view.srcPort < view.dstPort;
  if (view.src3 !== view.dst3) return view.src3 < view.dst3;
  if (view.src2 !== view.dst2) return view.src2 < view.dst2;
  if (view.src1 !== view.dst1) return view.src1 < view.dst1;
  return view.src0 < view.dst0;
}

const VLAN_TYPES = [0x8100, 0x88a8];
const IPV4 = 0x0800;
const GRE = 47;
const UDP = 17;
/** VXLAN, its older port, Geneve. */
const TUNNEL_PORTS = [4789, 8472, 6081];

/** GRE (with it ERSPAN), VXLAN or Geneve over IPv4: told by first headers alone. */
function isTunnelled(bytes: Uint8Array, offset: number, caplen: number): boolean {
  const end = offset + caplen;
  const u16 = (at: number): number =>
    at + 1 < end ? ((bytes[at] as number) << 8) | (bytes[at + 1] as number) : -1;
  let at = offset + 12;
  while (VLAN_TYPES.includes(u16(at))) at += 4;
  if (u16(at) !== IPV4 || at + 22 > end) return false;
  const ip = at + 2;
  const protocol = bytes[ip + 9];
  if (protocol === GRE) return true;
  const headerBytes = ((bytes[ip] as number) & 15) * 4;
  return protocol === UDP && TUNNEL_PORTS.includes(u16(ip + headerBytes + 2));
}
