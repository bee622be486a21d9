/**
 * The tape of the open item, and the text between two tags on its way there.
 *
 * Text that is the same on the wire and decoded stays where it is: its token points into the raw
 * bytes. At the first reference, CDATA section, comment or the like in the middle of a text, what is
 * there so far is copied to the decoded area and the rest follows it.
 */
import { EV_CHARREF_OBFUSCATION, EV_TAPE_FULL } from '../codes';
import { raise } from './events';
import { TOKEN_BYTES, Slot, decodedBytes, decodedOf, elementAt, maxTokens, tapeOf } from './layout';
import { encode } from './utf8';

export const T_START: i32 = 1;
export const T_ATTR: i32 = 2;
export const T_NSDECL: i32 = 3;
export const T_TEXT: i32 = 4;
export const T_END: i32 = 5;

// TEXT_FLAG of types.ts
export const F_NON_ASCII: i32 = 1;
export const F_REFERENCES: i32 = 2;
export const F_CDATA: i32 = 4;
export const F_JOINED: i32 = 8;
export const F_REPLACED: i32 = 16;

// ELEMENT_FLAG of types.ts
export const E_BROKEN: i32 = 1;
export const E_CAPPED: i32 = 2;
export const E_NON_ASCII: i32 = 4;
export const E_RESYNCED: i32 = 8;
export const E_WATCHED: i32 = 16;

// Slot.full: why nothing more is kept.
export const FULL_BYTES: i32 = 1;
export const FULL_TAPE: i32 = 2;
export const FULL_DECODED: i32 = 4;

/** A text counts as obfuscated from this many plain characters written as references ... */
const OBFUSCATED_REFERENCES: i32 = 8;
/** ... when they are this share of it, in percent. */
const OBFUSCATED_PERCENT: i32 = 30;

@inline
export function tokenAt(s: Slot, i: i32): usize {
  return tapeOf(s) + i * TOKEN_BYTES;
}

@inline
export function putToken(
  s: Slot,
  a: i32,
  b: i32,
  c: i32,
  d: i32,
  e: i32,
  f: i32,
  g: i32,
  h: i32,
): i32 {
  const i = s.tokens++;
  const p = tokenAt(s, i);
  store<i32>(p, a);
  store<i32>(p, b, 4);
  store<i32>(p, c, 8);
  store<i32>(p, d, 12);
  store<i32>(p, e, 16);
  store<i32>(p, f, 20);
  store<i32>(p, g, 24);
  store<i32>(p, h, 28);
  return i;
}

/** Room for `n` more tokens, with an END for each open element set aside? */
@inline
export function hasRoom(s: Slot, n: i32): bool {
  return s.tokens + s.kept + n <= maxTokens;
}

/** Nothing more of this item is kept. */
export function fill(s: Slot, reason: i32, at: usize): void {
  s.full |= reason;
  s.flags |= E_CAPPED;
  s.keep = 0;
  if (reason == FULL_TAPE) raise(s, EV_TAPE_FULL, at);
}

@inline
export function resetText(s: Slot): void {
  s.accLength = 0;
  s.accSize = 0;
  s.accFlags = 0;
  s.accDecoded = 0;
  s.accRefs = 0;
  s.joining = 0;
}

/** Moves the text so far to the decoded area, with room for `n` bytes more; false when it is full. */
function decoding(s: Slot, n: i32): bool {
  const limit = decodedOf(s) + decodedBytes;
  if (s.accDecoded) {
    if (s.dec + n > limit) return false;
  } else {
    if (s.dec + s.accLength + n > limit) return false;
    memory.copy(s.dec, s.acc, s.accLength);
    s.acc = s.dec;
    s.dec += s.accLength;
    s.accDecoded = 1;
  }
  return true;
}

/** Raw bytes [from, to) belong to the text as they are; most texts are one such run. */
@inline
export function addRun(s: Slot, from: usize, to: usize): void {
  const n = <i32>(to - from);
  if (s.accSize == 0 && s.keep) {
    s.acc = from;
    s.accLength = n;
    s.accSize = n;
    s.joining = 0;
  } else if (n > 0) addMore(s, from, n);
}

function addMore(s: Slot, from: usize, n: i32): void {
  s.accSize += n;
  if (s.joining) {
    if (s.accSize > n) s.accFlags |= F_JOINED;
    s.joining = 0;
  }
  if (!s.keep) return;
  if (s.accLength == 0) {
    s.acc = from;
    s.accLength = n;
  } else if (!s.accDecoded && s.acc + s.accLength == from) {
    s.accLength += n;
  } else {
    if (!decoding(s, n)) {
      fill(s, FULL_DECODED, from + n);
      return;
    }
    memory.copy(s.dec, from, n);
    s.dec += n;
    s.accLength += n;
  }
}

/** A character that is not on the wire as such. */
export function addChar(s: Slot, c: u32, at: usize): void {
  if (c >= 0x80) addNonAscii(s);
  const n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  s.accSize += n;
  if (s.joining) {
    if (s.accSize > n) s.accFlags |= F_JOINED;
    s.joining = 0;
  }
  if (!s.keep) return;
  if (!decoding(s, n)) {
    fill(s, FULL_DECODED, at);
    return;
  }
  s.dec += encode(c, s.dec);
  s.accLength += n;
}

@inline
export function addNonAscii(s: Slot): void {
  s.accFlags |= F_NON_ASCII;
  s.flags |= E_NON_ASCII;
}

/** Too many plain characters as references in the text that ends at `at`? */
export function judgeReferences(s: Slot, at: usize): void {
  if (
    s.accRefs >= OBFUSCATED_REFERENCES &&
    <i64>s.accRefs * 100 >= <i64>s.accSize * OBFUSCATED_PERCENT
  ) {
    raise(s, EV_CHARREF_OBFUSCATION, at);
  }
}

/** A tag follows at `at`: the text before it is complete. */
@inline
export function endText(s: Slot, at: usize): void {
  if (s.accSize) putText(s, at);
}

function putText(s: Slot, at: usize): void {
  if (s.accRefs) judgeReferences(s, at);
  if (s.accLength) {
    if (hasRoom(s, 1)) putToken(s, T_TEXT, s.accFlags, 0, 0, 0, <i32>s.acc, s.accLength, 0);
    else if (!(s.full & FULL_TAPE)) fill(s, FULL_TAPE, at);
  }
  resetText(s);
}

/** END for the innermost kept element. */
@inline
export function putEnd(s: Slot, token: i32): void {
  const end = putToken(s, T_END, token, 0, 0, 0, 0, 0, 0);
  store<i32>(tokenAt(s, token), end, 28);
}

/** Closes every element on the tape: the item ends here, complete or not. */
export function closeTape(s: Slot): void {
  while (s.kept > 0) {
    s.kept--;
    putEnd(s, elementAt(s, s.kept).token);
  }
}
