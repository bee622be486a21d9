/**
 * Verhoeff check digit, as Aadhaar numbers carry it. The tables are those of the dihedral group
 * D5: multiplication, and the permutation applied once per position.
 */
import { digits, readDigits } from './digits.ts';

const MULTIPLY = Uint8Array.from([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 0, 6, 7, 8, 9, 5, 2, 3, 4, 0, 1, 7, 8, 9, 5, 6, 3, 4, 0,
  1, 2, 8, 9, 5, 6, 7, 4, 0, 1, 2, 3, 9, 5, 6, 7, 8, 5, 9, 8, 7, 6, 0, 4, 3, 2, 1, 6, 5, 9, 8, 7, 1,
  0, 4, 3, 2, 7, 6, 5, 9, 8, 2, 1, 0, 4, 3, 8, 7, 6, 5, 9, 3, 2, 1, 0, 4, 9, 8, 7, 6, 5, 4, 3, 2, 1,
  0,
]);

const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** PERMUTE[10 * (position % 8) + digit]: the permutation applied `position` times. */
const PERMUTE = new Uint8Array(80);
for (let digit = 0; digit < 10; digit++) {
  let value = digit;
  for (let position = 0; position < 8; position++) {
    PERMUTE[10 * position + digit] = value;
    value = PERMUTATION[value] as number;
  }
}

/** `verhoeff;` : the digits of the match (separators allowed) end in a Verhoeff check digit. */
export function verhoeff(text: Uint8Array, start: number, end: number): boolean {
  const count = readDigits(text, start, end);
  return count >= 2 && verhoeffOf(digits, count) === 0;
}

/** Outcome of the scheme over the first `count` digits, check digit last: 0 when it holds. */
export function verhoeffOf(values: Uint8Array, count: number): number {
  let check = 0;
  for (let i = 0; i < count; i++) {
    const digit = values[count - 1 - i] as number;
    check = MULTIPLY[10 * check + (PERMUTE[10 * (i % 8) + digit] as number)] as number;
  }
  return check;
}
