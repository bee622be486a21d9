/**
 * Two questions about a window of text that would cost libhs or JavaScript nanoseconds a byte, asked of 16 bytes at a
 * time: which forms of letters and digits stand in it, and where its long numbers are (window-reader.ts).
 *
 * The text lies behind one zero and is followed by zeros, so blocks may be read beyond both ends.
 */

/** Longest text. */
const TEXT_BYTES: usize = 128 * 1024;
/** Room before and behind the text: one block, and more for alignment. */
const MARGIN: usize = 128;
const BLOCK: usize = 64;

/** A form: is a word to end before it, how many places it has, and the class of each. */
const FORM_BYTES: usize = 32;
const MOST_FORMS: usize = 32;
const MOST_PLACES: usize = 16;
/** Starts that one block decides about: its first bit is the byte before the first of them. */
const STARTS: usize = BLOCK - MOST_PLACES;
const START_BITS: u64 = ((<u64>1 << <u64>STARTS) - 1) << 1;

/** Runs of digits with single separators between them that are shorter are left out. */
const LEAST_RUN: usize = 9;

const TEXT: usize = 64 + MARGIN;
const FORMS: usize = TEXT + TEXT_BYTES + MARGIN;
const MASKS: usize = FORMS + FORM_BYTES * MOST_FORMS;
const EDGES: usize = MASKS + 64;

/** Offsets in MASKS, by class. */
const DIGIT: usize = 0;
const LETTER: usize = 8;
const HEX: usize = 16;

export function textAddress(): usize {
  return TEXT;
}

/** Form i is at i * FORM_BYTES: [begins a word, places, classes (0 digit, 1 letter, 2 hexadecimal digit) ...]. */
export function formsAddress(): usize {
  return FORMS;
}

/** Where long numbers change between digits and others, offsets in the text; as `numbers` left them. */
export function edgesAddress(): usize {
  return EDGES;
}

/** To be called when a text of this length has been put at its place. */
export function close(length: usize): void {
  memory.fill(TEXT + length, 0, MARGIN);
}

/**
 * Bits of the forms that stand in the text, of the first `count`. `digitless`: bits of those without a place for digits
 * alone, which may stand where there is no digit.
 */
export function formsIn(length: usize, count: i32, digitless: u32): u32 {
  let found: u32 = 0;
  const all: u32 = count == 32 ? 0xffffffff : (1 << count) - 1;
  const end = TEXT + length;
  for (let p = TEXT - 1; p < end && found != all; p += STARTS) {
    const digits = digitsAt(p);
    const asked = (digits == 0 ? digitless : all) & ~found;
    if (asked == 0) continue;
    const letters = lettersAt(p);
    store<u64>(MASKS, digits, DIGIT);
    store<u64>(MASKS, letters, LETTER);
    store<u64>(MASKS, digits | hexLettersAt(p), HEX);
    const wordBefore = (digits | letters | equalAt(p, 0x5f)) << 1;
    for (let i = 0; i < count; i++) {
      if (!(asked & (1 << i))) continue;
      const form = FORMS + FORM_BYTES * i;
      let starts = START_BITS;
      if (load<u8>(form)) starts &= ~wordBefore;
      const places: usize = load<u8>(form, 1);
      for (let k: usize = 0; k < places && starts != 0; k++) {
        starts &= load<u64>(MASKS + 8 * <usize>load<u8>(form + k, 2)) >> <u64>k;
      }
      if (starts != 0) found |= 1 << i;
    }
  }
  return found;
}

/** Finds the groups of digits of all long numbers; group i is [edges[2 * i], edges[2 * i + 1]). Returns their number. */
export function numbers(length: usize): i32 {
  let out = EDGES;
  let start: usize = 0;
  let isIn: u64 = 0;
  let digitBefore: u64 = 0;
  let digits = digitsAt(TEXT);
  for (let at: usize = 0; at < length; at += BLOCK) {
    const next = digitsAt(TEXT + at + BLOCK);
    const behindDigit = (digits << 1) | digitBefore;
    const beforeDigit = (digits >> 1) | (next << 63);
    const run = digits | (separatorsAt(TEXT + at) & behindDigit & beforeDigit);
    let changes = run ^ ((run << 1) | isIn);
    while (changes != 0) {
      const place = at + <usize>ctz(changes);
      changes &= changes - 1;
      isIn ^= 1;
      if (isIn) start = place;
      else if (place - start >= LEAST_RUN) out = edgesOf(start, place, out);
    }
    isIn = run >> 63;
    digitBefore = digits >> 63;
    digits = next;
  }
  if (isIn && length - start >= LEAST_RUN) out = edgesOf(start, length, out);
  return <i32>((out - EDGES) >> 3);
}

/** A run begins and ends with a digit. */
function edgesOf(start: usize, end: usize, out: usize): usize {
  let before: u32 = 0;
  for (let i = start; i < end; i++) {
    const isDigit: u32 = <u32>(<u32>load<u8>(TEXT + i) - 0x30 < 10);
    store<u32>(out, <u32>i);
    out += (isDigit ^ before) << 2;
    before = isDigit;
  }
  store<u32>(out, <u32>end);
  return out + 4;
}

// --- classes: a bit for each of 64 bytes ---

@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>i8x16.bitmask(a) |
    (<u64>i8x16.bitmask(b) << 16) |
    (<u64>i8x16.bitmask(c) << 32) |
    (<u64>i8x16.bitmask(d) << 48)
  );
}

@inline
function within(v: v128, first: u8, count: u8): v128 {
  return i8x16.lt_u(i8x16.sub(v, i8x16.splat(first)), i8x16.splat(count));
}

@inline
function digitsAt(p: usize): u64 {
  return bits(
    within(v128.load(p), 0x30, 10),
    within(v128.load(p, 16), 0x30, 10),
    within(v128.load(p, 32), 0x30, 10),
    within(v128.load(p, 48), 0x30, 10),
  );
}

@inline
function small(p: usize, offset: usize): v128 {
  return v128.or(v128.load(p + offset), i8x16.splat(0x20));
}

@inline
function lettersAt(p: usize): u64 {
  return bits(
    within(small(p, 0), 0x61, 26),
    within(small(p, 16), 0x61, 26),
    within(small(p, 32), 0x61, 26),
    within(small(p, 48), 0x61, 26),
  );
}

@inline
function hexLettersAt(p: usize): u64 {
  return bits(
    within(small(p, 0), 0x61, 6),
    within(small(p, 16), 0x61, 6),
    within(small(p, 32), 0x61, 6),
    within(small(p, 48), 0x61, 6),
  );
}

@inline
function equalAt(p: usize, byte: u8): u64 {
  return bits(
    i8x16.eq(v128.load(p), i8x16.splat(byte)),
    i8x16.eq(v128.load(p, 16), i8x16.splat(byte)),
    i8x16.eq(v128.load(p, 32), i8x16.splat(byte)),
    i8x16.eq(v128.load(p, 48), i8x16.splat(byte)),
  );
}

/** Blank, `-`, `.` and `/`. */
@inline
function separators(v: v128): v128 {
  return v128.or(i8x16.eq(v, i8x16.splat(0x20)), within(v, 0x2d, 3));
}

@inline
function separatorsAt(p: usize): u64 {
  return bits(
    separators(v128.load(p)),
    separators(v128.load(p, 16)),
    separators(v128.load(p, 32)),
    separators(v128.load(p, 48)),
  );
}
