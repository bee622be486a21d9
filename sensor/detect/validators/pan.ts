/**
 * Payment card numbers: 13 to 19 digits that an issuer can have given out (ISO/IEC 7812), with a
 * Luhn check digit, standing alone in the text. One random number in ten passes Luhn, so what
 * stands around the digits decides: identifiers, decimals, phone numbers and lists are not cards.
 */
import {
  includesNocase,
  isAlphanumeric,
  isDigit,
  isWhiteSpace,
  isWord,
  wordList,
} from './bytes.ts';
import { luhnHolds } from './luhn.ts';

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;

/** Bytes of a match that are looked at: the longest number with a separator after each digit. */
const MAX_BYTES = 64;

/** How far around the number words are looked for that tell what it is. */
const CONTEXT_BYTES = 48;

const CARD_WORDS = wordList(
  ...['card', 'visa', 'mastercard', 'amex', 'maestro', 'cvv', 'cvc', 'expir', 'exp ', 'exp:'],
  ...['valid', 'debit', 'credit', 'karte', 'carte', 'tarjeta', 'karta', 'carta', 'kort', 'pan:'],
  // Cyrillic as written, and as xmpp.text_folded shows it.
  ...['карт', 'срок', 'kapt', 'cpok'],
);

/** Labels of other long numbers that carry a Luhn digit. */
const OTHER_WORDS = wordList('imei', 'iccid', 'isbn', 'gtin', 'ean:');

/** Numbers that card schemes and payment services publish for tests. */
const TEST_NUMBERS: ReadonlySet<number> = new Set([
  ...[4111111111111111, 4012888888881881, 4222222222222, 4242424242424242, 4000056655665556],
  ...[4000000000000002, 4000000000000077, 4917610000000000, 4462030000000000, 4012000033330026],
  ...[5555555555554444, 5105105105105100, 5200828282828210, 2223003122003222, 2223000048400011],
  ...[5424000000000015, 5454545454545454, 378282246310005, 371449635398431, 378734493671000],
  ...[370000000000002, 374245455400126, 6011111111111117, 6011000990139424, 6011000000000012],
  ...[6011000400000000, 3530111333300000, 3566002020360505, 3566111111111113, 30569309025904],
  ...[38520000023237, 36227206271667, 6200000000000005, 6200000000000047],
]);

/** Maestro and Dankort share their first two digits with much else: only these four are theirs. */
const MAESTRO = [5018, 5019, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763];

/** Digit groups of the candidate: where each begins, how long it is. */
const groupStart = new Uint16Array(MAX_BYTES);
const groupLength = new Uint8Array(MAX_BYTES);
const values = new Uint8Array(MAX_BYTES);

/**
 * `validate:pan;` : the match contains a card number that begins and ends at a digit group.
 * `validate:pan no-test-numbers;` : the same without the published test numbers.
 *
 * A match may have swallowed groups before the card (`12 4111 1111 1111 1111`), so every run of
 * groups that reaches the end of the match is tried, the longest first.
 */
export function pan(text: Uint8Array, start: number, end: number, argument: string): boolean {
  const from = Math.max(start, end - MAX_BYTES);
  const groups = readGroups(text, from, end);
  if (groups === 0 || isWord(text[end])) return false;
  const lastStart = groupStart[groups - 1] as number;
  if (lastStart + (groupLength[groups - 1] as number) !== end - from) return false;

  let digitsBefore = 0;
  let total = 0;
  for (let g = 0; g < groups; g++) total += groupLength[g] as number;
  for (let first = 0; first < groups; first++) {
    const count = total - digitsBefore;
    if (count < MIN_DIGITS) return false;
    if (
      count <= MAX_DIGITS &&
      isCard(text, from + (groupStart[first] as number), end, digitsBefore, count) &&
      isCardShape(first, groups, count) &&
      standsAlone(text, from + (groupStart[first] as number), end, groups - first) &&
      hasContext(text, from + (groupStart[first] as number), end, count, groups - first) &&
      !(argument === 'no-test-numbers' && TEST_NUMBERS.has(numberOf(digitsBefore, count)))
    ) {
      return true;
    }
    digitsBefore += groupLength[first] as number;
  }
  return false;
}

/** Fill the group tables; 0 when anything but digits and single spaces or dashes is in the match. */
function readGroups(text: Uint8Array, start: number, end: number): number {
  let groups = 0;
  let digits = 0;
  let inGroup = false;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (isDigit(byte)) {
      if (!inGroup) {
        groupStart[groups] = i - start;
        groupLength[groups] = 0;
        groups++;
        inGroup = true;
      }
      groupLength[groups - 1] = (groupLength[groups - 1] as number) + 1;
      values[digits++] = byte - 0x30;
    } else if (byte === 0x20 || byte === 0x2d) {
      inGroup = false;
    } else {
      return 0;
    }
  }
  return groups;
}

/** Issuer, length and check digit; one kind of separator only; not one digit all over. */
function isCard(text: Uint8Array, start: number, end: number, at: number, count: number): boolean {
  if (!issuerUses(at, count) || !luhnHolds(values, at, count)) return false;
  let isUniform = true;
  for (let i = 1; i < count && isUniform; i++) isUniform = values[at + i] === values[at];
  if (isUniform) return false;
  let separator = 0;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (isDigit(byte)) continue;
    if (isDigit(text[i + 1]) && (separator === 0 || separator === byte)) separator = byte;
    else return false;
  }
  return true;
}

/** First digits and lengths that the card schemes use. */
function issuerUses(at: number, count: number): boolean {
  const two = (values[at] as number) * 10 + (values[at + 1] as number);
  const four = two * 100 + (values[at + 2] as number) * 10 + (values[at + 3] as number);
  if (two >= 40 && two <= 49) return count === 16 || count === 13 || count === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return count === 16;
  if (two === 34 || two === 37) return count === 15;
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499)) return count >= 16;
  if (four >= 3528 && four <= 3589) return count >= 16;
  if (two === 62 || (four >= 8100 && four <= 8171)) return count >= 16;
  if (MAESTRO.includes(four)) return count >= 16;
  if (four >= 2200 && four <= 2204) return count >= 16;
  const isDiners = two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059);
  return isDiners && count === 14;
}

/** Are the groups parted as cards are printed, or all of one length? */
function isCardShape(first: number, groups: number, count: number): boolean {
  const used = groups - first;
  if (used === 1) return true;
  const one = groupLength[first] as number;
  const two = groupLength[first + 1] as number;
  if (used === 3 && one === 4 && two === 6) return count === 15 || count === 14;
  if (used === 2 && one === 6) return count === 19;
  // All groups as long as the first, the last one shorter at most: 4-4-4-4, 4-4-4-4-3, 1-1-1...
  for (let g = first + 1; g < groups - 1; g++) if (groupLength[g] !== one) return false;
  return (groupLength[groups - 1] as number) <= one && (one === 4 || one === 1 || one === 8);
}

/** Not a piece of something longer: identifier, decimal, phone number, address, list of numbers. */
function standsAlone(text: Uint8Array, start: number, end: number, used: number): boolean {
  const before = text[start - 1];
  const after = text[end];
  if (isWord(before) || before === 0x2b || before === 0x23) return false;
  if (before === 0x2e && isDigit(text[start - 2])) return false;
  if (before === 0x2d && isAlphanumeric(text[start - 2])) return false;
  if (after === 0x2e && isDigit(text[end + 1])) return false;
  if (after === 0x2d && isAlphanumeric(text[end + 1])) return false;
  if (before === 0x2f && isInPath(text, start)) return false;
  if (used > 1 && isList(text, start, end)) return false;
  return !hasWord(text, Math.max(0, start - 16), start, OTHER_WORDS);
}

/** Is the number part of the path of an URL? Parameters (`?cc=4111...`) are not. */
function isInPath(text: Uint8Array, start: number): boolean {
  for (let i = start - 1; i > 0 && i > start - CONTEXT_BYTES; i--) {
    if (isWhiteSpace(text[i])) return false;
    if (text[i] === 0x2f && text[i - 1] === 0x2f) return true;
  }
  return false;
}

/** Two more groups of four before or after on the line: columns of numbers, not a card. */
function isList(text: Uint8Array, start: number, end: number): boolean {
  return (
    (!isLineEnd(text[start - 1]) && isFour(text, start - 5) && isFour(text, start - 10)) ||
    (!isLineEnd(text[end]) && isFour(text, end + 1) && isFour(text, end + 6))
  );
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** Four digits at `at`, parted from what is beside them. */
function isFour(text: Uint8Array, at: number): boolean {
  if (at < 0) return false;
  for (let i = at; i < at + 4; i++) if (!isDigit(text[i])) return false;
  return !isAlphanumeric(text[at - 1]) && !isAlphanumeric(text[at + 4]);
}

/**
 * Lengths other than 15 and 16 belong to many other numbers (article numbers, message ids), so
 * they want the printed grouping, a card word nearby, or to be all there is.
 */
function hasContext(
  text: Uint8Array,
  start: number,
  end: number,
  count: number,
  used: number,
): boolean {
  if (count === 16 || count === 15 || used > 1) return true;
  if (start === 0 && end === text.length) return true;
  return (
    hasWord(text, Math.max(0, start - CONTEXT_BYTES), start, CARD_WORDS) ||
    hasWord(text, end, Math.min(text.length, end + CONTEXT_BYTES), CARD_WORDS)
  );
}

function hasWord(
  text: Uint8Array,
  start: number,
  end: number,
  words: readonly Uint8Array[],
): boolean {
  for (const word of words) if (includesNocase(text, start, end, word)) return true;
  return false;
}

/** The digits as a number, exact up to 16 digits, which all test numbers have at most. */
function numberOf(at: number, count: number): number {
  let number = 0;
  for (let i = 0; i < count; i++) number = number * 10 + (values[at + i] as number);
  return number;
}
