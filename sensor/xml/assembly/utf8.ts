/**
 * UTF-8, strictly (RFC 3629). `decode` looks at the sequence that starts at `p` and says how long it
 * is, what it means, or what is wrong with it. An ill-formed stretch is as long as Unicode's
 * "maximal subpart", so each stands for one U+FFFD.
 */
import {
  EV_UTF8_DELIMITER_EATEN,
  EV_UTF8_OUT_OF_RANGE,
  EV_UTF8_OVERLONG,
  EV_UTF8_STRAY_CONTINUATION,
  EV_UTF8_STRAY_HIGH_BYTE,
  EV_UTF8_SURROGATE,
  EV_UTF8_TRUNCATED,
} from '../codes';
import { C_DELIMITER, is } from './chars';

/** Length of the sequence just looked at; 0 when its end has not come yet. */
export let length: i32 = 0;
/** Its code point, when well-formed. */
export let codePoint: u32 = 0;
/** What is wrong with it, 0 when well-formed. */
export let fault: i32 = 0;

function wrong(event: i32, n: i32): void {
  fault = event;
  length = n;
}

@inline
function isTail(c: u32): bool {
  return (c & 0xc0) == 0x80;
}

/** The required continuation is missing; `have` bytes of the sequence are there, `c` follows. */
function cut(have: i32, c: u32): void {
  if (c < 0x80 && is(c, C_DELIMITER)) wrong(EV_UTF8_DELIMITER_EATEN, have);
  else wrong(have == 1 ? EV_UTF8_STRAY_HIGH_BYTE : EV_UTF8_TRUNCATED, have);
}

/** `p < end` and the byte at `p` is above 0x7f. */
export function decode(p: usize, end: usize): void {
  const a = <u32>load<u8>(p);
  length = 0;
  fault = 0;
  if (a < 0xc0) {
    wrong(EV_UTF8_STRAY_CONTINUATION, 1);
    return;
  }
  if (p + 1 >= end) return;
  const b = <u32>load<u8>(p + 1);
  if (a < 0xc2) {
    wrong(isTail(b) ? EV_UTF8_OVERLONG : EV_UTF8_STRAY_HIGH_BYTE, 1);
    return;
  }
  if (a > 0xf4) {
    wrong(isTail(b) ? EV_UTF8_OUT_OF_RANGE : EV_UTF8_STRAY_HIGH_BYTE, 1);
    return;
  }
  if (!isTail(b)) {
    cut(1, b);
    return;
  }
  if (a < 0xe0) {
    codePoint = ((a & 0x1f) << 6) | (b & 0x3f);
    length = 2;
    return;
  }
  if ((a == 0xe0 && b < 0xa0) || (a == 0xf0 && b < 0x90)) {
    wrong(EV_UTF8_OVERLONG, 1);
    return;
  }
  if (a == 0xed && b > 0x9f) {
    wrong(EV_UTF8_SURROGATE, 1);
    return;
  }
  if (a == 0xf4 && b > 0x8f) {
    wrong(EV_UTF8_OUT_OF_RANGE, 1);
    return;
  }
  if (p + 2 >= end) return;
  const c = <u32>load<u8>(p + 2);
  if (!isTail(c)) {
    cut(2, c);
    return;
  }
  if (a < 0xf0) {
    codePoint = ((a & 0xf) << 12) | ((b & 0x3f) << 6) | (c & 0x3f);
    length = 3;
    return;
  }
  if (p + 3 >= end) return;
  const d = <u32>load<u8>(p + 3);
  if (!isTail(d)) {
    cut(3, d);
    return;
  }
  codePoint = ((a & 7) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f);
  length = 4;
}

/** Writes a code point (not a surrogate, at most U+10FFFF); returns how many bytes. */
export function encode(c: u32, to: usize): i32 {
  if (c < 0x80) {
    store<u8>(to, <u8>c);
    return 1;
  }
  if (c < 0x800) {
    store<u8>(to, <u8>(0xc0 | (c >> 6)));
    store<u8>(to, <u8>(0x80 | (c & 0x3f)), 1);
    return 2;
  }
  if (c < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (c >> 12)));
    store<u8>(to, <u8>(0x80 | ((c >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (c & 0x3f)), 2);
    return 3;
  }
  store<u8>(to, <u8>(0xf0 | (c >> 18)));
  store<u8>(to, <u8>(0x80 | ((c >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((c >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (c & 0x3f)), 3);
  return 4;
}
