/**
 * Where the parts of a JID are, and whether RFC 7622 allows their ASCII characters. Runs for every
 * address of every stanza: ordinary ones are judged 16 bytes at a time, all others byte by byte. Text
 * beyond ASCII the host judges itself.
 */
import {
  F_JID_BARE,
  F_JID_DOMAIN,
  F_JID_DOMAIN_LENGTH,
  F_JID_FAULT,
  F_JID_NON_ASCII,
  F_JID_RESOURCE,
  F_JID_RESOURCE_LENGTH,
  F_JID_UPPER,
  JID_BAD_DOMAIN,
  JID_BAD_LOCAL,
  JID_CONTROL,
  JID_EMPTY,
  JID_NONE,
  JID_SEVERAL_AT,
  JID_TOO_LONG,
} from '../codes';
import { fact, jidClasses } from './layout';

/** RFC 7622 section 3.1: octets of one part. */
const MAX_PART_BYTES: i32 = 1023;

const SLASH: i32 = 0x2f;
const AT: i32 = 0x40;

/** Classes of bytes, one bit each, so that what a part holds is one OR per byte. */
const CONTROL: i32 = 1;
const NOT_LOCAL: i32 = 2;
const NOT_DOMAIN: i32 = 4;
const UPPER: i32 = 8;
const HIGH: i32 = 16;
/** The two that end a part. */
const SEPARATOR: i32 = 32;

export let fault: i32 = 0;
export let bareLength: i32 = 0;
/** Offsets count from the start of the JID; -1 for no resource. */
export let domainOffset: i32 = 0;
export let domainLength: i32 = 0;
export let resourceOffset: i32 = 0;
export let resourceLength: i32 = 0;
export let nonAscii: i32 = 0;
export let upperDomain: i32 = 0;

/** Start-up: the classes of RFC 7622 section 3.3.1 and of host names. */
export function setUpJids(): void {
  for (let c: i32 = 0; c < 256; c++) {
    let bits = c < 0x20 || c == 0x7f ? CONTROL : c >= 0x80 ? HIGH : 0;
    if (c >= 0x41 && c <= 0x5a) bits |= UPPER;
    const quoting = c == 0x20 || c == 0x22 || c == 0x26 || c == 0x27 || c == 0x3c || c == 0x3e;
    if (quoting || c == 0x3a) bits |= NOT_LOCAL; // " &':<>
    if (quoting || c == 0x5c) bits |= NOT_DOMAIN; // " &'<>\
    if (c == SLASH || c == AT) bits = SEPARATOR;
    store<u8>(jidClasses + c, <u8>bits);
  }
}

/** Scan for the host; the answer stands in the facts. */
export function readJid(p: usize, n: i32): void {
  scanJid(p, n);
  fact(F_JID_FAULT, fault);
  fact(F_JID_BARE, bareLength);
  fact(F_JID_DOMAIN, domainOffset);
  fact(F_JID_DOMAIN_LENGTH, domainLength);
  fact(F_JID_RESOURCE, resourceOffset);
  fact(F_JID_RESOURCE_LENGTH, resourceLength);
  fact(F_JID_NON_ASCII, nonAscii);
  fact(F_JID_UPPER, upperDomain);
}

/** Scan `n` bytes at `p`; the answer stands in the variables above. */
export function scanJid(p: usize, n: i32): void {
  if (!isOrdinary(p, n)) scanBytes(p, n);
}

function setParts(at: i32, slash: i32, n: i32): void {
  bareLength = slash < 0 ? n : slash;
  domainOffset = at + 1;
  domainLength = bareLength - at - 1;
  resourceOffset = slash < 0 ? -1 : slash + 1;
  resourceLength = slash < 0 ? 0 : n - slash - 1;
}

/**
 * Small letters, digits and `-._` in local part and domain, ASCII in the resource, no part empty or
 * long: then this says all. Loads may pass the end of the JID, answers do not.
 */
function isOrdinary(p: usize, n: i32): bool {
  let at: i32 = -1;
  let slash: i32 = -1;
  for (let i: i32 = 0; i < n; i += 16) {
    const v = v128.load(p + i);
    const valid: i32 = n - i >= 16 ? 0xffff : (1 << (n - i)) - 1;
    // Signed: controls and bytes above 0x7f alike.
    const odd =
      i8x16.bitmask(v128.or(i8x16.lt_s(v, i8x16.splat(0x20)), i8x16.eq(v, i8x16.splat(0x7f)))) &
      valid;
    if (slash >= 0) {
      if (odd) return false;
      continue;
    }
    const slashes = i8x16.bitmask(i8x16.eq(v, i8x16.splat(0x2f))) & valid;
    const before = slashes ? (slashes & -slashes) - 1 : valid;
    const ats = i8x16.bitmask(i8x16.eq(v, i8x16.splat(0x40))) & before;
    const letters = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x61)), i8x16.splat(26));
    const digits = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x2d)), i8x16.splat(13)); // -./0-9
    const plain = i8x16.bitmask(
      v128.or(v128.or(letters, digits), i8x16.eq(v, i8x16.splat(0x5f))),
    );
    if (((plain | ats) & before) != before) return false;
    if (ats) {
      if (at >= 0 || ats & (ats - 1)) return false;
      at = i + ctz(ats);
    }
    if (slashes) {
      if (odd) return false;
      slash = i + ctz(slashes);
    }
  }
  setParts(at, slash, n);
  if (at == 0 || domainLength == 0 || slash == n - 1) return false;
  if (at > MAX_PART_BYTES || domainLength > MAX_PART_BYTES || resourceLength > MAX_PART_BYTES) {
    return false;
  }
  fault = JID_NONE;
  nonAscii = 0;
  upperDomain = 0;
  return true;
}

function scanBytes(p: usize, n: i32): void {
  let found = JID_NONE;
  let at: i32 = -1;
  let slash: i32 = -1;
  let classes: i32 = 0;
  let localClasses: i32 = 0;
  let i: i32 = 0;
  for (; i < n; i++) {
    const c = <i32>load<u8>(p + i);
    const bits = <i32>load<u8>(jidClasses + c);
    if (bits != SEPARATOR) {
      classes |= bits;
    } else if (c == SLASH) {
      slash = i;
      break;
    } else if (at >= 0) {
      found = JID_SEVERAL_AT;
    } else {
      at = i;
      localClasses = classes;
      classes = 0;
    }
  }
  let resourceClasses: i32 = 0;
  for (i++; i < n; i++) resourceClasses |= <i32>load<u8>(jidClasses + load<u8>(p + i));
  const all = classes | localClasses | resourceClasses;
  setParts(at, slash, n);
  nonAscii = <i32>((all & HIGH) != 0);
  upperDomain = <i32>((classes & UPPER) != 0);
  if (found == JID_NONE) {
    if (all & CONTROL) found = JID_CONTROL;
    else if (at == 0 || domainLength == 0 || slash == n - 1) found = JID_EMPTY;
    else if (
      at > MAX_PART_BYTES ||
      domainLength > MAX_PART_BYTES ||
      resourceLength > MAX_PART_BYTES
    ) {
      found = JID_TOO_LONG;
    } else if (localClasses & NOT_LOCAL) found = JID_BAD_LOCAL;
    else if (classes & NOT_DOMAIN) found = JID_BAD_DOMAIN;
  }
  fault = found;
}
