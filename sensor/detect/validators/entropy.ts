/** Shannon entropy of a match, for tokens whose shape alone is not enough. */

const counts = new Uint16Array(256);

/** Longest match that is judged: the rest of a longer one adds nothing. */
const MAX_BYTES = 4096;

/** Bits per byte of `text[start..end)`. */
export function shannonEntropy(text: Uint8Array, start: number, end: number): number {
  const stop = Math.min(end, start + MAX_BYTES);
  const length = stop - start;
  if (length <= 0) return 0;
  counts.fill(0);
  for (let i = start; i < stop; i++) {
    const byte = text[i] as number;
    counts[byte] = (counts[byte] as number) + 1;
  }
  let bits = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    if (count !== 0) bits -= count * Math.log2(count / length);
  }
  return bits / length;
}

/** `validate:entropy 3.0;` : at least that many bits per character. */
export function entropy(text: Uint8Array, start: number, end: number, argument: string): boolean {
  return shannonEntropy(text, start, end) >= Number(argument);
}
