/** Packets of a capture of TCP over IPv4 and Ethernet, taken apart so that tests can cut, drop and reorder them. */
import { readCapture } from '../../sensor/capture/index.ts';
import { concat, internetChecksum, type TimedPacket } from './packets.ts';

const ETHERNET = 14;
const TCP = 6;
const FIN_PSH = 0x09;

/** One segment: its frame, and what tests choose by. */
export interface CapturedSegment extends TimedPacket {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payloadLength: number;
}

/** All segments of a capture file; other packets are left out. */
export async function readSegments(path: string): Promise<CapturedSegment[]> {
  const segments: CapturedSegment[] = [];
  await readCapture(path, {
    packet: (bytes, offset, caplen, _wirelen, time) => {
      const frame = bytes.slice(offset, offset + caplen);
      const ip = new DataView(frame.buffer, ETHERNET);
      if (ip.getUint8(0) >> 4 !== 4 || ip.getUint8(9) !== TCP) return;
      segments.push({
        bytes: frame,
        tsUsec: time[0] ?? 0,
        srcPort: ip.getUint16(ipBytes(ip)),
        dstPort: ip.getUint16(ipBytes(ip) + 2),
        payloadLength: payloadOf(frame).length,
      });
    },
  });
  return segments;
}

/** The same bytes in segments of `size` at most, with right lengths, numbers, flags and checksums. */
export function resegment(segment: CapturedSegment, size: number): CapturedSegment[] {
  const payload = payloadOf(segment.bytes);
  const headers = segment.bytes.subarray(0, segment.bytes.length - payload.length);
  const pieces: CapturedSegment[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += size) {
    const piece = payload.subarray(at, at + size);
    const frame = concat([headers, piece]);
    const isLast = at + size >= payload.length;
    renumber(frame, at, isLast);
    pieces.push({ ...segment, bytes: frame, payloadLength: piece.length });
  }
  return pieces;
}

function ipBytes(ip: DataView): number {
  return (ip.getUint8(0) & 15) * 4;
}

/** Without the padding of short frames. */
function payloadOf(frame: Uint8Array): Uint8Array {
  const ip = new DataView(frame.buffer, frame.byteOffset + ETHERNET);
  const tcp = ipBytes(ip);
  const start = ETHERNET + tcp + (ip.getUint8(tcp + 12) >> 4) * 4;
  return frame.subarray(start, ETHERNET + ip.getUint16(2));
}

function renumber(frame: Uint8Array, skipped: number, isLast: boolean): void {
  const ip = new DataView(frame.buffer, frame.byteOffset + ETHERNET);
  const tcp = ipBytes(ip);
  const length = frame.length - ETHERNET;
  ip.setUint16(2, length);
  ip.setUint16(10, 0);
  ip.setUint16(10, internetChecksum(frame.subarray(ETHERNET, ETHERNET + tcp)));
  ip.setUint32(tcp + 4, (ip.getUint32(tcp + 4) + skipped) >>> 0);
  if (!isLast) ip.setUint8(tcp + 13, ip.getUint8(tcp + 13) & ~FIN_PSH);
  ip.setUint16(tcp + 16, 0);
  const addresses = frame.subarray(ETHERNET + 12, ETHERNET + 20);
  const tcpLength = length - tcp;
  const pseudo = concat([addresses, Uint8Array.of(0, TCP, tcpLength >> 8, tcpLength & 255)]);
  const sum = internetChecksum(concat([pseudo, frame.subarray(ETHERNET + tcp)]));
  ip.setUint16(tcp + 16, sum);
}
