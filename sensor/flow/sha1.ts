/**
 * SHA-1 (FIPS 180-4 section 6.1) of one short message, for names the format of which asks for it, never for
 * security. Its use is many tiny inputs: a hash object of the platform costs more than the hash.
 */

/** Longest message, in bytes: it fits one block with its padding. */
export const SHA1_MAX_BYTES = 55;

const schedule = new Int32Array(80);

/**
 * SHA-1 of `block[0 .. length)` into `digest` (20 bytes). `block` has 64 bytes and its rest is overwritten: it
 * becomes the padded block.
 */
export function sha1(block: Uint8Array, length: number, digest: Uint8Array): void {
  if (length > SHA1_MAX_BYTES) throw new RangeError(`${length} bytes do not fit one block`);
  block[length] = 0x80;
  block.fill(0, length + 1, 62);
  block[62] = (length * 8) >>> 8;
  block[63] = (length * 8) & 255;
  expand(block);
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  for (let i = 0; i < 80; i++) {
    const mixed = (rotate(a, 5) + round(i, b, c, d) + e + (schedule[i] as number)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = mixed;
  }
  write(digest, 0, a + 0x67452301);
  write(digest, 4, b + 0xefcdab89);
  write(digest, 8, c + 0x98badcfe);
  write(digest, 12, d + 0x10325476);
  write(digest, 16, e + 0xc3d2e1f0);
}

function expand(block: Uint8Array): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) {
    const at = 4 * i;
    w[i] =
      ((block[at] as number) << 24) |
      ((block[at + 1] as number) << 16) |
      ((block[at + 2] as number) << 8) |
      (block[at + 3] as number);
  }
  for (let i = 16; i < 80; i++) {
    const mixed =
      (w[i - 3] as number) ^ (w[i - 8] as number) ^ (w[i - 14] as number) ^ (w[i - 16] as number);
    w[i] = rotate(mixed, 1);
  }
}

/** Function and constant of round `i` (sections 4.1.1 and 4.2.1). */
function round(i: number, b: number, c: number, d: number): number {
  if (i < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (i < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (i < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function write(digest: Uint8Array, at: number, word: number): void {
  digest[at] = word >>> 24;
  digest[at + 1] = word >>> 16;
  digest[at + 2] = word >>> 8;
  digest[at + 3] = word;
}
