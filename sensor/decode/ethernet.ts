/** Ethernet II (IEEE 802.3 clause 3): two addresses, then a type. */
import { eventId, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';

const HEADER_LENGTH = 14;
const TYPE = 12;

const TRUNCATED = eventId('decoder.ethernet.truncated');

export function decodeEthernet(cursor: Cursor): number {
  const at = cursor.at;
  if (at + HEADER_LENGTH > cursor.end) return TRUNCATED;
  cursor.at = at + HEADER_LENGTH;
  return nextByEtherType(u16(cursor.bytes, at + TYPE));
}
