/** Classes of bytes and of code points (XML 1.0, fifth edition, productions 2 to 5). */

export const C_START: u8 = 1; // may start a name (without the colon)
export const C_NAME: u8 = 2; // may go on in a name (without the colon)
export const C_WHITE: u8 = 4;
export const C_DIGIT: u8 = 8;
export const C_HEX: u8 = 16;
export const C_PLAIN: u8 = 32; // letters, digits and : / . (nobody needs to write these as references)
export const C_DELIMITER: u8 = 64; // < > / " ' = & and space
export const C_ODD_URI: u8 = 128; // does not belong in a namespace name

// prettier-ignore
const CLASSES: usize = memory.data<u8>([
  128, 128, 128, 128, 128, 128, 128, 128, 128, 132, 132, 128, 128, 132, 128, 128,
  128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
  68, 0, 192, 0, 0, 0, 64, 64, 0, 0, 0, 0, 0, 2, 34, 96,
  58, 58, 58, 58, 58, 58, 58, 58, 58, 58, 32, 0, 192, 64, 192, 0,
  0, 51, 51, 51, 51, 51, 51, 35, 35, 35, 35, 35, 35, 35, 35, 35,
  35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 0, 128, 0, 128, 3,
  128, 51, 51, 51, 51, 51, 51, 35, 35, 35, 35, 35, 35, 35, 35, 35,
  35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 128, 128, 128, 0, 128,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

@inline
export function is(c: u32, kind: u8): bool {
  return (load<u8>(CLASSES + c) & kind) != 0;
}

/** NameStartChar above U+007F. */
export function startsName(c: u32): bool {
  if (c < 0x2000) {
    if (c < 0xc0 || c == 0xd7 || c == 0xf7) return false;
    if (c < 0x300) return true;
    return c >= 0x370 && c != 0x37e;
  }
  if (c < 0x3001) {
    return (
      (c >= 0x200c && c <= 0x200d) || (c >= 0x2070 && c <= 0x218f) || (c >= 0x2c00 && c <= 0x2fef)
    );
  }
  if (c <= 0xd7ff) return true;
  if (c < 0xf900) return false;
  if (c <= 0xfffd) return c <= 0xfdcf || c >= 0xfdf0;
  return c >= 0x10000 && c <= 0xeffff;
}

/** NameChar above U+007F. */
export function continuesName(c: u32): bool {
  return startsName(c) || c == 0xb7 || (c >= 0x300 && c <= 0x36f) || c == 0x203f || c == 0x2040;
}

/** Char: what an XML document may hold at all. */
export function isXmlChar(c: u32): bool {
  if (c < 0x20) return c == 9 || c == 10 || c == 13;
  return c < 0xd800 || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}
