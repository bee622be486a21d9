/**
 * Memory for the bytes of files, in chunks out of one budget. A file takes chunks as its bytes come and gives them
 * back at its end; without a chunk it goes on, hashed and counted only.
 */

/** Hashes reach nine tenths of their speed with pieces of this size, and most pictures need one. */
export const CHUNK_BYTES = 16 * 1024;

/** Chunks kept for the next file (16 MiB); what a burst needed beyond goes back to the system. */
const SPARE_CHUNKS = 1024;

export class ContentPool {
  readonly #mostChunks: number;
  readonly #spare: Uint8Array[] = [];
  #taken = 0;

  constructor(limitBytes: number) {
    this.#mostChunks = Math.floor(limitBytes / CHUNK_BYTES);
  }

  /** A chunk with anything in it; undefined when the budget is spent. */
  take(): Uint8Array | undefined {
    if (this.#taken >= this.#mostChunks) return undefined;
    this.#taken++;
    return this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  give(chunk: Uint8Array): void {
    this.#taken--;
    if (this.#spare.length < SPARE_CHUNKS) this.#spare.push(chunk);
  }

  /** Bytes of the chunks that files hold. */
  get usedBytes(): number {
    return this.#taken * CHUNK_BYTES;
  }
}
