/**
 * Account names that a program made up: what campaigns register by the thousand. People also have
 * numbers and odd letters in their names, so this is a hint that weighs with others, never proof.
 */
import { indexOfByte, isDigit, isLower, lowerCase } from './bytes.ts';
import { shannonEntropy } from './entropy.ts';

const AT = 0x40;

/** Numbers this long are no birthday, year or badge. */
const MIN_NUMBER = 9;
/** Digits behind a name: two for a year, four for a birthday; five and more come from a counter. */
const MIN_TAIL = 5;
const MIN_NAME = 4;
const MIN_RANDOM = 10;
const MIN_ENTROPY = 3;
const MAX_VOWELS = 0.2;
/** Changes between letters and digits. */
const MIN_CHANGES = 3;

const VOWELS = new Uint8Array(256);
for (const vowel of 'aeiouy') VOWELS[vowel.charCodeAt(0)] = 1;
const DELIMITERS = [0x2d, 0x5f, 0x2e];

/**
 * `validate:generated-name;` : the part of the match before an `@` is a long number, a name with five or
 * more digits behind it, or letters and digits without order.
 */
export function generatedName(text: Uint8Array, start: number, end: number): boolean {
  const at = indexOfByte(text, AT, start, end);
  const to = at < 0 ? end : at;
  let digits = 0;
  let letters = 0;
  let vowels = 0;
  let changes = 0;
  let others = 0;
  for (let i = start; i < to; i++) {
    const byte = lowerCase(text[i] as number);
    const isNumber = isDigit(byte);
    if (isNumber) digits++;
    else if (isLower(byte)) letters++;
    else if (DELIMITERS.includes(byte)) others++;
    else return false;
    if (VOWELS[byte] === 1) vowels++;
    if (i > start && isNumber !== isDigit(text[i - 1])) changes++;
  }
  const length = to - start;
  if (digits === length) return length >= MIN_NUMBER;
  if (others <= 1 && changes === 1 && letters >= MIN_NAME && digits >= MIN_TAIL) {
    return isDigit(text[to - 1]);
  }
  if (others > 0 || length < MIN_RANDOM || shannonEntropy(text, start, to) < MIN_ENTROPY)
    return false;
  return changes >= MIN_CHANGES || (letters >= MIN_RANDOM && vowels / letters < MAX_VOWELS);
}
