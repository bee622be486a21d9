/**
 * file.sha256 and file.md5: hashes of files that a stanza announces, as hex in small letters, whatever
 * form they came in: base64 (XEP-0300) or hex (XEP-0096, early XEP-0234). So a list of known files
 * finds them without a byte of the file on the wire. Other algorithms are not told.
 */
import { TOKEN } from '../xml/index.ts';
import { BUFFER } from './buffers.ts';
import * as codes from './codes.ts';
import { NAME } from './ids.ts';
import type { RegionTable } from './regions.ts';
import type { TapeReader } from './tape.ts';

const SHA256_BYTES = 32;
const MD5_BYTES = 16;

const encoder = new TextEncoder();
const SHA256_NAME = encoder.encode('sha-256');
const MD5_NAME = encoder.encode('md5');
const HEX = encoder.encode('0123456789abcdef');
const BASE64 = encoder.encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

const NO_DIGIT = 255;
const hexValue = new Uint8Array(256).fill(NO_DIGIT);
HEX.forEach((byte, value) => (hexValue[byte] = value));
for (let value = 10; value < 16; value++) hexValue[0x41 + value - 10] = value;
const base64Value = new Uint8Array(256).fill(NO_DIGIT);
BASE64.forEach((byte, value) => (base64Value[byte] = value));

const EQUALS = 0x3d;

const digest = new Uint8Array(SHA256_BYTES);
const text = new Uint8Array(2 * SHA256_BYTES);

/** Name the hashes that were noted in the element on the tape. */
export function addHashes(table: RegionTable, tape: TapeReader, facts: Int32Array): void {
  const count = facts[codes.F_HASHES] as number;
  for (let k = 0; k < count; k++) {
    const at = codes.F_HASH + k * codes.HASH_WORDS;
    const buffer = bufferOf(tape, facts[at] as number);
    if (buffer >= 0) addHash(table, buffer, facts[at + 1] as number, facts[at + 2] as number);
  }
}

/** Buffer of the hash in an attribute (XEP-0096 knows MD5 only) or in an element with an algorithm; or -1. */
function bufferOf(tape: TapeReader, token: number): number {
  if (tape.kind(token) === TOKEN.attr) return BUFFER.md5;
  const algo = tape.attr(token, NAME.algo);
  if (algo < 0) return -1;
  const offset = tape.valueOffset(algo);
  const length = tape.valueLength(algo);
  if (isName(SHA256_NAME, tape.memory, offset, length)) return BUFFER.sha256;
  return isName(MD5_NAME, tape.memory, offset, length) ? BUFFER.md5 : -1;
}

/** Name the hash written at `offset` as part of `buffer`; what is no hash of its length is left out. */
function addHash(table: RegionTable, buffer: number, offset: number, length: number): void {
  if (table.isWanted[buffer] === 0) return;
  const bytes = buffer === BUFFER.sha256 ? SHA256_BYTES : MD5_BYTES;
  if (!readHex(table.memory, offset, length, bytes)) {
    if (!readBase64(table.memory, offset, length, bytes)) return;
  }
  for (let i = 0; i < bytes; i++) {
    const byte = digest[i] as number;
    text[2 * i] = HEX[byte >> 4] as number;
    text[2 * i + 1] = HEX[byte & 15] as number;
  }
  table.addBytes(buffer, text, 2 * bytes, false);
}

function isName(name: Uint8Array, memory: Uint8Array, offset: number, length: number): boolean {
  if (length !== name.length) return false;
  for (let i = 0; i < length; i++) {
    // Small letters, digits and the dash all have this bit.
    if (((memory[offset + i] as number) | 0x20) !== name[i]) return false;
  }
  return true;
}

function readHex(memory: Uint8Array, offset: number, length: number, bytes: number): boolean {
  if (length !== 2 * bytes) return false;
  for (let i = 0; i < bytes; i++) {
    const high = hexValue[memory[offset + 2 * i] as number] as number;
    const low = hexValue[memory[offset + 2 * i + 1] as number] as number;
    if (high === NO_DIGIT || low === NO_DIGIT) return false;
    digest[i] = (high << 4) | low;
  }
  return true;
}

/** White space between the letters is allowed, as examples and old clients wrap lines. */
function readBase64(memory: Uint8Array, offset: number, length: number, bytes: number): boolean {
  let bits = 0;
  let value = 0;
  let count = 0;
  for (let i = offset; i < offset + length; i++) {
    const byte = memory[i] as number;
    if (byte <= 0x20 || byte === EQUALS) continue;
    const sextet = base64Value[byte] as number;
    if (sextet === NO_DIGIT) return false;
    value = ((value << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    if (count === bytes) return false;
    digest[count++] = (value >> bits) & 0xff;
  }
  return count === bytes;
}
