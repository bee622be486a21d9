/**
 * Who decodes what follows. Decoders ask by the number their header carries; layers.ts fills
 * the tables, so a decoder knows no other decoder and a new one is a new table entry.
 */
import { eventId } from '../core/index.ts';
import { NOT_TCP } from './packet-view.ts';

/** A verdict at or above this names the next layer: CONTINUE + its index in the layer table. */
export const CONTINUE = 0x10000;

const byEtherType = new Int32Array(0x10000).fill(NOT_TCP);
const byIpProtocol = new Int32Array(0x100).fill(NOT_TCP);
const byLinkType = new Int32Array(0x200).fill(eventId('decoder.link.unsupported'));

/** Values below this in a type field are an IEEE 802.3 length: no type, so nothing we read. */
const FIRST_ETHER_TYPE = 0x600;

export function nextByEtherType(type: number): number {
  return byEtherType[type] as number;
}

export function nextByIpProtocol(protocol: number): number {
  return byIpProtocol[protocol] as number;
}

export function nextByLinkType(linkType: number): number {
  return byLinkType[linkType < byLinkType.length ? linkType : byLinkType.length - 1] as number;
}

/** What leads to a layer; all numbers as their registries assign them. */
export interface LayerKeys {
  readonly linkTypes?: readonly number[];
  readonly etherTypes?: readonly number[];
  readonly ipProtocols?: readonly number[];
}

/** Enter the layer with this index into the tables (layers.ts, at load). */
export function registerLayer(index: number, keys: LayerKeys): void {
  for (const type of keys.linkTypes ?? []) byLinkType[type] = CONTINUE + index;
  for (const protocol of keys.ipProtocols ?? []) byIpProtocol[protocol] = CONTINUE + index;
  for (const type of keys.etherTypes ?? []) {
    if (type < FIRST_ETHER_TYPE) throw new RangeError(`${type} is an 802.3 length`);
    byEtherType[type] = CONTINUE + index;
  }
}
