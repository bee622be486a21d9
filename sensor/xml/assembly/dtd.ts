/**
 * Document type declarations. XMPP forbids them, so nothing here is used for reading: the end is
 * found, and what its entities would expand to is computed without expanding anything.
 *
 * Two passes: `readDoctype` finds the end as the bytes come; `judgeDoctype` then walks the complete
 * text (never more than DTD_BYTES).
 */
import { EV_DTD_EXTERNAL, EV_ENTITY_BOMB, EV_ENTITY_DECL } from '../codes';
import { C_NAME, C_WHITE, is } from './chars';
import { raise } from './events';
import { keyOf } from './intern';
import { H_ENTITIES, Slot, halfAt } from './layout';
import { sameBytes } from './scan';

// Slot.sub: where we are.
const OUTER: i32 = 0; // <!DOCTYPE name ...
const SUBSET: i32 = 1; // [ ...
const MARKUP: i32 = 2; // [ <! ...
const COMMENT: i32 = 3; // <!--
const INSTRUCTION: i32 = 4; // <?
export const DOCTYPE_DONE: i32 = 5;
const QUOTED: i32 = 8; // in a literal of OUTER or MARKUP

/** Expansions above this are a bomb. */
const BOMB_BYTES: i64 = 10 * 1024;
const MAX_ENTITIES: i32 = 256;

/** Entities: name address, name length, value address, value length, key u64, state, size i64. */
const ENTRY: i32 = 40;
const ENTITIES: usize = memory.data(MAX_ENTITIES * ENTRY);
const UNKNOWN: i32 = 0;
const BUSY: i32 = 1;
const DONE: i32 = 2;

let count: i32 = 0;
let recursive: bool = false;

/** Reads on; returns the address behind the closing `>`, `end` when it goes on, or 0 to wait. */
export function readDoctype(s: Slot, p: usize, end: usize): usize {
  while (p < end) {
    const c = <i32>load<u8>(p);
    if (s.sub & QUOTED) {
      if (c == s.quote) s.sub &= ~QUOTED;
      p++;
      continue;
    }
    switch (s.sub) {
      case OUTER:
        if (c == 0x3e) {
          s.sub = DOCTYPE_DONE;
          return p + 1;
        }
        if (c == 0x5b) s.sub = SUBSET;
        else quote(s, c);
        break;
      case SUBSET:
        if (c == 0x5d) s.sub = OUTER;
        else if (c == 0x3c) {
          if (p + 3 >= end && p + 1 < end && load<u8>(p, 1) != 0x3f) return wait(s, p);
          if (p + 1 >= end) return wait(s, p);
          if (load<u8>(p, 1) == 0x3f) s.sub = INSTRUCTION;
          else if (load<u8>(p, 1) == 0x21 && load<u8>(p, 2) == 0x2d && load<u8>(p, 3) == 0x2d) {
            s.sub = COMMENT;
            p += 3;
          } else s.sub = MARKUP;
        }
        break;
      case MARKUP:
        if (c == 0x3e) s.sub = SUBSET;
        else quote(s, c);
        break;
      case COMMENT:
        if (c == 0x2d) {
          if (p + 2 >= end) return wait(s, p);
          if (load<u8>(p, 1) == 0x2d && load<u8>(p, 2) == 0x3e) {
            s.sub = SUBSET;
            p += 2;
          }
        }
        break;
      default:
        if (c == 0x3f) {
          if (p + 1 >= end) return wait(s, p);
          if (load<u8>(p, 1) == 0x3e) {
            s.sub = SUBSET;
            p++;
          }
        }
    }
    p++;
  }
  return p;
}

function quote(s: Slot, c: i32): void {
  if (c != 0x22 && c != 0x27) return;
  s.quote = c;
  s.sub |= QUOTED;
}

function wait(s: Slot, p: usize): usize {
  s.pos = p;
  return 0;
}

/** `at` and `end` of the walk. */
let at: usize = 0;
let stop: usize = 0;

function skipWhite(): void {
  while (at < stop && is(<u32>load<u8>(at), C_WHITE)) at++;
}

/** Length of the name at `at`. */
function nameLength(): i32 {
  let p = at;
  while (p < stop) {
    const c = <u32>load<u8>(p);
    if (!is(c, C_NAME) && c < 0x80 && c != 0x3a) break;
    p++;
  }
  return <i32>(p - at);
}

/** Is the next word SYSTEM or PUBLIC? */
function isExternal(): bool {
  if (stop - at < 6) return false;
  const word = load<u64>(at) & 0xffffffffffff;
  return word == 0x4d4554535953 || word == 0x43494c425550;
}

/** The complete declaration [s.dtd, end) outside of quotes and comments. */
export function judgeDoctype(s: Slot, end: usize): void {
  at = s.dtd;
  stop = end;
  count = 0;
  recursive = false;
  let declared = false;
  let bomb = false;
  skipWhite();
  at += nameLength();
  skipWhite();
  if (isExternal()) raise(s, EV_DTD_EXTERNAL, at);
  let quoted: u32 = 0;
  let subset = false;
  while (at < stop) {
    const c = <u32>load<u8>(at);
    if (quoted) {
      if (c == quoted) quoted = 0;
      at++;
      continue;
    }
    if (c == 0x22 || c == 0x27) quoted = c;
    else if (c == 0x5b) subset = true;
    else if (c == 0x5d) subset = false;
    else if (c == 0x25 && subset)
      bomb = true; // a parameter entity is used or declared
    else if (c == 0x3c && skipMarked()) continue;
    else if (c == 0x3c && isEntityDeclaration()) {
      declared = true;
      halfAt(s.half).flags |= H_ENTITIES;
      at += 8;
      skipWhite();
      if (at < stop && load<u8>(at) == 0x25) {
        bomb = true;
        at++;
        skipWhite();
      }
      if (!readEntity(s)) bomb = true;
      continue;
    }
    at++;
  }
  if (declared) raise(s, EV_ENTITY_DECL, s.lt);
  for (let i = 0; i < count && !bomb; i++) {
    if (sizeOf(i, 0) > BOMB_BYTES || recursive) bomb = true;
  }
  if (bomb) raise(s, EV_ENTITY_BOMB, s.lt);
}

/** Comments and processing instructions are not declarations. */
function skipMarked(): bool {
  const two = stop - at >= 2 ? load<u8>(at, 1) : 0;
  if (two == 0x3f) {
    at += 2;
    while (at + 1 < stop && !(load<u8>(at) == 0x3f && load<u8>(at, 1) == 0x3e)) at++;
    at += 2;
    return true;
  }
  if (two == 0x21 && stop - at >= 4 && load<u16>(at, 2) == 0x2d2d) {
    at += 4;
    while (at + 2 < stop && !(load<u16>(at) == 0x2d2d && load<u8>(at, 2) == 0x3e)) at++;
    at += 3;
    return true;
  }
  return false;
}

function isEntityDeclaration(): bool {
  // <!ENTITY
  return stop - at > 8 && load<u64>(at) == 0x595449544e45213c;
}

/** Name and value at `at`; false when there are more than we follow. */
function readEntity(s: Slot): bool {
  const name = at;
  const n = nameLength();
  at += n;
  skipWhite();
  if (isExternal()) {
    raise(s, EV_DTD_EXTERNAL, at);
    return true;
  }
  if (at >= stop || n == 0) return true;
  const q = load<u8>(at);
  if (q != 0x22 && q != 0x27) return true;
  const value = ++at;
  while (at < stop && load<u8>(at) != q) at++;
  if (count == MAX_ENTITIES) return false;
  const e = ENTITIES + count * ENTRY;
  store<u64>(e, keyOf(name, n));
  store<u32>(e, <u32>name, 8);
  store<i32>(e, n, 12);
  store<u32>(e, <u32>value, 16);
  store<i32>(e, <i32>(at - value), 20);
  store<i32>(e, UNKNOWN, 24);
  store<i64>(e, 0, 32);
  count++;
  at++;
  return true;
}

/** Index of a declared entity (the first declaration binds), or -1. */
function indexOf(name: usize, n: i32): i32 {
  const key = keyOf(name, n);
  for (let i = 0; i < count; i++) {
    const e = ENTITIES + i * ENTRY;
    if (load<u64>(e) == key && load<i32>(e, 12) == n && sameBytes(load<u32>(e, 8), name, n))
      return i;
  }
  return -1;
}

/** Bytes entity `i` expands to; depth is bounded by the number of entities. */
function sizeOf(i: i32, depth: i32): i64 {
  const e = ENTITIES + i * ENTRY;
  if (load<i32>(e, 24) == DONE) return load<i64>(e, 32);
  if (load<i32>(e, 24) == BUSY || depth > MAX_ENTITIES) {
    recursive = true;
    return 0;
  }
  store<i32>(e, BUSY, 24);
  let p = <usize>load<u32>(e, 16);
  const end = p + load<i32>(e, 20);
  let size: i64 = 0;
  while (p < end) {
    if (load<u8>(p) == 0x26) {
      at = p + 1;
      stop = end;
      const n = nameLength();
      if (n > 0 && at + n < end && load<u8>(at + n) == 0x3b) {
        const other = indexOf(at, n);
        p = at + n + 1;
        if (other >= 0) {
          size += sizeOf(other, depth + 1);
          if (size > 1 << 40) size = 1 << 40;
        } else size += n + 2;
        continue;
      }
    }
    size++;
    p++;
  }
  store<i64>(e, size, 32);
  store<i32>(e, DONE, 24);
  return size;
}
