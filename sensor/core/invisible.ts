/** Characters without width that break up words (threats.md section 10.2), as bytes of UTF-8. */

/** Length of the invisible character at this place, 0 when there is none. */
export function invisibleBytes(text: Uint8Array, at: number, end: number): number {
  const lead = text[at] as number;
  // Soft hyphen.
  if (lead === 0xc2) return at + 1 < end && text[at + 1] === 0xad ? 2 : 0;
  if ((lead !== 0xe2 && lead !== 0xef) || at + 2 >= end) return 0;
  const middle = text[at + 1] as number;
  const last = text[at + 2] as number;
  if (lead === 0xef) return middle === 0xbb && last === 0xbf ? 3 : 0;
  // U+200B-200F, 202A-202E; 2060-206F.
  const isMark = (last >= 0x8b && last <= 0x8f) || (last >= 0xaa && last <= 0xae);
  return (middle === 0x80 && isMark) || (middle === 0x81 && last >= 0xa0 && last <= 0xaf) ? 3 : 0;
}

export function hasInvisible(text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    if ((text[at] as number) >= 0x80 && invisibleBytes(text, at, text.length) > 0) return true;
  }
  return false;
}
