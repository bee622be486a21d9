/** Door of decode/. */
export { DECODED, NOT_TCP, PacketView } from './packet-view.ts';
