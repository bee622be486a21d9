/**
 * Markup that is not an element: comments, processing instructions, CDATA sections and the XML
 * declaration. Every reader returns where to go on, or 0 when more bytes are needed; `next` then
 * holds the state.
 */
import {
  EV_BAD_NAME,
  EV_BAD_SYNTAX,
  EV_COMMENT,
  EV_DECL_MIDSTREAM,
  EV_DECL_REPEATED,
  EV_DTD,
  EV_PI,
  EV_TEXT_OUTSIDE_ROOT,
} from '../codes';
import { C_NAME, C_START, C_WHITE, continuesName, is, startsName } from './chars';
import { IN_MARKUP, IN_TEXT, oddByte, utf8Event } from './content';
import { readDeclaration } from './declaration';
import { wireAt } from './encoding';
import { raise } from './events';
import { fail } from './items';
import { H_AGAIN, H_DECL, H_DECL_MIDSTREAM, H_ENTITIES, H_LATIN1, Slot, halfAt } from './layout';
import { scanFor } from './scan';
import {
  S_BANG,
  S_BETWEEN,
  S_CDATA,
  S_COMMENT,
  S_DECL,
  S_DOCTYPE,
  S_PI,
  S_PI_BODY,
  S_PROLOG,
  S_START,
  S_TEXT,
} from './states';
import { settleDeclaration } from './tag';
import { F_CDATA, addRun } from './tape';
import { codePoint, decode, fault, length } from './utf8';

/** State after the reader that just returned an address. */
export let next: i32 = 0;

/** Text goes on behind the markup that ends at `p`; outside elements, the document does. */
function resume(s: Slot, p: usize): usize {
  s.run = p;
  next = s.item ? S_TEXT : halfAt(s.half).state;
  return p;
}

/** Something came before the root: an XML declaration would be too late now. */
function leaveStart(s: Slot): void {
  const half = halfAt(s.half);
  if (half.state == S_START) half.state = S_PROLOG;
  if (s.item == 0) settleDeclaration(s);
}

/** Matches the bytes at `p` with a literal of up to 8 bytes: 1 yes, 0 no, -1 not all came yet. */
function matches(p: usize, end: usize, literal: u64, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    if (p + i >= end) return -1;
    if (load<u8>(p + i) != <u8>(literal >> ((<u64>i) << 3))) return 0;
  }
  return 1;
}

const CDATA_OPEN: u64 = 0x5b41544144435b; // [CDATA[
const DOCTYPE_WORD: u64 = 0x45505954434f44; // DOCTYPE

/** After `<!`. */
export function readBang(s: Slot, p: usize, end: usize): usize {
  next = S_BANG;
  let found = matches(p, end, 0x2d2d, 2);
  if (found < 0) return wait(s, p);
  if (found) {
    leaveStart(s);
    raise(s, EV_COMMENT, s.lt);
    next = S_COMMENT;
    if (s.item) s.joining = 1;
    return p + 2;
  }
  found = matches(p, end, CDATA_OPEN, 7);
  if (found < 0) return wait(s, p);
  if (found) {
    leaveStart(s);
    if (s.item) s.accFlags |= F_CDATA;
    else if (halfAt(s.half).state != S_BETWEEN) raise(s, EV_TEXT_OUTSIDE_ROOT, s.lt);
    s.run = p + 7;
    next = S_CDATA;
    return p + 7;
  }
  found = matches(p, end, DOCTYPE_WORD, 7);
  if (found < 0) return wait(s, p);
  if (found) {
    leaveStart(s);
    raise(s, EV_DTD, s.lt);
    s.dtd = p + 7;
    s.sub = 0;
    next = s.over ? fail(s, EV_BAD_SYNTAX, s.lt, S_BANG) : S_DOCTYPE;
    return p + 7;
  }
  next = fail(s, EV_BAD_SYNTAX, s.lt, S_BANG);
  return p;
}

/** In a comment; its end is `-->`, and `--` may not stand before that. */
export function readComment(s: Slot, p: usize, end: usize): usize {
  next = S_COMMENT;
  while (p < end) {
    p = scanFor(p, end, 0x2d);
    if (p >= end) return end;
    if (load<u8>(p) != 0x2d) {
      const q = oddByte(s, p, end, IN_MARKUP);
      if (q == 0) return wait(s, p);
      p = q;
      continue;
    }
    if (p + 1 >= end) return wait(s, p);
    if (load<u8>(p, 1) != 0x2d) {
      p++;
      continue;
    }
    if (p + 2 >= end) return wait(s, p);
    if (load<u8>(p, 2) == 0x3e) return resume(s, p + 3);
    raise(s, EV_BAD_SYNTAX, p);
    p++;
  }
  return p;
}

/** More bytes are needed to go on from `p`. */
function wait(s: Slot, p: usize): usize {
  s.pos = p;
  return 0;
}

/** In a CDATA section; its end is `]]>`. */
export function readCdata(s: Slot, p: usize, end: usize): usize {
  next = S_CDATA;
  const place = s.item ? IN_TEXT : IN_MARKUP;
  while (p < end) {
    p = scanFor(p, end, 0x5d);
    if (p >= end) return end;
    if (load<u8>(p) != 0x5d) {
      const q = oddByte(s, p, end, place);
      if (q == 0) return wait(s, p);
      p = q;
      continue;
    }
    if (p + 1 >= end) return wait(s, p);
    if (load<u8>(p, 1) != 0x5d) {
      p++;
      continue;
    }
    if (p + 2 >= end) return wait(s, p);
    if (load<u8>(p, 2) == 0x3e) {
      if (s.item) addRun(s, s.run, p);
      return resume(s, p + 3);
    }
    p++;
  }
  return p;
}

/** In the target of a processing instruction, which began at s.name. */
export function readTarget(s: Slot, p: usize, end: usize): usize {
  next = S_PI;
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c >= 0x80) {
      decode(p, end);
      const n = length;
      if (n == 0) return wait(s, p);
      if (fault) raise(s, utf8Event(p, IN_MARKUP), p);
      else if (s.refLength ? !continuesName(codePoint) : !startsName(codePoint)) s.nameBad = 1;
      if (s.refLength == 0) s.refKey = 0xff;
      s.refLength += n;
      p += n;
      continue;
    }
    if (!is(c, C_NAME) && c != 0x3a) break;
    if (s.refLength < 8) s.refKey |= (<u64>c) << ((<u64>s.refLength) << 3);
    s.refLength++;
    if (c == 0x3a) s.nameBad = 1;
    p++;
  }
  if (p >= end) return end;
  const c = <u32>load<u8>(p);
  if (s.refLength == 3 && (s.refKey & 0xdfdfdf) == 0x4c4d58 && (is(c, C_WHITE) || c == 0x3f)) {
    if (s.refKey == 0x6c6d78) return beginDeclaration(s, p);
    s.nameBad = 1; // only `xml` itself may be called that
  }
  leaveStart(s);
  const first = <u32>(s.refKey & 0xff);
  if (s.refLength == 0 || s.nameBad || (first < 0x80 && !is(first, C_START))) {
    raise(s, EV_BAD_NAME, s.lt);
  } else {
    raise(s, EV_PI, s.lt);
    if (c == 0x3f) {
      if (p + 1 >= end) return wait(s, p);
      if (load<u8>(p, 1) != 0x3e) raise(s, EV_BAD_SYNTAX, p);
    } else if (!is(c, C_WHITE)) raise(s, EV_BAD_NAME, p);
  }
  if (s.item) s.joining = 1;
  next = S_PI_BODY;
  return p;
}

/** In a processing instruction; its end is `?>`. */
export function readInstruction(s: Slot, p: usize, end: usize): usize {
  next = S_PI_BODY;
  while (p < end) {
    p = scanFor(p, end, 0x3f);
    if (p >= end) return end;
    if (load<u8>(p) != 0x3f) {
      const q = oddByte(s, p, end, IN_MARKUP);
      if (q == 0) return wait(s, p);
      p = q;
      continue;
    }
    if (p + 1 >= end) return wait(s, p);
    if (load<u8>(p, 1) == 0x3e) return resume(s, p + 2);
    p++;
  }
  return p;
}

/** `<?xml` was read. Where it stands decides what it means. */
function beginDeclaration(s: Slot, p: usize): usize {
  const half = halfAt(s.half);
  if (s.item) {
    raise(s, EV_DECL_MIDSTREAM, s.lt);
    s.joining = 1;
    next = S_PI_BODY;
    return p;
  }
  if (half.state >= S_BETWEEN) {
    settleDeclaration(s);
    half.flags |= H_DECL_MIDSTREAM;
    half.declAt = wireAt(s, s.lt);
  } else if (half.flags & H_DECL) {
    raise(s, EV_DECL_REPEATED, s.lt);
  } else if (half.state == S_PROLOG) {
    raise(s, EV_DECL_MIDSTREAM, s.lt);
  }
  half.flags &= ~(H_LATIN1 | H_ENTITIES);
  half.flags |= H_DECL | H_AGAIN;
  if (half.state == S_START) half.state = S_PROLOG;
  s.value = p;
  next = S_DECL;
  return p;
}

/** In the XML declaration, whose content began at s.value. */
export function readDecl(s: Slot, p: usize, end: usize): usize {
  next = S_DECL;
  while (p < end) {
    p = scanFor(p, end, 0x3f);
    if (p >= end) return end;
    if (load<u8>(p) != 0x3f) {
      const q = oddByte(s, p, end, IN_MARKUP);
      if (q == 0) return wait(s, p);
      p = q;
      continue;
    }
    if (p + 1 >= end) return wait(s, p);
    if (load<u8>(p, 1) == 0x3e) {
      readDeclaration(s, s.value, p);
      return resume(s, p + 2);
    }
    p++;
  }
  return p;
}
