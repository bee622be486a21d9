import type { Cursor } from './cursor.ts';

/** Longer than any frame a wire carries (jumbo frames end near 9,200 bytes). */
const LARGEST_WIRE_FRAME = 9216;

/**
 * May the IP length field be 0 here? Only for super-packets that the sending or receiving host
 * captured before segmentation or after coalescing, where the length does not fit its field
 * ("BIG TCP"). On a wire-sized frame a receiver takes length 0 for an error or for no payload,
 * and so must we, or an attacker could show us bytes that nobody else reads.
 */
export function isOffloadFrame(cursor: Cursor): boolean {
  return cursor.wireEnd - cursor.at > LARGEST_WIRE_FRAME;
}
