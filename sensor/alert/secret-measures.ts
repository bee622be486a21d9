/** How much of a text that has the form of a secret is one: check digits, and what looks random. 0: nothing of it. */

const PARTS = /[^A-Za-z0-9]+/;

/** All of the run when some 13 to 19 digits in it pass Luhn. */
export function cardDigits(text: string): number {
  const digits = text.replace(/\D/g, '');
  for (let start = 0; start + 13 <= digits.length; start++) {
    for (let length = 13; length <= Math.min(19, digits.length - start); length++) {
      if (luhn(digits, start, start + length)) return text.length;
    }
  }
  return 0;
}

/**
 * All of the run when groups of it (parted by space, dot or dash) are 13 to 19 digits that pass Luhn and begin like a
 * card: 3 to 6, or 2221 to 2720 (ISO/IEC 7812). Dates and times in seconds begin otherwise.
 */
export function issuedCard(text: string): number {
  const groups = text.split(/[ .\u00a0-]/);
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length && digits.length < 19; last++) {
      digits += groups[last] ?? '';
      if (digits.length < 13 || digits.length > 19) continue;
      const isIssued = /^[3-6]/.test(digits) || isSecondSeries(Number(digits.slice(0, 4)));
      if (isIssued && luhn(digits, 0, digits.length)) return text.length;
    }
  }
  return 0;
}

function isSecondSeries(prefix: number): boolean {
  return prefix >= 2221 && prefix <= 2720;
}

function luhn(digits: string, start: number, end: number): boolean {
  let sum = 0;
  let isDoubled = false;
  for (let i = end - 1; i >= start; i--) {
    const digit = digits.charCodeAt(i) - 48;
    sum += isDoubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}

/** Length of the longest beginning with 15 to 34 letters and digits that is 1 modulo 97. */
export function ibanLength(text: string): number {
  const compact = text.replace(/[^A-Za-z0-9]/g, '').toUpperCase();
  for (let count = Math.min(34, compact.length); count >= 15; count--) {
    let remainder = 0;
    for (const character of compact.slice(4, count) + compact.slice(0, 4)) {
      const value = parseInt(character, 36);
      remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
    }
    if (remainder !== 1) continue;
    let at = 0;
    for (let seen = 0; seen < count; at++) if (/[A-Za-z0-9]/.test(text[at] ?? '')) seen++;
    return at;
  }
  return 0;
}

/** Upper case, lower case and digits in one word of 20 characters: not language. */
export function randomLength(text: string): number {
  const isRandom = /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
  return isRandom ? text.length : 0;
}

/** As above, and the class of characters changes at two of five places inside words: no words, no dates. */
export function jumbledLength(text: string): number {
  if (randomLength(text) === 0) return 0;
  const words = text.split(PARTS);
  const places = words.reduce((sum, word) => sum + word.length, -1);
  return changesIn(words) >= 0.4 * places ? text.length : 0;
}

/** All of what begins like a token, when a word of it is as long as no other, or letters and digits change like random ones. */
export function tokenLength(text: string): number {
  const words = text.split(PARTS);
  return words.some(({ length }) => length >= 32) || changesIn(words) >= 5 ? text.length : 0;
}

/** How often upper case, lower case and digits change inside words; the capital a word begins with is no change. */
function changesIn(words: readonly string[]): number {
  let changes = 0;
  for (const word of words) {
    const start = /^[A-Z][a-z]/.test(word) ? 2 : 1;
    for (let i = start; i < word.length; i++) {
      if (classOf(word, i) !== classOf(word, i - 1)) changes++;
    }
  }
  return changes;
}

function classOf(text: string, at: number): 'digit' | 'upper' | 'lower' {
  const character = text[at] ?? '';
  if (/\d/.test(character)) return 'digit';
  return /[A-Z]/.test(character) ? 'upper' : 'lower';
}
