/**
 * The state machine: reads bytes of one half until they end, more are needed, or the host asked for
 * something. States are listed hot to cold; each knows the input so far (states.ts). Where one mostly leads
 * to the next in the list it falls through to it, which saves the way back to the switch.
 *
 * A state never rolls back: what it has read stays read, and what it needs again lies in the slot's
 * raw bytes. The few places that look ahead leave `pos` where it is and wait for more.
 *
 * Length: it is one switch, and cutting it would hide the transitions.
 */
import {
  EV_BAD_NAME,
  EV_BAD_SYNTAX,
  EV_CDATA_END_IN_TEXT,
  EV_LT_IN_ATTR,
  EV_MISMATCHED_TAG,
  EV_NAME_SIZE,
  EV_UNQUOTED_ATTR,
  EV_WS_IN_TAG,
} from '../codes';
import { ATTRIBUTE_SIZE, beginAttribute, endAttribute, judgeSize } from './attributes';
import { C_NAME, C_START, C_WHITE, continuesName, is, startsName } from './chars';
import { IN_MARKUP, IN_TEXT, IN_VALUE, oddByte, utf8Event } from './content';
import { DOCTYPE_DONE, judgeDoctype, readDoctype } from './dtd';
import { raise } from './events';
import { foldBytes, foldStart, keyOf } from './intern';
import { beginItem, endItem, endRoot, fail } from './items';
import { H_INTERRUPT, Slot, elementAt, halfAt, maxAttributes } from './layout';
import {
  next,
  readBang,
  readCdata,
  readComment,
  readDecl,
  readInstruction,
  readTarget,
} from './markup';
import { isOtherEncoding, opensReference, readOutside } from './outside';
import { beginReference, readReference } from './references';
import { findStart } from './resync';
import { scanName, scanText, scanValue } from './scan';
import {
  S_AFTER_VALUE,
  S_ATTR_EQ,
  S_ATTR_NAME,
  S_ATTR_QUOTE,
  S_BANG,
  S_BETWEEN,
  S_CDATA,
  S_COMMENT,
  S_DOCTYPE,
  S_EMPTY,
  S_END_NAME,
  S_END_SPACE,
  S_EPILOG,
  S_LT,
  S_PI,
  S_PI_BODY,
  S_PROLOG,
  S_REF,
  S_RESYNC,
  S_START,
  S_TAG_NAME,
  S_TAG_SPACE,
  S_TEXT,
  S_VALUE,
} from './states';
import { beginTag, endStartTag, pop, popFolded } from './tag';
import { addRun, endText } from './tape';
import { codePoint, decode, fault, length } from './utf8';

const WHITE_IN_TAG: i32 = 4096;
const NAME_SIZE: i32 = 1024;

const LT: u32 = 0x3c;
const GT: u32 = 0x3e;
const SLASH: u32 = 0x2f;
const COLON: u32 = 0x3a;
const EQUALS: u32 = 0x3d;

/** Reads up to `end`. On return s.pos tells how far it came; the host's wishes are in the half. */
export function read(s: Slot, end: usize): void {
  const half = halfAt(s.half);
  let p = s.pos;
  let st = s.state;
  while (p < end) {
    switch (st) {
      case S_TEXT: {
        p = scanText(p, end);
        if (p >= end) break;
        const c = <u32>load<u8>(p);
        if (c != LT) {
          if (c == GT) {
            // Raw bytes stay where they are, so looking back is safe; a run begins behind markup.
            if (<i32>(p - s.run) >= 2 && load<u16>(p - 2) == 0x5d5d)
              raise(s, EV_CDATA_END_IN_TEXT, p - 2);
            p++;
            break;
          }
          if (c == 0x26) {
            addRun(s, s.run, p);
            s.run = p;
            beginReference(s, p++);
            s.back = S_TEXT;
            st = S_REF;
            break;
          }
          const q = oddByte(s, p, end, IN_TEXT);
          if (q == 0) return leave(s, p, st);
          p = q;
          break;
        }
        s.lt = p++;
        st = S_LT;
        if (p >= end) break;
      } // falls through

      case S_LT: {
        const c = <u32>load<u8>(p);
        if (c == SLASH) {
          p++;
          s.name = p;
          s.matched = 0;
          s.white = 0;
          s.colon = 0;
          s.nameBad = 0;
          if (s.item) {
            addRun(s, s.run, s.lt);
            endText(s, s.lt);
            if (s.depth > s.kept) {
              s.nameHash = foldStart();
              s.from = p;
            }
          }
          st = S_END_NAME;
          break;
        }
        if (!is(c, C_START) && c < 0x80) {
          if (c == 0x21) {
            p++;
            st = S_BANG;
            if (s.item) addRun(s, s.run, s.lt);
            break;
          }
          if (c == 0x3f) {
            p++;
            st = S_PI;
            if (s.item) addRun(s, s.run, s.lt);
            s.refKey = 0;
            s.refLength = 0;
            s.nameBad = 0;
            break;
          }
          if (c == 0 && s.item == 0) {
            const other = isOtherEncoding(half, s.lt, end);
            if (other < 0) return leave(s, p, st);
            if (other > 0) {
              s.redetect = 1;
              return leave(s, s.lt, half.state);
            }
          }
          const odd = is(c, C_WHITE) || c == LT || c == GT;
          st = fail(s, odd ? EV_BAD_SYNTAX : EV_BAD_NAME, s.lt, st);
          break;
        }
        if (s.item == 0) beginItem(s);
        else {
          addRun(s, s.run, s.lt);
          endText(s, s.lt);
        }
        s.name = p;
        s.colon = 0;
        s.nameBad = 0;
        s.nameHash = foldStart();
        s.from = p;
        st = S_TAG_NAME;
      } // falls through: the name reader looks at this byte again

      case S_TAG_NAME: {
        p = readName(s, p, end);
        if (p == 0) return leave(s, s.pos, st);
        judgeName(s, p);
        if (p >= end) break;
        const c = <u32>load<u8>(p);
        if ((!is(c, C_WHITE) && c != GT && c != SLASH) || s.nameBad == NAME_ENDED) {
          st = fail(s, EV_BAD_NAME, p, st);
          break;
        }
        beginTag(s, p);
        if (c == GT) {
          st = endStartTag(s, ++p, false);
          if (half.flags & H_INTERRUPT) return leave(s, p, st);
          break;
        }
        if (c == SLASH) {
          p++;
          st = S_EMPTY;
          break;
        }
        st = S_TAG_SPACE;
      } // falls through

      case S_TAG_SPACE: {
        if (is(<u32>load<u8>(p), C_WHITE)) {
          p = readWhite(s, p, end);
          if (p >= end) break;
        }
        const c = <u32>load<u8>(p);
        if (!is(c, C_START) && c < 0x80) {
          if (c == GT) {
            st = endStartTag(s, ++p, false);
            if (half.flags & H_INTERRUPT) return leave(s, p, st);
          } else if (c == SLASH) {
            p++;
            st = S_EMPTY;
          } else st = fail(s, badInTag(c), p, st);
          break;
        }
        s.name = p;
        s.colon = 0;
        s.nameBad = 0;
        st = S_ATTR_NAME;
      } // falls through

      case S_ATTR_NAME: {
        p = readName(s, p, end);
        if (p == 0) return leave(s, s.pos, st);
        judgeName(s, p);
        if (p >= end) break;
        const c = <u32>load<u8>(p);
        if ((c != EQUALS && !is(c, C_WHITE)) || s.nameBad == NAME_ENDED) {
          const bare = (c == GT || c == SLASH) && s.nameBad != NAME_ENDED;
          st = fail(s, bare ? EV_BAD_SYNTAX : EV_BAD_NAME, p, st);
          break;
        }
        beginAttribute(s, p);
        if (c != EQUALS) {
          st = S_ATTR_EQ;
          break;
        }
        st = S_ATTR_QUOTE;
        if (++p >= end) break;
      } // falls through

      case S_ATTR_QUOTE: {
        const c = <u32>load<u8>(p);
        if (c != 0x27 && c != 0x22) {
          if (is(c, C_WHITE)) p = readWhite(s, p, end);
          else st = fail(s, EV_UNQUOTED_ATTR, p, st);
          break;
        }
        s.quote = c;
        s.value = ++p;
        s.run = p;
        s.keep = <i32>(s.tagKept && s.full == 0 && s.attributes <= maxAttributes);
        s.valueKept = s.keep;
        st = S_VALUE;
        if (p >= end) break;
      } // falls through

      case S_VALUE: {
        p = scanValue(p, end, s.quote);
        if (<i32>(p - s.value) > ATTRIBUTE_SIZE) judgeSize(s, p);
        if (p >= end) break;
        const c = <u32>load<u8>(p);
        if (c != <u32>s.quote) {
          if (c == 0x26) {
            addRun(s, s.run, p);
            s.run = p;
            beginReference(s, p++);
            s.back = S_VALUE;
            st = S_REF;
            break;
          }
          if (c == LT) {
            st = fail(s, EV_LT_IN_ATTR, p, st);
            break;
          }
          const q = oddByte(s, p, end, IN_VALUE);
          if (q == 0) return leave(s, p, st);
          p = q;
          break;
        }
        endAttribute(s, p++);
        st = S_AFTER_VALUE;
        if (p >= end) break;
      } // falls through

      case S_AFTER_VALUE: {
        const c = <u32>load<u8>(p);
        if (is(c, C_WHITE)) {
          st = S_TAG_SPACE;
        } else if (c == GT) {
          st = endStartTag(s, ++p, false);
          if (half.flags & H_INTERRUPT) return leave(s, p, st);
        } else if (c == SLASH) {
          p++;
          st = S_EMPTY;
        } else st = fail(s, badInTag(c), p, st);
        break;
      }

      case S_EMPTY: {
        if (load<u8>(p) != GT) {
          st = fail(s, EV_BAD_SYNTAX, p, st);
          break;
        }
        st = endStartTag(s, ++p, true);
        if (half.flags & H_INTERRUPT) return leave(s, p, st);
        break;
      }

      case S_END_NAME: {
        if (s.item == 0) {
          p = readName(s, p, end);
          if (p == 0) return leave(s, s.pos, st);
          judgeName(s, p);
          if (p >= end) break;
          const c = <u32>load<u8>(p);
          if (p == s.name || (c != GT && !is(c, C_WHITE))) {
            st = fail(s, EV_BAD_NAME, s.lt, st);
            break;
          }
          s.nameEnd = p;
          st = S_END_SPACE;
          break;
        }
        if (s.depth > s.kept) {
          while (p < end && isNameByte(<u32>load<u8>(p))) p++;
          if (p >= end) break;
          s.nameHash = foldBytes(s.nameHash, s.from, p);
          st = S_END_SPACE;
          break;
        }
        const e = elementAt(s, s.kept - 1);
        const n = e.nameLength;
        let i = s.matched;
        if (i == 0 && n <= 8 && p + n < end && keyOf(p, n) == keyOf(e.name, n)) {
          i = n;
          p += n;
        }
        while (i < n && p < end && load<u8>(p) == load<u8>(e.name + i)) {
          i++;
          p++;
        }
        s.matched = i;
        if (p >= end) break;
        const c = <u32>load<u8>(p);
        if (i < n || isNameByte(c)) {
          const legal = isNameByte(c) || c == GT || is(c, C_WHITE);
          st = fail(s, legal ? EV_MISMATCHED_TAG : EV_BAD_NAME, s.lt, st);
          break;
        }
        st = S_END_SPACE;
      } // falls through

      case S_END_SPACE: {
        const c = <u32>load<u8>(p);
        if (is(c, C_WHITE)) {
          p = readWhite(s, p, end);
          break;
        }
        if (c != GT) {
          st = fail(s, EV_BAD_SYNTAX, p, st);
          break;
        }
        p++;
        if (s.item == 0) {
          st = endRoot(s, s.nameEnd, p);
          if (half.flags & H_INTERRUPT) return leave(s, p, st);
          break;
        }
        s.run = p;
        if (s.depth > s.kept) {
          if (!popFolded(s)) {
            st = fail(s, EV_MISMATCHED_TAG, s.lt, st);
            break;
          }
        } else pop(s);
        s.keep = <i32>(s.full == 0 && s.depth == s.kept);
        if (s.depth) {
          st = S_TEXT;
          break;
        }
        st = endItem(s, p);
        if (half.flags & H_INTERRUPT) return leave(s, p, st);
        break;
      }

      case S_BETWEEN:
      case S_START:
      case S_PROLOG:
      case S_EPILOG: {
        const c = <u32>load<u8>(p);
        if (c == LT) {
          s.lt = p++;
          st = S_LT;
          break;
        }
        if (c == 0x26 && opensReference(s, p)) {
          p++;
          s.back = S_BETWEEN;
          st = S_REF;
          break;
        }
        p = readOutside(s, p, end);
        if (p == 0) return leave(s, s.pos, half.state);
        st = half.state;
        break;
      }

      case S_REF: {
        const q = readReference(s, p, end);
        if (q == 0) {
          st = fail(s, EV_BAD_SYNTAX, s.ref, s.back);
          break;
        }
        p = q;
        if (p < end || load<u8>(p - 1) == 0x3b) st = s.back;
        break;
      }

      case S_ATTR_EQ: {
        const c = <u32>load<u8>(p);
        if (is(c, C_WHITE)) {
          p = readWhite(s, p, end);
          break;
        }
        if (c != EQUALS) {
          st = fail(s, EV_BAD_SYNTAX, p, st);
          break;
        }
        p++;
        st = S_ATTR_QUOTE;
        break;
      }

      case S_RESYNC: {
        if (half.flags & H_INTERRUPT) return leave(s, p, st);
        p = findStart(s, p, end);
        if (p == 0) return leave(s, s.pos, st);
        st = half.state;
        break;
      }

      case S_DOCTYPE: {
        p = readDoctype(s, p, end);
        if (p == 0) return leave(s, s.pos, st);
        if (s.sub != DOCTYPE_DONE) break;
        judgeDoctype(s, p - 1);
        s.run = p;
        st = s.item ? S_TEXT : half.state;
        break;
      }

      default: {
        p = readMarkup(s, p, end, st);
        if (p == 0) return leave(s, s.pos, next);
        st = next;
      }
    }
  }
  leave(s, p, st);
}

function readMarkup(s: Slot, p: usize, end: usize, st: i32): usize {
  switch (st) {
    case S_COMMENT:
      return readComment(s, p, end);
    case S_CDATA:
      return readCdata(s, p, end);
    case S_BANG:
      return readBang(s, p, end);
    case S_PI:
      return readTarget(s, p, end);
    case S_PI_BODY:
      return readInstruction(s, p, end);
    default:
      return readDecl(s, p, end);
  }
}

@inline
function leave(s: Slot, p: usize, st: i32): void {
  s.pos = p;
  s.state = st;
}

@inline
function isNameByte(c: u32): bool {
  return is(c, C_NAME) || c == COLON || c >= 0x80;
}

/**
 * Reads on in a name. Returns the address of the first byte that is not part of it, or 0 when a
 * character is not complete (s.pos tells where).
 */
@inline
function readName(s: Slot, p: usize, end: usize): usize {
  while ((p = scanName(p, end)) < end) {
    const c = <u32>load<u8>(p);
    if (c != COLON && c < 0x80) return p;
    p = readOddName(s, p, end);
    if (p == 0) return 0;
    if (s.nameBad == NAME_ENDED) return p;
  }
  return p;
}

/** Names are short. */
@inline
function judgeName(s: Slot, p: usize): void {
  if (<i32>(p - s.name) > NAME_SIZE) raise(s, EV_NAME_SIZE, s.name + NAME_SIZE);
}

/** s.nameBad: a character ended the name that has no place behind one. */
const NAME_REPAIR: i32 = 1;
const NAME_ENDED: i32 = 2;

function readOddName(s: Slot, p: usize, end: usize): usize {
  judgeName(s, p);
  if (load<u8>(p) == COLON) {
    // One colon, with a name on either side (Namespaces 1.0).
    if (s.colon || p == s.name) {
      s.nameBad = NAME_ENDED;
      return p;
    }
    if (p + 1 >= end) {
      s.pos = p;
      return 0;
    }
    const c = <u32>load<u8>(p, 1);
    if (c < 0x80 && !is(c, C_START)) s.nameBad = NAME_ENDED;
    else s.colon = p++;
    return p;
  }
  decode(p, end);
  if (length == 0) {
    s.pos = p;
    return 0;
  }
  const n = length;
  if (fault) {
    raise(s, utf8Event(p, IN_MARKUP), p);
    s.nameBad = NAME_REPAIR;
    return p + n;
  }
  const first = p == s.name || (s.colon != 0 && p == s.colon + 1);
  if (first ? !startsName(codePoint) : !continuesName(codePoint)) {
    s.nameBad = NAME_ENDED;
    return p;
  }
  return p + n;
}

/** White space inside a tag, of which a little is plenty. */
@inline
function readWhite(s: Slot, p: usize, end: usize): usize {
  const from = p;
  do p++;
  while (p < end && is(<u32>load<u8>(p), C_WHITE));
  const before = s.white;
  s.white = before + <i32>(p - from);
  if (s.white > WHITE_IN_TAG) raise(s, EV_WS_IN_TAG, from + (WHITE_IN_TAG - before));
  return p;
}

/** What to call a byte that has no place in a tag. */
function badInTag(c: u32): i32 {
  if (c == LT || c == 0x22 || c == 0x27 || c == EQUALS || c == 0x26) return EV_BAD_SYNTAX;
  return is(c, C_START) || c >= 0x80 ? EV_BAD_SYNTAX : EV_BAD_NAME;
}
