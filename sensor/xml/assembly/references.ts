/**
 * References: `&name;`, `&#10;`, `&#xA;`. The five predefined ones and characters are resolved; any
 * other entity stays as the literal text it is.
 */
import { EV_CTRL_CHARREF, EV_ENTITY_REF, EV_ENTITY_REF_HTML } from '../codes';
import { C_DIGIT, C_HEX, C_NAME, C_PLAIN, C_START, is, isXmlChar } from './chars';
import { raise } from './events';
import { isHtmlEntity } from './intern';
import { H_ENTITIES, Slot, halfAt } from './layout';
import { F_REFERENCES, addChar } from './tape';

const KIND_ANY: i32 = 0; // `&`
const KIND_NAME: i32 = 1; // `&n`
const KIND_NUMBER: i32 = 2; // `&#`
const KIND_DECIMAL: i32 = 3; // `&#1`
const KIND_HEX: i32 = 4; // `&#x`

const REFERENCE_BAD: usize = 0;

/** `&` was read at `p`. */
export function beginReference(s: Slot, p: usize): void {
  s.ref = p;
  s.refKind = KIND_ANY;
  s.refValue = 0;
  s.refKey = 0;
  s.refLength = 0;
}

/**
 * Reads on in a reference. Returns the address behind its `;` (then it is resolved and s.run set),
 * `end` when it goes on, or 0 when it is not one.
 */
export function readReference(s: Slot, p: usize, end: usize): usize {
  while (p < end) {
    const c = <u32>load<u8>(p);
    switch (s.refKind) {
      case KIND_ANY:
        if (c == 0x23) s.refKind = KIND_NUMBER;
        else if (is(c, C_START) || c >= 0x80) {
          s.refKind = KIND_NAME;
          continue;
        } else return REFERENCE_BAD;
        break;
      case KIND_NAME:
        if (c == 0x3b) return resolveName(s, p + 1);
        if (!is(c, C_NAME) && c < 0x80) return REFERENCE_BAD;
        if (s.refLength < 8) s.refKey |= (<u64>c) << ((<u64>s.refLength) << 3);
        s.refLength++;
        break;
      case KIND_NUMBER:
        if (c == 0x78) s.refKind = KIND_HEX;
        else {
          s.refKind = KIND_DECIMAL;
          continue;
        }
        break;
      case KIND_DECIMAL:
        if (c == 0x3b && s.refLength) return resolveNumber(s, p + 1);
        if (!is(c, C_DIGIT)) return REFERENCE_BAD;
        add(s, 10, c - 0x30);
        break;
      default:
        if (c == 0x3b && s.refLength) return resolveNumber(s, p + 1);
        if (!is(c, C_HEX)) return REFERENCE_BAD;
        add(s, 16, c < 0x3a ? c - 0x30 : (c | 0x20) - 0x57);
    }
    p++;
  }
  return end;
}

/** One more digit; values beyond Unicode stay just beyond it. */
function add(s: Slot, base: i32, digit: u32): void {
  s.refLength = 1;
  const value = s.refValue * base + <i32>digit;
  s.refValue = value > 0x10ffff ? 0x110000 : value;
}

function resolveNumber(s: Slot, next: usize): usize {
  let c = <u32>s.refValue;
  if (!isXmlChar(c)) {
    raise(s, EV_CTRL_CHARREF, s.ref);
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  }
  if (c < 0x80 && is(c, C_PLAIN)) s.accRefs++;
  return put(s, c, next);
}

function put(s: Slot, c: u32, next: usize): usize {
  s.accFlags |= F_REFERENCES;
  addChar(s, c, s.ref);
  s.run = next;
  return next;
}

function resolveName(s: Slot, next: usize): usize {
  // Keys are the names as they lie in memory.
  switch (s.refLength) {
    case 2:
      if (s.refKey == 0x746c) return put(s, 0x3c, next); // lt
      if (s.refKey == 0x7467) return put(s, 0x3e, next); // gt
      break;
    case 3:
      if (s.refKey == 0x706d61) return put(s, 0x26, next); // amp
      break;
    case 4:
      if (s.refKey == 0x746f7571) return put(s, 0x22, next); // quot
      if (s.refKey == 0x736f7061) return put(s, 0x27, next); // apos
      break;
  }
  const html =
    s.refLength <= 8 &&
    (halfAt(s.half).flags & H_ENTITIES) == 0 &&
    isHtmlEntity(s.refKey, s.refLength);
  raise(s, html ? EV_ENTITY_REF_HTML : EV_ENTITY_REF, s.ref);
  // Kept as the literal text it is: the run simply goes on from the ampersand.
  s.run = s.ref;
  return next;
}
