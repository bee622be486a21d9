/** Every way to cut a byte string that finds bugs in streaming readers, and that is affordable. */

/** Pieces of `bytes`, each `size` bytes long but the last. */
export function cutEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) pieces.push(bytes.subarray(i, i + size));
  return pieces;
}

/**
 * Calls `fn` with the pieces of `bytes` at every piece size from 1 to its length, and cut in two at
 * every place. `label` names the cut for messages.
 */
export function everyChunking(
  bytes: Uint8Array,
  fn: (pieces: readonly Uint8Array[], label: string) => void,
): void {
  for (let size = 1; size <= bytes.length; size++) fn(cutEvery(bytes, size), `size ${size}`);
  for (let at = 1; at < bytes.length; at++) {
    fn([bytes.subarray(0, at), bytes.subarray(at)], `cut at ${at}`);
  }
}
