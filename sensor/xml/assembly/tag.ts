/** Start tags: their names, and at their end the namespaces of all names; then elements open and close. */
import {
  EV_DECL_MIDSTREAM,
  EV_DEPTH_1024,
  EV_DEPTH_128,
  EV_DEPTH_32,
  EV_DEPTH_64,
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
import { resolveAttributes } from './attributes';
import { raise, raiseOutside, startEvents } from './events';
import { foldBytes, keyOf, nameIdOf } from './intern';
import { ROOT_FRAMING, ROOT_PLAIN, endItem, openRoot } from './items';
import {
  H_ASSUMED,
  H_DECL,
  H_DECL_MIDSTREAM,
  H_ROOT_CAPPED,
  Binding,
  Element,
  Slot,
  bindingAt,
  elementAt,
  halfAt,
  maxDepth,
  slotBytes,
} from './layout';
import { assumeRoot, lookUp, watchedFlag, wellKnown } from './namespaces';
import { repair } from './repair';
import { S_BETWEEN, S_EPILOG, S_TEXT } from './states';
import {
  E_CAPPED,
  FULL_TAPE,
  T_NSDECL,
  T_START,
  fill,
  hasRoom,
  putEnd,
  putToken,
  tokenAt,
} from './tape';

/** Elements that are not kept are folded into a hash; the factor is odd, so a step can be undone. */
const FOLD: u64 = 0x9e3779b97f4a7c15;
const UNFOLD: u64 = 0xf1de83e19937733d;

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
    (id != 0 &&
      (id == wellKnown(W_MESSAGE) || id == wellKnown(W_PRESENCE) || id == wellKnown(W_IQ)))
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
    s.flags |= watchedFlag(load<i32>(tag, 8));
  } else {
    store<i32>(tag, s.nsId, 8);
    store<u32>(tag, <u32>s.ns, 20);
    store<i32>(tag, s.nsLength, 24);
    s.flags |= watchedFlag(s.nsId);
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
export function bind(s: Slot, at: usize, prefix: usize, n: i32, text: i32): usize {
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
