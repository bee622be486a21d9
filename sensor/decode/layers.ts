/**
 * The layer table. A new protocol (a tunnel, say) is one file with a LayerDecoder and one entry
 * here: its position is its id, its keys say what leads to it.
 */
import type { LayerDecoder } from './cursor.ts';
import { decodeEthernet } from './ethernet.ts';
import { decodeIpv4 } from './ipv4.ts';
import { decodeIpv6 } from './ipv6.ts';
import { registerLayer, type LayerKeys } from './next-layer.ts';
import { decodeNullLoop } from './null-loop.ts';
import { decodePppoe } from './pppoe.ts';
import { decodeRawIp } from './raw-ip.ts';
import { decodeSll, decodeSll2 } from './sll.ts';
import { decodeTcp } from './tcp.ts';
import { decodeVlan } from './vlan.ts';

interface Layer extends LayerKeys {
  readonly decode: LayerDecoder;
}

const LAYERS: readonly Layer[] = [
  { decode: decodeEthernet, linkTypes: [1] },
  { decode: decodeIpv4, linkTypes: [228], etherTypes: [0x0800] },
  { decode: decodeTcp, ipProtocols: [6] },
  { decode: decodeIpv6, linkTypes: [229], etherTypes: [0x86dd] },
  // 802.1Q, 802.1ad, and the two numbers QinQ had before 802.1ad.
  { decode: decodeVlan, etherTypes: [0x8100, 0x88a8, 0x9100, 0x9200] },
  // Session frames; discovery (0x8863) carries no packets.
  { decode: decodePppoe, etherTypes: [0x8864] },
  { decode: decodeSll, linkTypes: [113] },
  { decode: decodeSll2, linkTypes: [276] },
  // 101 is the registry's number; 12 and 14 are what some systems write for the same.
  { decode: decodeRawIp, linkTypes: [12, 14, 101] },
  { decode: decodeNullLoop, linkTypes: [0, 108] },
];

LAYERS.forEach((layer, index) => {
  registerLayer(index, layer);
});

/** Decoders by layer index. */
export const DECODERS: readonly LayerDecoder[] = LAYERS.map((layer) => layer.decode);
