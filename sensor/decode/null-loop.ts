/**
 * BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): four bytes of address family, in the byte order
 * of the machine that captured (NULL) or in network order (LOOP).
 */
import { eventId, u32, u32le } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';
import { NOT_TCP } from './packet-view.ts';

const HEADER_LENGTH = 4;
const TRUNCATED = eventId('decoder.null.truncated');

const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;

export function decodeNullLoop(cursor: Cursor): number {
  const at = cursor.at;
  if (at + HEADER_LENGTH > cursor.end) return TRUNCATED;
  cursor.at = at + HEADER_LENGTH;
  const big = u32(cursor.bytes, at);
  // Families are small numbers, so the byte order shows itself.
  switch (big < 0x10000 ? big : u32le(cursor.bytes, at)) {
    case 2: // AF_INET everywhere
      return nextByEtherType(IPV4_TYPE);
    case 10: // AF_INET6: Linux
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      return nextByEtherType(IPV6_TYPE);
    default:
      return NOT_TCP;
  }
}
