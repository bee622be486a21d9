/** Base58 with a checksum, as keys and addresses of wallets are written. */
import { sha256Bytes } from '../../core/index.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const NO_DIGIT = 255;
const VALUE = new Uint8Array(256).fill(NO_DIGIT);
for (let i = 0; i < ALPHABET.length; i++) VALUE[ALPHABET.charCodeAt(i)] = i;

/** An extended private key is the longest: 111 characters, 82 bytes with its checksum. */
const MAX_CHARS = 128;
const MAX_BYTES = 96;
const CHECKSUM_BYTES = 4;

const decoded = new Uint8Array(MAX_BYTES);

/** `validate:base58check;` : the match decodes, and its last four bytes are the checksum of the rest. */
export function base58check(text: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_CHARS) return false;
  const length = decode(text, start, end);
  if (length <= CHECKSUM_BYTES) return false;
  const first = MAX_BYTES - length;
  const payload = decoded.subarray(first, MAX_BYTES - CHECKSUM_BYTES);
  const twice = sha256Bytes(sha256Bytes(payload));
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (twice[i] !== decoded[MAX_BYTES - CHECKSUM_BYTES + i]) return false;
  }
  return true;
}

/** The number to the end of `decoded`, most significant byte first. @returns its bytes, or -1. */
function decode(text: Uint8Array, start: number, end: number): number {
  decoded.fill(0);
  let length = 0;
  for (let i = start; i < end; i++) {
    let carry = VALUE[text[i] as number] as number;
    if (carry === NO_DIGIT) return -1;
    let used = 0;
    for (let k = MAX_BYTES - 1; k >= 0 && (carry !== 0 || used < length); k--) {
      carry += 58 * (decoded[k] as number);
      decoded[k] = carry & 0xff;
      carry >>= 8;
      used++;
    }
    if (carry !== 0) return -1;
    length = used;
  }
  for (let i = start; i < end && text[i] === 0x31; i++) length++;
  return Math.min(length, MAX_BYTES);
}
