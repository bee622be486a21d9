/**
 * Vector scans: the next byte that is not plain. Loads may pass `end` (memory has slack behind every
 * area); answers never do.
 */

/** Next byte of text that is markup, `>`, a reference, a control character or not ASCII. */
@inline
export function scanText(p: usize, end: usize): usize {
  while (p < end) {
    const v = v128.load(p);
    // Signed: bytes below space and bytes above 0x7f alike. `<` and `>` differ in one bit.
    const m = i8x16.bitmask(
      v128.or(
        i8x16.lt_s(v, i8x16.splat(0x20)),
        v128.or(
          i8x16.eq(v128.or(v, i8x16.splat(2)), i8x16.splat(0x3e)),
          i8x16.eq(v, i8x16.splat(0x26)),
        ),
      ),
    );
    if (m) {
      p += ctz(m);
      return p < end ? p : end;
    }
    p += 16;
  }
  return end;
}

/** Next byte of an attribute value that is its quote, `<`, a reference, a control or not ASCII. */
@inline
export function scanValue(p: usize, end: usize, quote: i32): usize {
  const q = i8x16.splat(<i8>quote);
  while (p < end) {
    const v = v128.load(p);
    const m = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.lt_s(v, i8x16.splat(0x20)), i8x16.eq(v, q)),
        v128.or(i8x16.eq(v, i8x16.splat(0x3c)), i8x16.eq(v, i8x16.splat(0x26))),
      ),
    );
    if (m) {
      p += ctz(m);
      return p < end ? p : end;
    }
    p += 16;
  }
  return end;
}

/** Next byte that is not a letter, digit, `-`, `.` or `_`: an ASCII name ends there. */
@inline
export function scanName(p: usize, end: usize): usize {
  while (p < end) {
    const v = v128.load(p);
    const letters = i8x16.lt_u(
      i8x16.sub(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x61)),
      i8x16.splat(26),
    );
    const digits = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(10));
    const dashes = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x2d)), i8x16.splat(2));
    const plain = v128.or(
      v128.or(letters, digits),
      v128.or(dashes, i8x16.eq(v, i8x16.splat(0x5f))),
    );
    const m = i8x16.bitmask(plain) ^ 0xffff;
    if (m) {
      p += ctz(m);
      return p < end ? p : end;
    }
    p += 16;
  }
  return end;
}

/** Next occurrence of one byte, or of a byte that is not plain ASCII text. */
export function scanFor(p: usize, end: usize, wanted: i32): usize {
  const w = i8x16.splat(<i8>wanted);
  while (p < end) {
    const v = v128.load(p);
    const m = i8x16.bitmask(v128.or(i8x16.lt_s(v, i8x16.splat(0x20)), i8x16.eq(v, w)));
    if (m) {
      p += ctz(m);
      return p < end ? p : end;
    }
    p += 16;
  }
  return end;
}

/** Next `<`. */
export function scanLess(p: usize, end: usize): usize {
  while (p < end) {
    const m = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0x3c)));
    if (m) {
      p += ctz(m);
      return p < end ? p : end;
    }
    p += 16;
  }
  return end;
}

/** Copies to a place that has slack behind it; the areas do not overlap. */
@inline
export function copyBytes(to: usize, from: usize, n: i32): void {
  let i: i32 = 0;
  while (i < n) {
    v128.store(to + i, v128.load(from + i));
    i += 16;
  }
}

export function sameBytes(a: usize, b: usize, n: i32): bool {
  let i: i32 = 0;
  while (i + 8 <= n) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false;
    i += 8;
  }
  while (i < n) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
    i++;
  }
  return true;
}
