/**
 * Namespace bindings in scope: those of the open elements in the slot, then those of the root in the
 * half. Both are short lists, so a look-up is a bounded walk.
 */
import {
  EV_NS_REBIND,
  EV_NS_SEPARATOR,
  EV_NS_SPACE,
  EV_XMLNS_COUNT,
  LIST_NAMESPACES,
  W_COUNT,
  W_NS_CLIENT,
  W_NS_DIALBACK,
  W_NS_STREAMS,
  W_NS_XML,
  W_NS_XMLNS,
} from '../codes';
import { C_ODD_URI, is } from './chars';
import { raise } from './events';
import { NAMESPACE_IDS, entryId, entryLength, entryOf, entryText, keyOf, namespaceEntry } from './intern';
import {
  BINDING_BYTES,
  H_ASSUMED,
  H_ROOT_CAPPED,
  ODD_ROOT_BYTES,
  ROOT_BINDINGS,
  Binding,
  Half,
  Slot,
  assumedRoot,
  bindingAt,
  halfAt,
  inlineBindings,
  maxBindings,
  oddRootCount,
  oddRoots,
} from './layout';
import { sameBytes } from './scan';
import { E_CAPPED, E_WATCHED } from './tape';

const WELL_KNOWN: usize = memory.data(W_COUNT * 4);

/** By namespace id: E_WATCHED where the host watches it. */
const WATCHED: usize = memory.data(NAMESPACE_IDS);

const KEY_XML: u64 = 0x6c6d78; // "xml", as in memory
const KEY_XMLNS: u64 = 0x736e6c6d78; // "xmlns"
const KEY_STREAM: u64 = 0x6d6165727473; // "stream"
const KEY_DB: u64 = 0x6264; // "db"
const XMLNS_COUNT: i32 = 50;

/** The assumed root binds these; the fourth is the prefix every document has. */
const ASSUMED_BINDINGS: i32 = 3;

let oddRootFree: usize = 0;

/** Id of a namespace or name the grammar needs (W_ constants). */
@inline
export function wellKnown(which: i32): i32 {
  return load<i32>(WELL_KNOWN + which * 4);
}

export function setWellKnown(which: i32, id: i32): void {
  store<i32>(WELL_KNOWN + which * 4, id);
}

/** Flag of elements of a namespace (with its id), 0 for most. */
@inline
export function watchedFlag(id: i32): i32 {
  return <i32>load<u8>(WATCHED + id);
}

/** Start-up: elements of this namespace set ELEMENT_FLAG.watched. */
export function watch(id: i32): void {
  if (id > 0 && id < NAMESPACE_IDS) store<u8>(WATCHED + id, <u8>E_WATCHED);
}

/** Start-up, after the interned lists are there. */
export function setUpNamespaces(): void {
  assume(0, KEY_STREAM, 6, wellKnown(W_NS_STREAMS));
  assume(1, KEY_DB, 2, wellKnown(W_NS_DIALBACK));
  assume(2, 0, 0, wellKnown(W_NS_CLIENT));
  assume(3, KEY_XML, 3, wellKnown(W_NS_XML));
  for (let i = oddRootCount - 1; i >= 0; i--) {
    const p = oddRoots + i * ODD_ROOT_BYTES;
    store<usize>(p, oddRootFree);
    oddRootFree = p;
  }
}

function assume(i: i32, key: u64, n: i32, id: i32): void {
  const b = changetype<Binding>(assumedRoot + i * BINDING_BYTES);
  const at = entryOf(LIST_NAMESPACES, id);
  b.key = key;
  b.prefix = changetype<usize>(b);
  b.prefixLength = n;
  b.nsId = id;
  b.uri = entryText(at);
  b.uriLength = entryLength(at);
  b.identity = <u64>id;
}

/** The half knows no header: the bindings XMPP streams usually have. */
export function assumeRoot(half: Half): void {
  freeRoot(half);
  half.root = assumedRoot;
  half.rootCount = ASSUMED_BINDINGS;
  half.defaults = assumedRoot + 2 * BINDING_BYTES;
  half.flags |= H_ASSUMED;
  half.rootLength = 0;
}

/** No root is open: nothing but `xml` is bound. */
export function clearRoot(half: Half): void {
  freeRoot(half);
  half.root = inlineBindings(half);
  half.rootCount = 0;
  half.defaults = 0;
  half.flags &= ~(H_ASSUMED | H_ROOT_CAPPED);
  half.rootLength = 0;
}

export function freeRoot(half: Half): void {
  if (half.oddRoot == 0) return;
  store<usize>(half.oddRoot, oddRootFree);
  oddRootFree = half.oddRoot;
  half.oddRoot = 0;
}

/** The bindings of the start tag just read become those of the root. */
export function keepRoot(s: Slot, half: Half): void {
  clearRoot(half);
  let odd = s.bindings > ROOT_BINDINGS;
  for (let i = 0; i < s.bindings; i++) {
    const b = bindingAt(s, i);
    if (b.prefixLength > 8 || (b.nsId == 0 && b.uriLength > 0)) odd = true;
  }
  let to = inlineBindings(half);
  let text: usize = 0;
  let limit: usize = to + ROOT_BINDINGS * BINDING_BYTES;
  if (odd && oddRootFree != 0) {
    half.oddRoot = oddRootFree;
    oddRootFree = load<usize>(oddRootFree);
    to = half.oddRoot;
    // Structures grow from the front, their texts from the back.
    text = limit = to + ODD_ROOT_BYTES;
  }
  half.root = to;
  for (let i = 0; i < s.bindings; i++) {
    const b = bindingAt(s, i);
    const prefixBytes = b.prefixLength > 8 ? b.prefixLength : 0;
    const uriBytes = b.nsId == 0 ? b.uriLength : 0;
    const floor = text ? text - prefixBytes - uriBytes : limit;
    if (to + BINDING_BYTES > floor || (text == 0 && prefixBytes + uriBytes > 0)) {
      half.flags |= H_ROOT_CAPPED;
      continue;
    }
    memory.copy(to, changetype<usize>(b), BINDING_BYTES);
    const kept = changetype<Binding>(to);
    if (prefixBytes) {
      text -= prefixBytes;
      memory.copy(text, b.prefix, prefixBytes);
      kept.prefix = text;
    } else {
      kept.prefix = to; // the key is the prefix
    }
    if (uriBytes) {
      text -= uriBytes;
      memory.copy(text, b.uri, uriBytes);
      kept.uri = text;
    }
    if (b.prefixLength == 0) half.defaults = to;
    to += BINDING_BYTES;
    half.rootCount++;
  }
}

/** Binding of a prefix in scope, or 0. */
export function lookUp(s: Slot, key: u64, p: usize, n: i32): usize {
  if (key == KEY_XML && n == 3) return assumedRoot + 3 * BINDING_BYTES;
  for (let i = s.bindings - 1; i >= 0; i--) {
    const b = bindingAt(s, i);
    if (b.key == key && b.prefixLength == n && (n <= 8 || sameBytes(b.prefix, p, n))) {
      return changetype<usize>(b);
    }
  }
  const half = halfAt(s.half);
  let at = half.root;
  for (let i = 0; i < half.rootCount; i++, at += BINDING_BYTES) {
    const b = changetype<Binding>(at);
    if (b.key == key && b.prefixLength == n && (n <= 8 || sameBytes(b.prefix, p, n))) return at;
  }
  return 0;
}

/** A namespace declaration of the start tag being read; its value is the decoded text. */
export function declare(s: Slot, key: u64, prefix: usize, n: i32, at: usize): void {
  if (++s.declared == XMLNS_COUNT + 1) raise(s, EV_XMLNS_COUNT, at);
  if (s.full) {
    s.unbounded = 1;
    return;
  }
  const uri = s.acc;
  const length = s.accLength;
  const entry = namespaceEntry(uri, length);
  const id = entry ? entryId(entry) : 0;
  if (id == 0) judgeName(s, uri, length, at);
  judgeBinding(s, key, prefix, n, id, length, at);
  if (s.bindings >= maxBindings) {
    s.flags |= E_CAPPED;
    s.unbounded = 1;
    return;
  }
  const b = bindingAt(s, s.bindings);
  b.key = key;
  b.prefix = prefix;
  b.prefixLength = n;
  b.nsId = id;
  b.uri = entry ? entryText(entry) : uri;
  b.uriLength = length;
  b.value = uri;
  b.identity = entry ? <u64>id : length ? keyOf(uri, length) : 0;
  if (n == 0) s.newDefault = changetype<usize>(b);
  s.bindings++;
}

/** Characters that libraries use to glue namespace and name together, or that no URI holds. */
function judgeName(s: Slot, uri: usize, n: i32, at: usize): void {
  for (let i = 0; i < n; i++) {
    const c = <u32>load<u8>(uri + i);
    if (c == 0x20) raise(s, EV_NS_SPACE, at);
    else if (is(c, C_ODD_URI)) raise(s, EV_NS_SEPARATOR, at);
  }
}

/** Namespaces 1.0 section 3, and RFC 6120 section 4.8: what may not be bound anew. */
function judgeBinding(
  s: Slot,
  key: u64,
  prefix: usize,
  n: i32,
  id: i32,
  length: i32,
  at: usize,
): void {
  let bad = false;
  if (n > 0 && length == 0) bad = true;
  const isXml = key == KEY_XML && n == 3;
  if (isXml != (id == wellKnown(W_NS_XML) && id != 0)) bad = true;
  if ((key == KEY_XMLNS && n == 5) || (id == wellKnown(W_NS_XMLNS) && id != 0)) bad = true;
  if (id == wellKnown(W_NS_STREAMS) && n > 0 && s.isStanza) {
    const known = lookUp(s, key, prefix, n);
    if (known == 0 || changetype<Binding>(known).nsId != id) bad = true;
  }
  if (bad) raise(s, EV_NS_REBIND, at);
}
