/**
 * Finding the place again after a gap or an error: the next `<` that plausibly begins a first-level
 * element, a stream header, its end, or an XML declaration.
 *
 *   <message <presence <iq          with any prefix that is bound, or none
 *   <p:stream <p:features <p:error  and </p:stream, with p bound to the streams namespace
 *   <p:result <p:verify             with p bound to the dialback namespace
 *   <auth xmlns, <success xmlns ... SASL and STARTTLS elements that state their namespace at once
 *   <?xml
 *
 * A stanza inside another (forwarded, archived) looks the same; the first element after a resync is
 * flagged for that, and stray end tags after it send the reader on silently.
 */
import { EV_RESYNC, W_NS_DIALBACK, W_NS_STREAMS } from '../codes';
import { C_NAME, C_WHITE, is } from './chars';
import { wireAt } from './encoding';
import { raiseOutside } from './events';
import { keyOf } from './intern';
import { H_ASSUMED, H_GUESS, H_RESYNCED, H_SAY_RESYNC, Binding, Slot, halfAt } from './layout';
import { lookUp, wellKnown } from './namespaces';
import { isOtherEncoding } from './outside';
import { scanLess } from './scan';
import { S_BETWEEN } from './states';

const STREAM: u64 = 0x6d6165727473; // as in memory
/** No plausible name is longer. */
const NAME_LIMIT: i32 = 64;

/** Returns where to go on, with the state in the half; 0 to wait at s.pos. */
export function findStart(s: Slot, p: usize, end: usize): usize {
  const half = halfAt(s.half);
  for (;;) {
    p = scanLess(p, end);
    if (p >= end) return end;
    let found = p + 1 < end && load<u8>(p, 1) == 0 ? isOtherEncoding(half, p, end) : -2;
    if (found == 1) {
      s.redetect = 1;
      found = -1;
    } else if (found == -2) found = isPlausible(s, p, end);
    if (found < 0) {
      s.pos = p;
      return 0;
    }
    if (found > 0) break;
    p++;
  }
  half.state = S_BETWEEN;
  half.flags |= H_RESYNCED | H_GUESS;
  if (half.flags & H_SAY_RESYNC) {
    half.flags &= ~H_SAY_RESYNC;
    raiseOutside(s.half, EV_RESYNC, wireAt(s, p));
  }
  return p;
}

/** 1 yes, 0 no, -1 when it ends too early to tell. */
function isPlausible(s: Slot, lt: usize, end: usize): i32 {
  let p = lt + 1;
  if (p >= end) return -1;
  const lead = <u32>load<u8>(p);
  if (lead == 0x3f || lead == 0x2f) p++;
  const name = p;
  let colon: usize = 0;
  for (;;) {
    if (p >= end) return -1;
    const c = <u32>load<u8>(p);
    if (c == 0x3a) {
      if (colon) return 0;
      colon = p;
    } else if (!is(c, C_NAME) && c < 0x80) break;
    if (<i32>(++p - name) > NAME_LIMIT) return 0;
  }
  const c = <u32>load<u8>(p);
  const local = colon ? colon + 1 : name;
  const n = <i32>(p - local);
  if (n < 1 || n > 12 || colon == name) return 0;
  const key = n <= 8 ? keyOf(local, n) : 0;
  if (lead == 0x3f) return key == 0x6c6d78 && colon == 0 && is(c, C_WHITE) ? 1 : 0; // xml
  if (!is(c, C_WHITE) && c != 0x3e && c != 0x2f) return 0;
  let ns: i32 = -1;
  if (colon) {
    const length = <i32>(colon - name);
    const found = lookUp(s, keyOf(name, length), name, length);
    if (found == 0) {
      // A header brings its own prefix, and the one we assume is only a guess.
      const unknown = halfAt(s.half).flags & H_ASSUMED;
      return unknown && lead != 0x2f && key == STREAM && is(c, C_WHITE) ? 1 : 0;
    }
    ns = changetype<Binding>(found).nsId;
  }
  if (key == STREAM) return ns == wellKnown(W_NS_STREAMS) ? 1 : 0; // stream
  if (lead == 0x2f) return 0;
  switch (n) {
    case 2:
      return key == 0x7169 ? 1 : 0; // iq
    case 4:
      return key == 0x68747561 ? statesNamespace(p, end) : 0; // auth
    case 5:
      return key == 0x726f727265 && ns == wellKnown(W_NS_STREAMS) ? 1 : 0; // error
    case 6:
      if (ns != wellKnown(W_NS_DIALBACK)) return 0;
      return key == 0x746c75736572 || key == 0x796669726576 ? 1 : 0; // result, verify
    case 7:
      if (key == 0x6567617373656d) return 1; // message
      // success, failure, proceed
      if (key == 0x73736563637573 || key == 0x6572756c696166 || key == 0x646565636f7270) {
        return statesNamespace(p, end);
      }
      return 0;
    case 8:
      if (key == 0x65636e6573657270) return 1; // presence
      if (key == 0x7365727574616566) return ns == wellKnown(W_NS_STREAMS) ? 1 : 0; // features
      // response, starttls
      return key == 0x65736e6f70736572 || key == 0x736c747472617473 ? statesNamespace(p, end) : 0;
    case 9:
      // challenge
      return load<u64>(local) == 0x676e656c6c616863 ? statesNamespace(p, end) : 0;
    default:
      return 0;
  }
}

/** ` xmlns` follows the name. */
function statesNamespace(p: usize, end: usize): i32 {
  const want: u64 = 0x736e6c6d78; // xmlns
  if (!is(<u32>load<u8>(p), C_WHITE)) return 0;
  for (let i = 0; i < 5; i++) {
    if (p + 1 + i >= end) return -1;
    if (load<u8>(p + 1 + i) != <u8>(want >> ((<u64>i) << 3))) return 0;
  }
  return 1;
}
