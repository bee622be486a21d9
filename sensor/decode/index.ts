/** Door of decode/. */
export { ipv4ChecksumOk, tcpChecksumOk } from './checksum.ts';
export { decodePacket } from './decode-packet.ts';
export { DECODED, NOT_TCP, PacketView } from './packet-view.ts';
