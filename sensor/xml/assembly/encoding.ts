/**
 * From bytes of the wire to UTF-8 in a slot: which encoding a document is in, transcoding of UTF-16
 * and UTF-32, and the way back from a raw address to the offset on the wire.
 *
 * A lone surrogate (UTF-16) and a value above U+10FFFF (UTF-32) are written as the ill-formed UTF-8
 * they correspond to: the reader behind then reports and replaces them like any other.
 */
import { EV_BOM, EV_ENCODING_UTF16, EV_ENCODING_UTF32 } from '../codes';
import { raiseOutside } from './events';
import { Half, Slot, halfAt, maxStanza } from './layout';
import { encode } from './utf8';

export const ENC_UNKNOWN: i32 = 0;
export const ENC_UTF8: i32 = 1;
export const ENC_UTF16LE: i32 = 2;
export const ENC_UTF16BE: i32 = 3;
export const ENC_UTF32LE: i32 = 4;
export const ENC_UTF32BE: i32 = 5;
/** Added after a gap: the next `<` in this encoding tells where its units begin. */
export const ENC_SEEK: i32 = 8;

/** Bytes on the wire that [from, to) of the raw area stands for. */
export function wireSpan(encoding: i32, from: usize, to: usize): f64 {
  if (encoding <= ENC_UTF8) return <f64>(<i32>(to - from));
  let units: i32 = 0;
  const wide = encoding >= ENC_UTF32LE;
  for (let p = from; p < to; p++) {
    const c = <u32>load<u8>(p);
    if ((c & 0xc0) == 0x80) continue;
    units += !wide && c >= 0xf0 ? 2 : 1;
  }
  return <f64>units * (wide ? 4.0 : 2.0);
}

/** Offset in the half of a raw address. Asked mostly in order, so it counts on from where it was. */
export function wireAt(s: Slot, at: usize): f64 {
  const encoding = halfAt(s.half).encoding & ~ENC_SEEK;
  // Beyond the cap the bytes behind it come and go; those before it stay where they are.
  if (s.over && at < s.item + maxStanza) return s.itemWire + wireSpan(encoding, s.item, at);
  if (encoding <= ENC_UTF8) return s.markWire + <f64>(<i32>(at - s.mark));
  if (at < s.mark) return s.markWire - wireSpan(encoding, at, s.mark);
  s.markWire += wireSpan(encoding, s.mark, at);
  s.mark = at;
  return s.markWire;
}

/** Bytes before `to` are about to go. */
export function moveMark(s: Slot, to: usize): void {
  if (s.mark >= to) return;
  s.markWire += wireSpan(halfAt(s.half).encoding & ~ENC_SEEK, s.mark, to);
  s.mark = to;
}

/**
 * Looks at the first bytes of a document, in `half.carry`, and settles its encoding. Returns how many
 * of the carried bytes are a byte order mark, or -1 when more bytes are needed.
 */
export function detect(h: i32): i32 {
  const half = halfAt(h);
  const n = half.carryLength;
  const a = <u32>(half.carry & 0xff);
  const b = <u32>((half.carry >> 8) & 0xff);
  const c = <u32>((half.carry >> 16) & 0xff);
  const d = <u32>((half.carry >> 24) & 0xff);
  half.encoding = ENC_UTF8;
  if (a == 0xef) {
    if (n < 2) return wait(half);
    if (b != 0xbb) return 0;
    if (n < 3) return wait(half);
    if (c != 0xbf) return 0;
    raiseOutside(h, EV_BOM, half.read);
    return 3;
  }
  if (a == 0xfe) {
    if (n < 2) return wait(half);
    return b == 0xff ? settle(h, ENC_UTF16BE, 2) : 0;
  }
  if (a == 0xff) {
    if (n < 2) return wait(half);
    if (b != 0xfe) return 0;
    if (n < 3) return wait(half);
    if (c != 0) return settle(h, ENC_UTF16LE, 2);
    if (n < 4) return wait(half);
    return d == 0 ? settle(h, ENC_UTF32LE, 4) : settle(h, ENC_UTF16LE, 2);
  }
  if (a >= 0x80) return 0;
  if (n < 2) return wait(half);
  if (a != 0 && b != 0) return 0;
  if (n < 3) return wait(half);
  if (a == 0) {
    if (b != 0 && c != 0) return 0;
    if (n < 4) return wait(half);
    if (b != 0) return d != 0 ? settle(h, ENC_UTF16BE, 0) : 0;
    if (c == 0xfe && d == 0xff) return settle(h, ENC_UTF32BE, 4);
    return c == 0 && d != 0 ? settle(h, ENC_UTF32BE, 0) : 0;
  }
  if (n < 4) return wait(half);
  if (d != 0) return 0;
  return settle(h, c == 0 ? ENC_UTF32LE : ENC_UTF16LE, 0);
}

function wait(half: Half): i32 {
  half.encoding = ENC_UNKNOWN;
  return -1;
}

function settle(h: i32, encoding: i32, mark: i32): i32 {
  const half = halfAt(h);
  half.encoding = encoding;
  const event = encoding >= ENC_UTF32LE ? EV_ENCODING_UTF32 : EV_ENCODING_UTF16;
  raiseOutside(h, event, half.read);
  return mark;
}

@inline
function unit16(p: usize, big: bool): u32 {
  return big ? ((<u32>load<u8>(p)) << 8) | (<u32>load<u8>(p, 1)) : <u32>load<u16>(p);
}

@inline
function unit32(p: usize, big: bool): u32 {
  return big ? bswap<u32>(load<u32>(p)) : load<u32>(p);
}

/** Any value as one to four bytes; what is not a character comes out ill-formed. */
function put(c: u32, to: usize): i32 {
  return encode(c > 0x10ffff ? 0x110000 : c, to);
}

/**
 * Transcodes [p, end) to `to`. Returns how many bytes it used: an incomplete unit at the end stays.
 * `written` tells how many bytes came out.
 */
export let written: i32 = 0;

export function transcode(encoding: i32, p: usize, end: usize, to: usize): i32 {
  const begin = p;
  let out = to;
  if (encoding >= ENC_UTF32LE) {
    const big = encoding == ENC_UTF32BE;
    while (p + 4 <= end) {
      out += put(unit32(p, big), out);
      p += 4;
    }
  } else {
    const big = encoding == ENC_UTF16BE;
    while (p + 2 <= end) {
      let c = unit16(p, big);
      if (c >= 0xd800 && c < 0xdc00) {
        if (p + 4 > end) break;
        const d = unit16(p + 2, big);
        if (d >= 0xdc00 && d < 0xe000) {
          c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
          p += 2;
        }
      }
      out += put(c, out);
      p += 2;
    }
  }
  written = <i32>(out - to);
  return <i32>(p - begin);
}

/**
 * After a gap: drops bytes until `carry` (kept at 8 bytes or less) begins with `<` and one ASCII
 * character in this encoding. Returns true when it does.
 */
export function aligned(encoding: i32, carry: u64): bool {
  switch (encoding) {
    case ENC_UTF16LE:
      return (carry & 0xff80ffff) == 0x3c;
    case ENC_UTF16BE:
      return (carry & 0x80ffffff) == 0x3c00;
    case ENC_UTF32LE:
      return (carry & 0xffffff80ffffffff) == 0x3c;
    default:
      return (carry & 0x80ffffffffffffff) == 0x3c000000;
  }
}
