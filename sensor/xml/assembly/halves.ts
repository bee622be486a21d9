/**
 * Halves: one direction of a flow each, from open to close, through restarts and gaps. Any of these may
 * be asked from a callback; for the half that is being read it then waits until reading is back in `feed`.
 */
import { ENC_SEEK, ENC_UNKNOWN, ENC_UTF8 } from './encoding';
import { breakItem } from './items';
import {
  H_AGAIN,
  H_CLOSE,
  H_DECL,
  H_DECL_MIDSTREAM,
  H_FRESH,
  H_GUESS,
  H_HEADER,
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
} from './layout';
import { assumeRoot, clearRoot, freeRoot, setUpNamespaces } from './namespaces';
import { acquire, drop, forget, itemBytes, pinned, setUpSlots } from './slots';
import { S_BETWEEN, S_DECL, S_LT, S_PI, S_PROLOG, S_RESYNC, S_START } from './states';

/** Stack of free halves. */
let freeHalf: i32 = 0;
/** Halves from here on were never used; their memory was never touched. */
let fresh: i32 = 1;
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
export function beginDocument(half: Half): void {
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

@inline
export function isOpen(h: i32): bool {
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
  if (h == pinned) {
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
  if (h == pinned) {
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
  if (!isOpen(h) || h == pinned) return;
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
