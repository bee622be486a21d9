/** Captures without a link header: the first nibble tells IPv4 from IPv6. */
import { eventId } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';

const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;

const TRUNCATED = eventId('decoder.ipv4.truncated');
const BAD_VERSION = eventId('decoder.ip.bad_version');

export function decodeRawIp(cursor: Cursor): number {
  if (cursor.at >= cursor.end) return TRUNCATED;
  switch ((cursor.bytes[cursor.at] as number) >>> 4) {
    case 4:
      return nextByEtherType(IPV4_TYPE);
    case 6:
      return nextByEtherType(IPV6_TYPE);
    default:
      return BAD_VERSION;
  }
}
