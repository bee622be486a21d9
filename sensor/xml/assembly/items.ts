/**
 * Items: a first-level element or the start tag of a root. From the first `<` to the report to the
 * host, whole or broken.
 */
import { E_BROKEN, E_RESYNCED, addRun, closeTape, endText, resetText } from './tape';
import { EV_MISMATCHED_TAG } from '../codes';
import { wireAt } from './encoding';
import { describe, raise, startEvents } from './events';
import { onElement, onEnd, onHeader } from './host';
import { foldBytes, foldStart } from './intern';
import {
  H_AGAIN,
  H_ASSUMED,
  H_DECL,
  H_DECL_MIDSTREAM,
  H_ENTITIES,
  H_FRESH,
  H_GUESS,
  H_HEADER,
  H_JUST,
  H_LATIN1,
  H_RESYNCED,
  H_SAY_RESYNC,
  Binding,
  Half,
  Slot,
  decodedOf,
  halfAt,
} from './layout';
import { assumeRoot, keepRoot } from './namespaces';
import { S_BETWEEN, S_CDATA, S_EPILOG, S_LT, S_PROLOG, S_RESYNC, S_TEXT, S_VALUE } from './states';
import { push, resolve, settleDeclaration } from './tag';

export const ROOT_PLAIN: i32 = 1;
/** `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>` (RFC 7395): a header without a root. */
export const ROOT_FRAMING: i32 = 2;

/** A start tag outside any element begins at s.lt. */
export function beginItem(s: Slot): void {
  const half = halfAt(s.half);
  s.once = 0;
  s.fold = 0;
  s.itemWire = wireAt(s, s.lt);
  s.item = s.lt;
  s.dec = decodedOf(s);
  s.isRoot = <i32>(half.state <= S_PROLOG);
  s.isStanza = 0;
  s.started = 0;
  s.serial = 0;
  s.flags = 0;
  s.full = 0;
  s.over = 0;
  s.slid = 0;
  s.tier = 0;
  s.depth = 0;
  s.maxDepth = 0;
  s.kept = 0;
  s.elements = 0;
  s.tokens = 0;
  s.bindings = 0;
  s.declared = 0;
  s.pending = 0;
  s.unbounded = 0;
  s.nsId = 0;
  s.ns = 0;
  s.nsLength = 0;
  if (half.defaults) {
    const b = changetype<Binding>(half.defaults);
    s.nsId = b.nsId;
    s.ns = b.uri;
    s.nsLength = b.uriLength;
  }
  if (half.flags & H_RESYNCED) {
    half.flags &= ~H_RESYNCED;
    s.flags = E_RESYNCED;
  } else if (half.flags & H_GUESS) {
    // Two elements side by side: we are where we think we are.
    half.flags &= ~H_GUESS;
  }
  resetText(s);
}

function leaveItem(s: Slot): void {
  s.item = 0;
  s.over = 0;
  s.inTag = 0;
  s.depth = 0;
  s.kept = 0;
  s.bindings = 0;
  s.tokens = 0;
  s.pending = 0;
  s.dec = decodedOf(s);
  const half = halfAt(s.half);
  half.once = 0;
  half.swapped = 0;
}

/** The open element ends at `p`. Returns the next state. */
export function endItem(s: Slot, p: usize): i32 {
  const half = halfAt(s.half);
  half.flags = (half.flags & ~H_FRESH) | H_JUST;
  if (!s.started) startEvents(s, s.tokens, p);
  describe(s, s.tokens, p);
  const tokens = s.tokens;
  leaveItem(s);
  if (tokens) onElement(s.half);
  return half.state;
}

/**
 * The open item ends at `p` without its end tag. What was read so far is delivered, so that rules on
 * content still see it.
 */
export function breakItem(s: Slot, p: usize, state: i32): void {
  if (s.item == 0) return;
  const half = halfAt(s.half);
  s.flags |= E_BROKEN;
  if (s.inTag) {
    if (s.tagKept) {
      resolve(s);
      push(s);
    }
  } else {
    flushRun(s, p, state);
    endText(s, p);
  }
  if (s.isRoot) {
    closeTape(s);
    startEvents(s, s.tokens, p);
    leaveItem(s);
    assumeRoot(half);
    return;
  }
  if (s.tokens || s.pending) startEvents(s, s.tokens, p);
  closeTape(s);
  half.flags &= ~H_FRESH;
  describe(s, s.tokens, p);
  const tokens = s.tokens;
  leaveItem(s);
  if (tokens) onElement(s.half);
}

/** The run of text that is open in this state, read up to `p`, is part of the text. */
export function flushRun(s: Slot, p: usize, state: i32): void {
  if (state == S_LT) p = s.lt;
  else if (state != S_TEXT && state != S_CDATA && state != S_VALUE) return;
  addRun(s, s.run, p);
  s.run = p;
}

/** Not well-formed at `at`: the item is given up and the reader looks for the next one. */
export function fail(s: Slot, code: i32, at: usize, state: i32): i32 {
  const half = halfAt(s.half);
  raise(s, code, at);
  breakItem(s, at, state);
  settleDeclaration(s);
  return loseSync(half, true);
}

/** The reader lost its place. */
export function loseSync(half: Half, say: bool): i32 {
  if (half.state <= S_PROLOG) assumeRoot(half);
  half.state = S_RESYNC;
  half.flags |= H_GUESS;
  if (say) half.flags |= H_SAY_RESYNC;
  return S_RESYNC;
}

/** The start tag of a root is complete. Returns the next state. */
export function openRoot(s: Slot, p: usize, isEmpty: bool, kind: i32): i32 {
  const half = halfAt(s.half);
  const wasOpen = half.state == S_BETWEEN && (half.flags & H_HEADER) != 0;
  const declared = (half.flags & H_DECL) != 0;
  s.isRoot = 1;
  startEvents(s, s.tokens, p);
  describe(s, s.tokens, p);
  half.flags &= ~(H_DECL | H_DECL_MIDSTREAM | H_GUESS | H_RESYNCED | H_SAY_RESYNC);
  if (wasOpen && !declared) half.flags &= ~(H_LATIN1 | H_ENTITIES);
  half.flags |= H_AGAIN | H_HEADER | H_JUST;
  // Only a header that nobody announced can be waiting for its announcement.
  half.flags = wasOpen ? half.flags | H_FRESH : half.flags & ~H_FRESH;
  half.state = S_BETWEEN;
  if (kind == ROOT_FRAMING) {
    assumeRoot(half);
  } else {
    keepRoot(s, half);
    half.rootLength = s.tagNameLength;
    half.rootHash = foldBytes(foldStart(), s.tagName, s.tagName + s.tagNameLength);
  }
  leaveItem(s);
  onHeader(s.half, <i32>wasOpen, <i32>declared);
  if (isEmpty && kind == ROOT_PLAIN && half.state == S_BETWEEN) {
    half.state = S_EPILOG;
    half.flags &= ~H_HEADER;
    onEnd(s.half);
  }
  return half.state;
}

/** An end tag [s.name, end) outside any element, of which `p` is the end. */
export function endRoot(s: Slot, end: usize, p: usize): i32 {
  const half = halfAt(s.half);
  settleDeclaration(s);
  if (half.state == S_BETWEEN && isRootName(s, end)) {
    half.state = S_EPILOG;
    half.flags &= ~H_HEADER;
    half.once = 0;
    onEnd(s.half);
    return half.state;
  }
  if (half.flags & (H_GUESS | H_ASSUMED)) return loseSync(half, false);
  return fail(s, EV_MISMATCHED_TAG, s.lt, S_TEXT);
}

function isRootName(s: Slot, end: usize): bool {
  const half = halfAt(s.half);
  const n = <i32>(end - s.name);
  if (half.rootLength) {
    return n == half.rootLength && foldBytes(foldStart(), s.name, end) == half.rootHash;
  }
  // Any prefix will do for a root we never saw.
  if (n < 6) return false;
  const local = end - 6;
  if (load<u32>(local) != 0x65727473 || load<u16>(local, 4) != 0x6d61) return false;
  return n == 6 || load<u8>(local - 1) == 0x3a;
}
