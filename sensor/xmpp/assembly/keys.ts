/**
 * 64-bit keys of addresses and texts, for those who remember who did what (sensor/correlation/keys.ts has the same in
 * TypeScript and says what they are for). Two words a byte, mixed at the end.
 */
import { F_KEYS, K_BARE, K_DOMAIN, K_FLAGS, K_FULL, K_HAS_LOCAL, K_HAS_RESOURCE, K_NON_ASCII } from '../codes';
import { fact } from './layout';

const SLASH: i32 = 0x2f;
const AT: i32 = 0x40;
const HIGH_FACTOR: i32 = 0x2c1b3c6d;
const LOW_FACTOR: i32 = 0x297a2d39;

@inline
function highOf(high: i32, byte: i32): i32 {
  return (rotl<i32>(high, 5) ^ byte) * HIGH_FACTOR;
}

@inline
function lowOf(low: i32, byte: i32): i32 {
  return (low ^ <i32>(<u32>low >> 15) ^ byte) * LOW_FACTOR;
}

/** Every bit of the words depends on all of the input. */
function publish(which: i32, high: i32, low: i32): void {
  let a = high ^ <i32>(<u32>low >> 16);
  let b = low ^ <i32>(<u32>high >> 15);
  a = (a ^ <i32>(<u32>a >> 16)) * 0x7feb352d;
  b = (b ^ <i32>(<u32>b >> 15)) * <i32>0x846ca68b;
  const first = a ^ <i32>(<u32>a >> 15) ^ (b << 7);
  fact(F_KEYS + which, first);
  fact(F_KEYS + which + 1, b ^ <i32>(<u32>b >> 16) ^ <i32>(<u32>first >> 9));
}

/** Key of bytes as they are: the first two words of F_KEYS. */
export function hashBytes(p: usize, n: i32, seedHigh: i32, seedLow: i32): void {
  let high = seedHigh;
  let low = seedLow;
  for (let i: i32 = 0; i < n; i++) {
    const byte = <i32>load<u8>(p + i);
    high = highOf(high, byte);
    low = lowOf(low, byte);
  }
  publish(K_BARE, high, low);
}

/** Keys of a JID: bare, domain and full, all seven words of F_KEYS. ASCII letters before the resource are folded. */
export function hashJid(p: usize, n: i32, seedHigh: i32, seedLow: i32): void {
  let high = seedHigh;
  let low = seedLow;
  let domainHigh = seedHigh;
  let domainLow = seedLow;
  let hasLocal = false;
  let bits: i32 = 0;
  let i: i32 = 0;
  for (; i < n; i++) {
    let byte = <i32>load<u8>(p + i);
    if (byte == SLASH) break;
    bits |= byte;
    if (<u32>(byte - 0x41) < 26) byte |= 0x20;
    high = highOf(high, byte);
    low = lowOf(low, byte);
    if (hasLocal) {
      domainHigh = highOf(domainHigh, byte);
      domainLow = lowOf(domainLow, byte);
    } else if (byte == AT) {
      hasLocal = true;
    }
  }
  publish(K_BARE, high, low);
  if (hasLocal) publish(K_DOMAIN, domainHigh, domainLow);
  else publish(K_DOMAIN, high, low);
  const hasResource = i < n;
  for (; i < n; i++) {
    const byte = <i32>load<u8>(p + i);
    high = highOf(high, byte);
    low = lowOf(low, byte);
  }
  publish(K_FULL, high, low);
  let flags = hasLocal ? K_HAS_LOCAL : 0;
  if (hasResource) flags |= K_HAS_RESOURCE;
  if (bits >= 0x80) flags |= K_NON_ASCII;
  fact(F_KEYS + K_FLAGS, flags);
}
