/**
 * Out-of-order data of every half: pages sorted by sequence number that never overlap. Overlaps are
 * settled by policy when a segment comes in, so what is taken out needs no second look.
 */
import { HALF_WORDS, HEAD, HOLES, NEXT, PAGES, TAIL, type HalfState } from './half-state.ts';
import { ignoresBounds, newSegmentWins, type OverlapPolicy } from './overlap-policy.ts';
import {
  PAGE_BYTES,
  PAGE_FROM,
  PAGE_LENGTH,
  PAGE_NEXT,
  PAGE_PREVIOUS,
  PAGE_SEQ,
  PAGE_START,
  PAGE_TO,
  PAGE_WORDS,
  type PagePool,
} from './page-pool.ts';

export class SegmentStore {
  /** Set by insert(): some byte was there already with another value. */
  hasConflict = false;
  /** Set by insert(): bytes that were there already. */
  repeatedBytes = 0;

  readonly #halves: HalfState;
  readonly #pool: PagePool;
  readonly #policy: OverlapPolicy;
  readonly #mayShare: boolean;
  /** The segment being inserted. */
  #from = 0;
  #to = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(halves: HalfState, pool: PagePool, policy: OverlapPolicy) {
    this.#halves = halves;
    this.#pool = pool;
    this.#policy = policy;
    this.#mayShare = ignoresBounds(policy);
  }

  /**
   * Queue a segment that starts at or behind the half's next byte; the bytes are copied. False when
   * the memory cap was reached before all of it was stored.
   */
  insert(half: number, seq: number, bytes: Uint8Array, offset: number, length: number): boolean {
    this.hasConflict = false;
    this.repeatedBytes = 0;
    this.#from = seq;
    this.#to = (seq + length) | 0;
    this.#bytes = bytes;
    this.#offset = offset;
    const pages = this.#pool.words;
    let page = this.#firstEndingBehind(half, seq);
    let at = seq;
    while (at !== this.#to) {
      if (page < 0) return this.#fill(half, -1, at, this.#to);
      const start = pages[page * PAGE_WORDS + PAGE_SEQ] as number;
      if (((start - at) | 0) > 0) {
        const upTo = earlier(start, this.#to);
        if (!this.#fill(half, page, at, upTo)) return false;
        at = upTo;
        continue;
      }
      const end = (start + (pages[page * PAGE_WORDS + PAGE_LENGTH] as number)) | 0;
      const upTo = earlier(end, this.#to);
      this.#settle(half, page, at, upTo);
      at = upTo;
      if (at === end) page = pages[page * PAGE_WORDS + PAGE_NEXT] as number;
    }
    return true;
  }

  /** First page of the queue, or -1. */
  head(half: number): number {
    return this.#halves.words[half * HALF_WORDS + HEAD] as number;
  }

  pageSeq(page: number): number {
    return this.#pool.words[page * PAGE_WORDS + PAGE_SEQ] as number;
  }

  pageLength(page: number): number {
    return this.#pool.words[page * PAGE_WORDS + PAGE_LENGTH] as number;
  }

  /** Where the bytes of a page lie: `slab(page)` from `slabOffset(page)`. */
  slab(page: number): Uint8Array {
    return this.#pool.slab(page);
  }

  slabOffset(page: number): number {
    const start = this.#pool.words[page * PAGE_WORDS + PAGE_START] as number;
    return this.#pool.base(page) + start;
  }

  /** Delivery has reached the first page: the hole in front of it is gone. */
  closeFirstHole(half: number): void {
    this.#addHoles(half, -1);
  }

  /**
   * Take the first page, which delivery has reached, out of the queue; its bytes stay valid until
   * release().
   */
  unlinkHead(half: number): void {
    const words = this.#halves.words;
    const row = half * HALF_WORDS;
    const page = words[row + HEAD] as number;
    const next = this.#pool.words[page * PAGE_WORDS + PAGE_NEXT] as number;
    words[row + HEAD] = next;
    if (next < 0) words[row + TAIL] = -1;
    else this.#pool.words[next * PAGE_WORDS + PAGE_PREVIOUS] = -1;
    words[row + PAGES] = (words[row + PAGES] as number) - 1;
  }

  release(page: number): void {
    this.#pool.give(page);
  }

  /** Forget the whole queue. */
  clear(half: number): void {
    const words = this.#halves.words;
    const row = half * HALF_WORDS;
    let page = words[row + HEAD] as number;
    while (page >= 0) {
      const next = this.#pool.words[page * PAGE_WORDS + PAGE_NEXT] as number;
      this.#pool.give(page);
      page = next;
    }
    words[row + HEAD] = -1;
    words[row + TAIL] = -1;
    words[row + PAGES] = 0;
    words[row + HOLES] = 0;
  }

  /**
   * Memory the queue holds, in bytes: whole pages, so that tiny segments count for what they cost.
   */
  heldBytes(half: number): number {
    return (this.#halves.words[half * HALF_WORDS + PAGES] as number) * PAGE_BYTES;
  }

  holes(half: number): number {
    return this.#halves.words[half * HALF_WORDS + HOLES] as number;
  }

  /** First page that ends behind `seq`, or -1; looked for from the nearer end of the queue. */
  #firstEndingBehind(half: number, seq: number): number {
    const pages = this.#pool.words;
    const words = this.#halves.words;
    const tail = words[half * HALF_WORDS + TAIL] as number;
    if (tail < 0) return -1;
    const toTail = (this.#endOf(tail) - seq) | 0;
    if (toTail <= 0) return -1;
    let page = words[half * HALF_WORDS + HEAD] as number;
    if (((seq - this.pageSeq(page)) | 0) < toTail) {
      while (((this.#endOf(page) - seq) | 0) <= 0) {
        page = pages[page * PAGE_WORDS + PAGE_NEXT] as number;
      }
      return page;
    }
    page = tail;
    for (;;) {
      const previous = pages[page * PAGE_WORDS + PAGE_PREVIOUS] as number;
      if (previous < 0 || ((this.#endOf(previous) - seq) | 0) <= 0) return page;
      page = previous;
    }
  }

  /** Bytes [at, upTo) are in `page` and in the segment: compare, and let the policy choose. */
  #settle(half: number, page: number, at: number, upTo: number): void {
    const pages = this.#pool.words;
    const row = page * PAGE_WORDS;
    const length = (upTo - at) | 0;
    this.repeatedBytes += length;
    const start = pages[row + PAGE_SEQ] as number;
    const target = this.slabOffset(page) + ((at - start) | 0);
    const slab = this.#pool.slab(page);
    const source = this.#offset + ((at - this.#from) | 0);
    const bytes = this.#bytes;
    let i = 0;
    while (i < length && slab[target + i] === bytes[source + i]) i++;
    if (i < length) this.hasConflict = true;
    const oldFrom = pages[row + PAGE_FROM] as number;
    const oldTo = pages[row + PAGE_TO] as number;
    if (!newSegmentWins(this.#policy, this.#from, this.#to, oldFrom, oldTo)) return;
    const isWhole = at === start && length === pages[row + PAGE_LENGTH];
    if (this.#mayShare || isWhole) {
      for (; i < length; i++) slab[target + i] = bytes[source + i] as number;
      if (isWhole) this.#own(page);
      return;
    }
    // A winner by bounds begins no later than the loser: it takes the front of the page, and the
    // rest keeps its owner. Without a page to put it in, the old bytes stay.
    const front = this.#pool.take();
    if (front < 0) return;
    pages[row + PAGE_SEQ] = upTo;
    pages[row + PAGE_START] = (pages[row + PAGE_START] as number) + length;
    pages[row + PAGE_LENGTH] = (pages[row + PAGE_LENGTH] as number) - length;
    // The hole in front of the page, if any, is now in front of the new one.
    this.#write(front, at, length);
    this.#linkBefore(half, front, page, 0);
  }

  /**
   * Store bytes [at, upTo) of the segment, which no page holds, in front of `before` (-1: at the
   * end).
   */
  #fill(half: number, before: number, at: number, upTo: number): boolean {
    const pages = this.#pool.words;
    while (at !== upTo) {
      const previous =
        before < 0
          ? (this.#halves.words[half * HALF_WORDS + TAIL] as number)
          : (pages[before * PAGE_WORDS + PAGE_PREVIOUS] as number);
      const wanted = (upTo - at) | 0;
      const room = this.#mayShare ? this.#roomBehind(previous, at) : 0;
      if (room > 0) {
        const length = wanted < room ? wanted : room;
        this.#append(previous, at, length);
        at = (at + length) | 0;
      } else {
        const page = this.#pool.take();
        if (page < 0) return false;
        const length = wanted < PAGE_BYTES ? wanted : PAGE_BYTES;
        this.#write(page, at, length);
        const holeBefore = at === this.#endBefore(half, previous) ? 0 : 1;
        this.#linkBefore(half, page, before, holeBefore);
        at = (at + length) | 0;
      }
      // The hole in front of `before` was there; it is gone once the bytes reach it.
      const isClosed = before >= 0 && at === pages[before * PAGE_WORDS + PAGE_SEQ];
      if (isClosed) this.#addHoles(half, -1);
    }
    return true;
  }

  /**
   * Put `page` in front of `before`. `newHoles` is the change in holes: a page put into a hole
   * leaves one behind it (counted already) and may leave one in front.
   */
  #linkBefore(half: number, page: number, before: number, newHoles: number): void {
    const pages = this.#pool.words;
    const words = this.#halves.words;
    const row = half * HALF_WORDS;
    const previous =
      before < 0
        ? (words[row + TAIL] as number)
        : (pages[before * PAGE_WORDS + PAGE_PREVIOUS] as number);
    pages[page * PAGE_WORDS + PAGE_PREVIOUS] = previous;
    pages[page * PAGE_WORDS + PAGE_NEXT] = before;
    if (previous < 0) words[row + HEAD] = page;
    else pages[previous * PAGE_WORDS + PAGE_NEXT] = page;
    if (before < 0) words[row + TAIL] = page;
    else pages[before * PAGE_WORDS + PAGE_PREVIOUS] = page;
    words[row + PAGES] = (words[row + PAGES] as number) + 1;
    this.#addHoles(half, newHoles);
  }

  /** Free bytes of page `previous` when data at `at` continues it. */
  #roomBehind(previous: number, at: number): number {
    if (previous < 0 || this.#endOf(previous) !== at) return 0;
    const row = previous * PAGE_WORDS;
    const words = this.#pool.words;
    return PAGE_BYTES - (words[row + PAGE_START] as number) - (words[row + PAGE_LENGTH] as number);
  }

  #append(page: number, at: number, length: number): void {
    const row = page * PAGE_WORDS;
    const words = this.#pool.words;
    const filled = words[row + PAGE_LENGTH] as number;
    this.#copy(page, (words[row + PAGE_START] as number) + filled, at, length);
    words[row + PAGE_LENGTH] = filled + length;
  }

  #write(page: number, at: number, length: number): void {
    const row = page * PAGE_WORDS;
    const words = this.#pool.words;
    words[row + PAGE_SEQ] = at;
    words[row + PAGE_START] = 0;
    words[row + PAGE_LENGTH] = length;
    this.#own(page);
    this.#copy(page, 0, at, length);
  }

  #own(page: number): void {
    this.#pool.words[page * PAGE_WORDS + PAGE_FROM] = this.#from;
    this.#pool.words[page * PAGE_WORDS + PAGE_TO] = this.#to;
  }

  #copy(page: number, start: number, at: number, length: number): void {
    const slab = this.#pool.slab(page);
    const target = this.#pool.base(page) + start;
    const source = this.#offset + ((at - this.#from) | 0);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) slab[target + i] = bytes[source + i] as number;
  }

  #endOf(page: number): number {
    return (this.pageSeq(page) + this.pageLength(page)) | 0;
  }

  /** Where the bytes before a page end: the previous page, or what was delivered. */
  #endBefore(half: number, previous: number): number {
    if (previous >= 0) return this.#endOf(previous);
    return this.#halves.words[half * HALF_WORDS + NEXT] as number;
  }

  #addHoles(half: number, change: number): void {
    const words = this.#halves.words;
    const at = half * HALF_WORDS + HOLES;
    words[at] = (words[at] as number) + change;
  }
}

function earlier(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? a : b;
}
