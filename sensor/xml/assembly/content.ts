/** Bytes in text, values and markup that are not plain: white space, controls, everything above ASCII. */
import {
  EV_CTRL_CHAR,
  EV_UTF8_DELIMITER_EATEN,
  EV_UTF8_OUT_OF_RANGE,
  EV_UTF8_OVERLONG,
  EV_UTF8_STRAY_HIGH_BYTE,
  EV_UTF8_TRUNCATED,
} from '../codes';
import { raise } from './events';
import { H_LATIN1, Slot, halfAt } from './layout';
import { F_REPLACED, addChar, addNonAscii, addRun } from './tape';
import { codePoint, decode, fault, length } from './utf8';

/** Where the bytes are: text and CDATA, an attribute value, or markup whose content is not kept. */
export const IN_TEXT: i32 = 0;
export const IN_VALUE: i32 = 1;
export const IN_MARKUP: i32 = 2;

/**
 * Reads the byte at `p` that a scan stopped at, and what belongs to it. Returns where to go on, or 0
 * when more bytes are needed.
 */
export function oddByte(s: Slot, p: usize, end: usize, place: i32): usize {
  const c = <u32>load<u8>(p);
  if (c >= 0x80) return nonAscii(s, p, end, place);
  if (c == 9 || c == 10) {
    if (place == IN_VALUE) {
      addRun(s, s.run, p);
      addChar(s, 0x20, p);
      s.run = p + 1;
    }
    return p + 1;
  }
  if (c == 13) {
    if (place == IN_MARKUP) return p + 1;
    // CR LF is one line end, and so is CR alone (XML 1.0 section 2.11).
    if (p + 1 >= end) return 0;
    const pair = load<u8>(p, 1) == 10;
    addRun(s, s.run, p);
    if (place == IN_VALUE) {
      addChar(s, 0x20, p);
      s.run = pair ? p + 2 : p + 1;
      return s.run;
    }
    if (!pair) addChar(s, 10, p);
    s.run = p + 1;
    return p + 1;
  }
  if (c < 0x20) raise(s, EV_CTRL_CHAR, p);
  return p + 1;
}

function nonAscii(s: Slot, p: usize, end: usize, place: i32): usize {
  if (place != IN_MARKUP) addNonAscii(s);
  const from = p;
  do {
    decode(p, end);
    const n = length;
    // Wait at the incomplete character itself, so that a cut changes nothing.
    if (n == 0) return p > from ? p : 0;
    if (fault) return illFormed(s, p, n, place);
    if (codePoint - 0xfffe < 2) raise(s, EV_CTRL_CHAR, p);
    p += n;
  } while (p < end && load<u8>(p) >= 0x80);
  return p;
}

/**
 * The event of an ill-formed sequence; Latin-1 is only a guess worth making in text. There a word that
 * ends in an accented letter is followed by a space or a quotation mark: only what is markup in text counts as
 * eaten. Nor do leads of two bytes eat anything that parsers would disagree about.
 */
export function utf8Event(at: usize, place: i32): i32 {
  const lead = load<u8>(at);
  if (fault == EV_UTF8_DELIMITER_EATEN) {
    const next = load<u8>(at + length);
    if (lead >= 0xe0 && (place != IN_TEXT || next == C_LT || next == C_AMP)) return fault;
    if (place == IN_TEXT && length == 1) return EV_UTF8_STRAY_HIGH_BYTE;
    return EV_UTF8_TRUNCATED;
  }
  if (fault != EV_UTF8_STRAY_HIGH_BYTE || place == IN_TEXT) return fault;
  return lead < 0xc2 ? EV_UTF8_OVERLONG : lead > 0xf4 ? EV_UTF8_OUT_OF_RANGE : EV_UTF8_TRUNCATED;
}

const C_LT: u8 = 0x3c;
const C_AMP: u8 = 0x26;

function illFormed(s: Slot, p: usize, n: i32, place: i32): usize {
  raise(s, utf8Event(p, place), p);
  const next = p + n;
  if (place == IN_MARKUP) return next;
  addRun(s, s.run, p);
  if (halfAt(s.half).flags & H_LATIN1) {
    for (; p < next; p++) addChar(s, <u32>load<u8>(p), p);
  } else {
    addChar(s, 0xfffd, p);
    s.accFlags |= F_REPLACED;
  }
  s.run = next;
  return next;
}
