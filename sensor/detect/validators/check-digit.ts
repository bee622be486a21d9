/** Numbers of an operator's own form: does their check character hold, by the scheme the rule describes? */
import { NO_VALUE, parseScheme, type CheckScheme } from './check-scheme.ts';
import { DAMM } from './damm.ts';
import { luhnHolds } from './luhn.ts';
import { verhoeffOf } from './verhoeff.ts';

/** Characters of the longest number. */
const MAX_CHARACTERS = 64;
/** A value, and twice as many where letters count as two digits. */
const values = new Uint8Array(2 * MAX_CHARACTERS);
/** Bytes of the characters (capitals), as far as a check character is compared by itself. */
const characters = new Uint8Array(MAX_CHARACTERS);

const SEPARATORS = new Uint8Array(256);
for (const character of ' -./:_') SEPARATORS[character.charCodeAt(0)] = 1;

/** By argument: there are as many as rules. */
const schemes = new Map<string, CheckScheme | string>();

/** What is wrong with the argument; undefined when nothing is. */
export function checkDigitProblem(argument: string): string | undefined {
  const scheme = parseScheme(argument);
  return typeof scheme === 'string' ? scheme : undefined;
}

/** `validate:check-digit weights 3,1 mod 10;` and its like (check-scheme.ts), over all of the match but separators. */
export function checkDigit(
  text: Uint8Array,
  start: number,
  end: number,
  argument: string,
): boolean {
  let scheme = schemes.get(argument);
  if (scheme === undefined) {
    scheme = parseScheme(argument);
    schemes.set(argument, scheme);
  }
  if (typeof scheme === 'string') return false;
  const count = readCharacters(text, start, end, scheme);
  if (count <= scheme.width) return false;
  switch (scheme.method) {
    case 'weights':
    case 'number':
      return holdsSum(scheme, count);
    case 'luhn':
      return luhnHolds(values, 0, spread(scheme, count));
    case 'damm': {
      let interim = 0;
      for (let i = 0; i < count; i++)
        interim = DAMM[10 * interim + (values[i] as number)] as number;
      return interim === 0;
    }
    case 'verhoeff':
      return verhoeffOf(values, count) === 0;
    case 'pure':
      return pureHolds(scheme, count);
    case 'hybrid':
      return hybridHolds(scheme, count);
  }
}

/** Values of the number's characters into `values`; 0 when one has none, or there are too many. */
function readCharacters(
  text: Uint8Array,
  start: number,
  end: number,
  { values: valueOf, skip, ten }: CheckScheme,
): number {
  let count = 0;
  let left = skip;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    const value = valueOf[byte] as number;
    if (value === NO_VALUE && SEPARATORS[byte] === 1) continue;
    if (left > 0) {
      left--;
      continue;
    }
    const capital = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte;
    if ((value === NO_VALUE && capital !== ten) || count === MAX_CHARACTERS) return 0;
    values[count] = value;
    characters[count++] = capital;
  }
  return count;
}

/** Letters as two digits, where the scheme says so; gives the number of values. */
function spread({ splits }: CheckScheme, count: number): number {
  if (!splits) return count;
  let total = count;
  for (let i = 0; i < count; i++) if ((values[i] as number) >= 10) total++;
  let to = total;
  for (let i = count - 1; i >= 0; i--) {
    const value = values[i] as number;
    values[--to] = value % 10;
    if (value >= 10) values[--to] = Math.floor(value / 10);
  }
  return total;
}

function holdsSum(scheme: CheckScheme, count: number): boolean {
  const { modulus, width, checkAt, isRest, addend, ten } = scheme;
  const first = checkAt < 0 ? count - width : checkAt;
  if (first + width > count) return false;
  const check = checkValue(width, first);
  const mayBeTen = ten !== 0 && characters[first] === ten;
  // What is left is the number: the check characters go.
  for (let i = first; i + width < count; i++) values[i] = values[i + width] as number;
  for (let i = 0; i < count - width; i++) if (values[i] === NO_VALUE) return false;
  const total = spread(scheme, count - width);
  const sum = scheme.method === 'number' ? numberOf(total, modulus) : weightedSum(scheme, total);
  const rest = (((sum + addend) % modulus) + modulus) % modulus;
  const wanted = isRest ? rest : (modulus - rest) % modulus;
  if (mayBeTen && wanted === 10) return true;
  // 97 is as good as 0 where the rest is taken off 97.
  return wanted === (check === modulus && !isRest ? 0 : check);
}

/** Value of the check characters. */
function checkValue(width: number, first: number): number {
  const value = values[first] as number;
  return width === 1 ? value : 10 * value + (values[first + 1] as number);
}

function weightedSum({ weights, isFromLeft, crossSums }: CheckScheme, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const place = isFromLeft ? i : count - 1 - i;
    const product = (values[i] as number) * (weights[place % weights.length] as number);
    sum += crossSums ? crossSum(product) : product;
  }
  return sum;
}

function crossSum(product: number): number {
  let sum = 0;
  for (let left = Math.abs(product); left > 0; left = Math.floor(left / 10)) sum += left % 10;
  return sum;
}

/** The number that the values are the digits of, as far as the modulus cares. */
function numberOf(count: number, modulus: number): number {
  let rest = 0;
  for (let i = 0; i < count; i++) rest = (rest * 10 + (values[i] as number)) % modulus;
  return rest;
}

/** ISO/IEC 7064, pure systems: the characters are digits of a number whose rest is 1. */
function pureHolds(scheme: CheckScheme, count: number): boolean {
  const { modulus, radix, width } = scheme;
  const total = spread(scheme, count);
  // What only the check character may be is one more than the others.
  const most = modulus === 11 ? 10 : modulus === 37 ? 36 : NO_VALUE;
  let rest = 0;
  for (let i = 0; i < total; i++) {
    const value = values[i] as number;
    if (value >= most && i < total - width) return false;
    rest = (rest * radix + value) % modulus;
  }
  return rest === 1;
}

/** ISO/IEC 7064, hybrid systems. */
function hybridHolds({ modulus, radix }: CheckScheme, count: number): boolean {
  let state = radix;
  for (let i = 0; i < count - 1; i++) {
    const sum = (state + (values[i] as number)) % radix;
    state = ((sum === 0 ? radix : sum) * 2) % modulus;
  }
  return (state + (values[count - 1] as number)) % radix === 1;
}
