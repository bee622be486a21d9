/** Bytes of a file or of standard input, read into the caller's buffer. */
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

export interface ByteSource {
  /** Bytes of input taken so far as they are stored (compressed), and in all (0: unknown). */
  readonly storedBytes: number;
  readonly totalBytes: number;
  /**
   * Reads at least one byte into `into[at ..]`; resolves to how many, 0 at the end. One read at
   * a time. Rejects when the input cannot be read further.
   */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Frees what the source holds; a read under way ends early. */
  close(): Promise<void>;
}

/** Moves of the first chunk what fits into `into[at ..]`; how many bytes, 0 without a chunk. What does not fit stays. */
export function takeChunk(chunks: Uint8Array[], into: Uint8Array, at: number): number {
  const [first] = chunks;
  if (first === undefined) return 0;
  const length = Math.min(first.length, into.length - at);
  into.set(first.subarray(0, length), at);
  if (length === first.length) chunks.shift();
  else chunks[0] = first.subarray(length);
  return length;
}

/** A file, a named pipe or a device. */
export class FileSource implements ByteSource {
  storedBytes = 0;
  readonly totalBytes: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, totalBytes: number) {
    this.#file = file;
    this.totalBytes = totalBytes;
  }

  static async open(path: string): Promise<FileSource> {
    const file = await open(path, 'r');
    try {
      const info = await file.stat();
      return new FileSource(file, info.isFile() ? info.size : 0);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    const { bytesRead } = await this.#file.read(into, at, into.length - at, null);
    this.storedBytes += bytesRead;
    return bytesRead;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Standard input: a stream, because a pipe may stay silent and closing must still work. */
export class StreamSource implements ByteSource {
  storedBytes = 0;
  readonly totalBytes = 0;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #closed = false;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.#rest.length === 0) {
      const next = await this.#next();
      if (next === undefined) return 0;
      this.#rest = next;
    }
    const length = Math.min(this.#rest.length, into.length - at);
    into.set(this.#rest.subarray(0, length), at);
    this.#rest = this.#rest.subarray(length);
    this.storedBytes += length;
    return length;
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#stream.destroy();
    return Promise.resolve();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const item = await this.#chunks.next();
      return item.done === true ? undefined : item.value;
    } catch (error) {
      // Closing ends a waiting read with an error of the stream's own making.
      if (this.#closed) return undefined;
      throw error;
    }
  }
}

/** A source whose first bytes were looked at: hands them out again before the rest. */
export class PeekedSource implements ByteSource {
  readonly #inner: ByteSource;
  readonly #head: Uint8Array;
  #given = 0;

  private constructor(inner: ByteSource, head: Uint8Array) {
    this.#inner = inner;
    this.#head = head;
  }

  /** Reads up to `length` bytes ahead; fewer when the input is shorter. */
  static async peek(inner: ByteSource, length: number): Promise<PeekedSource> {
    const head = new Uint8Array(length);
    let have = 0;
    while (have < length) {
      const count = await inner.read(head, have);
      if (count === 0) break;
      have += count;
    }
    return new PeekedSource(inner, head.subarray(0, have));
  }

  /** The bytes looked at. */
  get head(): Uint8Array {
    return this.#head;
  }

  get storedBytes(): number {
    return this.#inner.storedBytes;
  }

  get totalBytes(): number {
    return this.#inner.totalBytes;
  }

  read(into: Uint8Array, at: number): Promise<number> {
    if (this.#given === this.#head.length) return this.#inner.read(into, at);
    const part = this.#head.subarray(this.#given, this.#given + into.length - at);
    into.set(part, at);
    this.#given += part.length;
    return Promise.resolve(part.length);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
