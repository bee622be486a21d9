/**
 * Bounded inflation. Node's zlib does what is sound and small enough; what it refuses (cut, damaged or larger than
 * may be) goes to a streaming reader, which gives what there is up to that point: hostile archives end badly on
 * purpose, and their beginning is what a victim's reader shows.
 */
import { inflateRawSync, constants } from 'node:zlib';
import { Inflate } from 'fflate';
import { NOTHING } from './bytes.ts';

export interface Inflated {
  readonly bytes: Uint8Array;
  /** 'ended': all there is. 'cut': input or room ended before the data. 'broken': not deflate from here on. */
  readonly end: 'ended' | 'full' | 'cut' | 'broken';
  /** Length of the compressed data; exact when 'ended'. */
  readonly consumed: number;
}

/** Deflate grows at most 1,032 times: a step gives at most this many times as much. */
const STEP_BYTES = 8 * 1024;

/** Raw deflate (RFC 1951), at most `limit` bytes of output. */
export function inflate(bytes: Uint8Array, limit: number): Inflated {
  if (limit <= 0) return { bytes: NOTHING, end: bytes.length === 0 ? 'cut' : 'full', consumed: 0 };
  try {
    const { buffer, engine } = inflateRawSync(bytes, {
      maxOutputLength: limit,
      info: true,
      finishFlush: constants.Z_FINISH,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { bytes: buffer, end: 'ended', consumed: engine.bytesWritten };
  } catch {
    return inflateStepwise(bytes, limit);
  }
}

function inflateStepwise(bytes: Uint8Array, limit: number): Inflated {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((piece) => {
    pieces.push(piece);
    length += piece.length;
  });
  let end: Inflated['end'] = 'cut';
  let at = 0;
  try {
    for (; at < bytes.length && length < limit; at += STEP_BYTES)
      stream.push(bytes.subarray(at, at + STEP_BYTES), false);
    if (length >= limit) end = 'full';
  } catch {
    end = 'broken';
  }
  return {
    bytes: Buffer.concat(pieces).subarray(0, limit),
    end,
    consumed: Math.min(at, bytes.length),
  };
}
