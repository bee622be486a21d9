/** TCP header (RFC 9293 section 3.1). */
import { eventId, i32, u16 } from '../core/index.ts';
import type { Cursor } from './cursor.ts';
import { DECODED, type PacketView } from './packet-view.ts';
import { decodeTcpOptions } from './tcp-options.ts';

const MIN_HEADER_LENGTH = 20;
const DST_PORT = 2;
const SEQ = 4;
const ACK = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const URGENT_POINTER = 18;

const TRUNCATED = eventId('decoder.tcp.truncated');
const BAD_OFFSET = eventId('decoder.tcp.bad_offset');
const PAYLOAD_TRUNCATED = eventId('decoder.payload_truncated');

export function decodeTcp(cursor: Cursor, view: PacketView): number {
  const bytes = cursor.bytes;
  const at = cursor.at;
  if (at + MIN_HEADER_LENGTH > cursor.end) return TRUNCATED;
  const headerLength = ((bytes[at + DATA_OFFSET] as number) >>> 4) << 2;
  const payloadOffset = at + headerLength;
  if (headerLength < MIN_HEADER_LENGTH || payloadOffset > cursor.wireEnd) return BAD_OFFSET;
  if (payloadOffset > cursor.end) return TRUNCATED;

  view.tcpOffset = at;
  view.srcPort = u16(bytes, at);
  view.dstPort = u16(bytes, at + DST_PORT);
  view.seq = i32(bytes, at + SEQ);
  view.ack = i32(bytes, at + ACK);
  view.flags = bytes[at + FLAGS] as number;
  view.window = u16(bytes, at + WINDOW);
  view.urgentPointer = u16(bytes, at + URGENT_POINTER);
  view.payloadOffset = payloadOffset;
  view.payloadLength = cursor.end - payloadOffset;
  view.payloadWireLength = cursor.wireEnd - payloadOffset;
  if (cursor.end < cursor.wireEnd) view.anomaly = PAYLOAD_TRUNCATED;
  decodeTcpOptions(bytes, at + MIN_HEADER_LENGTH, payloadOffset, view);
  return DECODED;
}
