/** The XML declaration's content: version, encoding, standalone, in this order. */
import { EV_BAD_SYNTAX, EV_ENCODING_DECLARED, EV_STANDALONE, EV_VERSION } from '../codes';
import { C_WHITE, is } from './chars';
import { raise } from './events';
import { H_LATIN1, Slot, halfAt } from './layout';

let at: usize = 0;
let end: usize = 0;
/** The value just read. */
let from: usize = 0;
let to: usize = 0;
let spaced: bool = false;

// prettier-ignore
const WORDS: usize = memory.data<u8>([
  118, 101, 114, 115, 105, 111, 110, // version
  101, 110, 99, 111, 100, 105, 110, 103, // encoding
  115, 116, 97, 110, 100, 97, 108, 111, 110, 101, // standalone
  117, 116, 102, 45, 56, // utf-8
  105, 115, 111, 45, 56, 56, 53, 57, // iso-8859
  117, 115, 45, 97, 115, 99, 105, 105, // us-ascii
  119, 105, 110, 100, 111, 119, 115, 45, 49, 50, 53, // windows-125
  108, 97, 116, 105, 110, // latin
  107, 111, 105, 56, // koi8
]);
const UTF8: usize = WORDS + 25;
const ISO: usize = UTF8 + 5;
const ASCII: usize = ISO + 8;
const WINDOWS: usize = ASCII + 8;
const LATIN: usize = WINDOWS + 11;
const KOI: usize = LATIN + 5;

/** Does [from, to) begin with a word, letters of either case? */
function begins(word: usize, n: i32): bool {
  if (<i32>(to - from) < n) return false;
  for (let i = 0; i < n; i++) {
    let c = <u32>load<u8>(from + i);
    if (c >= 0x41 && c <= 0x5a) c |= 0x20;
    if (c != <u32>load<u8>(word + i)) return false;
  }
  return true;
}

function skipWhite(): bool {
  const start = at;
  while (at < end && is(<u32>load<u8>(at), C_WHITE)) at++;
  return at > start;
}

/** Reads `name = "value"` when it is the next thing; 1 read, 0 something else, -1 broken. */
function readPart(word: usize, n: i32): i32 {
  if (<i32>(end - at) < n) return 0;
  for (let i = 0; i < n; i++) if (load<u8>(at + i) != load<u8>(word + i)) return 0;
  if (!spaced) return -1;
  at += n;
  skipWhite();
  if (at >= end || load<u8>(at) != 0x3d) return -1;
  at++;
  skipWhite();
  if (at >= end) return -1;
  const quote = load<u8>(at);
  if (quote != 0x22 && quote != 0x27) return -1;
  from = ++at;
  while (at < end && load<u8>(at) != quote) at++;
  if (at >= end) return -1;
  to = at++;
  spaced = skipWhite();
  return 1;
}

function isVersion(): bool {
  if (to - from < 3 || load<u8>(from) != 0x31 || load<u8>(from, 1) != 0x2e) return false;
  for (let p = from + 2; p < to; p++) if (load<u8>(p) - 0x30 > 9) return false;
  return true;
}

function isEncodingName(): bool {
  for (let p = from; p < to; p++) {
    const c = <u32>load<u8>(p);
    const letter = (c | 0x20) - 0x61 < 26;
    if (letter) continue;
    if (p == from || !(c - 0x30 < 10 || c == 0x2d || c == 0x2e || c == 0x5f)) return false;
  }
  return to > from;
}

export function readDeclaration(s: Slot, start: usize, stop: usize): void {
  at = start;
  end = stop;
  spaced = skipWhite();
  let bad = false;
  let part = readPart(WORDS, 7);
  if (part <= 0) bad = true;
  else if (!isVersion()) {
    bad = true;
  } else if (!(to - from == 3 && load<u8>(from, 2) == 0x30)) raise(s, EV_VERSION, s.lt);
  if (!bad) {
    part = readPart(WORDS + 7, 8);
    if (part < 0 || (part > 0 && !isEncodingName())) bad = true;
    else if (part > 0) judgeEncoding(s);
  }
  if (!bad) {
    part = readPart(WORDS + 15, 10);
    if (part < 0) bad = true;
    else if (part > 0) {
      const n = to - from;
      const yes = n == 3 && load<u16>(from) == 0x6579 && load<u8>(from, 2) == 0x73;
      const no = n == 2 && load<u16>(from) == 0x6f6e;
      if (no) raise(s, EV_STANDALONE, s.lt);
      else if (!yes) bad = true;
    }
  }
  if (bad || at < end) raise(s, EV_BAD_SYNTAX, s.lt);
}

function judgeEncoding(s: Slot): void {
  const n = to - from;
  if (n == 5 && begins(UTF8, 5)) return;
  raise(s, EV_ENCODING_DECLARED, s.lt);
  if (
    begins(ISO, 8) ||
    begins(ASCII, 8) ||
    begins(WINDOWS, 11) ||
    begins(LATIN, 5) ||
    begins(KOI, 4)
  ) {
    halfAt(s.half).flags |= H_LATIN1;
  }
}
