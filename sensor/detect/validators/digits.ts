/** Digits of a match, read past single separators into one reused array. */
import { isDigit } from './bytes.ts';

/** More digits than any check-digit scheme here uses; a longer match is not one number. */
export const MAX_DIGITS = 32;

/** Result of readDigits: values 0 to 9, valid until the next call. */
export const digits = new Uint8Array(MAX_DIGITS);

/**
 * Digits of `text[start..end)` without spaces, dashes and dots.
 *
 * @returns how many were written to `digits`; 0 when anything else stands between them or when there
 * are more than MAX_DIGITS.
 */
export function readDigits(text: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (isDigit(byte)) {
      if (count === MAX_DIGITS) return 0;
      digits[count++] = byte - 0x30;
    } else if (byte !== 0x20 && byte !== 0x2d && byte !== 0x2e) {
      return 0;
    }
  }
  return count;
}
