/** Source of VBA modules: compressed as MS-OVBA section 2.4.1 says, behind tables nobody needs to read. */
import { u16le } from '../../core/index.ts';
import { indexOf } from './bytes.ts';

const CONTAINER = 0x01;
const CHUNK_BYTES = 4096;

/** Undefined when the stream holds no module. */
export function vbaSource(stream: Uint8Array, limit: number): Uint8Array | undefined {
  // The source begins with "Attribute"; the first eight letters of it are kept as they are behind three bytes.
  const found = indexOf(stream, '\0Attribut');
  const start = found - 3;
  return found >= 3 && stream[start] === CONTAINER
    ? decompress(stream, start + 1, limit)
    : undefined;
}

function decompress(packed: Uint8Array, from: number, limit: number): Uint8Array {
  const out: number[] = [];
  let at = from;
  while (at + 2 < packed.length && out.length < limit) {
    const header = u16le(packed, at);
    const end = Math.min(packed.length, at + (header & 0x0fff) + 3);
    const isPacked = (header & 0x8000) !== 0;
    at += 2;
    if (!isPacked) for (; at < end; at++) out.push(packed[at] as number);
    else readChunk(packed, at, end, out);
    at = end;
  }
  return Uint8Array.from(out);
}

function readChunk(packed: Uint8Array, from: number, end: number, out: number[]): void {
  const chunkStart = out.length;
  let at = from;
  while (at < end && out.length - chunkStart < CHUNK_BYTES) {
    const flags = packed[at++] as number;
    for (let bit = 0; bit < 8 && at < end; bit++) {
      if (((flags >> bit) & 1) === 0) {
        out.push(packed[at++] as number);
        continue;
      }
      if (at + 1 >= end) return;
      const token = u16le(packed, at);
      at += 2;
      // The fuller the chunk, the more bits the distance takes.
      const done = out.length - chunkStart;
      const distanceBits = Math.max(4, Math.ceil(Math.log2(Math.max(1, done))));
      const lengthBits = 16 - distanceBits;
      const length = (token & ((1 << lengthBits) - 1)) + 3;
      const distance = (token >> lengthBits) + 1;
      if (distance > done) return;
      for (let i = 0; i < length; i++) out.push(out[out.length - distance] as number);
    }
  }
}
