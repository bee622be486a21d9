/**
 * Memory: what lies where. Everything is laid out once by `layOut`; afterwards memory never grows
 * and nothing is allocated.
 *
 *   static data | report | staging | intern tables | odd roots | halves | slots | scratch
 *
 * A half (one direction of a flow) is 256 bytes and always there. A slot is big and only held while
 * a half has an unfinished item; within a slot:
 *
 *   Slot | pending events | elements | bindings | attribute keys | tape | raw bytes | decoded text
 */
import { R_WORDS, SCRATCH_BYTES, STAGING_BYTES } from '../codes';

/** Bytes moved from staging to a slot at once. */
export const BLOCK: i32 = 16 * 1024;
/** Vector loads read past the end of what they look at. */
const SLACK: i32 = 64;
export const TOKEN_BYTES: i32 = 32;
export const ROOT_BINDINGS: i32 = 3;
export const ODD_ROOT_BYTES: i32 = 2048;
/** A document type declaration longer than this is given up. */
export const DTD_BYTES: i32 = 64 * 1024;
/** So is a name or reference, where bytes are not kept anyway: outside elements, beyond the cap. */
export const HOLD_BYTES: i32 = 32 * 1024;
/** Space behind the cap of an element where its further bytes pass through. */
const WINDOW: i32 = 6 * BLOCK;

// Half.flags
/** In use. */
export const H_OPEN: i32 = 1;
/** The stream header was never seen: the usual bindings are assumed. */
export const H_ASSUMED: i32 = 2;
/** After a gap or midstream: where we are in the document is a guess, so end tags prove nothing. */
export const H_GUESS: i32 = 4;
/** A single-byte encoding was declared: bytes that are not UTF-8 are read as Latin-1. */
export const H_LATIN1: i32 = 8;
/** The document declared entities of its own. */
export const H_ENTITIES: i32 = 16;
/** The host wants no more bytes read. */
export const H_STOPPED: i32 = 32;
/** An XML declaration was read and no header yet. */
export const H_DECL: i32 = 64;
/** That declaration came between first-level elements. */
export const H_DECL_MIDSTREAM: i32 = 128;
/** The unfinished item lies with the host, not in a slot. */
export const H_SAVED: i32 = 256;
/** Some bindings of the root could not be kept: unknown prefixes prove nothing. */
export const H_ROOT_CAPPED: i32 = 512;
/** A document was read before this one: white space before the declaration is a keepalive. */
export const H_AGAIN: i32 = 1024;
/** No first-level element since a stream header that came without restart(). */
export const H_FRESH: i32 = 2048;
/** Reading resumed after an error; xml.resync is due when a start is found. */
export const H_SAY_RESYNC: i32 = 4096;
/** White space between elements passed its limit in this minute. */
export const H_WS_SAID: i32 = 8192;
/** restart() was called while bytes of this half are being read. */
export const H_RESTART: i32 = 16384;
/** closeHalf() was called while bytes of this half are being read. */
export const H_CLOSE: i32 = 32768;
/** The next first-level element comes right after a resync. */
export const H_RESYNCED: i32 = 65536;
/** A stream header was read and its root is open. */
export const H_HEADER: i32 = 131072;
/** The last byte read was the `>` of a first-level element or header. */
export const H_JUST: i32 = 262144;
/** Reading must return to the feed loop: the host asked for something from a callback. */
export const H_INTERRUPT: i32 = H_STOPPED | H_RESTART | H_CLOSE;

/** A namespace binding. Prefixes up to 8 bytes are their own key. */
@unmanaged
export class Binding {
  key: u64;
  prefix: usize;
  prefixLength: i32;
  nsId: i32;
  uri: usize;
  uriLength: i32;
  /** The value as it stands in the element (the uri of an interned one lies elsewhere). */
  value: usize;
  /** The same for equal namespace names. */
  identity: u64;
}

/** One direction of a flow; survives between elements. Read and written in place. */
@unmanaged
export class Half {
  /** Event kinds already raised since the last first-level element. */
  once: u64;
  /** Bytes moved into the raw area (or skipped) since openHalf, as they were on the wire. */
  read: f64;
  /** White space between elements: start of the minute, in microseconds of packet time. */
  minute: f64;
  rootHash: u64;
  rootLength: i32;
  white: i32;
  flags: i32;
  /** Document state: one of the S_ states that need no slot. */
  state: i32;
  encoding: i32;
  carry: u64;
  carryLength: i32;
  serial: i32;
  /** Slot address, 0 when none. */
  slot: usize;
  /** Next free half while not in use. */
  next: i32;
  /** Root bindings: inside this block, in an odd root, or the assumed ones. */
  root: usize;
  rootCount: i32;
  oddRoot: usize;
  /** The root's default namespace: address of a Binding or 0. */
  defaults: usize;
  declAt: f64;
  swapped: f64;
  savedBytes: f64;
}
/** Inline root bindings follow the fields. */
const HALF_BYTES: i32 = 256;

@unmanaged
export class Element {
  name: usize;
  nameLength: i32;
  token: i32;
  /** State to return to at the end tag. */
  bindings: i32;
  nsId: i32;
  ns: usize;
  nsLength: i32;
}

/**
 * The unfinished item of one half. Every field of type usize is an address: what points into the slot
 * itself has its line in `relocate` (slots.ts).
 */
@unmanaged
export class Slot {
  once: u64;
  /** Hash over the open elements that are not kept; 0 when all of them are. */
  fold: u64;
  nameHash: u64;
  itemWire: f64;
  /** Offset in the half of the raw address `mark`. */
  markWire: f64;
  mark: usize;
  half: i32;
  lastUse: i32;
  state: i32;
  /** Where S_REF and markup return to. */
  back: i32;
  // Raw bytes: next to read, end of what came, start of the open item, of the last '<'.
  pos: usize;
  end: usize;
  item: usize;
  lt: usize;
  // Current token.
  run: usize;
  name: usize;
  nameEnd: usize;
  colon: usize;
  value: usize;
  ref: usize;
  from: usize;
  dtd: usize;
  // Decoded text being put together.
  acc: usize;
  dec: usize;
  accLength: i32;
  accSize: i32;
  accFlags: i32;
  accDecoded: i32;
  accRefs: i32;
  joining: i32;
  // Open item.
  isRoot: i32;
  isStanza: i32;
  started: i32;
  serial: i32;
  flags: i32;
  full: i32;
  keep: i32;
  over: i32;
  /** Bytes that slid out of the window behind the cap. */
  slid: i32;
  tier: i32;
  depth: i32;
  maxDepth: i32;
  kept: i32;
  elements: i32;
  tokens: i32;
  bindings: i32;
  declared: i32;
  pending: i32;
  // Start tag being read.
  tagKept: i32;
  tagToken: i32;
  tagName: usize;
  tagNameLength: i32;
  tagColon: i32;
  /** Some declaration was not kept: unknown prefixes prove nothing. */
  unbounded: i32;
  tagBindings: i32;
  newDefault: usize;
  attributes: i32;
  prefixed: i32;
  white: i32;
  quote: i32;
  keys: i32;
  /** Bytes of the expected end tag matched so far. */
  matched: i32;
  /** The value being read is kept, at least its beginning. */
  valueKept: i32;
  stamp: i32;
  inTag: i32;
  // Reference being read.
  refKey: u64;
  refKind: i32;
  refValue: i32;
  refLength: i32;
  sub: i32;
  // Default namespace in force.
  nsId: i32;
  ns: usize;
  nsLength: i32;
  nameBad: i32;
  /** Set by the machine: the bytes from `pos` on are in another encoding. */
  redetect: i32;
}
const PENDING_BYTES: i32 = 64 * 16;
export const ELEMENT_BYTES: i32 = 32;
export const BINDING_BYTES: i32 = 40;
export const KEY_BYTES: i32 = 16;

// Limits in force.
export let maxStanza: i32 = 0;
export let maxDepth: i32 = 0;
export let maxAttributes: i32 = 0;
export let maxTokens: i32 = 0;
export let maxBindings: i32 = 0;
export let slotCount: i32 = 0;
export let halfCount: i32 = 0;

// Addresses.
export let report: usize = 0;
export let staging: usize = 0;
export let internBase: usize = 0;
export let oddRoots: usize = 0;
export let oddRootCount: i32 = 0;
export let assumedRoot: usize = 0;
export let halves: usize = 0;
export let slots: usize = 0;
export let scratch: usize = 0;
/** Table of attribute names seen on one element: pairs of (stamp, index). */
export let seenBase: usize = 0;

// Offsets inside a slot.
export let slotBytes: i32 = 0;
let pendingAt: i32 = 0;
let elementsAt: i32 = 0;
let bindingsAt: i32 = 0;
let keysAt: i32 = 0;
let tapeAt: i32 = 0;
let rawAt: i32 = 0;
let decodedAt: i32 = 0;
export let rawBytes: i32 = 0;
export let decodedBytes: i32 = 0;

export const INTERN_BYTES: i32 = 128 * 1024;
/** Entries of the table of attribute names; a power of two, four times the attributes kept. */
export let seenEntries: i32 = 2048;

function align(n: usize, to: usize): usize {
  return (n + to - 1) & ~(to - 1);
}

/** Lays out memory and grows it once; 0 when the limits ask for more than there may be. */
export function layOut(
  stanza: i32,
  depth: i32,
  attributes: i32,
  tokens: i32,
  bindings: i32,
  slotsWanted: i32,
  halvesWanted: i32,
  rootsWanted: i32,
): i32 {
  maxStanza = stanza;
  maxDepth = depth;
  maxAttributes = attributes;
  maxTokens = tokens;
  maxBindings = bindings;
  slotCount = slotsWanted;
  halfCount = halvesWanted;
  oddRootCount = rootsWanted;

  rawBytes = stanza + BLOCK + WINDOW;
  decodedBytes = stanza + 4 * BLOCK;
  // Fields and inline bindings must not overlap.
  if (offsetof<Half>() > <usize>(HALF_BYTES - ROOT_BINDINGS * BINDING_BYTES)) return 0;
  pendingAt = <i32>align(offsetof<Slot>(), 16);
  elementsAt = pendingAt + PENDING_BYTES;
  // One more: `resolve` writes what the element about to be opened will restore.
  bindingsAt = elementsAt + (depth + 1) * ELEMENT_BYTES;
  keysAt = bindingsAt + bindings * BINDING_BYTES;
  tapeAt = <i32>align(keysAt + attributes * KEY_BYTES, 64);
  rawAt = tapeAt + (tokens + 8) * TOKEN_BYTES;
  decodedAt = <i32>align(rawAt + rawBytes + SLACK, 64);
  slotBytes = <i32>align(decodedAt + decodedBytes + SLACK, 4096);

  report = align(__heap_base, 64);
  // Room in front of staging too: a few bytes may be put back there.
  staging = align(report + R_WORDS * 4, 64) + 256;
  internBase = staging + STAGING_BYTES + SLACK;
  seenBase = internBase + INTERN_BYTES;
  while (seenEntries < attributes * 4) seenEntries <<= 1;
  assumedRoot = seenBase + seenEntries * 8;
  oddRoots = align(assumedRoot + 4 * BINDING_BYTES, 64);
  halves = align(oddRoots + oddRootCount * ODD_ROOT_BYTES, 4096);
  const halvesEnd = <u64>halves + <u64>halfCount * HALF_BYTES;
  const slotsAt = (halvesEnd + 4095) & ~4095;
  const scratchAt = slotsAt + <u64>slotCount * <u64>slotBytes;
  const total = scratchAt + SCRATCH_BYTES + SLACK;
  if (total >= 0x7fff0000) return 0;
  slots = <usize>slotsAt;
  scratch = <usize>scratchAt;
  const pages = <i32>((total + 65535) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0 ? 1 : 0;
}

@inline
export function halfAt(h: i32): Half {
  return changetype<Half>(halves + h * HALF_BYTES);
}
@inline
export function inlineBindings(h: Half): usize {
  return changetype<usize>(h) + (HALF_BYTES - ROOT_BINDINGS * BINDING_BYTES);
}
@inline
export function slotAt(i: i32): Slot {
  return changetype<Slot>(slots + i * slotBytes);
}
@inline
export function pendingOf(s: Slot): usize {
  return changetype<usize>(s) + pendingAt;
}
@inline
export function elementAt(s: Slot, i: i32): Element {
  return changetype<Element>(changetype<usize>(s) + elementsAt + i * ELEMENT_BYTES);
}
@inline
export function bindingAt(s: Slot, i: i32): Binding {
  return changetype<Binding>(changetype<usize>(s) + bindingsAt + i * BINDING_BYTES);
}
@inline
export function keysOf(s: Slot): usize {
  return changetype<usize>(s) + keysAt;
}
@inline
export function tapeOf(s: Slot): usize {
  return changetype<usize>(s) + tapeAt;
}
@inline
export function rawOf(s: Slot): usize {
  return changetype<usize>(s) + rawAt;
}
@inline
export function decodedOf(s: Slot): usize {
  return changetype<usize>(s) + decodedAt;
}
