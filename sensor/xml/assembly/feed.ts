/** Halves from open to close, and the way of their bytes: staging, slot, state machine. */
import {
  EV_BAD_SYNTAX,
  EV_STANZA_1M,
  EV_STANZA_256K,
  EV_STANZA_512K,
  EV_STANZA_64K,
} from '../codes';
import {
  ENC_SEEK,
  ENC_UNKNOWN,
  ENC_UTF32LE,
  ENC_UTF8,
  aligned,
  detect,
  transcode,
  wireSpan,
  written,
} from './encoding';
import { raise, startEvents } from './events';
import { breakItem, fail, loseSync } from './items';
import {
  BLOCK,
  DTD_BYTES,
  HOLD_BYTES,
  H_AGAIN,
  H_DECL,
  H_DECL_MIDSTREAM,
  H_CLOSE,
  H_FRESH,
  H_GUESS,
  H_HEADER,
  H_INTERRUPT,
  H_JUST,
  H_OPEN,
  H_RESTART,
  H_SAVED,
  H_SAY_RESYNC,
  H_STOPPED,
  Half,
  Slot,
  halfAt,
  halfCount,
  maxStanza,
  staging,
} from './layout';
import { assumeRoot, clearRoot, freeRoot, setUpNamespaces } from './namespaces';
import { setNow } from './outside';
import { read } from './machine';
import { copyBytes } from './scan';
import { acquire, drop, forget, heldFrom, itemBytes, makeRoom, pin, setUpSlots } from './slots';
import {
  S_BETWEEN,
  S_CDATA,
  S_DECL,
  S_DOCTYPE,
  S_LT,
  S_PI,
  S_PROLOG,
  S_RESYNC,
  S_START,
  S_TEXT,
  S_VALUE,
} from './states';
import { FULL_BYTES, addRun, fill } from './tape';

const TIERS: i32 = 4;

/** Stack of free halves. */
let freeHalf: i32 = 0;
/** Halves from here on were never used; their memory was never touched. */
let fresh: i32 = 1;
/** The half being fed; callbacks may ask things of it. */
let feeding: i32 = 0;

export function setUp(): void {
  setUpNamespaces();
  setUpSlots();
}

/** A new half, from 1; 0 when all are in use. */
export function openHalf(midstream: i32): i32 {
  let h = freeHalf;
  if (h) freeHalf = halfAt(h).next;
  else if (fresh < halfCount) h = fresh++;
  else return 0;
  const half = halfAt(h);
  half.read = 0;
  half.carryLength = 0;
  half.minute = 0;
  half.white = 0;
  half.serial = 0;
  half.slot = 0;
  half.oddRoot = 0;
  half.flags = H_OPEN;
  beginDocument(half);
  if (midstream) {
    half.encoding = ENC_UTF8;
    half.state = S_RESYNC;
    half.flags |= H_GUESS | H_AGAIN;
    assumeRoot(half);
  }
  return h;
}

/** The next byte is the first of a document. */
function beginDocument(half: Half): void {
  half.once = 0;
  half.state = S_START;
  half.encoding = ENC_UNKNOWN;
  discardCarry(half);
  half.swapped = 0;
  half.flags &= H_OPEN | H_AGAIN | H_STOPPED;
  clearRoot(half);
}

/** Bytes set aside will not be read; they still count. */
function discardCarry(half: Half): void {
  half.read += <f64>half.carryLength;
  half.carry = 0;
  half.carryLength = 0;
}

// @ts-ignore: decorator
@inline
function isOpen(h: i32): bool {
  return h > 0 && h < fresh && (halfAt(h).flags & H_OPEN) != 0;
}

/** Delivers what is unfinished as broken. */
function abandon(h: i32): void {
  const half = halfAt(h);
  if (half.slot == 0 && (half.flags & H_SAVED) == 0) return;
  const s = acquire(h);
  if (changetype<usize>(s) == 0) forget(h);
  else breakItem(s, s.pos, s.state);
  drop(half);
}

export function closeHalf(h: i32): void {
  if (!isOpen(h)) return;
  const half = halfAt(h);
  if (h == feeding) {
    half.flags |= H_CLOSE;
    return;
  }
  half.flags |= H_STOPPED;
  abandon(h);
  if (!isOpen(h)) return; // closed by the callback
  forget(h);
  freeRoot(half);
  half.flags = 0;
  half.next = freeHalf;
  freeHalf = h;
}

export function stop(h: i32): void {
  if (isOpen(h)) halfAt(h).flags |= H_STOPPED;
}

export function restart(h: i32): void {
  if (!isOpen(h)) return;
  const half = halfAt(h);
  half.flags &= ~H_STOPPED;
  if (h == feeding) {
    half.flags |= H_RESTART;
    return;
  }
  // Already waiting for a document.
  if (half.state == S_START && half.encoding == ENC_UNKNOWN) return;
  // News of the restart may come late: after the new header, or in the middle of it.
  if (half.state == S_BETWEEN && half.flags & H_FRESH) return;
  if (half.state == S_BETWEEN && adopt(half)) return;
  abandon(h);
  half.flags |= H_AGAIN;
  beginDocument(half);
}

/**
 * When the new document has begun already (its declaration was read, or something unfinished may be
 * that or its header), it goes on from there.
 */
function adopt(half: Half): bool {
  let state = half.flags & H_DECL_MIDSTREAM ? S_PROLOG : S_START;
  if (half.slot) {
    const s = changetype<Slot>(half.slot);
    if (s.item && (s.depth > 0 || s.started)) return false;
    if (s.item == 0 && s.state != S_LT && s.state != S_PI && s.state != S_DECL) return false;
    if (s.item) state = S_PROLOG;
    s.isRoot = 1;
    s.nsId = 0;
    s.ns = 0;
    s.nsLength = 0;
  } else if (state == S_START) return false;
  half.state = state;
  half.once = 0;
  half.flags &= ~(H_DECL_MIDSTREAM | H_GUESS | H_HEADER | H_SAY_RESYNC);
  half.flags |= H_AGAIN;
  clearRoot(half);
  return true;
}

export function gap(h: i32): void {
  if (!isOpen(h) || h == feeding) return;
  const half = halfAt(h);
  abandon(h);
  if (!isOpen(h)) return;
  discardCarry(half);
  if (half.encoding == ENC_UNKNOWN) half.encoding = ENC_UTF8;
  else if (half.encoding > ENC_UTF8) half.encoding |= ENC_SEEK;
  if (half.state < S_BETWEEN) assumeRoot(half);
  half.state = S_RESYNC;
  half.flags = (half.flags | H_GUESS) & ~(H_SAY_RESYNC | H_DECL | H_DECL_MIDSTREAM | H_JUST);
}

export function openElementBytes(h: i32): f64 {
  if (!isOpen(h)) return 0;
  const half = halfAt(h);
  if (half.flags & H_SAVED) return half.savedBytes;
  const carried = <f64>half.carryLength;
  return half.slot ? itemBytes(changetype<Slot>(half.slot)) + carried : carried;
}

export function bytesFed(h: i32): f64 {
  if (!isOpen(h)) return 0;
  const half = halfAt(h);
  return half.read + <f64>half.carryLength;
}

/**
 * Reads `n` bytes that lie in staging. Returns how many were consumed: fewer only when a callback
 * asked to stop.
 */
export function feed(h: i32, n: i32, usec: f64): i32 {
  if (!isOpen(h)) return n;
  const half = halfAt(h);
  if (half.flags & H_STOPPED || feeding != 0) return 0;
  feeding = h;
  pin(h);
  setNow(usec);
  let p = staging;
  const end = p + n;
  while (p < end) {
    p = pour(h, half, p, end);
    if (half.slot == 0) continue;
    const s = changetype<Slot>(half.slot);
    drive(s, half);
    if ((half.flags & H_INTERRUPT) == 0 && s.redetect == 0) continue;
    const back = putBack(s, half, p);
    if (half.flags & H_STOPPED) {
      // Bytes of earlier calls were accepted then.
      if (back < staging) half.read += <f64>(staging - back);
      n = back < staging ? 0 : <i32>(back - staging);
      break;
    }
    if (half.flags & H_CLOSE) break;
    p = back;
    if (half.flags & H_RESTART) {
      half.flags = (half.flags & ~H_RESTART) | H_AGAIN;
      beginDocument(half);
    } else half.encoding = ENC_UNKNOWN;
  }
  feeding = 0;
  pin(0);
  if (half.slot) settle(half, changetype<Slot>(half.slot));
  if (half.flags & H_CLOSE) {
    half.flags &= ~H_CLOSE;
    closeHalf(h);
  }
  return n;
}

/** A half between items needs no slot. */
function settle(half: Half, s: Slot): void {
  if (s.item == 0 && s.state <= S_RESYNC && s.pos == s.end) drop(half);
}

/**
 * Gives up the slot; the bytes it had not read come back in front of `p` (staging has room there).
 * Returns where they begin.
 */
function putBack(s: Slot, half: Half, p: usize): usize {
  breakItem(s, s.pos, s.state);
  const rest = <usize>wireSpan(half.encoding, s.pos, s.end);
  half.read -= <f64>rest;
  // Transcoded bytes still lie in staging as they came; others are copied from the slot.
  if (half.encoding == ENC_UTF8) memory.copy(p - rest, s.pos, rest);
  s.redetect = 0;
  drop(half);
  return p - rest;
}

/** Moves bytes from staging into the half's slot; returns where the rest begins. */
function pour(h: i32, half: Half, p: usize, end: usize): usize {
  if (half.encoding == ENC_UTF8) {
    const s = acquire(h);
    let n = <i32>(end - p);
    if (n > BLOCK) n = BLOCK;
    makeRoom(s, n);
    copyBytes(s.end, p, n);
    s.end += n;
    half.read += <f64>n;
    return p + n;
  }
  if (half.encoding == ENC_UNKNOWN) {
    take(half, load<u8>(p++));
    const mark = detect(h);
    if (mark < 0) return p;
    half.carry >>= <u64>mark << 3;
    half.carryLength -= mark;
    half.read += <f64>mark;
    return untake(half, p);
  }
  if (half.encoding & ENC_SEEK) {
    const encoding = half.encoding & ~ENC_SEEK;
    take(half, load<u8>(p++));
    if (half.carryLength < (encoding >= ENC_UTF32LE ? 8 : 4)) return p;
    if (aligned(encoding, half.carry)) {
      half.encoding = encoding;
      return untake(half, p);
    }
    half.carry >>= 8;
    half.carryLength--;
    half.read += 1;
    return p;
  }
  p = untake(half, p);
  const s = acquire(h);
  makeRoom(s, BLOCK);
  let n = <i32>(end - p);
  // UTF-16 grows by half at most.
  if (n > BLOCK / 2) n = BLOCK / 2;
  const used = transcode(half.encoding, p, p + n, s.end);
  s.end += written;
  half.read += <f64>used;
  p += used;
  if (used == 0) while (p < end) take(half, load<u8>(p++));
  return p;
}

/** Sets a byte aside until more have come. */
function take(half: Half, byte: u8): void {
  half.carry |= <u64>byte << (<u64>half.carryLength << 3);
  half.carryLength++;
}

/** Puts the bytes set aside back in front of `p`. */
function untake(half: Half, p: usize): usize {
  const n = half.carryLength;
  p -= n;
  for (let i = 0; i < n; i++) store<u8>(p + i, <u8>(half.carry >> (<u64>i << 3)));
  half.carry = 0;
  half.carryLength = 0;
  return p;
}

/** Reads what is in the slot, halting where something must be said or given up. */
function drive(s: Slot, half: Half): void {
  for (;;) {
    const limit = horizon(s);
    if (s.pos < limit) read(s, limit);
    if (half.flags & H_INTERRUPT || s.redetect) return;
    if (limit == s.end) return;
    if (horizon(s) == limit) pass(s, limit);
  }
}

/** Size of a first-level element that is worth an event. */
function tierBytes(tier: i32): i32 {
  return tier == 0 ? 65536 : tier == 1 ? 262144 : tier == 2 ? 524288 : 1048576;
}

/** How far reading may go before `pass` must look. */
function horizon(s: Slot): usize {
  let limit = s.end;
  if (s.item) {
    const base = s.item - s.slid;
    if (s.tier < TIERS && base + tierBytes(s.tier) < limit) limit = base + tierBytes(s.tier);
    if (!s.over && s.item + maxStanza < limit) limit = s.item + maxStanza;
  }
  if (s.state == S_DOCTYPE) {
    if (s.dtd + DTD_BYTES < limit) limit = s.dtd + DTD_BYTES;
  } else {
    const held = heldFrom(s);
    if (held && held + HOLD_BYTES < limit) limit = held + HOLD_BYTES;
  }
  return limit;
}

/** More bytes than `limit` allows have come. */
function pass(s: Slot, limit: usize): void {
  if (s.item) {
    if (s.tier < TIERS && limit == s.item - s.slid + tierBytes(s.tier)) {
      const code =
        s.tier == 0
          ? EV_STANZA_64K
          : s.tier == 1
            ? EV_STANZA_256K
            : s.tier == 2
              ? EV_STANZA_512K
              : EV_STANZA_1M;
      s.tier++;
      raise(s, code, limit);
      if (!s.started) startEvents(s, 0, limit);
      return;
    }
    if (!s.over && limit == s.item + maxStanza) {
      stopKeeping(s, limit);
      return;
    }
  }
  s.state = fail(s, EV_BAD_SYNTAX, s.pos, s.state);
}

/** From the cap on, bytes of the element are read but not kept. */
function stopKeeping(s: Slot, limit: usize): void {
  const state = s.state;
  if (state == S_TEXT || state == S_CDATA || state == S_VALUE) {
    addRun(s, s.run, s.pos);
    s.run = s.pos;
  }
  s.over = 1;
  fill(s, FULL_BYTES, limit);
  if (state == S_DOCTYPE) s.state = fail(s, EV_BAD_SYNTAX, s.pos, state);
}
