/** Values of one kind, one after the other in a text: addresses, telephone numbers, payment cards. */
import {
  byteSet,
  equalsNocase,
  isAlphanumeric,
  isDigit,
  isLower,
  isWhiteSpace,
  isWord,
  lowerCase,
  wordList,
} from './bytes.ts';
import { pan } from './pan.ts';

/**
 * Next value of `text[from..to)`; it may end behind `to`, by less than MAX_VALUE_BYTES. Bytes before `from` belong
 * to other values.
 *
 * @returns where it ends, with its number in `valueKey`; -1 when there is none. Linear in `to - from`.
 */
export type ValueReader = (text: Uint8Array, from: number, to: number) => number;

/**
 * The value read last, as values compare: the number itself, or 53 bits of hash of an address. Addresses
 * that share them by chance (or by design) are counted as one, so a list can only look shorter.
 */
export const valueKey = new Float64Array(1);

/** No value is longer: 64 bytes of account and 255 of domain (RFC 5321 section 4.5.3.1). */
export const MAX_VALUE_BYTES = 320;

export const VALUE_READERS: Readonly<Record<string, ValueReader>> = {
  email: readEmail,
  phone: readPhone,
  card: readCard,
};

// --- addresses ---

const AT = 0x40;
const DOT = 0x2e;
const DASH = 0x2d;
const SLASH = 0x2f;
const PLUS = 0x2b;
const ZERO = 0x30;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const ACCOUNT = byteSet(`${LETTERS}_.%+-`);
const DOMAIN = byteSet(`${LETTERS}.-`);
const MAX_ACCOUNT_BYTES = 64;
const MAX_DOMAIN_BYTES = 255;

const XMPP_SCHEME = wordList('xmpp:')[0] as Uint8Array;

function readEmail(text: Uint8Array, from: number, to: number): number {
  let floor = from;
  for (let at = text.indexOf(AT, from); at >= 0 && at < to; at = text.indexOf(AT, floor)) {
    const start = accountStart(text, at, floor);
    const end = domainEnd(text, at + 1);
    floor = Math.max(at + 1, end);
    if (start === at || end < 0 || isJid(text, start, end)) continue;
    valueKey[0] = hashNocase(text, start, end);
    return end;
  }
  return -1;
}

function accountStart(text: Uint8Array, at: number, floor: number): number {
  const lowest = Math.max(floor, at - MAX_ACCOUNT_BYTES);
  let start = at;
  while (start > lowest && ACCOUNT[text[start - 1] as number] === 1) start--;
  return start;
}

/** End of the domain that begins at `start`; -1 where none does. It has a dot, and its last label begins with a letter. */
function domainEnd(text: Uint8Array, start: number): number {
  const most = Math.min(text.length, start + MAX_DOMAIN_BYTES);
  let end = start;
  while (end < most && DOMAIN[text[end] as number] === 1) end++;
  // The stop of a sentence is not the domain's.
  while (end > start && (text[end - 1] === DOT || text[end - 1] === DASH)) end--;
  if (!isAlphanumeric(text[start])) return -1;
  let label = end;
  while (label > start && text[label - 1] !== DOT) label--;
  const isName = label > start && end - label >= 2 && isLower(lowerCase(text[label] as number));
  return isName ? end : -1;
}

/**
 * An address of XMPP that cannot be one of mail: `xmpp:a@b.example`, or with a resource (RFC 7622), as programs print
 * who is in a room. `ann@b.example/bob@b.example` is a list of addresses.
 */
function isJid(text: Uint8Array, start: number, end: number): boolean {
  const scheme = start - XMPP_SCHEME.length;
  if (scheme >= 0 && equalsNocase(text, scheme, start, XMPP_SCHEME)) return true;
  if (text[end] !== SLASH || end + 1 >= text.length || isWhiteSpace(text[end + 1])) return false;
  const most = Math.min(text.length, end + 2 + MAX_ACCOUNT_BYTES);
  let i = end + 1;
  while (i < most && ACCOUNT[text[i] as number] === 1) i++;
  return text[i] !== AT;
}

function hashNocase(text: Uint8Array, start: number, end: number): number {
  let high = 0x811c9dc5 | 0;
  let low = 0x9747b28c | 0;
  for (let i = start; i < end; i++) {
    const byte = lowerCase(text[i] as number);
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995);
    low ^= low >>> 15;
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

// --- telephone numbers ---

/** Digits of a number with the code of its country (ITU-T E.164). */
const MIN_PHONE_DIGITS = 8;
const MAX_PHONE_DIGITS = 15;
const PHONE_SEPARATORS = byteSet(' .()/-');
const MAX_SEPARATORS = 3;

function readPhone(text: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const digits = phoneDigits(text, i);
    if (digits < 0) continue;
    const end = phoneEnd(text, digits);
    if (end >= 0) return end;
  }
  return -1;
}

/** Behind `+` or `00` with the code of a country behind it; -1 when that does not stand at `at`. */
function phoneDigits(text: Uint8Array, at: number): number {
  const byte = text[at];
  if (byte !== PLUS && byte !== ZERO) return -1;
  if (byte === ZERO && text[at + 1] !== ZERO) return -1;
  if (at > 0 && isWord(text[at - 1])) return -1;
  const digits = byte === PLUS ? at + 1 : at + 2;
  return isDigit(text[digits]) && text[digits] !== ZERO ? digits : -1;
}

/** End of the number: behind the last group of digits that still fits. */
function phoneEnd(text: Uint8Array, start: number): number {
  let key = 0;
  let count = 0;
  let end = -1;
  for (let i = start; ;) {
    while (isDigit(text[i])) {
      if (count === MAX_PHONE_DIGITS) return end;
      key = key * 10 + (text[i] as number) - ZERO;
      count++;
      i++;
    }
    if (count >= MIN_PHONE_DIGITS && !isWord(text[i])) {
      valueKey[0] = key;
      end = i;
    }
    const most = i + MAX_SEPARATORS;
    while (i < most && i < text.length && PHONE_SEPARATORS[text[i] as number] === 1) i++;
    if (!isDigit(text[i]) || (end >= 0 && phoneDigits(text, i) >= 0)) return end;
  }
}

// --- payment cards ---

const MIN_CARD_DIGITS = 13;
/** The longest card with a separator behind each digit. */
const MAX_CARD_BYTES = 64;
/** Printed groups are longer, so a list of small numbers is not tried at each of them. */
const MIN_GROUP = 3;
function readCard(text: Uint8Array, from: number, to: number): number {
  const last = Math.min(text.length, to + MAX_CARD_BYTES);
  let runStart = -1;
  let count = 0;
  for (let i = from; i < last;) {
    if (!isDigit(text[i])) {
      runStart = -1;
      i++;
      continue;
    }
    if (runStart < 0) {
      if (i >= to) return -1;
      runStart = i;
      count = 0;
    }
    const group = i;
    while (i < last && isDigit(text[i])) i++;
    count += i - group;
    const hasMore = (text[i] === 0x20 || text[i] === DASH) && isDigit(text[i + 1]);
    const isEnd = !hasMore || i - group >= MIN_GROUP;
    if (isEnd && count >= MIN_CARD_DIGITS && pan(text, runStart, i, '')) {
      valueKey[0] = lastDigits(text, i);
      return i;
    }
    if (hasMore) i++;
  }
  return -1;
}

/** As many as the shortest card has: they tell cards apart, and nothing before the card is taken for it. */
function lastDigits(text: Uint8Array, end: number): number {
  let key = 0;
  let scale = 1;
  for (let i = end - 1, left = MIN_CARD_DIGITS; i >= 0 && left > 0; i--) {
    if (!isDigit(text[i])) continue;
    key += ((text[i] as number) - ZERO) * scale;
    scale *= 10;
    left--;
  }
  return key;
}
