/**
 * Blocks of pcapng as the spool writes them (draft-ietf-opsawg-pcapng): little endian, times in microseconds. Text in
 * them is the sensor's own, never of traffic.
 */
import type { PacketInterface } from './types.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION = { end: 0, comment: 1, userAppl: 4, name: 2, tsResol: 9 } as const;
/** Block type, total length in front and behind. */
const FRAME = 12;
/** Interface, time in two words, captured and wire length. */
const PACKET_FIXED = 20;
const PACKET_DATA = 8 + PACKET_FIXED;
const TWO_32 = 2 ** 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function padded(length: number): number {
  return (length + 3) & ~3;
}

function optionBytes(value: Uint8Array): number {
  return 4 + padded(value.length);
}

/** A block of that type with room for `body` bytes; its lengths are filled in. */
function block(type: number, body: number): { bytes: Uint8Array; view: DataView } {
  const length = FRAME + body;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  view.setUint32(length - 4, length, true);
  return { bytes, view };
}

function putOption(view: DataView, at: number, code: number, value: Uint8Array): number {
  view.setUint16(at, code, true);
  view.setUint16(at + 2, value.length, true);
  new Uint8Array(view.buffer, at + 4).set(value);
  return at + optionBytes(value);
}

/** Section header block: how a file begins. */
export function sectionHeader(program: string): Uint8Array {
  const name = encoder.encode(program);
  const { bytes, view } = block(SECTION, 16 + optionBytes(name) + 4);
  view.setUint32(8, BYTE_ORDER_MAGIC, true);
  view.setUint16(12, 1, true);
  // Length of the section: not told.
  view.setInt32(16, -1, true);
  view.setInt32(20, -1, true);
  putOption(view, 24, OPTION.userAppl, name);
  return bytes;
}

/** Interface description block; times are microseconds. `snaplen` 0: no limit. */
export function interfaceBlock({ name, linkType }: PacketInterface, snaplen: number): Uint8Array {
  const text = encoder.encode(name);
  const nameBytes = text.length === 0 ? 0 : optionBytes(text);
  const { bytes, view } = block(INTERFACE, 8 + nameBytes + 8 + 4);
  view.setUint16(8, linkType, true);
  view.setUint32(12, snaplen, true);
  const at = text.length === 0 ? 16 : putOption(view, 16, OPTION.name, text);
  putOption(view, at, OPTION.tsResol, Uint8Array.of(6));
  return bytes;
}

/** A packet as it goes into a block. */
export interface BlockPacket {
  readonly interfaceId: number;
  readonly tsUsec: number;
  readonly wirelen: number;
  readonly bytes: Uint8Array;
  /** One comment each. */
  readonly comments: readonly string[];
}

/** Enhanced packet blocks, one behind the other. */
export function packetBlocks(packets: readonly BlockPacket[]): Uint8Array {
  const options = packets.map(({ comments }) => comments.map((comment) => encoder.encode(comment)));
  const lengths = packets.map(({ bytes }, i) => packetLength(bytes.length, options[i] ?? []));
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let start = 0;
  for (const [i, packet] of packets.entries()) {
    const length = lengths[i] as number;
    const { tsUsec, bytes: data } = packet;
    view.setUint32(start, ENHANCED_PACKET, true);
    view.setUint32(start + 4, length, true);
    view.setUint32(start + 8, packet.interfaceId, true);
    view.setUint32(start + 12, Math.floor(tsUsec / TWO_32), true);
    view.setUint32(start + 16, tsUsec % TWO_32, true);
    view.setUint32(start + 20, data.length, true);
    view.setUint32(start + 24, packet.wirelen, true);
    bytes.set(data, start + PACKET_DATA);
    let at = start + PACKET_DATA + padded(data.length);
    for (const comment of options[i] ?? []) at = putOption(view, at, OPTION.comment, comment);
    view.setUint32(start + length - 4, length, true);
    start += length;
  }
  return bytes;
}

function packetLength(data: number, comments: readonly Uint8Array[]): number {
  const options = comments.reduce((sum, comment) => sum + optionBytes(comment), 0);
  return FRAME + PACKET_FIXED + padded(data) + options + (options === 0 ? 0 : 4);
}

/** Packets of a stretch of blocks that the spool wrote; stops at what is none, as a torn write leaves it. */
export function* readPackets(bytes: Uint8Array): Generator<BlockPacket> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + FRAME <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (length < FRAME || at + length > bytes.length) return;
    if (view.getUint32(at, true) === ENHANCED_PACKET && length >= FRAME + PACKET_FIXED) {
      const caplen = view.getUint32(at + 20, true);
      const data = at + PACKET_DATA;
      const end = at + length - 4;
      // Before padded(), which counts in 32 bits.
      if (caplen > end - data || data + padded(caplen) > end) return;
      yield {
        interfaceId: view.getUint32(at + 8, true),
        tsUsec: view.getUint32(at + 12, true) * TWO_32 + view.getUint32(at + 16, true),
        wirelen: view.getUint32(at + 24, true),
        bytes: bytes.subarray(data, data + caplen),
        comments: readComments(bytes, view, data + padded(caplen), end),
      };
    }
    at += length;
  }
}

function readComments(bytes: Uint8Array, view: DataView, from: number, end: number): string[] {
  const comments: string[] = [];
  for (let at = from; at + 4 <= end;) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === OPTION.end || at + 4 + length > end) break;
    if (code === OPTION.comment) {
      comments.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    }
    at += 4 + padded(length);
  }
  return comments;
}
