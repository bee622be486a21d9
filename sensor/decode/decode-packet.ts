import { eventId, type PacketTime } from '../core/index.ts';
import { ipv4ChecksumOk, tcpChecksumOk } from './checksum.ts';
import { Cursor, type LayerDecoder } from './cursor.ts';
import { DECODERS } from './layers.ts';
import { CONTINUE, nextByLinkType } from './next-layer.ts';
import { DECODED, type PacketView } from './packet-view.ts';

/**
 * Layers one packet may have: ethernet, three tags, IP and TCP are 6, a tunnel of IP in
 * Ethernet over UDP doubles that. The budget is what ends a packet that nests without end.
 */
const MAX_LAYERS = 16;

const TOO_MANY_LAYERS = eventId('decoder.too_many_layers');
const IPV4_BAD_CHECKSUM = eventId('decoder.ipv4.bad_checksum');

const cursor = new Cursor();

/**
 * Decodes one packet into `view`. Returns DECODED, NOT_TCP, or the id of the event that ended
 * decoding; only after DECODED may the view be read. Never throws and allocates nothing.
 *
 * `bytes[offset .. offset+caplen)` is borrowed by the view until the next call. `linkType` is a
 * LINKTYPE_ number.
 *
 * With `verify`, checksums are computed: a wrong IPv4 header checksum ends decoding with an event,
 * a wrong TCP checksum is told in `view.checksumBad`. A segment the snap length cut cannot be
 * verified and counts as good.
 */
export function decodePacket(
  bytes: Uint8Array,
  offset: number,
  caplen: number,
  wirelen: number,
  time: PacketTime,
  linkType: number,
  view: PacketView,
  verify = false,
): number {
  cursor.start(bytes, offset, caplen, wirelen);
  view.bytes = bytes;
  view.tsUsec = time[0] as number;
  view.wirelen = wirelen;
  view.vlan0 = -1;
  view.vlan1 = -1;
  view.anomaly = 0;
  view.checksumBad = false;

  let verdict = nextByLinkType(linkType);
  for (let layers = 0; verdict >= CONTINUE; layers++) {
    if (layers === MAX_LAYERS) return TOO_MANY_LAYERS;
    verdict = (DECODERS[verdict - CONTINUE] as LayerDecoder)(cursor, view);
  }
  if (verify && verdict === DECODED) {
    if (!ipv4ChecksumOk(view)) return IPV4_BAD_CHECKSUM;
    view.checksumBad = !tcpChecksumOk(view);
  }
  return verdict;
}
