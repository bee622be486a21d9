/**
 * Memory: this module shares that of the tokenizer. Its tables lie in the tokenizer's scratch space, laid
 * out once; it has no data of its own, never grows memory and never allocates.
 */
import {
  B_COUNT,
  FACTS,
  FILE_ATTRIBUTES,
  TABLES,
  T_BUFFERS,
  T_CHILDREN,
  T_FACTS,
  T_FILE_ATTRIBUTES,
  T_KIND_WORDS,
  T_NAMES,
  T_NAMESPACES,
  T_NON_ASCII,
  T_POLICIES,
  T_REGIONS,
  T_RELATION_WORDS,
  T_WELL_KNOWN,
  W_COUNT,
} from '../codes';

/** Words of a tape token, and where they stand in it, in bytes (xml/types.ts). */
export const TOKEN_BYTES: i32 = 32;
export const START: i32 = 1;
export const ATTR: i32 = 2;
export const NSDECL: i32 = 3;
export const TEXT: i32 = 4;
export const END: i32 = 5;
/** TEXT_FLAG.nonAscii */
export const NON_ASCII: i32 = 1;

/** Deeper elements are walked as if they stood here; the tokenizer keeps fewer. */
export const MAX_DEPTH: i32 = 1024;
/** Of namespaces that are not interned so many are told apart. */
export const MAX_NAMESPACES: i32 = 64;
/** Deeper elements are left out of paths. */
export const PATH_DEPTH: i32 = 64;
/** Vector stores pass the end of what they write. */
const SLACK: i32 = 64;

// Addresses of tables the host sees (codes.ts).
let tables: usize = 0;
export let facts: usize = 0;
export let buffers: usize = 0;
export let namespaceBits: usize = 0;
export let nameBits: usize = 0;
export let policies: usize = 0;
export let children: usize = 0;
export let fileAttributes: usize = 0;
let wellKnownNames: usize = 0;
export let kindWords: usize = 0;
export let regions: usize = 0;
export let nonAsciiFlags: usize = 0;
// And of those it does not.
/** By depth: name id (u32), mode and whether it is wrapped (u8 each). */
export let levels: usize = 0;
export const LEVEL_BYTES: i32 = 8;
/** By namespace id: number of the element it was last seen in. */
export let lastSeen: usize = 0;
/** Tokens of namespaces that are not interned. */
export let otherNamespaces: usize = 0;
/** By depth: where the path of the element starts, and its length without attributes. */
export let pathStarts: usize = 0;
/** By byte: what it may not be part of (jid.ts). */
export let jidClasses: usize = 0;

export let namespaceCount: i32 = 0;
export let nameCount: i32 = 0;
export let maxRegions: i32 = 0;

// Space for text that stands nowhere in the element: paths, attributes, and what has to be joined.
export let pathAt: usize = 0;
export let pathEnd: usize = 0;
export let attrAt: usize = 0;
export let attrEnd: usize = 0;
export let textAt: usize = 0;
export let textEnd: usize = 0;

let next: usize = 0;

function take(bytes: i32): usize {
  const at = next;
  next = (next + bytes + 15) & ~15;
  return at;
}

function publish(which: i32, bytes: i32): usize {
  const at = take(bytes);
  store<u32>(tables + which * 4, <u32>at);
  return at;
}

/**
 * Lays out the tables from `base` on, for interned lists of these lengths. The region table has room for
 * `spare` more regions than are filled here. Returns the end.
 */
export function layOut(base: usize, spaces: i32, names: i32, regionCount: i32, spare: i32): usize {
  next = (base + 15) & ~15;
  namespaceCount = spaces;
  nameCount = names;
  maxRegions = regionCount;
  tables = take(TABLES * 4);
  facts = publish(T_FACTS, FACTS * 4);
  buffers = publish(T_BUFFERS, B_COUNT * 4);
  namespaceBits = publish(T_NAMESPACES, spaces);
  nameBits = publish(T_NAMES, names);
  policies = publish(T_POLICIES, spaces * names);
  children = publish(T_CHILDREN, spaces * names);
  fileAttributes = publish(T_FILE_ATTRIBUTES, FILE_ATTRIBUTES * 12);
  wellKnownNames = publish(T_WELL_KNOWN, W_COUNT * 4);
  kindWords = publish(T_KIND_WORDS, 16);
  publish(T_RELATION_WORDS, 24);
  regions = publish(T_REGIONS, (regionCount + spare) * 12);
  nonAsciiFlags = publish(T_NON_ASCII, regionCount + spare);
  levels = take(MAX_DEPTH * LEVEL_BYTES);
  lastSeen = take(spaces * 4);
  otherNamespaces = take(MAX_NAMESPACES * 4);
  pathStarts = take(PATH_DEPTH * 8);
  jidClasses = take(256);
  return next;
}

export function tableAddress(which: i32): usize {
  return load<u32>(tables + which * 4);
}

/**
 * Where paths, attributes and joined text go, one behind the other. A little of each is left over for
 * stores that pass the end.
 */
export function setSpace(path: usize, attr: usize, text: usize, textLimit: usize): void {
  pathAt = path;
  pathEnd = attr - SLACK;
  attrAt = attr;
  attrEnd = text - SLACK;
  textAt = text;
  textEnd = textLimit - SLACK;
}

/** Id of a local name (W_). */
@inline
export function wellKnownName(which: i32): i32 {
  return load<i32>(wellKnownNames + which * 4);
}

@inline
export function fact(which: i32, value: i32): void {
  store<i32>(facts + which * 4, value);
}

@inline
export function factOf(which: i32): i32 {
  return load<i32>(facts + which * 4);
}
