/** Where text stops being ASCII, four bytes at a time: most texts end before it does. */

/** The high bits of four bytes. */
const HIGH_BITS = 0x80808080 | 0;
/** Shorter texts are over before the words pay. */
const MIN_BYTES = 16;

/** The memory looked at last, as words: stanzas share one. */
let buffer: ArrayBufferLike = new ArrayBuffer(0);
let words: Int32Array = new Int32Array(buffer);

/** Position of the first byte from 0x80 on in `text[start .. stop)`, or `stop`. */
export function asciiEnd(text: Uint8Array, start: number, stop: number): number {
  let at = start;
  if (stop - start >= MIN_BYTES) {
    const base = text.byteOffset;
    while (((base + at) & 3) !== 0) {
      if ((text[at] as number) >= 0x80) return at;
      at++;
    }
    at = skipWords((base + at) >>> 2, (base + stop) >>> 2, text.buffer) * 4 - base;
  }
  while (at < stop && (text[at] as number) < 0x80) at++;
  return at;
}

/** The words from `from` on that are all ASCII end here, or up to three words later; at most at `to`. */
function skipWords(from: number, to: number, memory: ArrayBufferLike): number {
  if (memory !== buffer) {
    buffer = memory;
    words = new Int32Array(memory, 0, memory.byteLength >>> 2);
  }
  let at = from;
  while (at + 4 <= to) {
    const four =
      (words[at] as number) |
      (words[at + 1] as number) |
      (words[at + 2] as number) |
      (words[at + 3] as number);
    if ((four & HIGH_BITS) !== 0) return at;
    at += 4;
  }
  while (at < to && ((words[at] as number) & HIGH_BITS) === 0) at++;
  return at;
}
