/**
 * Interned names, namespaces and HTML entity names: open-addressed tables filled at start-up.
 * Names of up to 8 bytes are their own key, so most look-ups are one load and one compare.
 */
import { INTERN_BYTES, internBase } from './layout';
import { LIST_ENTITIES, LIST_NAMES, LIST_NAMESPACES } from '../codes';
import { sameBytes } from './scan';

const ENTRIES: i32 = 1024; // in each of the three tables
/** Ids of namespaces are below this. */
export const NAMESPACE_IDS: i32 = ENTRIES;
const ENTRY: i32 = 24; // key u64, address u32, length u32, id u32, spare
const TEXT_AT: i32 = 3 * ENTRIES * ENTRY;

let textUsed: i32 = 0;
/** Chosen by the host at start-up: nobody can aim at our hash tables. */
let seed: u64 = 0;

export function setSeed(low: i32, high: i32): void {
  seed = ((<u64>(<u32>high)) << 32) | (<u64>(<u32>low));
}

/** Key of a name: the bytes themselves up to 8, a hash above. Reads up to 7 bytes past the name. */
@inline
export function keyOf(p: usize, n: i32): u64 {
  if (n <= 8) return load<u64>(p) & ((<u64>-1) >> ((<u64>(8 - n)) << 3));
  return longKey(p, n);
}

function longKey(p: usize, n: i32): u64 {
  let h = seed ^ (<u64>n * 0x9e3779b97f4a7c15);
  let i: i32 = 0;
  while (i + 8 <= n) {
    h = (h ^ load<u64>(p + i)) * 0xd6e8feb86659fd93;
    h ^= h >> 32;
    i += 8;
  }
  if (i < n) h = (h ^ load<u64>(p + n - 8)) * 0xd6e8feb86659fd93;
  return h ^ (h >> 29);
}

/** One more stretch of bytes into a hash that must not depend on where the stretches were cut. */
export function foldBytes(h: u64, from: usize, to: usize): u64 {
  for (let p = from; p < to; p++) h = (h ^ (<u64>load<u8>(p))) * 0x100000001b3;
  return h;
}

export function foldStart(): u64 {
  return seed ^ 0xcbf29ce484222325;
}

@inline
export function slotOf(key: u64): i32 {
  return <i32>(((key ^ seed) * 0x9e3779b97f4a7c15) >> 54);
}

export function addInterned(list: i32, p: usize, n: i32, id: i32): i32 {
  if (n > 0 && TEXT_AT + textUsed + n + 16 <= INTERN_BYTES) {
    const text = internBase + TEXT_AT + textUsed;
    memory.copy(text, p, n);
    textUsed += n;
    const key = keyOf(text, n);
    let i = slotOf(key);
    for (let tries = 0; tries < ENTRIES; tries++) {
      const at = internBase + (list * ENTRIES + i) * ENTRY;
      if (load<u32>(at, 12) == 0) {
        store<u64>(at, key);
        store<u32>(at, <u32>text, 8);
        store<u32>(at, n, 12);
        store<u32>(at, id, 16);
        return 1;
      }
      i = (i + 1) & (ENTRIES - 1);
    }
  }
  return 0;
}

/** Entry address, or 0. A table is never full, so the probe ends. */
function find(list: i32, key: u64, p: usize, n: i32): usize {
  const base = internBase + list * ENTRIES * ENTRY;
  let i = slotOf(key);
  let at = base + i * ENTRY;
  while (true) {
    const length = load<i32>(at, 12);
    if (length == 0) return 0;
    if (load<u64>(at) == key && length == n && (n <= 8 || sameBytes(load<u32>(at, 8), p, n))) {
      return at;
    }
    i = (i + 1) & (ENTRIES - 1);
    at = base + i * ENTRY;
  }
  return 0;
}

/** Id of a local name with its key, 0 when not interned. */
export function nameIdOf(key: u64, p: usize, n: i32): i32 {
  const at = find(LIST_NAMES, key, p, n);
  return at ? load<i32>(at, 16) : 0;
}

/** Entry of a namespace name, 0 when not interned. */
export function namespaceEntry(p: usize, n: i32): usize {
  return n > 0 ? find(LIST_NAMESPACES, keyOf(p, n), p, n) : 0;
}

export function entryId(at: usize): i32 {
  return load<i32>(at, 16);
}
export function entryText(at: usize): usize {
  return load<u32>(at, 8);
}
export function entryLength(at: usize): i32 {
  return load<i32>(at, 12);
}

/** None of them is longer than 8 bytes, so the key says it all. */
export function isHtmlEntity(key: u64, n: i32): bool {
  return find(LIST_ENTITIES, key, 0, n) != 0;
}

/** Entry with this id; start-up only. */
export function entryOf(list: i32, id: i32): usize {
  for (let i = 0; i < ENTRIES; i++) {
    const at = internBase + (list * ENTRIES + i) * ENTRY;
    if (load<i32>(at, 12) != 0 && load<i32>(at, 16) == id) return at;
  }
  return 0;
}
