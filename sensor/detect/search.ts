/** Where fixed bytes stand. Only ever run on candidates, so plain and exact is enough. */

/**
 * First place in `[from, to]` (starts, both included, absolute in `memory`) at which `needle`
 * stands, or -1. With `nocase` the needle is in lower case already and ASCII letters fold.
 * The caller has made sure that `to + needle.length` is inside `memory`.
 */
export function findBytes(
  memory: Uint8Array,
  needle: Uint8Array,
  nocase: boolean,
  from: number,
  to: number,
): number {
  const first = needle[0] as number;
  const length = needle.length;
  for (let at = from; at <= to; at++) {
    const byte = memory[at] as number;
    if (byte !== first && (!nocase || foldByte(byte) !== first)) continue;
    let i = 1;
    while (i < length) {
      const other = memory[at + i] as number;
      if (other !== needle[i] && (!nocase || foldByte(other) !== needle[i])) break;
      i++;
    }
    if (i === length) return at;
  }
  return -1;
}

function foldByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}
