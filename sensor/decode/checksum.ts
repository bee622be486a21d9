/** Internet checksums (RFC 1071) over captured bytes: word-wise, no allocation per packet. */
import { u16 } from '../core/index.ts';
import type { PacketView } from './packet-view.ts';

const TCP_PROTOCOL = 6;
const IPV4_HEADER_UNIT = 4;
const IPV4_CHECKSUM = 10;
/** Even, and small enough that half as many 16-bit words sum to less than 2^31. */
const BLOCK = 32768;

/** A DataView reads unaligned words; one is kept for the buffer the packets lie in. */
let words: DataView = new DataView(new ArrayBuffer(0));
let wordsOf: Uint8Array = new Uint8Array(0);

/**
 * Does the TCP checksum of a decoded segment match (RFC 9293 section 3.1)? A segment that the
 * snap length cut cannot be verified and counts as good.
 */
export function tcpChecksumOk(view: PacketView): boolean {
  if (view.payloadLength < view.payloadWireLength) return true;
  const length = view.payloadOffset - view.tcpOffset + view.payloadLength;
  let sum = halves(view.src3) + halves(view.dst3);
  if (view.ipVersion === 6) {
    sum += halves(view.src0) + halves(view.src1) + halves(view.src2);
    sum += halves(view.dst0) + halves(view.dst1) + halves(view.dst2);
  }
  sum += TCP_PROTOCOL + halves(length);
  return fold(sum + sumOf(view.bytes, view.tcpOffset, length)) === 0xffff;
}

/**
 * Does the header checksum of the decoded packet's IPv4 header match? True for IPv6, and for a
 * checksum of 0: the sender left it to its network card and the packet was captured before that.
 */
export function ipv4ChecksumOk(view: PacketView): boolean {
  if (view.ipVersion !== 4 || u16(view.bytes, view.ipOffset + IPV4_CHECKSUM) === 0) return true;
  const length = ((view.bytes[view.ipOffset] as number) & 15) * IPV4_HEADER_UNIT;
  return fold(sumOf(view.bytes, view.ipOffset, length)) === 0xffff;
}

/** Sum of the big-endian 16-bit words of `bytes[start .. start+length)`. */
function sumOf(bytes: Uint8Array, start: number, length: number): number {
  if (wordsOf !== bytes) {
    wordsOf = bytes;
    words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  let sum = 0;
  let at = start;
  const end = start + length;
  while (at < end) {
    // A block's sum stays a small integer; folding between blocks keeps it one.
    const blockEnd = at + BLOCK < end ? at + BLOCK : end;
    for (const last = blockEnd - 8; at <= last; at += 8) {
      const a = words.getInt32(at);
      const b = words.getInt32(at + 4);
      sum += (a >>> 16) + (a & 0xffff) + (b >>> 16) + (b & 0xffff);
    }
    for (const last = blockEnd - 2; at <= last; at += 2) sum += words.getUint16(at);
    if (at < blockEnd) sum += (bytes[at++] as number) << 8;
    sum = fold(sum);
  }
  return sum;
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

function fold(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}
