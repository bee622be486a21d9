/** Door of packets/. */
export { PacketKeeper, type PacketKeeperOptions } from './packet-keeper.ts';
export {
  interfaceBlock,
  packetBlock,
  readPackets,
  sectionHeader,
  type BlockPacket,
} from './pcapng-blocks.ts';
export { alertComment, flowOfAlert, readIndex, type Stretch } from './spool-index.ts';
export { INDEX, PCAPNG, packetsFolder, spoolFiles, type SpoolName } from './spool-names.ts';
export type { PacketAlert, PacketInterface } from './types.ts';
