import { Worker } from 'node:worker_threads';

/** A frame header or one block, with `isFirst` and `isLast` piece of a frame marked. */
export interface ZstdPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export interface ZstdAnswer {
  readonly output: readonly Uint8Array<ArrayBuffer>[];
  readonly error: string | undefined;
}

/**
 * The Zstandard decompressor (package fzstd) in a thread of its own: it is plain JavaScript that
 * does not bound its work. A block takes about a millisecond, but a crafted one can be made to
 * take minutes: it must neither stop the event loop nor be waited for. One piece is under
 * way at a time.
 */
export class ZstdDecoder {
  // The name of the compiled file: only import statements are rewritten by the compiler.
  readonly #worker = new Worker(new URL('./zstd-worker.js', import.meta.url));
  readonly #blockMs: number;
  #settle: ((answer: ZstdAnswer) => void) | undefined;

  /** `blockMs`: the longest one piece may take. */
  constructor(blockMs: number) {
    this.#blockMs = blockMs;
    this.#worker.on('message', (answer: ZstdAnswer) => this.#settle?.(answer));
    this.#worker.on('error', (error) => {
      this.#settle?.({ output: [], error: error.message });
    });
    this.#worker.on('exit', () => {
      this.#settle?.({ output: [], error: 'decompression was stopped' });
    });
  }

  /** Decompresses a piece; rejects when it is damaged or takes too long. */
  async push(piece: ZstdPiece): Promise<readonly Uint8Array[]> {
    const timer = setTimeout(() => {
      this.#settle?.({
        output: [],
        error: 'a block takes too long to decompress (capture.zstd_block_ms)',
      });
    }, this.#blockMs);
    const { output, error } = await new Promise<ZstdAnswer>((resolve) => {
      this.#settle = resolve;
      this.#worker.postMessage(piece, [piece.bytes.buffer]);
    });
    this.#settle = undefined;
    clearTimeout(timer);
    if (error !== undefined) throw new Error(error);
    return output;
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
