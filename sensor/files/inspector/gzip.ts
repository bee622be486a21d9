/** gzip (RFC 1952): one member is the rule, more are joined; what follows the last is told as another type. */
import { u16le } from '../../core/index.ts';
import { latin1 } from './bytes.ts';
import type { Examination, Member } from './examination.ts';

const HEADER_LENGTH = 10;
const TRAILER_LENGTH = 8;
const FLAG_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
/** Compressed pieces joined into one; loggers write a few. */
const PIECES_MAX = 4096;

export function gzipMember(exam: Examination, bytes: Uint8Array): Member | undefined {
  const pieces: Uint8Array[] = [];
  let name = '';
  let at = 0;
  let isWhole = false;
  while (pieces.length < PIECES_MAX) {
    const header = readHeader(bytes, at);
    if (header === undefined) break;
    if (at === 0) ({ name } = header);
    const inflated = exam.inflate(bytes.subarray(header.end));
    pieces.push(inflated.bytes);
    isWhole = inflated.end === 'ended';
    if (inflated.end === 'broken') exam.sign('malformed', 'gzip data that cannot be unpacked');
    if (!isWhole || exam.isLate()) break;
    at = header.end + inflated.consumed + TRAILER_LENGTH;
    if (at >= bytes.length) break;
  }
  if (pieces.length === 0) return undefined;
  const unpacked = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  return { name, bytes: unpacked, size: -1, isWhole };
}

function readHeader(bytes: Uint8Array, at: number): { end: number; name: string } | undefined {
  if (at + HEADER_LENGTH >= bytes.length) return undefined;
  if (bytes[at] !== 0x1f || bytes[at + 1] !== 0x8b || bytes[at + 2] !== 8) return undefined;
  const flags = bytes[at + 3] as number;
  let end = at + HEADER_LENGTH;
  let name = '';
  if ((flags & FLAG_EXTRA) !== 0) {
    if (end + 2 > bytes.length) return undefined;
    end += 2 + u16le(bytes, end);
  }
  if ((flags & FLAG_NAME) !== 0) {
    const zero = bytes.indexOf(0, end);
    if (zero === -1) return undefined;
    name = latin1(bytes, end, zero);
    end = zero + 1;
  }
  if ((flags & FLAG_COMMENT) !== 0) {
    const zero = bytes.indexOf(0, end);
    if (zero === -1) return undefined;
    end = zero + 1;
  }
  if ((flags & FLAG_CRC) !== 0) end += 2;
  return end < bytes.length ? { end, name } : undefined;
}
