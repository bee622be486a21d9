/** The way of the bytes of one call: from staging, in the half's encoding, to its slot and through the machine. */
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
import { breakItem, fail, flushRun, loseSync } from './items';
import {
  BLOCK,
  DTD_BYTES,
  HOLD_BYTES,
  H_AGAIN,
  H_CLOSE,
  H_INTERRUPT,
  H_RESTART,
  H_STOPPED,
  Half,
  Slot,
  halfAt,
  maxStanza,
} from './layout';
import { setNow } from './outside';
import { read } from './machine';
import { copyBytes } from './scan';
import { beginDocument, closeHalf, isOpen } from './halves';
import { acquire, drop, heldFrom, makeRoom, pin, pinned } from './slots';
import { S_DOCTYPE, S_RESYNC } from './states';
import { FULL_BYTES, fill } from './tape';

const TIERS: i32 = 4;

/**
 * Reads `n` bytes that lie in staging from `from` on. Returns how many were consumed: fewer only when
 * a callback asked to stop.
 */
export function feed(h: i32, from: usize, n: i32, usec: f64): i32 {
  if (!isOpen(h)) return n;
  const half = halfAt(h);
  if (half.flags & H_STOPPED || pinned != 0) return 0;
  pin(h);
  setNow(usec);
  let p = from;
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
      if (back < from) half.read += <f64>(from - back);
      n = back < from ? 0 : <i32>(back - from);
      break;
    }
    if (half.flags & H_CLOSE) break;
    p = back;
    if (half.flags & H_RESTART) {
      half.flags = (half.flags & ~H_RESTART) | H_AGAIN;
      beginDocument(half);
    } else half.encoding = ENC_UNKNOWN;
  }
  pin(0);
  if (half.flags & H_RESTART) {
    // Asked when there was nothing left to read.
    half.flags = (half.flags & ~H_RESTART) | H_AGAIN;
    drop(half);
    beginDocument(half);
  }
  if (half.slot) settle(half, changetype<Slot>(half.slot));
  if (half.flags & H_CLOSE) {
    half.flags &= ~H_CLOSE;
    closeHalf(h);
  }
  return n;
}

/** A callback threw out of `feed`: the half that was read is lost where it stands, all others go on. */
export function recover(): void {
  const h = pinned;
  if (h == 0) return;
  pin(0);
  const half = halfAt(h);
  if (half.slot) {
    changetype<Slot>(half.slot).item = 0;
    drop(half);
  }
  half.flags &= ~(H_RESTART | H_CLOSE);
  loseSync(half, false);
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
    half.carry >>= (<u64>mark) << 3;
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
  half.carry |= (<u64>byte) << ((<u64>half.carryLength) << 3);
  half.carryLength++;
}

/** Puts the bytes set aside back in front of `p`. */
function untake(half: Half, p: usize): usize {
  const n = half.carryLength;
  p -= n;
  for (let i = 0; i < n; i++) store<u8>(p + i, <u8>(half.carry >> ((<u64>i) << 3)));
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
  flushRun(s, s.pos, state);
  s.over = 1;
  fill(s, FULL_BYTES, limit);
  if (state == S_DOCTYPE) s.state = fail(s, EV_BAD_SYNTAX, s.pos, state);
}
