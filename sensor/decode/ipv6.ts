/** IPv6 (RFC 8200 section 3); the headers behind it are in ipv6-extensions.ts. */
import { eventId, i32, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { decodeIpv6Extensions } from './ipv6-extensions.ts';
import { isOffloadFrame } from './offload.ts';
import type { PacketView } from './packet-view.ts';

const HEADER_LENGTH = 40;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SRC = 8;
const DST = 24;

const BAD_VERSION = eventId('decoder.ip.bad_version');
const TRUNCATED = eventId('decoder.ipv6.truncated');
const BAD_PAYLOAD_LENGTH = eventId('decoder.ipv6.bad_payload_length');

export function decodeIpv6(cursor: Cursor, view: PacketView): number {
  const bytes = cursor.bytes;
  const at = cursor.at;
  if (at + HEADER_LENGTH > cursor.end) return TRUNCATED;
  if ((bytes[at] as number) >>> 4 !== 6) return BAD_VERSION;

  const payloadLength = u16(bytes, at + PAYLOAD_LENGTH);
  // A length of 0 with a jumbo payload option (RFC 2675) means the rest of the frame, too.
  if (payloadLength !== 0 || !isOffloadFrame(cursor)) {
    const packetEnd = at + HEADER_LENGTH + payloadLength;
    if (packetEnd > cursor.wireEnd) return BAD_PAYLOAD_LENGTH;
    cursor.wireEnd = packetEnd;
    if (packetEnd < cursor.end) cursor.end = packetEnd;
  }

  view.ipVersion = 6;
  view.ipOffset = at;
  view.ipId = 0;
  view.ttl = bytes[at + HOP_LIMIT] as number;
  view.src0 = i32(bytes, at + SRC);
  view.src1 = i32(bytes, at + SRC + 4);
  view.src2 = i32(bytes, at + SRC + 8);
  view.src3 = i32(bytes, at + SRC + 12);
  view.dst0 = i32(bytes, at + DST);
  view.dst1 = i32(bytes, at + DST + 4);
  view.dst2 = i32(bytes, at + DST + 8);
  view.dst3 = i32(bytes, at + DST + 12);
  cursor.at = at + HEADER_LENGTH;
  return decodeIpv6Extensions(cursor, view, bytes[at + NEXT_HEADER] as number);
}
