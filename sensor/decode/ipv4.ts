/** IPv4 (RFC 791). */
import { eventId, i32, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByIpProtocol } from './next-layer.ts';
import { isOffloadFrame } from './offload.ts';
import type { PacketView } from './packet-view.ts';

const MIN_HEADER_LENGTH = 20;
const TOTAL_LENGTH = 2;
const ID = 4;
const FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const SRC = 12;
const DST = 16;

const MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

const BAD_VERSION = eventId('decoder.ip.bad_version');
const TRUNCATED = eventId('decoder.ipv4.truncated');
const BAD_HEADER_LENGTH = eventId('decoder.ipv4.bad_header_length');
const BAD_TOTAL_LENGTH = eventId('decoder.ipv4.bad_total_length');
const IS_FRAGMENT = eventId('decoder.ipv4.fragment');

export function decodeIpv4(cursor: Cursor, view: PacketView): number {
  const bytes = cursor.bytes;
  const at = cursor.at;
  if (at + MIN_HEADER_LENGTH > cursor.end) return TRUNCATED;

  const versionAndLength = bytes[at] as number;
  if (versionAndLength >>> 4 !== 4) return BAD_VERSION;
  const headerLength = (versionAndLength & 15) << 2;
  if (headerLength < MIN_HEADER_LENGTH) return BAD_HEADER_LENGTH;
  if (at + headerLength > cursor.end) return TRUNCATED;

  let totalLength = u16(bytes, at + TOTAL_LENGTH);
  if (totalLength === 0 && isOffloadFrame(cursor)) totalLength = cursor.wireEnd - at;
  // Behind the total length is Ethernet padding: no byte of it may become payload.
  const packetEnd = at + totalLength;
  if (totalLength < headerLength || packetEnd > cursor.wireEnd) return BAD_TOTAL_LENGTH;
  cursor.wireEnd = packetEnd;
  if (packetEnd < cursor.end) cursor.end = packetEnd;

  view.ipVersion = 4;
  view.ipOffset = at;
  view.ipId = u16(bytes, at + ID);
  view.ttl = bytes[at + TTL] as number;
  view.src0 = 0;
  view.src1 = 0;
  view.src2 = 0xffff;
  view.src3 = i32(bytes, at + SRC);
  view.dst0 = 0;
  view.dst1 = 0;
  view.dst2 = 0xffff;
  view.dst3 = i32(bytes, at + DST);

  if ((u16(bytes, at + FRAGMENT) & MORE_FRAGMENTS_OR_OFFSET) !== 0) return IS_FRAGMENT;
  cursor.at = at + headerLength;
  return nextByIpProtocol(bytes[at + PROTOCOL] as number);
}
