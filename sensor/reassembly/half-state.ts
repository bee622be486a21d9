/**
 * State of every half, one row of integers each: both halves of a flow share one cache line.
 * A half is one direction of one connection; its number is chosen by the caller.
 */

export const HALF_WORDS = 8;
/** Sequence number of the next byte to deliver. */
export const NEXT = 0;
/** OPEN, HELD. */
export const FLAGS = 1;
/** First and last page of the queue of out-of-order data, -1 when it is empty. */
export const HEAD = 2;
export const TAIL = 3;
/** Pages in the queue. */
export const PAGES = 4;
/** Holes in front of and between the pages of the queue. */
export const HOLES = 5;
/** Newest record of this half in the history of delivered bytes. */
export const LAST_RECORD = 6;

export const OPEN = 1;
/** Data is queued, not delivered, until release() or discard(). */
export const HELD = 2;

export class HalfState {
  /** HALF_WORDS values per half. Replaced when it grows: read it anew in every call. */
  words: Int32Array = new Int32Array(0);

  /** Make room for halves 0 to count - 1. */
  reserve(count: number): void {
    const size = count * HALF_WORDS;
    if (size <= this.words.length) return;
    const grown = new Int32Array(size);
    grown.set(this.words);
    for (let at = this.words.length; at < size; at += HALF_WORDS) {
      grown[at + HEAD] = -1;
      grown[at + TAIL] = -1;
    }
    this.words = grown;
  }

  get byteLength(): number {
    return this.words.byteLength;
  }
}
