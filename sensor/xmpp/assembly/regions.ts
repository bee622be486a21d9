/** The region table of the element at hand: buffer id, offset and length of each piece of text. */
import { buffers, maxRegions, nonAsciiFlags, regions, textAt } from './layout';

export let count: i32 = 0;
/** Something of this element did not fit. */
export let capped: bool = false;
/** Next free byte of the space for joined text. */
export let top: usize = 0;

export function reset(): void {
  count = 0;
  capped = false;
  top = textAt;
}

export function setTop(at: usize): void {
  top = at;
}

export function setCapped(): void {
  capped = true;
}

@inline
export function isWanted(buffer: i32): bool {
  return load<i32>(buffers + buffer * 4) >= 0;
}

/** Names `length` bytes at `offset` as part of a buffer (B_). Empty text is no region. */
export function add(buffer: i32, offset: usize, length: i32, nonAscii: i32): void {
  const id = load<i32>(buffers + buffer * 4);
  if (id < 0 || length <= 0) return;
  const i = count;
  if (i >= maxRegions) {
    capped = true;
    return;
  }
  const at = regions + i * 12;
  store<i32>(at, id);
  store<u32>(at, <u32>offset, 4);
  store<i32>(at, length, 8);
  store<u8>(nonAsciiFlags + i, <u8>(nonAscii != 0));
  count = i + 1;
}

/** Copies to a place with slack behind it that lies before the source or does not meet it. */
@inline
export function copyBytes(to: usize, from: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i += 16) v128.store(to + i, v128.load(from + i));
}

export function sameBytes(a: usize, b: usize, n: i32): bool {
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < n; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}
