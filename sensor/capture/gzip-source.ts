import { createGunzip, type Gunzip } from 'node:zlib';
import { takeChunk, type ByteSource } from './byte-source.ts';

/**
 * Input handed to zlib at a time. It bounds what may pile up decompressed: deflate expands at
 * most 1,032 times.
 */
const STORED_CHUNK = 32 * 1024;
/** What zlib decompressed of a damaged piece is lost with it, at most this much. */
const OUTPUT_CHUNK = 64 * 1024;

/**
 * Decompresses gzip (RFC 1952), several members in a row included. zlib works in Node's thread
 * pool. Its stream is always flowing and is given the next input only when all output was
 * taken: a paused stream would lose what it holds when the file turns out to be damaged.
 */
export class GzipSource implements ByteSource {
  readonly #inner: ByteSource;
  readonly #gunzip: Gunzip;
  readonly #stored = Buffer.alloc(STORED_CHUNK);
  readonly #output: Uint8Array[] = [];
  #error: Error | undefined;
  #ended = false;
  /** Called when zlib finished, well or not. */
  #wake: (() => void) | undefined;

  constructor(inner: ByteSource) {
    this.#inner = inner;
    this.#gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK });
    this.#gunzip.on('data', (chunk: Uint8Array) => {
      this.#output.push(chunk);
    });
    this.#gunzip.on('error', (error) => {
      this.#error = error;
      this.#wake?.();
    });
    this.#gunzip.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  get storedBytes(): number {
    return this.#inner.storedBytes;
  }

  get totalBytes(): number {
    return this.#inner.totalBytes;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.#output.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return 0;
      await this.#feed();
    }
    return takeChunk(this.#output, into, at);
  }

  close(): Promise<void> {
    this.#gunzip.destroy();
    return this.#inner.close();
  }

  async #feed(): Promise<void> {
    const count = await this.#inner.read(this.#stored, 0);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (count === 0) {
        this.#gunzip.end();
      } else {
        this.#gunzip.write(this.#stored.subarray(0, count), () => {
          resolve();
        });
      }
    });
    this.#wake = undefined;
  }
}
