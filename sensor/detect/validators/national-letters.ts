/** National identity numbers with letters in them: `text[from..to)` is the whole number. */
import { isDigit, isLower, isUpper } from './bytes.ts';

const encoder = new TextEncoder();
const DNI_LETTERS = encoder.encode('TRWAGMYFPDXBNJZSQVHLCKE');

/** Values of the characters 0 to 9 and A to Z at odd places of an Italian tax code. */
const ODD = [
  ...[1, 0, 5, 7, 9, 13, 15, 17, 19, 21],
  ...[1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23],
];
/** First two letters of a British number that are never given out, beside those with D F I Q U V. */
const NO_NINO = ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'].map((pair) => encoder.encode(pair));
const NO_NINO_LETTERS = encoder.encode('DFIQUV');
const LETTER_O = 0x4f;

function upper(byte: number | undefined): number {
  return byte === undefined ? 0 : isLower(byte) ? byte - 32 : byte;
}

/** Spain: seven or eight digits, or X, Y, Z and seven, then a letter that is the number modulo 23. */
export function isDni(text: Uint8Array, from: number, to: number): boolean {
  let value = 0;
  let at = from;
  const first = upper(text[from]);
  if (first >= 0x58 && first <= 0x5a) {
    value = first - 0x58;
    at++;
  }
  for (; at < to - 1; at++) {
    const byte = text[at];
    if (isDigit(byte)) value = value * 10 + (byte as number) - 0x30;
  }
  return upper(text[to - 1]) === DNI_LETTERS[value % 23];
}

/** Italy: sixteen characters, the last one computed from the others by place. */
export function isCodiceFiscale(text: Uint8Array, from: number, to: number): boolean {
  if (to - from !== 16) return false;
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const byte = text[from + i] as number;
    const value = isDigit(byte) ? byte - 0x30 : upper(byte) - 0x41;
    if (value < 0 || value > 25) return false;
    sum += i % 2 === 0 ? (ODD[isDigit(byte) ? value : value + 10] as number) : value;
  }
  return upper(text[to - 1]) - 0x41 === sum % 26;
}

/** United Kingdom: no check character; prefixes that are never given out are refused. */
export function isNino(text: Uint8Array, from: number): boolean {
  const first = upper(text[from]);
  const second = upper(text[from + 1]);
  if (!isUpper(first) || !isUpper(second) || second === LETTER_O) return false;
  if (NO_NINO_LETTERS.includes(first) || NO_NINO_LETTERS.includes(second)) return false;
  return !NO_NINO.some((pair) => pair[0] === first && pair[1] === second);
}
