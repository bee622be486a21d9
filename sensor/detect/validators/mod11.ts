/** Check characters modulo 11, in the four forms that identity numbers use. */
import { digits, readDigits } from './digits.ts';

/** Argument of `validate:mod11 FORM;` : the plain keyword `mod11;` is the weighted form. */
export const MOD11_FORMS = ['', 'bsn', '11-2', '11,10'] as const;

const LETTER_X = 0x58;

/**
 * `mod11;` : weights 1, 2, 3 ... from the right sum to 0 modulo 11 (NHS number, ISBN-10).
 * `validate:mod11 bsn;` : the same with the last digit subtracted (Dutch citizen number).
 * `validate:mod11 11-2;` : ISO/IEC 7064 MOD 11-2 (Chinese identity number, ORCID).
 * `validate:mod11 11,10;` : ISO/IEC 7064 MOD 11,10 (German tax number, Croatian OIB).
 * The last character may be X for 10 where the form knows it.
 */
export function mod11(text: Uint8Array, start: number, end: number, form: string): boolean {
  const last = text[end - 1] ?? 0;
  const hasX = (last & 0xdf) === LETTER_X && end > start;
  const count = readDigits(text, start, hasX ? end - 1 : end);
  if (count < 2) return false;
  if (hasX && (form === 'bsn' || form === '11,10')) return false;
  const check = hasX ? 10 : (digits[count - 1] as number);
  const payload = hasX ? count : count - 1;
  switch (form) {
    case '':
      return (weightedSum(payload) + check) % 11 === 0;
    case 'bsn':
      return (weightedSum(payload) - check) % 11 === 0;
    case '11-2':
      return iso11x2(payload, check);
    case '11,10':
      return iso11x10(payload, check);
    default:
      return false;
  }
}

/** Sum of the payload digits with weights 2, 3, 4 ... from the right. */
function weightedSum(payload: number): number {
  let sum = 0;
  for (let i = 0; i < payload; i++) sum += (digits[i] as number) * (payload + 1 - i);
  return sum;
}

function iso11x2(payload: number, check: number): boolean {
  let state = 0;
  for (let i = 0; i < payload; i++) state = ((state + (digits[i] as number)) * 2) % 11;
  return (state + check) % 11 === 1;
}

function iso11x10(payload: number, check: number): boolean {
  let state = 10;
  for (let i = 0; i < payload; i++) {
    const sum = (state + (digits[i] as number)) % 10;
    state = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (state + check) % 10 === 1;
}
