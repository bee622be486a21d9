/** Zstandard (RFC 8878), read in steps so that a limit on what comes out can be kept. */
import { Decompress } from 'fzstd';
import type { Examination, Member } from './examination.ts';

/** A block holds at most 128 KiB and may be 3 bytes of input: few blocks a step. */
const STEP_BYTES = 64;
/** Frames say how far back they look, and the reader takes that much memory at once. */
const WINDOW_LOG_MAX = 23;

export function zstdMember(exam: Examination, bytes: Uint8Array): Member | undefined {
  if (windowLog(bytes) > WINDOW_LOG_MAX) {
    exam.unsee('Zstandard window');
    return undefined;
  }
  const limit = exam.unpackedLeft;
  const pieces: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  const stream = new Decompress((piece) => {
    // The reader goes on in this memory.
    pieces.push(piece.slice());
    length += piece.length;
  });
  try {
    for (let at = 0; at < bytes.length && length < limit; at += STEP_BYTES) {
      stream.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
      if (exam.isLate()) break;
    }
    isWhole = length <= limit && !exam.isLate();
  } catch {
    // Cut off, or damaged: what came before is looked at.
    exam.unsee('end of Zstandard data');
  }
  const unpacked = Buffer.concat(pieces).subarray(0, limit);
  exam.countUnpacked(unpacked.length);
  return { name: '', bytes: unpacked, size: -1, isWhole };
}

/** Of the first frame: RFC 8878 section 3.1.1.1. A frame of one segment says its size instead. */
function windowLog(bytes: Uint8Array): number {
  const descriptor = bytes[4] ?? 0;
  if ((descriptor & 0x20) === 0) return 10 + ((bytes[5] ?? 0) >> 3);
  const sizeBytes = 1 << (descriptor >> 6);
  const dictionaryBytes = (1 << (descriptor & 3)) >> 1;
  let size = 0;
  for (let i = sizeBytes - 1; i >= 0; i--)
    size = size * 256 + (bytes[5 + dictionaryBytes + i] ?? 0);
  return Math.ceil(Math.log2(size + 1));
}
