/**
 * What a text has, told by one walk over it: enough to know which shapes of secrets cannot be in it. Most texts
 * that are masked are names and short sentences; looking for every shape in each of them costs more than all
 * else about an alert.
 *
 * A trait may be told where it is not needed, never the other way round (property test).
 */
import { readsDifferently } from './readings.ts';

/** One bit each; a shape names those without which it cannot match. */
export const TRAIT = {
  lessThan: 1 << 0,
  colon: 1 << 1,
  equals: 1 << 2,
  space: 1 << 3,
  /** `:`, `=`, space or tab: something parts a label from its value. */
  separator: 1 << 4,
  /** Any quotation mark, those outside ASCII among them. */
  quote: 1 << 5,
  slash: 1 << 6,
  at: 1 << 7,
  dash: 1 << 8,
  dot: 1 << 9,
  dollar: 1 << 10,
  tilde: 1 << 11,
  /** Thirteen digits in all: a card number. */
  digits13: 1 << 12,
  /** Two letters with two digits behind them: an account number. */
  account: 1 << 13,
  /** Upper case, lower case and digits. */
  mixed: 1 << 14,
  /** So many characters of tokens in a row (letters, digits, `_ + / = . ~ -`). */
  run8: 1 << 15,
  run20: 1 << 16,
  run32: 1 << 17,
  /** It reads differently from how it is written: markup, references, characters that stand for others. */
  otherReading: 1 << 18,
} as const;

/** Whatever a text could have. */
export const ALL_TRAITS = -1;

/** Classes of ASCII characters. */
const DIGIT = 1;
const UPPER = 2;
const LOWER = 3;
/** In a token, beside letters and digits. */
const JOINER = 4;

const CLASS = new Uint8Array(128);
/** Traits that a character of ASCII brings alone. */
const OWN_TRAITS = new Int32Array(128);
for (let code = 0x30; code <= 0x39; code++) CLASS[code] = DIGIT;
for (let code = 0x41; code <= 0x5a; code++) CLASS[code] = UPPER;
for (let code = 0x61; code <= 0x7a; code++) CLASS[code] = LOWER;
for (const joiner of '_+/=.~-') CLASS[joiner.charCodeAt(0)] = JOINER;
for (const [characters, traits] of [
  ['<', TRAIT.lessThan | TRAIT.otherReading],
  // `]` may be the end of a CDATA section the beginning of which was cut off.
  ['&]', TRAIT.otherReading],
  [':', TRAIT.colon | TRAIT.separator],
  ['=', TRAIT.equals | TRAIT.separator],
  [' ', TRAIT.space | TRAIT.separator],
  ['\t', TRAIT.separator],
  ['"\'`', TRAIT.quote],
  ['/', TRAIT.slash],
  ['@', TRAIT.at],
  ['-', TRAIT.dash],
  ['.', TRAIT.dot],
  ['$', TRAIT.dollar],
  ['~', TRAIT.tilde],
] as const) {
  for (const character of characters) OWN_TRAITS[character.charCodeAt(0)] = traits;
}

/** The traits of `text`. */
export function traitsOf(text: string): number {
  let traits = 0;
  let digits = 0;
  let classes = 0;
  let run = 0;
  let longest = 0;
  /** Letters (up to 2), then digits, in a row: 4 is the beginning of an account number. */
  let account = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) {
      traits |= TRAIT.quote;
      if (readsDifferently(code)) traits |= TRAIT.otherReading;
      run = 0;
      account = 0;
      continue;
    }
    traits |= OWN_TRAITS[code] as number;
    const kind = CLASS[code] as number;
    if (kind === 0) {
      run = 0;
      account = 0;
      continue;
    }
    if (++run > longest) longest = run;
    classes |= 1 << kind;
    if (kind === DIGIT) {
      digits++;
      account = account === 2 || account === 3 ? account + 1 : 0;
      if (account === 4) traits |= TRAIT.account;
    } else if (kind === JOINER) account = 0;
    else account = account === 1 || account === 2 ? 2 : 1;
  }
  if (digits >= 13) traits |= TRAIT.digits13;
  if (longest >= 8) traits |= TRAIT.run8;
  if (longest >= 20) traits |= TRAIT.run20;
  if (longest >= 32) traits |= TRAIT.run32;
  const all = (1 << DIGIT) | (1 << UPPER) | (1 << LOWER);
  return (classes & all) === all ? traits | TRAIT.mixed : traits;
}
