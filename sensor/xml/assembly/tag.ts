/**
 * Start tags: attributes, what they are called, whether they repeat; at the end of the tag its
 * names get their namespaces and the element is opened.
 */
import {
  EV_ATTR_COUNT,
  EV_ATTR_SIZE,
  EV_DECL_MIDSTREAM,
  EV_DEPTH_1024,
  EV_DEPTH_128,
  EV_DEPTH_32,
  EV_DEPTH_64,
  EV_DUP_ATTR,
  EV_NS_REBIND,
  EV_SECOND_ROOT,
  EV_UNBOUND_PREFIX,
  W_BODY,
  W_IQ,
  W_MESSAGE,
  W_NS_ACCEPT,
  W_NS_CLIENT,
  W_NS_CONNECT,
  W_NS_FRAMING,
  W_NS_HTTPBIND,
  W_NS_SERVER,
  W_NS_STREAMS,
  W_OPEN,
  W_PRESENCE,
  W_STREAM,
} from '../codes';
import { raise, raiseOutside, startEvents } from './events';
import { foldBytes, keyOf, nameIdOf, slotOf } from './intern';
import { ROOT_FRAMING, ROOT_PLAIN, endItem, openRoot } from './items';
import {
  Binding,
  Element,
  H_ASSUMED,
  H_DECL,
  H_DECL_MIDSTREAM,
  H_ROOT_CAPPED,
  KEY_BYTES,
  Slot,
  elementAt,
  halfAt,
  keysOf,
  maxAttributes,
  maxDepth,
  bindingAt,
  seenBase,
  seenEntries,
  slotBytes,
} from './layout';
import { KEY_XMLNS, assumeRoot, declare, lookUp, wellKnown } from './namespaces';
import { repair } from './repair';
import { sameBytes } from './scan';
import { S_BETWEEN, S_EPILOG, S_TEXT } from './states';
import {
  E_CAPPED,
  FULL_TAPE,
  T_ATTR,
  T_NSDECL,
  T_START,
  addRun,
  fill,
  hasRoom,
  judgeReferences,
  putEnd,
  putToken,
  resetText,
  tokenAt,
} from './tape';

const ATTRIBUTE_COUNT: i32 = 64;
const ATTRIBUTE_SIZE: i32 = 8192;
/** Up to so many attributes are compared one by one. */
const FEW: i32 = 8;
/** Elements that are not kept are folded into a hash; the factor is odd, so a step can be undone. */
const FOLD: u64 = 0x9e3779b97f4a7c15;
const UNFOLD: u64 = 0xf1de83e19937733d;

/** Which tag's names are in the table of seen names. */
let stamp: i32 = 0;

/** The name of a start tag ended at `end`. */
export function beginTag(s: Slot, end: usize): void {
  const depth = s.depth + 1;
  if (depth > s.maxDepth) {
    s.maxDepth = depth;
    if (depth > 32) judgeDepth(s, depth);
  }
  s.elements++;
  s.nameEnd = end;
  s.inTag = 1;
  s.attributes = 0;
  s.keys = 0;
  s.stamp = 0;
  s.prefixed = 0;
  s.white = 0;
  s.newDefault = 0;
  s.tagBindings = s.bindings;
  let kept = s.full == 0 && s.depth == s.kept && s.kept < maxDepth;
  if (kept && !hasRoom(s, 2)) {
    fill(s, FULL_TAPE, s.lt);
    kept = false;
  }
  s.tagKept = <i32>kept;
  s.keep = s.tagKept;
  s.tagName = s.name;
  s.tagNameLength = <i32>(end - s.name);
  if (!kept) {
    s.flags |= E_CAPPED;
    s.nameHash = foldBytes(s.nameHash, s.from, end);
    return;
  }
  if (s.nameBad) repair(s, end);
  let local = s.name;
  s.tagColon = 0;
  if (s.colon) {
    local = s.colon + 1;
    s.tagColon = <i32>(s.colon - s.name);
  }
  const n = <i32>(s.nameEnd - local);
  const id = nameIdOf(keyOf(local, n), local, n);
  s.tagToken = putToken(s, T_START, id, 0, <i32>local, n, 0, 0, 0);
  if (s.depth == 0) beginFirstLevel(s, id);
}

/** What the name of a first-level element, or of a root, tells at once. */
function beginFirstLevel(s: Slot, id: i32): void {
  const half = halfAt(s.half);
  s.isStanza = <i32>(
    (id != 0 && (id == wellKnown(W_MESSAGE) || id == wellKnown(W_PRESENCE) || id == wellKnown(W_IQ)))
  );
  if (s.isRoot && s.isStanza) {
    // A stanza before any header: read it as one, in a stream we assume.
    s.isRoot = 0;
    assumeRoot(half);
    half.state = S_BETWEEN;
    const b = changetype<Binding>(half.defaults);
    s.nsId = b.nsId;
    s.ns = b.uri;
    s.nsLength = b.uriLength;
  }
  if (half.flags & H_DECL_MIDSTREAM && id != wellKnown(W_STREAM)) settleDeclaration(s);
}

/** The XML declaration between elements was not followed by a stream header. */
export function settleDeclaration(s: Slot): void {
  const half = halfAt(s.half);
  if ((half.flags & H_DECL_MIDSTREAM) == 0) return;
  half.flags &= ~(H_DECL | H_DECL_MIDSTREAM);
  raiseOutside(s.half, EV_DECL_MIDSTREAM, half.declAt);
}

function judgeDepth(s: Slot, depth: i32): void {
  if (depth == 33) raise(s, EV_DEPTH_32, s.lt);
  if (depth == 65) raise(s, EV_DEPTH_64, s.lt);
  if (depth == 129) raise(s, EV_DEPTH_128, s.lt);
  if (depth == 1025) raise(s, EV_DEPTH_1024, s.lt);
}

/** The name of an attribute ended at `end`. */
// @ts-ignore: decorator
@inline
export function beginAttribute(s: Slot, end: usize): void {
  s.nameEnd = end;
  if (++s.attributes > ATTRIBUTE_COUNT) judgeCount(s);
}

function judgeCount(s: Slot): void {
  raise(s, EV_ATTR_COUNT, s.name);
  if (s.attributes > maxAttributes) s.flags |= E_CAPPED;
}

export function judgeSize(s: Slot, p: usize): void {
  if (<i32>(p - s.value) > ATTRIBUTE_SIZE) raise(s, EV_ATTR_SIZE, s.value + ATTRIBUTE_SIZE);
}

/** The value of an attribute ended at `p`, where its closing quote is. */
export function endAttribute(s: Slot, p: usize): void {
  addRun(s, s.run, p);
  if (s.accRefs) judgeReferences(s, p);
  if (s.accSize == 0) s.acc = p;
  if (!s.valueKept) {
    resetText(s);
    return;
  }
  // What was decoded before a cap was hit still counts.
  if (s.nameBad) repair(s, s.nameEnd);
  const name = s.name;
  const n = <i32>(s.nameEnd - name);
  const key = keyOf(name, n);
  if (isRepeated(s, key, name, n)) raise(s, EV_DUP_ATTR, s.lt);
  if (n >= 5 && load<u32>(name) == 0x6e6c6d78 && load<u8>(name, 4) == 0x73) {
    if (n == 5) {
      declare(s, 0, name, 0, p);
      resetText(s);
      return;
    }
    if (s.colon == name + 5) {
      const prefix = name + 6;
      declare(s, keyOf(prefix, n - 6), prefix, n - 6, p);
      resetText(s);
      return;
    }
  }
  if (!hasRoom(s, 2 + s.bindings - s.tagBindings)) {
    if (!(s.full & FULL_TAPE)) fill(s, FULL_TAPE, p);
  } else if (s.colon) {
    const local = s.colon + 1;
    const m = <i32>(s.nameEnd - local);
    const id = nameIdOf(keyOf(local, m), local, m);
    // The namespace is not known before the end of the tag: remember the prefix's length.
    putToken(s, T_ATTR, id, -<i32>(s.colon - name), <i32>local, m, <i32>s.acc, s.accLength, s.accFlags);
    s.prefixed++;
  } else {
    putToken(s, T_ATTR, nameIdOf(key, name, n), 0, <i32>name, n, <i32>s.acc, s.accLength, s.accFlags);
  }
  resetText(s);
}

/** Was this name given before in this tag? Remembers it. */
function isRepeated(s: Slot, key: u64, name: usize, n: i32): bool {
  const keys = keysOf(s);
  const count = s.keys;
  if (count < FEW) {
    for (let i = 0; i < count; i++) if (isKey(keys + i * KEY_BYTES, key, name, n)) return true;
  } else {
    // The table is shared: rebuild it when another tag used it since.
    if (s.stamp == 0 || s.stamp != stamp) {
      if (++stamp == 0) stamp = 1;
      s.stamp = stamp;
      for (let i = 0; i < count; i++) {
        store<i32>(vacancy(load<u64>(keys + i * KEY_BYTES)), i, 4);
      }
    }
    let i = slotOf(key) & (seenEntries - 1);
    for (;;) {
      const at = seenBase + i * 8;
      if (load<i32>(at) != stamp) {
        store<i32>(at, stamp);
        store<i32>(at, count, 4);
        break;
      }
      if (isKey(keys + load<i32>(at, 4) * KEY_BYTES, key, name, n)) return true;
      i = (i + 1) & (seenEntries - 1);
    }
  }
  const at = keys + count * KEY_BYTES;
  store<u64>(at, key);
  store<u32>(at, <u32>name, 8);
  store<i32>(at, n, 12);
  s.keys = count + 1;
  return false;
}

function vacancy(key: u64): usize {
  let i = slotOf(key) & (seenEntries - 1);
  while (load<i32>(seenBase + i * 8) == stamp) i = (i + 1) & (seenEntries - 1);
  store<i32>(seenBase + i * 8, stamp);
  return seenBase + i * 8;
}

// @ts-ignore: decorator
@inline
function isKey(at: usize, key: u64, name: usize, n: i32): bool {
  return (
    load<u64>(at) == key &&
    load<i32>(at, 12) == n &&
    (n <= 8 || sameBytes(load<u32>(at, 8), name, n))
  );
}

/** Namespaces of the tag just read; its declarations go on the tape behind its attributes. */
export function resolve(s: Slot): void {
  const tag = tokenAt(s, s.tagToken);
  const local = <usize>load<u32>(tag, 12);
  const e = elementAt(s, s.kept);
  e.nsId = s.nsId;
  e.ns = s.ns;
  e.nsLength = s.nsLength;
  if (s.newDefault) {
    const b = changetype<Binding>(s.newDefault);
    s.nsId = b.nsId;
    s.ns = b.uri;
    s.nsLength = b.uriLength;
  }
  if (s.tagColon) {
    const n = s.tagColon;
    const prefix = local - 1 - n;
    bind(s, tag, prefix, n, 20);
  } else {
    store<i32>(tag, s.nsId, 8);
    store<u32>(tag, <u32>s.ns, 20);
    store<i32>(tag, s.nsLength, 24);
  }
  if (s.prefixed) resolveAttributes(s);
  for (let i = s.tagBindings; i < s.bindings; i++) {
    const b = bindingAt(s, i);
    if (!hasRoom(s, 2)) {
      if (!(s.full & FULL_TAPE)) fill(s, FULL_TAPE, s.lt);
      break;
    }
    putToken(s, T_NSDECL, 0, b.nsId, <i32>b.prefix, b.prefixLength, <i32>b.value, b.uriLength, 0);
  }
}

/** Gives the token at `at` the namespace of its prefix; `text` is where its name goes, 0 for none. */
function bind(s: Slot, at: usize, prefix: usize, n: i32, text: i32): usize {
  const found = lookUp(s, keyOf(prefix, n), prefix, n);
  if (found == 0) {
    store<i32>(at, 0, 8);
    if ((halfAt(s.half).flags & (H_ASSUMED | H_ROOT_CAPPED)) == 0 && s.unbounded == 0) {
      raise(s, EV_UNBOUND_PREFIX, s.lt);
    }
    return 0;
  }
  const b = changetype<Binding>(found);
  store<i32>(at, b.nsId, 8);
  if (text) {
    store<u32>(at, <u32>b.uri, 20);
    store<i32>(at, b.uriLength, 24);
  }
  return found;
}

function resolveAttributes(s: Slot): void {
  // The key list is done with: it serves as the list of (hash, token, binding) of prefixed attributes.
  const list = keysOf(s);
  let count: i32 = 0;
  for (let i = s.tagToken + 1; i < s.tokens; i++) {
    const at = tokenAt(s, i);
    const n = -load<i32>(at, 8);
    if (n <= 0) continue;
    const name = <usize>load<u32>(at, 12);
    const binding = bind(s, at, name - 1 - n, n, 0);
    if (binding == 0) continue;
    const identity = changetype<Binding>(binding).identity;
    const hash = (keyOf(name, load<i32>(at, 16)) * FOLD) ^ identity;
    for (let j = 0; j < count; j++) {
      const other = list + j * KEY_BYTES;
      if (load<u64>(other) == hash && isSame(at, binding, load<u32>(other, 8), load<u32>(other, 12))) {
        raise(s, EV_DUP_ATTR, s.lt);
        break;
      }
    }
    const entry = list + count * KEY_BYTES;
    store<u64>(entry, hash);
    store<u32>(entry, <u32>at, 8);
    store<u32>(entry, <u32>binding, 12);
    count++;
  }
}

/** Have two attributes the same local name in the same namespace? */
function isSame(a: usize, bindingOfA: usize, b: usize, bindingOfB: usize): bool {
  const n = load<i32>(a, 16);
  if (n != load<i32>(b, 16) || !sameBytes(load<u32>(a, 12), load<u32>(b, 12), n)) return false;
  if (bindingOfA == bindingOfB) return true;
  const x = changetype<Binding>(bindingOfA);
  const y = changetype<Binding>(bindingOfB);
  if (x.nsId != y.nsId || x.uriLength != y.uriLength) return false;
  return x.nsId != 0 || sameBytes(x.uri, y.uri, x.uriLength);
}

/** `>` or `/>`, of which `p` is the end. Returns the next state. */
export function endStartTag(s: Slot, p: usize, isEmpty: bool): i32 {
  s.inTag = 0;
  s.run = p;
  if (!s.tagKept) {
    if (!isEmpty) {
      s.fold = s.fold * FOLD + s.nameHash;
      s.depth++;
    }
    s.keep = <i32>(s.full == 0 && s.depth == s.kept);
    if (s.depth == 0) return endItem(s, p);
    return S_TEXT;
  }
  resolve(s);
  s.keep = <i32>(s.full == 0);
  if (s.depth == 0) {
    const root = rootKind(s, isEmpty);
    if (root) return openRoot(s, p, isEmpty, root);
    judgeFirstLevel(s);
    startEvents(s, s.tokens, p);
  }
  if (isEmpty) {
    putEnd(s, s.tagToken);
    if (s.newDefault) restore(s, elementAt(s, s.kept));
    s.bindings = s.tagBindings;
    if (s.depth == 0) return endItem(s, p);
    return S_TEXT;
  }
  push(s);
  return S_TEXT;
}

/** The tag just resolved becomes the innermost open element. */
export function push(s: Slot): void {
  const e = elementAt(s, s.kept);
  e.name = s.tagName;
  e.nameLength = s.tagNameLength;
  e.token = s.tagToken;
  e.bindings = s.tagBindings;
  s.kept++;
  s.depth++;
}

// @ts-ignore: decorator
@inline
function restore(s: Slot, e: Element): void {
  s.nsId = e.nsId;
  s.ns = e.ns;
  s.nsLength = e.nsLength;
}

/** Is the depth-0 element just resolved a root? 0: no, else a ROOT_ kind. */
function rootKind(s: Slot, isEmpty: bool): i32 {
  const half = halfAt(s.half);
  const tag = tokenAt(s, s.tagToken);
  const name = load<i32>(tag, 4);
  const ns = load<i32>(tag, 8);
  if (ns != 0) {
    if (ns == wellKnown(W_NS_FRAMING) && name == wellKnown(W_OPEN) && isEmpty) return ROOT_FRAMING;
    if (ns == wellKnown(W_NS_STREAMS) && name == wellKnown(W_STREAM)) {
      if (half.state == S_EPILOG) raise(s, EV_SECOND_ROOT, s.lt);
      if (s.tagColon && half.state >= S_BETWEEN) judgeHeaderPrefix(s, tag);
      return ROOT_PLAIN;
    }
    if (half.state == S_EPILOG && ns == wellKnown(W_NS_HTTPBIND) && name == wellKnown(W_BODY)) {
      return ROOT_PLAIN;
    }
  }
  return s.isRoot ? ROOT_PLAIN : 0;
}

/** A new header starts a new document: what an older root bound does not count. */
function judgeHeaderPrefix(s: Slot, tag: usize): void {
  const n = s.tagColon;
  const prefix = <usize>load<u32>(tag, 12) - 1 - n;
  const found = lookUp(s, keyOf(prefix, n), prefix, n);
  const own = found >= changetype<usize>(s) && found < changetype<usize>(s) + slotBytes;
  if (!own && (halfAt(s.half).flags & H_ASSUMED) == 0) raise(s, EV_UNBOUND_PREFIX, s.lt);
}

/** What a first-level element must not do. */
function judgeFirstLevel(s: Slot): void {
  settleDeclaration(s);
  if (halfAt(s.half).state == S_EPILOG) raise(s, EV_SECOND_ROOT, s.lt);
  if (s.isStanza && s.newDefault) {
    const id = changetype<Binding>(s.newDefault).nsId;
    if (
      id == 0 ||
      (id != wellKnown(W_NS_CLIENT) &&
        id != wellKnown(W_NS_SERVER) &&
        id != wellKnown(W_NS_ACCEPT) &&
        id != wellKnown(W_NS_CONNECT))
    ) {
      raise(s, EV_NS_REBIND, s.lt);
    }
  }
}

/** The end tag that `p` is behind closed the innermost element. False when names did not match. */
export function popFolded(s: Slot): bool {
  s.fold = (s.fold - s.nameHash) * UNFOLD;
  s.depth--;
  const matched = s.depth != s.kept || s.fold == 0;
  s.keep = <i32>(s.full == 0 && s.depth == s.kept);
  return matched;
}

export function pop(s: Slot): void {
  s.kept--;
  s.depth--;
  const e = elementAt(s, s.kept);
  putEnd(s, e.token);
  restore(s, e);
  s.bindings = e.bindings;
}
