/**
 * Slots: who holds one, who must give one up, and moving what lies in them. Addresses inside a slot
 * are absolute, so a move adjusts every one of them that points into what moved.
 */
import { R_SECTIONS } from '../codes';
import { moveMark, wireAt } from './encoding';
import { onForget, onRestore, onSave } from './host';
import { breakItem, loseSync } from './items';
import {
  BINDING_BYTES,
  ELEMENT_BYTES,
  H_SAVED,
  KEY_BYTES,
  TOKEN_BYTES,
  Half,
  Slot,
  bindingAt,
  decodedOf,
  elementAt,
  halfAt,
  keysOf,
  maxStanza,
  pendingOf,
  rawBytes,
  rawOf,
  report,
  slotAt,
  slotBytes,
  slotCount,
  tapeOf,
} from './layout';
import {
  S_ATTR_NAME,
  S_BANG,
  S_DECL,
  S_DOCTYPE,
  S_END_NAME,
  S_END_SPACE,
  S_LT,
  S_PI,
  S_REF,
  S_TAG_NAME,
} from './states';
import { T_END, T_TEXT } from './tape';

/** Least recently used slots among which the cheapest to move is chosen. */
const CANDIDATES: i32 = 8;
/** An element may be moved in and out so many times its size; then it is given up. */
const SWAP_FACTOR: f64 = 64;
const SWAP_FREE: f64 = 1048576;

let clock: i32 = 0;
/** Top of the stack of free slots; the last one freed is warm. */
let free: usize = 0;

export function setUpSlots(): void {
  for (let i = slotCount - 1; i >= 0; i--) release(slotAt(i));
}

function release(s: Slot): void {
  s.half = 0;
  s.item = free;
  free = changetype<usize>(s);
}

/** The half whose bytes are being read; it keeps its slot. 0 for none. */
export let pinned: i32 = 0;

export function pin(h: i32): void {
  pinned = h;
}

/** The slot of a half, with its unfinished item when there is one; null when none can be freed. */
export function acquire(h: i32): Slot {
  const half = halfAt(h);
  if (half.slot) {
    const held = changetype<Slot>(half.slot);
    held.lastUse = ++clock;
    return held;
  }
  if (free == 0 && !evict()) return changetype<Slot>(0);
  const s = changetype<Slot>(free);
  free = s.item;
  half.slot = changetype<usize>(s);
  if (half.flags & H_SAVED) {
    half.flags &= ~H_SAVED;
    const was = onRestore(h, changetype<usize>(s));
    relocate(s, was, was + slotBytes, changetype<usize>(s) - was);
    half.swapped += <f64>used(s);
  } else {
    s.item = 0;
    s.over = 0;
    s.redetect = 0;
    s.inTag = 0;
    s.depth = 0;
    s.kept = 0;
    s.bindings = 0;
    s.tokens = 0;
    s.pending = 0;
    s.dec = decodedOf(s);
    s.pos = s.end = s.mark = rawOf(s);
    s.markWire = half.read;
    s.state = half.state;
  }
  s.half = h;
  s.lastUse = ++clock;
  return s;
}

/** The half needs its slot no longer. */
export function drop(half: Half): void {
  if (half.slot == 0) return;
  release(changetype<Slot>(half.slot));
  half.slot = 0;
}

/** Bytes a save has to copy. */
function used(s: Slot): i32 {
  return s.tokens * TOKEN_BYTES + <i32>(s.end - rawOf(s)) + <i32>(s.dec - decodedOf(s)) + 1024;
}

/** Frees a slot: among the least recently used the one with least to copy. */
function evict(): bool {
  let victim: usize = 0;
  let least: i32 = i32.MAX_VALUE;
  let younger: u32 = 0;
  // Few slots, rare event: a plain selection of the oldest, one after the other.
  for (let round = 0; round < CANDIDATES; round++) {
    let oldest: usize = 0;
    let age: u32 = 0;
    for (let i = 0; i < slotCount; i++) {
      const s = slotAt(i);
      const old = <u32>(clock - s.lastUse);
      if (s.half == 0 || s.half == pinned || (round > 0 && old >= younger)) continue;
      if (oldest == 0 || old > age) {
        age = old;
        oldest = changetype<usize>(s);
      }
    }
    if (oldest == 0) break;
    younger = age;
    const cost = used(changetype<Slot>(oldest));
    if (cost < least) {
      least = cost;
      victim = oldest;
    }
  }
  if (victim == 0) return false;
  const s = changetype<Slot>(victim);
  const h = s.half;
  const half = halfAt(h);
  half.swapped += <f64>least;
  const afford = half.swapped <= SWAP_FREE + SWAP_FACTOR * <f64>least;
  describeSections(s);
  if (afford && onSave(h, changetype<usize>(s), least)) {
    half.flags |= H_SAVED;
    half.savedBytes = itemBytes(s);
  } else {
    breakItem(s, s.pos, s.state);
    // The callback may have closed or restarted the half.
    if (half.slot == victim) loseSync(half, true);
  }
  drop(half);
  return true;
}

/** Bytes read of the open item; 0 between items. */
export function itemBytes(s: Slot): f64 {
  if (s.item) return halfAt(s.half).read - s.itemWire;
  const from = holdOf(s);
  return from ? wireAt(s, s.end) - wireAt(s, from) : 0;
}

/** The parts of a slot that are in use, for the host to copy. */
function describeSections(s: Slot): void {
  let at = report + R_SECTIONS * 4;
  at = section(at, changetype<usize>(s), <usize>offsetof<Slot>());
  at = section(at, pendingOf(s), s.pending * 16);
  at = section(at, changetype<usize>(elementAt(s, 0)), s.kept * ELEMENT_BYTES);
  at = section(at, changetype<usize>(bindingAt(s, 0)), s.bindings * BINDING_BYTES);
  at = section(at, keysOf(s), <usize>(s.inTag ? s.keys * KEY_BYTES : 0));
  at = section(at, tapeOf(s), s.tokens * TOKEN_BYTES);
  at = section(at, rawOf(s), s.end - rawOf(s));
  section(at, decodedOf(s), s.dec - decodedOf(s));
}

function section(at: usize, from: usize, n: usize): usize {
  store<u32>(at, <u32>from);
  store<u32>(at, <u32>n, 4);
  return at + 8;
}

/** Forgets what the host may hold of a half. */
export function forget(h: i32): void {
  const half = halfAt(h);
  if (half.flags & H_SAVED) {
    half.flags &= ~H_SAVED;
    onForget(h);
  }
}

let low: usize = 0;
let high: usize = 0;
let delta: usize = 0;

@inline
function moved(p: usize): usize {
  return p >= low && p < high ? p + delta : p;
}

function moveWord(at: usize, offset: usize): void {
  store<u32>(at + offset, <u32>moved(load<u32>(at + offset)));
}

/** What lay in [from, to) lies `by` further now: adjusts every address in the slot. */
function relocate(s: Slot, from: usize, to: usize, by: usize): void {
  if (by == 0) return;
  low = from;
  high = to;
  delta = by;
  s.mark = moved(s.mark);
  s.pos = moved(s.pos);
  s.end = moved(s.end);
  s.item = moved(s.item);
  s.lt = moved(s.lt);
  s.run = moved(s.run);
  s.name = moved(s.name);
  s.nameEnd = moved(s.nameEnd);
  s.colon = moved(s.colon);
  s.value = moved(s.value);
  s.ref = moved(s.ref);
  s.from = moved(s.from);
  s.dtd = moved(s.dtd);
  s.acc = moved(s.acc);
  s.dec = moved(s.dec);
  s.tagName = moved(s.tagName);
  s.newDefault = moved(s.newDefault);
  s.ns = moved(s.ns);
  for (let i = 0; i < s.kept; i++) {
    const e = elementAt(s, i);
    e.name = moved(e.name);
    e.ns = moved(e.ns);
  }
  for (let i = 0; i < s.bindings; i++) {
    const b = bindingAt(s, i);
    b.prefix = moved(b.prefix);
    b.uri = moved(b.uri);
    b.value = moved(b.value);
  }
  if (s.inTag) {
    for (let i = 0; i < s.keys; i++) moveWord(keysOf(s) + i * KEY_BYTES, 8);
  }
  for (let i = 0; i < s.tokens; i++) {
    const at = tapeOf(s) + i * TOKEN_BYTES;
    const kind = load<i32>(at);
    if (kind == T_END) continue;
    moveWord(at, 20);
    if (kind != T_TEXT) moveWord(at, 12);
  }
}

/** The earliest byte that is still needed when bytes are not kept. */
function holdOf(s: Slot): usize {
  switch (s.state) {
    case S_LT:
    case S_BANG:
    case S_TAG_NAME:
    case S_END_NAME:
    case S_END_SPACE:
    case S_PI:
    case S_DECL:
    case S_DOCTYPE:
      return s.lt;
    case S_ATTR_NAME:
      return s.name;
    case S_REF:
      return s.ref;
    default:
      return 0;
  }
}

/** Start of the token that limits how far this half may be read; 0 for none. */
export function heldFrom(s: Slot): usize {
  return s.item == 0 || s.over ? holdOf(s) : 0;
}

/** Makes room for `n` more bytes (at most a block) behind s.end. */
export function makeRoom(s: Slot, n: i32): void {
  const limit = rawOf(s) + rawBytes;
  if (s.end + n <= limit) return;
  let keep = s.item;
  if (keep == 0) {
    keep = holdOf(s);
    if (keep == 0) keep = s.pos;
  }
  if (keep > rawOf(s)) shift(s, keep, rawOf(s));
  if (s.over && s.end + n > limit) slide(s);
}

/** Moves [from, s.end) down to `to`. */
function shift(s: Slot, from: usize, to: usize): void {
  const end = s.end;
  moveMark(s, from);
  memory.copy(to, from, end - from);
  // The end itself is an address too.
  relocate(s, from, end + 1, to - from);
}

/** Beyond the cap: makes room in the window behind it. Two bytes in front of `pos` stay. */
function slide(s: Slot): void {
  const base = s.item + maxStanza;
  let keep = holdOf(s);
  if (keep == 0) keep = s.pos - 2;
  if (keep <= base) return;
  const by = keep - base;
  moveMark(s, keep);
  memory.copy(base, keep, s.end - keep);
  s.slid += <i32>by;
  s.mark -= by;
  s.pos -= by;
  s.end -= by;
  s.lt = down(s.lt, base, by);
  s.run = down(s.run, base, by);
  s.name = down(s.name, base, by);
  s.nameEnd = down(s.nameEnd, base, by);
  s.colon = down(s.colon, base, by);
  s.value = down(s.value, base, by);
  s.ref = down(s.ref, base, by);
  s.from = down(s.from, base, by);
}

/** An address in the window; what slid out of it is at its start. */
function down(p: usize, base: usize, by: usize): usize {
  if (p < base) return p;
  return p < base + by ? base : p - by;
}
