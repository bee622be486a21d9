/** Door of decode/. */
export { ipv4ChecksumOk, tcpChecksumOk } from './checksum.ts';
export { decodePacket } from './decode-packet.ts';
export { DuplicateFilter } from './duplicate-filter.ts';
export { DECODED, NOT_TCP, PacketView } from './packet-view.ts';
