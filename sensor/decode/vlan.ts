/** IEEE 802.1Q and 802.1ad tags: three bits priority, one bit DEI, 12 bits VLAN id, then a type. */
import { eventId, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { nextByEtherType } from './next-layer.ts';
import type { PacketView } from './packet-view.ts';

const TAG_LENGTH = 4;
const MAX_TAGS = 3;

const TRUNCATED = eventId('decoder.vlan.truncated');
const TOO_MANY = eventId('decoder.vlan.too_many');

export function decodeVlan(cursor: Cursor, view: PacketView): number {
  const at = cursor.at;
  if (at + TAG_LENGTH > cursor.end) return TRUNCATED;
  if (++cursor.vlanTags > MAX_TAGS) return TOO_MANY;
  const id = u16(cursor.bytes, at) & 0xfff;
  // Id 0 only carries a priority (802.1Q section 9.6): a flow may have it in one direction alone.
  if (id !== 0) {
    if (view.vlan0 < 0) view.vlan0 = id;
    else if (view.vlan1 < 0) view.vlan1 = id;
  }
  cursor.at = at + TAG_LENGTH;
  return nextByEtherType(u16(cursor.bytes, at + 2));
}
