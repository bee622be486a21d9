/**
 * Builds packets and whole TCP conversations for tests: frames with right lengths and checksums,
 * written as pcap. Dialogues read as in RFC 6120: `['C', '<stream:stream ...>']`, `['S', ...]`.
 *
 *     const packets = tcpConversation([['C', 'hello'], ['S', 'welcome']], { segmentSize: 3 });
 *     writeFileSync('case.pcap', writePcap(packets));
 */

/** What the first header of a frame is; the number is the LINKTYPE_ value. */
export const LINK = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
} as const;

export type LinkName = keyof typeof LINK;

const TCP_FLAG = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 } as const;

export interface PacketSpec {
  /** First header; 'ethernet' unless told. */
  readonly link?: LinkName;
  /** VLAN ids, outermost first; two tags make the outer one 802.1ad. */
  readonly vlans?: readonly number[];
  /** PPPoE session id: IP lies in a PPPoE session behind the tags. */
  readonly pppoe?: number;
  /** Addresses; the family of `src` decides IPv4 or IPv6. Documentation addresses unless told. */
  readonly src?: string;
  readonly dst?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Letters of TCP_FLAG ('SA' is SYN and ACK) or the octet itself; 'PA' unless told. */
  readonly flags?: string | number;
  readonly window?: number;
  readonly urgentPointer?: number;
  /** TCP options as bytes (see `tcpOptions`); padded to a multiple of four with end-of-list. */
  readonly options?: Uint8Array;
  readonly ttl?: number;
  readonly ipId?: number;
  /** IPv4 options, padded to a multiple of four. */
  readonly ipOptions?: Uint8Array;
  /** IPv4 fragment offset in bytes and more-fragments flag. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  /** IPv6 extension headers in order: [protocol number, bytes]; byte 0 is filled in. */
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  /** Text (UTF-8) or bytes. */
  readonly payload?: string | Uint8Array;
  /** Zero bytes behind the IP packet, as Ethernet adds to short frames. */
  readonly padding?: number;
  /** Spoil the TCP checksum. */
  readonly badChecksum?: boolean;
}

/** A frame with its time; `wirelen` above the length of `bytes` means a snap length cut it. */
export interface TimedPacket {
  readonly bytes: Uint8Array;
  readonly tsUsec: number;
  readonly wirelen?: number;
}

/** Bytes of TCP options in the order given. */
export function tcpOptions(options: {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly sackPermitted?: boolean;
  readonly timestamp?: readonly [value: number, echo: number];
}): Uint8Array {
  const out: number[] = [];
  if (options.mss !== undefined) out.push(2, 4, options.mss >>> 8, options.mss & 255);
  if (options.windowScale !== undefined) out.push(1, 3, 3, options.windowScale);
  if (options.sackPermitted === true) out.push(1, 1, 4, 2);
  if (options.timestamp !== undefined) {
    const [value, echo] = options.timestamp;
    out.push(1, 1, 8, 10, ...bytes32(value), ...bytes32(echo));
  }
  return Uint8Array.from(out);
}

/** One frame with one TCP segment. */
export function buildPacket(spec: PacketSpec = {}): Uint8Array {
  const src = parseAddress(spec.src ?? '192.0.2.10');
  const dst = parseAddress(spec.dst ?? (src.length === 4 ? '198.51.100.5' : '2001:db8::5'));
  if (src.length !== dst.length) throw new RangeError('Addresses of two families in one packet');
  const tcp = buildTcp(spec, src, dst);
  const ip = src.length === 4 ? buildIpv4(spec, src, dst, tcp) : buildIpv6(spec, src, dst, tcp);
  const isIpv4 = src.length === 4;
  const link = spec.link ?? 'ethernet';
  const header =
    spec.pppoe === undefined
      ? [linkHeader(link, spec.vlans ?? [], isIpv4)]
      : [
          linkHeader(link, spec.vlans ?? [], isIpv4, PPPOE_SESSION),
          pppoeHeader(spec.pppoe, ip.length, isIpv4),
        ];
  return concat([...header, ip, new Uint8Array(spec.padding ?? 0)]);
}

const PPPOE_SESSION = 0x8864;

/** PPPoE session header (RFC 2516) and PPP protocol field in front of an IP packet. */
function pppoeHeader(session: number, ipLength: number, isIpv4: boolean): Uint8Array {
  const protocol = isIpv4 ? 0x21 : 0x57;
  return Uint8Array.from([0x11, 0, ...bytes16(session), ...bytes16(ipLength + 2), 0, protocol]);
}

/**
 * Header of the link layer (and VLAN tags) in front of an IPv4 or IPv6 packet, or of what has the EtherType `type`,
 * where the link has such.
 */
export function linkHeader(
  link: LinkName,
  vlans: readonly number[],
  isIpv4: boolean,
  type = isIpv4 ? 0x0800 : 0x86dd,
): Uint8Array {
  // The type field of each tag names what follows it; so the first one goes into the link header.
  const types: number[] = vlans.map((_, i) => (i === 0 && vlans.length > 1 ? 0x88a8 : 0x8100));
  types.push(type);
  const tags = vlans.flatMap((id, i) => [...bytes16(id), ...bytes16(types[i + 1] ?? 0)]);
  const first = bytes16(types[0] ?? 0);
  switch (link) {
    case 'ethernet':
      return Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...first, ...tags]);
    case 'sll':
      return Uint8Array.from([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, ...first, ...tags]);
    case 'sll2':
      return Uint8Array.from([
        ...[...first, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0],
        ...tags,
      ]);
    case 'null':
      return Uint8Array.from([isIpv4 ? 2 : 30, 0, 0, 0]);
    case 'loop':
      return Uint8Array.from([0, 0, 0, isIpv4 ? 2 : 24]);
    default:
      return new Uint8Array(0);
  }
}

function buildTcp(spec: PacketSpec, src: Uint8Array, dst: Uint8Array): Uint8Array {
  const options = padTo4(spec.options ?? new Uint8Array(0));
  const tcp = concat([new Uint8Array(20), options, toBytes(spec.payload ?? '')]);
  const view = new DataView(tcp.buffer);
  view.setUint16(0, spec.srcPort ?? 40000);
  view.setUint16(2, spec.dstPort ?? 5222);
  view.setUint32(4, spec.seq ?? 0);
  view.setUint32(8, spec.ack ?? 0);
  view.setUint8(12, (5 + options.length / 4) << 4);
  view.setUint8(13, flagBits(spec.flags ?? 'PA'));
  view.setUint16(14, spec.window ?? 65535);
  view.setUint16(18, spec.urgentPointer ?? 0);
  const pseudo = concat([src, dst, Uint8Array.from([...bytes32(tcp.length), 0, 0, 0, 6])]);
  const sum = internetChecksum(concat([pseudo, tcp]));
  view.setUint16(16, spec.badChecksum === true ? sum ^ 0x5555 : sum);
  return tcp;
}

function buildIpv4(
  spec: PacketSpec,
  src: Uint8Array,
  dst: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const options = padTo4(spec.ipOptions ?? new Uint8Array(0));
  const ip = concat([new Uint8Array(12), src, dst, options, body]);
  const view = new DataView(ip.buffer);
  const headerLength = 20 + options.length;
  view.setUint8(0, 0x40 | (headerLength / 4));
  view.setUint16(2, ip.length);
  view.setUint16(4, spec.ipId ?? 1);
  const { offset, more } = spec.fragment ?? { offset: 0, more: false };
  view.setUint16(6, (more ? 0x2000 : 0) | (offset / 8));
  view.setUint8(8, spec.ttl ?? 64);
  view.setUint8(9, 6);
  view.setUint16(10, internetChecksum(ip.subarray(0, headerLength)));
  return ip;
}

function buildIpv6(
  spec: PacketSpec,
  src: Uint8Array,
  dst: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const chain = spec.extensions ?? [];
  const extensions = chain.map(([, bytes], i) => {
    const copy = Uint8Array.from(bytes);
    copy[0] = chain[i + 1]?.[0] ?? 6;
    return copy;
  });
  const ip = concat([new Uint8Array(8), src, dst, ...extensions, body]);
  const view = new DataView(ip.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, ip.length - 40);
  view.setUint8(6, chain[0]?.[0] ?? 6);
  view.setUint8(7, spec.ttl ?? 64);
  return ip;
}

/** Who speaks (client or server, as in RFC examples) and what: text (UTF-8) or bytes. */
export type Turn = readonly [who: 'C' | 'S', data: string | Uint8Array];

export interface ConversationOptions {
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort?: number;
  readonly link?: LinkName;
  readonly vlans?: readonly number[];
  /** PPPoE session id. */
  readonly pppoe?: number;
  /** Largest payload of one segment; 1,400 unless told. */
  readonly segmentSize?: number;
  /** Begin with SYN, SYN-ACK, ACK; true unless told. */
  readonly handshake?: boolean;
  /** How it ends; 'fin' unless told. */
  readonly end?: 'fin' | 'rst' | 'none';
  /** Time of the first packet and between packets, microseconds. */
  readonly startUsec?: number;
  readonly stepUsec?: number;
  readonly clientIsn?: number;
  readonly serverIsn?: number;
  /** TCP timestamps on every segment, as real stacks send; false unless told. */
  readonly timestamps?: boolean;
}

/** 2026-01-01T00:00:00Z: when conversations begin unless told otherwise. */
export const START_USEC = 1_767_225_600_000_000;

/** Packets of one TCP connection that carries the turns in order; each turn is acknowledged. */
export function tcpConversation(
  turns: readonly Turn[],
  options: ConversationOptions = {},
): TimedPacket[] {
  const isIpv4 = !(options.client ?? '192.0.2.10').includes(':');
  const client = {
    ip: options.client ?? '192.0.2.10',
    port: options.clientPort ?? 40000,
    seq: options.clientIsn ?? 1000,
    id: 100,
  };
  const server = {
    ip: options.server ?? (isIpv4 ? '198.51.100.5' : '2001:db8::5'),
    port: options.serverPort ?? 5222,
    seq: options.serverIsn ?? 900_000,
    id: 20_000,
  };
  const segmentSize = Math.max(1, options.segmentSize ?? 1400);
  const packets: TimedPacket[] = [];
  let tsUsec = options.startUsec ?? START_USEC;

  const send = (
    from: typeof client,
    to: typeof client,
    flags: string,
    payload: Uint8Array,
  ): void => {
    const isSyn = flags.includes('S');
    const bytes = buildPacket({
      link: options.link ?? 'ethernet',
      vlans: options.vlans ?? [],
      ...(options.pppoe === undefined ? {} : { pppoe: options.pppoe }),
      src: from.ip,
      dst: to.ip,
      srcPort: from.port,
      dstPort: to.port,
      seq: from.seq,
      ack: flags.includes('A') ? to.seq : 0,
      flags,
      ipId: from.id++ & 0xffff,
      payload,
      options: tcpOptions({
        ...(isSyn ? { mss: 1460, windowScale: 7, sackPermitted: true } : {}),
        ...(options.timestamps === true ? { timestamp: [Math.floor(tsUsec / 1000), 0] } : {}),
      }),
    });
    packets.push({ bytes, tsUsec });
    tsUsec += options.stepUsec ?? 100;
    from.seq = (from.seq + payload.length + (isSyn || flags.includes('F') ? 1 : 0)) >>> 0;
  };

  const none = new Uint8Array(0);
  if (options.handshake !== false) {
    send(client, server, 'S', none);
    send(server, client, 'SA', none);
    send(client, server, 'A', none);
  }
  for (const [who, data] of turns) {
    const [from, to] = who === 'C' ? [client, server] : [server, client];
    const bytes = toBytes(data);
    for (let at = 0; at < bytes.length; at += segmentSize) {
      send(from, to, 'PA', bytes.subarray(at, at + segmentSize));
    }
    send(to, from, 'A', none);
  }
  const end = options.end ?? 'fin';
  if (end === 'rst') send(client, server, 'RA', none);
  if (end === 'fin') {
    send(client, server, 'FA', none);
    send(server, client, 'FA', none);
    send(client, server, 'A', none);
  }
  return packets;
}

/** Several conversations as one capture, in order of time (ties keep the order given). */
export function mergeByTime(...captures: readonly (readonly TimedPacket[])[]): TimedPacket[] {
  return captures.flat().sort((a, b) => a.tsUsec - b.tsUsec);
}

export interface PcapOptions {
  /** LINKTYPE_ number or name; Ethernet unless told. */
  readonly link?: LinkName | number;
  readonly nanoseconds?: boolean;
  readonly bigEndian?: boolean;
  readonly snaplen?: number;
}

/** A classic pcap file. */
export function writePcap(
  packets: Iterable<TimedPacket>,
  options: PcapOptions = {},
): Uint8Array<ArrayBuffer> {
  const little = options.bigEndian !== true;
  const link = options.link ?? 'ethernet';
  const parts: Uint8Array[] = [];
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, options.nanoseconds === true ? 0xa1b23c4d : 0xa1b2c3d4, little);
  header.setUint16(4, 2, little);
  header.setUint16(6, 4, little);
  header.setUint32(16, options.snaplen ?? 262144, little);
  header.setUint32(20, typeof link === 'number' ? link : LINK[link], little);
  parts.push(new Uint8Array(header.buffer));
  for (const packet of packets) {
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, Math.floor(packet.tsUsec / 1e6), little);
    record.setUint32(4, (packet.tsUsec % 1e6) * (options.nanoseconds === true ? 1000 : 1), little);
    record.setUint32(8, packet.bytes.length, little);
    record.setUint32(12, packet.wirelen ?? packet.bytes.length, little);
    parts.push(new Uint8Array(record.buffer), packet.bytes);
  }
  return concat(parts);
}

/** Network-order bytes of a dotted-quad or RFC 5952 address. */
export function parseAddress(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = new Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...middle, ...right].flatMap((group) => bytes16(group)));
}

/** Internet checksum (RFC 1071) of bytes whose checksum field is zero. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function flagBits(flags: string | number): number {
  if (typeof flags === 'number') return flags;
  let bits = 0;
  for (const [letter, bit] of Object.entries(TCP_FLAG)) if (flags.includes(letter)) bits |= bit;
  return bits;
}

function padTo4(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  return padded;
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}

function bytes16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

function bytes32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
