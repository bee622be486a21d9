/**
 * First bytes of a half as text to search in: UTF-8, UTF-16 and UTF-32 in either byte order, with
 * or without byte order mark, because servers read them all (threats.md section 13). Characters
 * beyond Latin-1 become '?': nothing that tells XMPP apart contains one.
 */

/** Byte order marks, longest first: the one of UTF-32 little-endian begins like that of UTF-16. */
const MARKS: readonly (readonly [bytes: readonly number[], width: number, low: number])[] = [
  [[0x00, 0x00, 0xfe, 0xff], 4, 3],
  [[0xff, 0xfe, 0x00, 0x00], 4, 0],
  [[0xef, 0xbb, 0xbf], 1, 0],
  [[0xfe, 0xff], 2, 1],
  [[0xff, 0xfe], 2, 0],
];

/** Text of `bytes[offset .. offset+length)`, without its byte order mark. */
export function plainText(bytes: Uint8Array, offset: number, length: number): string {
  for (const [mark, width, low] of MARKS) {
    if (length >= mark.length && mark.every((byte, i) => bytes[offset + i] === byte)) {
      return read(bytes, offset + mark.length, length - mark.length, width, low);
    }
  }
  const { width, low } = unmarked(bytes, offset, length);
  return read(bytes, offset, length, width, low);
}

/** Without a mark, the zero bytes around the first ASCII character tell (XML 1.0 appendix F.1). */
function unmarked(
  bytes: Uint8Array,
  offset: number,
  length: number,
): { width: number; low: number } {
  if (length >= 4) {
    const zeros = [0, 1, 2, 3].map((i) => (bytes[offset + i] === 0 ? '0' : 'x')).join('');
    if (zeros === 'x0x0') return { width: 2, low: 0 };
    if (zeros === '0x0x') return { width: 2, low: 1 };
    if (zeros === 'x000') return { width: 4, low: 0 };
    if (zeros === '000x') return { width: 4, low: 3 };
  }
  return { width: 1, low: 0 };
}

function read(
  bytes: Uint8Array,
  offset: number,
  length: number,
  width: number,
  low: number,
): string {
  if (width === 1) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1');
  }
  let text = '';
  for (let unit = 0; unit + width <= length; unit += width) {
    let isLatin1 = true;
    for (let i = 0; i < width; i++) {
      if (i !== low && bytes[offset + unit + i] !== 0) isLatin1 = false;
    }
    text += isLatin1 ? String.fromCharCode(bytes[offset + unit + low] as number) : '?';
  }
  return text;
}
