import { u16le, u32le, type LimitValues } from '../core/index.ts';
import { takeChunk, type ByteSource } from './byte-source.ts';
import { ZstdDecoder } from './zstd-decoder.ts';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_FRAME_HEADER = 18;
const BLOCK_HEADER = 3;
/** RFC 8878 section 3.1.1.2: no block holds more, compressed or not. */
const MAX_BLOCK = 128 * 1024;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

type Expecting = 'frame' | 'block' | 'skip';

/** Is this the start of Zstandard data (a frame or a skippable frame)? */
export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = u32le(head, 0);
  return magic === FRAME_MAGIC || isSkippable(magic);
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * Decompresses Zstandard (RFC 8878), several frames in a row included. The frames and blocks
 * are walked here and given to the decoder one block at a time: so the window a frame asks for
 * is checked before it is allocated, the number of frames is not a depth of recursion, and no
 * more than one block is ahead of the reader. Content checksums are not verified.
 */
export class ZstdSource implements ByteSource {
  readonly #inner: ByteSource;
  readonly #maxWindowBytes: number;
  readonly #stored = new Uint8Array(MAX_BLOCK * 2);
  #at = 0;
  #end = 0;
  #isInnerDone = false;
  #expecting: Expecting = 'frame';
  /** Bytes of a skippable frame still to pass over. */
  #skip = 0;
  #hasChecksum = false;
  readonly #decoder: ZstdDecoder;
  #output: Uint8Array[] = [];

  constructor(inner: ByteSource, limits: LimitValues) {
    this.#inner = inner;
    this.#maxWindowBytes = limits.captureZstdWindowBytes;
    this.#decoder = new ZstdDecoder(limits.captureZstdBlockMs);
  }

  get storedBytes(): number {
    return this.#inner.storedBytes;
  }

  get totalBytes(): number {
    return this.#inner.totalBytes;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.#output.length === 0) {
      if (!(await this.#step())) return 0;
    }
    return takeChunk(this.#output, into, at);
  }

  async close(): Promise<void> {
    await this.#decoder.close();
    await this.#inner.close();
  }

  /** One frame header, block or piece of a skippable frame; false at a clean end. */
  async #step(): Promise<boolean> {
    switch (this.#expecting) {
      case 'skip':
        await this.#passOver();
        return true;
      case 'block':
        await this.#block();
        return true;
      case 'frame':
        await this.#have(MAX_FRAME_HEADER);
        if (this.#at === this.#end) return false;
        await this.#frame();
        return true;
    }
  }

  async #frame(): Promise<void> {
    const available = this.#end - this.#at;
    const magic = available < 8 ? 0 : u32le(this.#stored, this.#at);
    if (isSkippable(magic)) {
      this.#skip = 8 + u32le(this.#stored, this.#at + 4);
      this.#expecting = 'skip';
      return;
    }
    if (magic !== FRAME_MAGIC) throw new Error('no Zstandard frame begins here');
    const header = this.#stored.subarray(this.#at, this.#end);
    const length = frameHeaderLength(header);
    if (length > available) throw new Error('unexpected end of file');
    const windowBytes = frameWindow(header, length);
    if (windowBytes > this.#maxWindowBytes) {
      throw new Error(
        `the frame needs a window of ${windowBytes} bytes, above the limit of ${this.#maxWindowBytes} (capture.zstd_window_bytes)`,
      );
    }
    this.#hasChecksum = ((header[4] as number) & 4) !== 0;
    await this.#push(length, true, false);
    this.#expecting = 'block';
  }

  async #block(): Promise<void> {
    if ((await this.#have(BLOCK_HEADER)) < BLOCK_HEADER) throw new Error('unexpected end of file');
    const header = u16le(this.#stored, this.#at) | ((this.#stored[this.#at + 2] as number) << 16);
    const isLast = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type === BLOCK_RESERVED || size > MAX_BLOCK) throw new Error('damaged block header');
    const checksum = isLast && this.#hasChecksum ? 4 : 0;
    const length = BLOCK_HEADER + (type === BLOCK_RLE ? 1 : size) + checksum;
    if ((await this.#have(length)) < length) throw new Error('unexpected end of file');
    await this.#push(length, false, isLast);
    if (isLast) this.#expecting = 'frame';
  }

  async #passOver(): Promise<void> {
    if ((await this.#have(1)) === 0) throw new Error('unexpected end of file');
    const length = Math.min(this.#skip, this.#end - this.#at);
    this.#at += length;
    this.#skip -= length;
    if (this.#skip === 0) this.#expecting = 'frame';
  }

  async #push(length: number, isFirst: boolean, isLast: boolean): Promise<void> {
    // A copy, because the piece moves to the decoder's thread.
    const bytes = this.#stored.slice(this.#at, this.#at + length);
    this.#at += length;
    this.#output = [...(await this.#decoder.push({ bytes, isFirst, isLast }))];
  }

  /** Makes `length` bytes available at `#at` unless the input ends; returns how many there are. */
  async #have(length: number): Promise<number> {
    while (this.#end - this.#at < length && !this.#isInnerDone) {
      if (this.#at > 0) {
        this.#stored.copyWithin(0, this.#at, this.#end);
        this.#end -= this.#at;
        this.#at = 0;
      }
      const count = await this.#inner.read(this.#stored, this.#end);
      this.#isInnerDone = count === 0;
      this.#end += count;
    }
    return this.#end - this.#at;
  }
}

/** RFC 8878 section 3.1.1.1: lengths of the fields follow from the descriptor byte. */
function frameHeaderLength(header: Uint8Array): number {
  const descriptor = header[4] as number;
  const isSingleSegment = (descriptor & 32) !== 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] as number;
  return 5 + (isSingleSegment ? 0 : 1) + dictionaryId + contentSizeLength(descriptor);
}

function contentSizeLength(descriptor: number): number {
  const isSingleSegment = (descriptor & 32) !== 0;
  return [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number;
}

/** Bytes of history the frame's decoder must keep. */
function frameWindow(header: Uint8Array, length: number): number {
  const descriptor = header[4] as number;
  if ((descriptor & 32) === 0) {
    const window = header[5] as number;
    const base = 2 ** (10 + (window >>> 3));
    return base + (base / 8) * (window & 7);
  }
  let size = 0;
  for (let i = 1; i <= contentSizeLength(descriptor); i++) {
    size = size * 256 + (header[length - i] as number);
  }
  return size;
}
