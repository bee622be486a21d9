/**
 * The chain of IPv6 extension headers (RFC 8200 section 4). Two of them change who talks to
 * whom, and so the flow and the TCP checksum: a routing header that is not used up hides the
 * final destination, the home address option (RFC 6275 section 6.3) hides the source.
 */
import { eventId, i32, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByIpProtocol } from './next-layer.ts';
import type { PacketView } from './packet-view.ts';

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
const HIP = 139;
const SHIM6 = 140;

/** RFC 8200 lets a sender use each header once (destination options twice): more is an attack. */
const MAX_HEADERS = 10;
const UNIT = 8;

const ROUTING_SOURCE_ROUTE = 0;
const ROUTING_MOBILE = 2;
const ROUTING_SEGMENT = 4;
const OPTION_PAD1 = 0;
const OPTION_HOME_ADDRESS = 0xc9;
const ADDRESS_LENGTH = 16;

const TRUNCATED = eventId('decoder.ipv6.ext_truncated');
const TOO_MANY = eventId('decoder.ipv6.too_many_ext');
const IS_FRAGMENT = eventId('decoder.ipv6.fragment');

/** Follows the chain that starts at `cursor.at` with header `protocol`. */
export function decodeIpv6Extensions(
  cursor: Cursor,
  view: PacketView,
  firstProtocol: number,
): number {
  const bytes = cursor.bytes;
  let protocol = firstProtocol;
  for (let count = 0; isExtension(protocol); count++) {
    if (count === MAX_HEADERS) return TOO_MANY;
    const at = cursor.at;
    if (at + UNIT > cursor.end) return TRUNCATED;
    const lengthField = bytes[at + 1] as number;
    let length = (lengthField + 1) * UNIT;
    if (protocol === AUTHENTICATION) length = (lengthField + 2) * 4;
    if (protocol === FRAGMENT) length = UNIT;
    if (at + length > cursor.end) return TRUNCATED;
    if (protocol === FRAGMENT && !isAtomic(bytes, at)) return IS_FRAGMENT;
    if (protocol === ROUTING) applyRouting(bytes, at, length, view);
    if (protocol === DESTINATION) applyHomeAddress(bytes, at, length, view);
    protocol = bytes[at] as number;
    cursor.at = at + length;
  }
  return nextByIpProtocol(protocol);
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case HOP_BY_HOP:
    case ROUTING:
    case FRAGMENT:
    case AUTHENTICATION:
    case DESTINATION:
    case MOBILITY:
    case HIP:
    case SHIM6:
      return true;
    default:
      return false;
  }
}

/** RFC 6946: offset 0 and no more fragments to come: a whole packet behind a fragment header. */
function isAtomic(bytes: Uint8Array, at: number): boolean {
  return (u16(bytes, at + 2) & 0xfff9) === 0;
}

function applyRouting(bytes: Uint8Array, at: number, length: number, view: PacketView): void {
  const segmentsLeft = bytes[at + 3] as number;
  if (segmentsLeft === 0 || length < UNIT + ADDRESS_LENGTH) return;
  switch (bytes[at + 2] as number) {
    case ROUTING_SOURCE_ROUTE: {
      const addresses = ((length - UNIT) / ADDRESS_LENGTH) | 0;
      setDestination(bytes, at + UNIT + (addresses - 1) * ADDRESS_LENGTH, view);
      break;
    }
    case ROUTING_MOBILE:
    case ROUTING_SEGMENT: // RFC 8754 section 2: the list runs backwards
      setDestination(bytes, at + UNIT, view);
      break;
  }
}

function setDestination(bytes: Uint8Array, at: number, view: PacketView): void {
  view.dst0 = i32(bytes, at);
  view.dst1 = i32(bytes, at + 4);
  view.dst2 = i32(bytes, at + 8);
  view.dst3 = i32(bytes, at + 12);
}

function applyHomeAddress(bytes: Uint8Array, at: number, length: number, view: PacketView): void {
  const end = at + length;
  let i = at + 2;
  while (i < end) {
    const type = bytes[i] as number;
    if (type === OPTION_PAD1) {
      i++;
      continue;
    }
    if (i + 2 > end) return;
    const optionLength = bytes[i + 1] as number;
    if (type === OPTION_HOME_ADDRESS) {
      if (optionLength !== ADDRESS_LENGTH || i + 2 + ADDRESS_LENGTH > end) return;
      view.src0 = i32(bytes, i + 2);
      view.src1 = i32(bytes, i + 6);
      view.src2 = i32(bytes, i + 10);
      view.src3 = i32(bytes, i + 14);
      return;
    }
    i += 2 + optionLength;
  }
}
