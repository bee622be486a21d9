/** Private key blocks: does key material follow the BEGIN line, or do people only talk about one? */
import { isAlphanumeric } from './bytes.ts';

/** How far after the BEGIN line material must begin, and how much of it is wanted. */
const LOOK_AHEAD = 1024;
const MIN_MATERIAL = 40;

const BACKSLASH = 0x5c;
const DASH = 0x2d;

/**
 * `validate:private-key;` : after the match (a BEGIN line) stand at least 40 base64 characters in
 * a row. Line ends do not count, also when written out as `\n` (keys inside JSON); header lines such
 * as `Proc-Type: 4,ENCRYPTED` are passed over; an END line ends the search.
 */
export function privateKey(text: Uint8Array, _start: number, end: number): boolean {
  const stop = Math.min(text.length, end + LOOK_AHEAD);
  let material = 0;
  for (let i = end; i < stop; i++) {
    const byte = text[i] as number;
    if (isAlphanumeric(byte) || byte === 0x2b || byte === 0x2f || byte === 0x3d) {
      material++;
      if (material >= MIN_MATERIAL) return true;
    } else if (byte === BACKSLASH && (text[i + 1] === 0x6e || text[i + 1] === 0x72)) {
      i++;
    } else if (byte === DASH && text[i + 1] === DASH && text[i + 2] === DASH) {
      return false;
    } else if (byte !== 0x0a && byte !== 0x0d) {
      material = 0;
    }
  }
  return false;
}
