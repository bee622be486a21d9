/** Bytes between first-level elements, before the root and after it. */
import {
  EV_CDATA_END_IN_TEXT,
  EV_CTRL_CHAR,
  EV_NUL_SEPARATOR,
  EV_TEXT_BETWEEN,
  EV_TEXT_OUTSIDE_ROOT,
  EV_WS_BETWEEN,
} from '../codes';
import { C_WHITE, is } from './chars';
import { IN_MARKUP, utf8Event } from './content';
import { ENC_UTF8, wireAt } from './encoding';
import { describeNothing, raise } from './events';
import { onEvent } from './host';
import { loseSync } from './items';
import { H_AGAIN, H_GUESS, H_JUST, H_WS_SAID, Half, Slot, halfAt } from './layout';
import { beginReference } from './references';
import { S_BETWEEN, S_PROLOG, S_START } from './states';
import { settleDeclaration } from './tag';
import { codePoint, decode, fault, length } from './utf8';

/** White space between elements that is plenty for a minute of packet time. */
const WHITE_PER_MINUTE: i32 = 64 * 1024;
const MINUTE: f64 = 60000000;

/** Packet time of the bytes being read, microseconds. */
let now: f64 = 0;

export function setNow(usec: f64): void {
  now = usec;
}

/**
 * Reads what is not `<`. Returns where to go on (the state is in the half), or 0 when more bytes are
 * needed from s.pos on.
 */
export function readOutside(s: Slot, p: usize, end: usize): usize {
  const half = halfAt(s.half);
  const c = <u32>load<u8>(p);
  if (is(c, C_WHITE)) return readWhite(s, half, p, end);
  if (c == 0) {
    if (half.flags & H_JUST) raise(s, EV_NUL_SEPARATOR, p);
    else raise(s, EV_CTRL_CHAR, p);
    return p + 1;
  }
  if (c >= 0xfe && half.encoding == ENC_UTF8) {
    // A byte order mark of UTF-16: a new document in another encoding.
    if (p + 1 >= end) return wait(s, p);
    if (load<u8>(p, 1) == 0xfe + (c == 0xfe ? 1 : 0)) {
      s.redetect = 1;
      return wait(s, p);
    }
  }
  half.flags &= ~H_JUST;
  if (half.state == S_START) half.state = S_PROLOG;
  let n: i32 = 1;
  if (c < 0x20) raise(s, EV_CTRL_CHAR, p);
  else if (c >= 0x80) {
    decode(p, end);
    if (length == 0) return wait(s, p);
    n = length;
    if (fault) raise(s, utf8Event(p, IN_MARKUP), p);
    else if (codePoint - 0xfffe < 2) raise(s, EV_CTRL_CHAR, p);
  }
  if (c == 0x5d && half.state == S_BETWEEN) {
    const found = endsCdata(p, end);
    if (found < 0) return wait(s, p);
    if (found > 0 && (half.flags & H_GUESS) == 0) raise(s, EV_CDATA_END_IN_TEXT, p);
  }
  if (c >= 0x20) {
    settleDeclaration(s);
    if (half.state != S_BETWEEN) raise(s, EV_TEXT_OUTSIDE_ROOT, p);
    else if (half.flags & H_GUESS) loseSync(half, false);
    else raise(s, EV_TEXT_BETWEEN, p);
  }
  return p + n;
}

/** `&` between elements: text that should not be there, but references in it are judged all the same. */
export function opensReference(s: Slot, p: usize): bool {
  const half = halfAt(s.half);
  if (half.state != S_BETWEEN || half.flags & H_GUESS) return false;
  half.flags &= ~H_JUST;
  settleDeclaration(s);
  raise(s, EV_TEXT_BETWEEN, p);
  s.keep = 0;
  beginReference(s, p);
  return true;
}

/** Do the bytes at `p` read `]]>`? 1 yes, 0 no, -1 when more bytes are needed. */
function endsCdata(p: usize, end: usize): i32 {
  if (p + 1 >= end) return -1;
  if (load<u8>(p, 1) != 0x5d) return 0;
  if (p + 2 >= end) return -1;
  return load<u8>(p, 2) == 0x3e ? 1 : 0;
}

function wait(s: Slot, p: usize): usize {
  s.pos = p;
  return 0;
}

function readWhite(s: Slot, half: Half, p: usize, end: usize): usize {
  const from = p;
  do p++;
  while (p < end && is(<u32>load<u8>(p), C_WHITE));
  half.flags &= ~H_JUST;
  if (half.state == S_START && (half.flags & H_AGAIN) == 0) half.state = S_PROLOG;
  if (now - half.minute >= MINUTE || now < half.minute) {
    half.minute = now;
    half.white = 0;
    half.flags &= ~H_WS_SAID;
  }
  const before = half.white;
  half.white = before + <i32>(p - from);
  if (half.white > WHITE_PER_MINUTE && (half.flags & H_WS_SAID) == 0) {
    half.flags |= H_WS_SAID;
    describeNothing();
    onEvent(s.half, EV_WS_BETWEEN, 0, wireAt(s, from + (WHITE_PER_MINUTE - before)));
  }
  return p;
}

/**
 * Do the bytes from a `<` on look like UTF-16 or UTF-32? 1 yes, 0 no, -1 when more bytes are needed.
 * (A document that began in UTF-8 can be followed by one that does not.)
 */
export function isOtherEncoding(half: Half, lt: usize, end: usize): i32 {
  if (half.encoding != ENC_UTF8) return 0;
  if (lt + 4 > end) return -1;
  const unit = load<u32>(lt);
  if (unit == 0x3c) return 1;
  return (unit & 0xff00ffff) == 0x3c && (unit & 0xff0000) != 0 ? 1 : 0;
}
