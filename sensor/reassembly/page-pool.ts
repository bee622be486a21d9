/**
 * Pages for out-of-order data: fixed size, taken and given back without allocation, never more
 * than the memory cap. Memory is claimed in slabs, so a quiet sensor holds next to nothing.
 */

export const PAGE_BYTES = 2048;
const PAGES_PER_SLAB = 128;

/** Integers kept about each page; a page in use belongs to the sorted queue of one half. */
export const PAGE_WORDS = 8;
export const PAGE_NEXT = 0;
export const PAGE_PREVIOUS = 1;
/** Sequence number of the first byte held, where it lies in the page, how many follow. */
export const PAGE_SEQ = 2;
export const PAGE_START = 3;
export const PAGE_LENGTH = 4;
/** Bounds of the segment the bytes arrived in: what target-based overlap policies compare. */
export const PAGE_FROM = 5;
export const PAGE_TO = 6;

export class PagePool {
  /** PAGE_WORDS values per page. Virtual memory only until pages are used. */
  readonly words: Int32Array;
  readonly #slabs: Uint8Array[] = [];
  readonly #capacity: number;
  /** First free page, chained through PAGE_NEXT. */
  #free = -1;
  #claimed = 0;
  #used = 0;

  constructor(memcapBytes: number) {
    this.#capacity = Math.max(0, Math.floor(memcapBytes / PAGE_BYTES));
    this.words = new Int32Array(this.#capacity * PAGE_WORDS);
  }

  /** Bytes of the pages in use. */
  get usedBytes(): number {
    return this.#used * PAGE_BYTES;
  }

  /** A page whose words are undefined, or -1 at the memory cap. */
  take(): number {
    let page = this.#free;
    if (page >= 0) {
      this.#free = this.words[page * PAGE_WORDS + PAGE_NEXT] as number;
    } else {
      if (this.#claimed === this.#capacity) return -1;
      page = this.#claimed++;
      if (page % PAGES_PER_SLAB === 0) {
        this.#slabs.push(new Uint8Array(PAGES_PER_SLAB * PAGE_BYTES));
      }
    }
    this.#used++;
    return page;
  }

  give(page: number): void {
    this.words[page * PAGE_WORDS + PAGE_NEXT] = this.#free;
    this.#free = page;
    this.#used--;
  }

  /** The bytes a page lies in, at `base(page)`. */
  slab(page: number): Uint8Array {
    return this.#slabs[Math.floor(page / PAGES_PER_SLAB)] as Uint8Array;
  }

  base(page: number): number {
    return (page % PAGES_PER_SLAB) * PAGE_BYTES;
  }
}
