/** Luhn check digit (ISO/IEC 7812-1 annex B). */
import { digits, readDigits } from './digits.ts';

/** Luhn over the first `count` digits of `values`, check digit last. */
export function luhnHolds(values: Uint8Array, from: number, count: number): boolean {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let digit = values[from + count - 1 - i] as number;
    if ((i & 1) === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}

/** `luhn;` : the digits of the match (separators allowed) end in a Luhn check digit. */
export function luhn(text: Uint8Array, start: number, end: number): boolean {
  const count = readDigits(text, start, end);
  return count >= 2 && luhnHolds(digits, 0, count);
}
