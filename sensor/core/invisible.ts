/** Characters without width that break up words (threats.md section 10.2), as bytes of UTF-8. */

/** Length of the invisible character at this place, 0 when there is none. */
export function invisibleBytes(text: Uint8Array, at: number, end: number): number {
  const lead = text[at] as number;
  if (lead < 0xc2) return 0;
  const second = at + 1 < end ? (text[at + 1] as number) : 0;
  const third = at + 2 < end ? (text[at + 2] as number) : 0;
  switch (lead) {
    // Soft hyphen, U+034F, U+061C.
    case 0xc2:
      return second === 0xad ? 2 : 0;
    case 0xcd:
      return second === 0x8f ? 2 : 0;
    case 0xd8:
      return second === 0x9c ? 2 : 0;
    case 0xe1:
      return isFiller(second, third) ? 3 : 0;
    case 0xe2:
      return isMark(second, third) ? 3 : 0;
    case 0xef:
      return isSpecial(second, third) ? 3 : 0;
    // U+E0000-E007F.
    case 0xf3:
      return second === 0xa0 && (third === 0x80 || third === 0x81) && at + 3 < end ? 4 : 0;
    default:
      return 0;
  }
}

/** U+115F and 1160, 17B4 and 17B5, 180E. */
function isFiller(second: number, third: number): boolean {
  if (second === 0x85) return third === 0x9f || third === 0xa0;
  if (second === 0x9e) return third === 0xb4 || third === 0xb5;
  return second === 0xa0 && third === 0x8e;
}

/** U+200B-200F, 202A-202E; 2060-206F. */
function isMark(second: number, third: number): boolean {
  if (second === 0x81) return third >= 0xa0 && third <= 0xaf;
  return second === 0x80 && ((third >= 0x8b && third <= 0x8f) || (third >= 0xaa && third <= 0xae));
}

/** U+FE00-FE0F, FEFF, FFF9-FFFB. */
function isSpecial(second: number, third: number): boolean {
  if (second === 0xb8) return third >= 0x80 && third <= 0x8f;
  if (second === 0xbf) return third >= 0xb9 && third <= 0xbb;
  return second === 0xbb && third === 0xbf;
}

export function hasInvisible(text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    if (invisibleBytes(text, at, text.length) > 0) return true;
  }
  return false;
}
