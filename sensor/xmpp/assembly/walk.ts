/**
 * One pass over the tape of a stanza: fills the region table with the text of every buffer and
 * notes what the session and the detections ask about (nested stanzas, copies, rooms, caps).
 *
 * Text in wrappers (carbons, archive results, forwards) counts as text of the stanza: it is on the
 * wire, whoever wrote it. `isCopy` of the stanza tells detection that it may have seen it before.
 */
import {
  B_ADDRESS,
  B_BODY,
  B_FILE_NAME,
  B_HASH,
  B_NICK,
  B_NS,
  B_STATUS,
  B_SUBJECT,
  B_TEXT,
  CHILDREN,
  CHILD_NONE,
  FILE_ATTRIBUTE,
  FILE_ATTRIBUTES,
  F_CHILD,
  F_HASH,
  F_HASHES,
  F_JID,
  F_JIDS,
  F_NESTED,
  F_STREAM_NESTED,
  HASH_WORDS,
  MAX_HASHES,
  MAX_JIDS,
  NAME_ADDRESS,
  NAME_ATTRIBUTE,
  NAME_JID,
  NAME_LINE,
  NAME_MESSAGE,
  NAME_NICK,
  NAME_PRESENCE,
  NAME_STANZA,
  NS_CONTENT,
  NS_STREAM,
  NS_WRAPPER,
  POLICY_BODY,
  POLICY_FILE_NAME,
  POLICY_HASH,
  POLICY_MASK,
  POLICY_NICK,
  POLICY_OOB_URL,
  POLICY_SKIP,
  POLICY_STATUS,
  POLICY_SUBJECT,
  POLICY_TEXT,
  POLICY_XHTML,
  W_HASH,
} from '../codes';
import { fault, nonAscii, scanJid } from './jid';
import {
  ATTR,
  END,
  LEVEL_BYTES,
  MAX_DEPTH,
  MAX_NAMESPACES,
  NON_ASCII,
  START,
  TEXT,
  TOKEN_BYTES,
  children,
  fact,
  factOf,
  fileAttributes,
  lastSeen,
  levels,
  nameBits,
  nameCount,
  namespaceBits,
  namespaceCount,
  otherNamespaces,
  policies,
  textEnd,
  wellKnownName,
} from './layout';
import { add, copyBytes, isWanted, sameBytes, setCapped, setTop, top } from './regions';

/** What happens to text at a depth. */
const MODE_NONE: i32 = 0;
const MODE_TEXT: i32 = 1;
const MODE_SKIP: i32 = 2;
const MODE_CAPTURE: i32 = 3;

const COLON: u8 = 0x3a;
const NEWLINE: u8 = 0x0a;

let tape: usize = 0;
let isStanza: bool = false;
/** Number of the element, to know what was seen in it without clearing tables. */
let serial: u32 = 0;
let others: i32 = 0;
/** Attribute of the element being read that holds a file name; 0 when none does. */
let fileAttribute: i32 = 0;

// The element whose text is being joined.
let captureDepth: i32 = -1;
let capturePolicy: i32 = 0;
let captureToken: usize = 0;
let pieces: i32 = 0;
let joined: usize = 0;
let joinedLength: i32 = 0;
let joinedNonAscii: i32 = 0;

@inline
function levelAt(depth: i32): usize {
  return levels + (depth < MAX_DEPTH ? depth : MAX_DEPTH - 1) * LEVEL_BYTES;
}

@inline
function bitsOf(name: i32): i32 {
  return <i32>load<u8>(nameBits + name);
}

/**
 * Has an attribute no prefix? A prefix bound to an unknown namespace has id 0 as well, but its name
 * stands behind a colon: names point into the text of the tag.
 */
@inline
export function isPlain(token: usize): bool {
  return load<i32>(token, 8) == 0 && load<u8>(load<u32>(token, 12) - 1) != COLON;
}

function begin(): void {
  fact(F_NESTED, -1);
  fact(F_STREAM_NESTED, -1);
  fact(F_JIDS, 0);
  fact(F_HASHES, 0);
  for (let k: i32 = 1; k < CHILDREN; k++) fact(F_CHILD + k, -1);
  if (++serial == 0) {
    memory.fill(lastSeen, 0, namespaceCount * 4);
    serial = 1;
  }
  others = 0;
  captureDepth = -1;
}

/**
 * Walk the tape [from, end). `hasText`: its text is human text (stanzas and stream errors, not other
 * nonzas); `stanza`: look for what must not stand inside a stanza.
 */
export function walk(from: usize, end: usize, hasText: bool, stanza: bool): void {
  tape = from;
  isStanza = stanza;
  begin();
  if (from == end) return;
  // The content namespace says nothing about a stanza, unlike those of its children.
  if (stanza) store<u32>(lastSeen + load<i32>(from, 8) * 4, serial);
  else noteNamespace(from, load<i32>(from, 8));
  store<i32>(levels, load<i32>(from, 4));
  store<u8>(levels, <u8>(hasText ? MODE_TEXT : MODE_NONE), 4);
  store<u8>(levels, 0, 5);
  let depth: i32 = -1;
  for (let token = from; token < end; token += TOKEN_BYTES) {
    switch (load<i32>(token)) {
      case START:
        if (++depth > 0) open(token, depth);
        break;
      case ATTR:
        if (depth > 0) attribute(token, depth);
        break;
      case TEXT:
        if (depth >= 0) text(token, depth);
        break;
      case END:
        if (captureDepth >= 0) endInCapture(depth);
        if (depth >= 0) depth--;
        break;
    }
  }
  // A broken element may end without its END tokens.
  if (captureDepth >= 0) endCapture();
}

function open(token: usize, depth: i32): void {
  const name = load<i32>(token, 4);
  const ns = load<i32>(token, 8);
  const level = levelAt(depth);
  const parent = levelAt(depth - 1);
  let wrapped = load<u8>(parent, 5);
  if (isStanza) {
    const bits = <i32>load<u8>(namespaceBits + ns);
    if (bits & NS_CONTENT) {
      if (wrapped == 0 && bitsOf(name) & NAME_STANZA && factOf(F_NESTED) < 0) {
        fact(F_NESTED, indexOf(token));
      }
    } else if (bits & NS_STREAM) {
      if (factOf(F_STREAM_NESTED) < 0) fact(F_STREAM_NESTED, indexOf(token));
    } else if (bits & NS_WRAPPER) wrapped = 1;
  }
  const kind = ns * nameCount + name;
  const entry = <i32>load<u8>(policies + kind);
  fileAttribute = entry & FILE_ATTRIBUTE ? fileAttributeOf(ns, name) : 0;
  if (isWanted(B_NS)) noteNamespace(token, ns);
  if (depth == 1) {
    const child = <i32>load<u8>(children + kind);
    if (child != CHILD_NONE && factOf(F_CHILD + child) < 0) fact(F_CHILD + child, indexOf(token));
  }
  let mode = <i32>load<u8>(parent, 4);
  if (mode == MODE_TEXT) {
    const policy = entry & POLICY_MASK;
    if (policy == POLICY_SKIP) mode = MODE_SKIP;
    else if (policy != POLICY_TEXT && isInPlace(policy, load<i32>(parent))) {
      mode = MODE_CAPTURE;
      captureDepth = depth;
      capturePolicy = policy;
      captureToken = token;
      pieces = 0;
      joinedLength = 0;
      joinedNonAscii = 0;
    }
  }
  store<i32>(level, name);
  store<u8>(level, <u8>mode, 4);
  store<u8>(level, wrapped, 5);
}

@inline
function indexOf(token: usize): i32 {
  return <i32>((token - tape) / TOKEN_BYTES);
}

/** A body is the body of a message only inside a message, a status only inside a presence. */
@inline
function isInPlace(policy: i32, parent: i32): bool {
  if (policy == POLICY_BODY || policy == POLICY_SUBJECT) return (bitsOf(parent) & NAME_MESSAGE) != 0;
  if (policy == POLICY_STATUS) return (bitsOf(parent) & NAME_PRESENCE) != 0;
  return true;
}

function fileAttributeOf(ns: i32, name: i32): i32 {
  for (let i: i32 = 0; i < FILE_ATTRIBUTES; i++) {
    const at = fileAttributes + i * 12;
    if (load<i32>(at) == ns && load<i32>(at, 4) == name) return load<i32>(at, 8);
  }
  return 0;
}

/** xmpp.ns: every namespace of the element but the content namespace, once. */
function noteNamespace(token: usize, ns: i32): void {
  if (ns) {
    if (load<u32>(lastSeen + ns * 4) == serial) return;
    store<u32>(lastSeen + ns * 4, serial);
  } else {
    if (load<i32>(token, 24) == 0) return;
    for (let k: i32 = 0; k < others; k++) {
      if (isSameNamespace(load<u32>(otherNamespaces + k * 4), token)) return;
    }
    if (others == MAX_NAMESPACES) return;
    store<u32>(otherNamespaces + others++ * 4, <u32>token);
  }
  add(B_NS, load<u32>(token, 20), load<i32>(token, 24), 0);
}

function isSameNamespace(a: usize, b: usize): bool {
  const n = load<i32>(a, 24);
  if (n != load<i32>(b, 24)) return false;
  return sameBytes(load<u32>(a, 20), load<u32>(b, 20), n);
}

function attribute(token: usize, depth: i32): void {
  const name = load<i32>(token, 4);
  if (name == 0) return;
  const bits = bitsOf(name) & NAME_ATTRIBUTE;
  const isFileName = fileAttribute == name;
  const isHash = fileAttribute != 0 && name == wellKnownName(W_HASH);
  if ((bits == 0 && !isFileName && !isHash) || !isPlain(token)) return;
  if (bits & NAME_ADDRESS) {
    if (bits & NAME_JID) noteJid(token);
    add(B_ADDRESS, load<u32>(token, 20), load<i32>(token, 24), 0);
    return;
  }
  if (isHash) {
    noteHash(token, load<u32>(token, 20), load<i32>(token, 24));
    return;
  }
  const mode = <i32>load<u8>(levelAt(depth), 4);
  if (mode == MODE_NONE || mode == MODE_SKIP) return;
  const offset = load<u32>(token, 20);
  const length = load<i32>(token, 24);
  const odd = load<i32>(token, 28) & NON_ASCII;
  if (bits & NAME_NICK) add(B_NICK, offset, length, odd);
  if (isFileName) add(B_FILE_NAME, offset, length, odd);
  add(B_TEXT, offset, length, odd);
}

/** An address the host has to look at: malformed, or not ASCII. */
function noteJid(token: usize): void {
  const n = load<i32>(token, 24);
  const known = factOf(F_JIDS);
  if (n == 0 || known == MAX_JIDS) return;
  scanJid(load<u32>(token, 20), n);
  if (fault == 0 && nonAscii == 0) return;
  fact(F_JID + known, indexOf(token));
  fact(F_JIDS, known + 1);
}

/** A hash in an attribute, or in the element at `token`: the host reads it. */
function noteHash(token: usize, offset: usize, length: i32): void {
  if (!isWanted(B_HASH)) return;
  const known = factOf(F_HASHES);
  if (known == MAX_HASHES) {
    setCapped();
    return;
  }
  const at = F_HASH + known * HASH_WORDS;
  fact(at, indexOf(token));
  fact(at + 1, <i32>offset);
  fact(at + 2, length);
  fact(F_HASHES, known + 1);
}

function text(token: usize, depth: i32): void {
  const mode = <i32>load<u8>(levelAt(depth), 4);
  if (mode == MODE_NONE || mode == MODE_SKIP) return;
  const offset = load<u32>(token, 20);
  const length = load<i32>(token, 24);
  const odd = load<i32>(token, 4) & NON_ASCII;
  if (mode == MODE_CAPTURE) append(offset, length, odd);
  else if (!isBlank(offset, length)) add(B_TEXT, offset, length, odd);
}

function isBlank(p: usize, n: i32): bool {
  for (const end = p + n; p < end; p++) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x0a && c != 0x09 && c != 0x0d) return false;
  }
  return true;
}

/** Makes room for `n` more bytes of joined text; what was one piece moves there first. */
function prepare(n: i32): bool {
  const before = pieces == 1 ? joinedLength : 0;
  if (before + n > <i32>(textEnd - top)) {
    setCapped();
    return false;
  }
  if (pieces == 1) {
    copyBytes(top, joined, joinedLength);
    joined = top;
    setTop(top + joinedLength);
  }
  pieces++;
  joinedLength += n;
  return true;
}

/** Adds a piece to the joined text. One piece alone stays where it is. */
function append(offset: usize, n: i32, odd: i32): void {
  joinedNonAscii |= odd;
  if (pieces == 0) {
    joined = offset;
    joinedLength = n;
    pieces = 1;
  } else if (prepare(n)) {
    copyBytes(top, offset, n);
    setTop(top + n);
  }
}

/** An element ends inside the one that is captured, or that one itself. */
function endInCapture(depth: i32): void {
  if (depth == captureDepth) {
    endCapture();
  } else if (
    capturePolicy == POLICY_XHTML &&
    depth < MAX_DEPTH &&
    pieces > 0 &&
    bitsOf(load<i32>(levelAt(depth))) & NAME_LINE &&
    prepare(1)
  ) {
    store<u8>(top, NEWLINE);
    setTop(top + 1);
  }
}

function endCapture(): void {
  captureDepth = -1;
  if (pieces == 0) return;
  switch (capturePolicy) {
    case POLICY_HASH:
      noteHash(captureToken, joined, joinedLength);
      return;
    case POLICY_BODY:
      add(B_BODY, joined, joinedLength, joinedNonAscii);
      break;
    case POLICY_SUBJECT:
      add(B_SUBJECT, joined, joinedLength, joinedNonAscii);
      break;
    case POLICY_STATUS:
      add(B_STATUS, joined, joinedLength, joinedNonAscii);
      break;
    case POLICY_NICK:
      add(B_NICK, joined, joinedLength, joinedNonAscii);
      break;
    case POLICY_FILE_NAME:
      add(B_FILE_NAME, joined, joinedLength, joinedNonAscii);
      break;
  }
  add(B_TEXT, joined, joinedLength, joinedNonAscii);
  if (capturePolicy == POLICY_OOB_URL) urlFileName();
}

/** The file name of an out-of-band URL is its last path segment. */
function urlFileName(): void {
  let end = joined + joinedLength;
  for (let p = joined; p < end; p++) {
    const c = load<u8>(p);
    if (c == 0x3f || c == 0x23) end = p; // '?', '#'
  }
  let start = end;
  while (start > joined && load<u8>(start - 1) != 0x2f) start--;
  // A URL that is only a host ("https://host") has no file name.
  if (start < joined + 2 || load<u8>(start - 2) == 0x2f) return;
  add(B_FILE_NAME, start, <i32>(end - start), joinedNonAscii);
}
