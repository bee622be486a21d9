/**
 * Blocks of an in-band bytestream in their order. One that is ahead waits for those before it, as a slower leg may
 * bring them; when too many wait, or nothing more will come, what is missing is a gap.
 */
import type { FileStream } from '../types.ts';

/** `seq` is an unsigned short and wraps (XEP-0047 section 2.2). */
const SEQUENCES = 65_536;
/** A block so far ahead waits for nobody. */
const MOST_AHEAD = 64;

/** Memory for the blocks that wait, in all streams. */
export class BlockBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export class IbbBlocks {
  /** Number of the block that is due. */
  next: number;
  readonly #file: FileStream;
  readonly #budget: BlockBudget;
  readonly #held = new Map<number, Uint8Array>();
  /** Bytes of a block: as agreed until one is seen, then the largest; -1 when not known. */
  #size: number;
  #isSizeSeen = false;

  constructor(file: FileStream, budget: BlockBudget, next: number, agreedBytes: number) {
    this.next = next;
    this.#file = file;
    this.#budget = budget;
    this.#size = agreedBytes;
  }

  /** Is it to come, and not here yet? */
  wants(number: number): boolean {
    return ahead(this.next, number) >= 0 && !this.#held.has(number);
  }

  /** Nobody waits for anything. */
  get isOrdered(): boolean {
    return this.#held.size === 0;
  }

  /** A block that is wanted. */
  add(number: number, bytes: Uint8Array, length: number): void {
    this.#size = this.#isSizeSeen ? Math.max(this.#size, length) : length;
    this.#isSizeSeen = true;
    const distance = ahead(this.next, number);
    if (distance > 0 && distance <= MOST_AHEAD && this.#budget.take(length)) {
      this.#held.set(number, bytes.slice(0, length));
      return;
    }
    // In its place, or nobody will bring what is missing.
    this.#skipTo(number);
    this.#file.data(bytes, 0, length);
    this.#step();
  }

  /** It is wanted and cannot be read, on whatever leg. */
  lose(number: number): void {
    this.#skipTo(number);
    this.#file.gap(-1);
    this.#step();
  }

  /** Nothing more will come: what waits does not any longer. */
  settle(): void {
    while (this.#held.size > 0) {
      this.#miss(this.#firstHeld());
      this.#drain();
    }
  }

  /** The block due is done with. */
  #step(): void {
    this.next = following(this.next);
    this.#drain();
  }

  #drain(): void {
    while (this.#held.size > 0) {
      const bytes = this.#held.get(this.next);
      if (bytes === undefined) return;
      this.#held.delete(this.next);
      this.#budget.give(bytes.length);
      this.#file.data(bytes, 0, bytes.length);
      this.next = following(this.next);
    }
  }

  #skipTo(number: number): void {
    for (;;) {
      const first = this.#firstHeld();
      if (first < 0 || ahead(first, number) <= 0) break;
      this.#miss(first);
      this.#drain();
    }
    this.#miss(number);
  }

  /** What is before this block is missing. */
  #miss(number: number): void {
    const missing = ahead(this.next, number);
    if (missing > 0) this.#file.gap(this.#size > 0 ? missing * this.#size : -1);
    this.next = number;
  }

  #firstHeld(): number {
    let first = -1;
    for (const number of this.#held.keys()) {
      if (first < 0 || ahead(number, first) > 0) first = number;
    }
    return first;
  }
}

/** How far `number` is ahead of `next`; negative: it is behind. */
export function ahead(next: number, number: number): number {
  const distance = (number - next + SEQUENCES) % SEQUENCES;
  return distance < SEQUENCES / 2 ? distance : distance - SEQUENCES;
}

export function following(number: number): number {
  return (number + 1) % SEQUENCES;
}
