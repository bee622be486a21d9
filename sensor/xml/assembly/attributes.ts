/**
 * Attributes of a start tag: how many, how large, whether one repeats, and what they are called once the
 * namespaces of the tag are known.
 */
import { EV_ATTR_COUNT, EV_ATTR_SIZE, EV_DUP_ATTR } from '../codes';
import { raise } from './events';
import { keyOf, nameIdOf, slotOf } from './intern';
import { KEY_BYTES, Binding, Slot, keysOf, maxAttributes, seenBase, seenEntries } from './layout';
import { declare } from './namespaces';
import { repair } from './repair';
import { sameBytes } from './scan';
import { bind } from './tag';
import {
  E_CAPPED,
  FULL_TAPE,
  T_ATTR,
  addRun,
  fill,
  hasRoom,
  judgeReferences,
  putToken,
  resetText,
  tokenAt,
} from './tape';

const ATTRIBUTE_COUNT: i32 = 64;
export const ATTRIBUTE_SIZE: i32 = 8192;
/** Up to so many attributes are compared one by one. */
const FEW: i32 = 8;
/** Spreads names over hashes that are then combined with a namespace. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

/** Which tag's names are in the table of seen names. */
let stamp: i32 = 0;

/** The name of an attribute ended at `end`. */
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
    putToken(
      s,
      T_ATTR,
      id,
      -(<i32>(s.colon - name)),
      <i32>local,
      m,
      <i32>s.acc,
      s.accLength,
      s.accFlags,
    );
    s.prefixed++;
  } else {
    putToken(
      s,
      T_ATTR,
      nameIdOf(key, name, n),
      0,
      <i32>name,
      n,
      <i32>s.acc,
      s.accLength,
      s.accFlags,
    );
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

@inline
function isKey(at: usize, key: u64, name: usize, n: i32): bool {
  return (
    load<u64>(at) == key &&
    load<i32>(at, 12) == n &&
    (n <= 8 || sameBytes(load<u32>(at, 8), name, n))
  );
}

/** Gives the prefixed attributes of the tag just read their namespaces. */
export function resolveAttributes(s: Slot): void {
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
    const hash = (keyOf(name, load<i32>(at, 16)) * SPREAD) ^ identity;
    for (let j = 0; j < count; j++) {
      const other = list + j * KEY_BYTES;
      if (
        load<u64>(other) == hash &&
        isSame(at, binding, load<u32>(other, 8), load<u32>(other, 12))
      ) {
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
