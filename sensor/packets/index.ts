/** Door of packets/. */
export { PacketKeeper } from './packet-keeper.ts';
export { PacketExpiry } from './spool-expiry.ts';
export { packetsFolder } from './spool-names.ts';
export { findKept, readKept, writeKept, type KeptFlow, type KeptPacket } from './spool-reader.ts';
export type { PacketAlert, PacketInterface } from './types.ts';
