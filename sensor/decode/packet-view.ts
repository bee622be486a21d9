/**
 * What decode/ found in one packet: one object, reused for every packet. After a decoder
 * returned an event or NOT_TCP instead of DECODED, the fields must not be read.
 */
export class PacketView {
  /** The packet's bytes, borrowed for the call; the offsets below index it. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Packet time in microseconds since the epoch. */
  tsUsec = 0;
  /** 4 or 6: family of the innermost IP header. */
  ipVersion = 0;
  /**
   * Addresses as four signed 32-bit words in network order, IPv4 as IPv4-mapped (core/ip.ts).
   * As the end hosts see them: the final address of an IPv6 routing header, the home address of
   * a mobile node.
   */
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  srcPort = 0;
  dstPort = 0;
  /** Sequence and acknowledgement number as signed 32-bit values: compare by difference. */
  seq = 0;
  ack = 0;
  /** TCP flags octet: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  flags = 0;
  window = 0;
  /** Window scale option, at most 14 (RFC 7323 section 2.3), or -1 when absent. */
  windowScale = -1;
  /** Maximum segment size option, or -1 when absent. */
  mss = -1;
  sackPermitted = false;
  /** TCP timestamp value as a signed 32-bit value, valid when `hasTimestamp`. */
  tsVal = 0;
  hasTimestamp = false;
  urgentPointer = 0;
  ttl = 0;
  /** IPv4 identification; 0 for IPv6. */
  ipId = 0;
  /** TCP payload inside `bytes`; the length is what was captured. */
  payloadOffset = 0;
  payloadLength = 0;
  /** Payload length the IP header claims (more than `payloadLength` when the snap length cut it). */
  payloadWireLength = 0;
  /** VLAN ids, outermost first; -1 when absent. Priority tags (id 0) name no VLAN. */
  vlan0 = -1;
  vlan1 = -1;
  /** True when the TCP checksum was verified and is wrong. */
  checksumBad = false;
  /**
   * Event id of something odd that did not stop decoding, as the receiver would not stop either
   * (a malformed TCP option, a payload cut by the snap length); 0 when there is none.
   */
  anomaly = 0;
  /** Where the innermost IP header starts and the TCP header starts, for evidence and checksum. */
  ipOffset = 0;
  tcpOffset = 0;
  /** Wire length of the packet, bytes. */
  wirelen = 0;
}

/** Return values of the decoder other than an event id (event ids are above 0). */
export const DECODED = 0;
/** The packet is sound but holds no TCP segment (ARP, UDP, ...). */
export const NOT_TCP = -1;
