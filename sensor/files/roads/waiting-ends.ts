/**
 * Files whose bytes have ended and that wait a moment before they are told, because something is about to be known:
 * whom an upload is for (clients put a file first and share its URL then), or that another worker has told the file.
 */
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLack, FilePlace, FileStream } from '../types.ts';

/** Files at a time that wait; the oldest goes on without. */
const MOST_WAITING = 64;

export interface WaitingEnd {
  readonly entry: LedgerEntry;
  readonly stream: FileStream;
  readonly lack: FileLack;
  /** Where and when it ended. */
  readonly place: FilePlace;
}

export class WaitingEnds {
  readonly #waitUsec: number;
  /** In order of their ends. */
  readonly #waiting = new Set<WaitingEnd>();

  constructor(waitSeconds: number) {
    this.#waitUsec = waitSeconds * 1e6;
  }

  /** Until somebody is told where the file is. */
  untilShared(waiting: WaitingEnd): void {
    this.#add(waiting);
    waiting.entry.onShared(() => {
      this.#end(waiting);
    });
  }

  /** Unless the same bytes are told by somebody else. */
  unlessCounted(waiting: WaitingEnd): void {
    this.#add(waiting);
    waiting.entry.onCounted((bytes) => {
      if (bytes === waiting.stream.seenBytes && this.#waiting.delete(waiting))
        waiting.stream.drop();
    });
  }

  /** What waits for this offer need not wait any longer. */
  release(entry: LedgerEntry): void {
    for (const waiting of [...this.#waiting]) if (waiting.entry === entry) this.#end(waiting);
  }

  /** Packet time may step back: the distance counts. */
  sweep(tsUsec: number): void {
    for (const waiting of this.#waiting) {
      if (Math.abs(tsUsec - waiting.place.tsUsec) < this.#waitUsec) return;
      this.#end(waiting);
    }
  }

  finish(): void {
    for (const waiting of [...this.#waiting]) this.#end(waiting);
  }

  #add(waiting: WaitingEnd): void {
    const [oldest] = this.#waiting;
    if (oldest !== undefined && this.#waiting.size >= MOST_WAITING) this.#end(oldest);
    this.#waiting.add(waiting);
  }

  #end(waiting: WaitingEnd): void {
    if (this.#waiting.delete(waiting)) waiting.stream.end(waiting.lack, waiting.place);
  }
}
