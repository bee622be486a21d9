/**
 * UTF-8 as careless readers decode it: the first byte says how many belong to the character, and the others are
 * taken for granted. So a lead byte swallows the `<` behind it, and an overlong form becomes the markup it spells;
 * both are what attacks on the difference between two readers are made of.
 */

const REPLACEMENT = 0xfffd;
const LAST = 0x10ffff;

export function decodeLoosely(bytes: Uint8Array, offset: number, length: number): string {
  // No character takes more code units than bytes.
  const units = new Uint16Array(length);
  const end = offset + length;
  let count = 0;
  for (let at = offset; at < end;) {
    const size = sizeOf(bytes[at] as number);
    const point = at + size > end ? REPLACEMENT : pointOf(bytes, at, size);
    if (point <= 0xffff) {
      units[count++] = point;
    } else {
      units[count++] = 0xd7c0 + (point >> 10);
      units[count++] = 0xdc00 + (point & 0x3ff);
    }
    at += size;
  }
  return Buffer.from(units.buffer, 0, 2 * count).toString('utf16le');
}

/** Bytes of the character that begins with `lead`; bytes that begin none stand alone. */
function sizeOf(lead: number): number {
  if (lead < 0xc0 || lead > 0xf7) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function pointOf(bytes: Uint8Array, at: number, size: number): number {
  const lead = bytes[at] as number;
  if (size === 1) return lead < 0x80 ? lead : REPLACEMENT;
  let point = lead & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  return point > LAST ? REPLACEMENT : point;
}
