/**
 * PPPoE session frames (RFC 2516 section 4) and the PPP protocol field in them (RFC 1661 section 2).
 * What negotiates the link (LCP, IPCP, IPV6CP, authentication) holds no TCP.
 */
import { eventId, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';
import { NOT_TCP } from './packet-view.ts';

const HEADER_LENGTH = 6;
const LENGTH = 4;
/** Version 1 and type 1, a nibble each, then code 0: session data, not discovery. */
const SESSION = 0x1100;

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;

const TRUNCATED = eventId('decoder.pppoe.truncated');
const BAD_HEADER = eventId('decoder.pppoe.bad_header');
const BAD_LENGTH = eventId('decoder.pppoe.bad_length');

export function decodePppoe(cursor: Cursor): number {
  const bytes = cursor.bytes;
  const at = cursor.at;
  const ppp = at + HEADER_LENGTH;
  if (ppp > cursor.end) return TRUNCATED;
  if (u16(bytes, at) !== SESSION) return BAD_HEADER;
  // Behind the length is Ethernet padding, as behind that of IP.
  const packetEnd = ppp + u16(bytes, at + LENGTH);
  if (packetEnd > cursor.wireEnd) return BAD_LENGTH;
  cursor.wireEnd = packetEnd;
  if (packetEnd < cursor.end) cursor.end = packetEnd;

  if (ppp >= packetEnd) return BAD_LENGTH;
  if (ppp >= cursor.end) return TRUNCATED;
  // An odd first octet is all of the field: compressed, as RFC 2516 advises against and Linux reads.
  const fieldLength = ((bytes[ppp] as number) & 1) === 1 ? 1 : 2;
  if (ppp + fieldLength > packetEnd) return BAD_LENGTH;
  if (ppp + fieldLength > cursor.end) return TRUNCATED;
  cursor.at = ppp + fieldLength;
  switch (fieldLength === 1 ? (bytes[ppp] as number) : u16(bytes, ppp)) {
    case PPP_IPV4:
      return nextByEtherType(IPV4_TYPE);
    case PPP_IPV6:
      return nextByEtherType(IPV6_TYPE);
    default:
      return NOT_TCP;
  }
}
