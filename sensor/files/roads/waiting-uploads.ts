/**
 * Uploads that ended before anybody was told of them. Clients put a file first and share its URL then; who waits a
 * moment can say whom it is for.
 */
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLack, FilePlace, FileStream } from '../types.ts';

/** Uploads at a time that wait; the oldest goes on without. */
const MOST_WAITING = 64;

export interface WaitingUpload {
  readonly entry: LedgerEntry;
  readonly stream: FileStream;
  readonly lack: FileLack;
  /** Where and when it ended. */
  readonly place: FilePlace;
}

export class WaitingUploads {
  readonly #waitUsec: number;
  /** In order of their ends. */
  readonly #uploads = new Set<WaitingUpload>();

  constructor(waitSeconds: number) {
    this.#waitUsec = waitSeconds * 1e6;
  }

  add(upload: WaitingUpload): void {
    const [oldest] = this.#uploads;
    if (oldest !== undefined && this.#uploads.size >= MOST_WAITING) this.#end(oldest);
    this.#uploads.add(upload);
    upload.entry.onShared(() => {
      this.#end(upload);
    });
  }

  /** It need not wait any longer. */
  release(entry: LedgerEntry): void {
    for (const upload of [...this.#uploads]) if (upload.entry === entry) this.#end(upload);
  }

  /** Packet time may step back: the distance counts. */
  sweep(tsUsec: number): void {
    for (const upload of this.#uploads) {
      if (Math.abs(tsUsec - upload.place.tsUsec) < this.#waitUsec) return;
      this.#end(upload);
    }
  }

  finish(): void {
    for (const upload of [...this.#uploads]) this.#end(upload);
  }

  #end(upload: WaitingUpload): void {
    if (this.#uploads.delete(upload)) upload.stream.end(upload.lack, upload.place);
  }
}
