/**
 * A file whose bytes arrive. They are staged in chunks of the pool: a full chunk is hashed in one call and, up to
 * `files.content_bytes`, kept. The first hole voids the hashes and ends what is kept; what follows is counted.
 */
import { createHash, type Hash } from 'node:crypto';
import { CHUNK_BYTES, type ContentPool } from './content-pool.ts';
import type {
  FileLack,
  FileOffer,
  FilePlace,
  FileStart,
  FileStream,
  FinishedFile,
  Road,
} from './types.ts';

/** Below this a loop is faster than making a view for `set()`, which costs 100 to 200 ns. */
const SMALL_PIECE = 128;
const EMPTY = new Uint8Array(0);

/** What a file asks of the desk. */
export interface FileOwner {
  readonly pool: ContentPool;
  /** Bytes kept of one file. */
  readonly contentBytes: number;
  /** Bytes came. */
  onUse(file: OpenFile): void;
  /** There is no memory for its content. Told once a file. */
  onNotKept(): void;
  onEnd(file: OpenFile, lack: FileLack, end: FilePlace): void;
  onDrop(file: OpenFile): void;
}

export class OpenFile implements FileStream {
  readonly road: Road;
  readonly start: FileStart;
  /** Of the flow it began on, whose index may be another's by its end. */
  readonly flowId: number;
  seenBytes = 0;
  gapBytes = 0;
  /** Neighbours in the desk's list by last use. */
  older: OpenFile | undefined;
  newer: OpenFile | undefined;
  readonly #owner: FileOwner;
  #offer: FileOffer | undefined;
  #isOver = false;
  #hasGap = false;
  /** Every byte so far was seen, from the first. */
  #isHashed: boolean;
  /** Further bytes belong to the content. */
  #isKept = true;
  /** The content begins with the first byte of the file. */
  #hasHead: boolean;
  #unseen: FinishedFile['unseen'] = '';
  #sha256: Hash | undefined;
  #md5: Hash | undefined;
  /** Full chunks of content. */
  readonly #chunks: Uint8Array[] = [];
  /** The chunk in work; beyond the content it is there for the hashes alone. */
  #chunk: Uint8Array | undefined;
  #fill = 0;
  #isChunkKept = false;

  constructor(start: FileStart, flowId: number, owner: FileOwner) {
    this.road = start.road;
    this.start = start;
    this.flowId = flowId;
    this.#owner = owner;
    this.#offer = start.offer;
    this.#isHashed = start.hasStart;
    this.#hasHead = start.hasStart;
  }

  get offer(): FileOffer | undefined {
    return this.#offer;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get expectedBytes(): number {
    const { expectedBytes } = this.start;
    if (expectedBytes >= 0) return expectedBytes;
    const offered = this.#offer?.size ?? -1;
    return offered >= 0 ? offered : -1;
  }

  data(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#isOver || length <= 0) return;
    this.seenBytes += length;
    this.#owner.onUse(this);
    const end = offset + length;
    let at = offset;
    while (at < end && (this.#isHashed || this.#isKept)) {
      const chunk = this.#chunk ?? this.#take();
      if (chunk === undefined) {
        this.#hash(bytes.subarray(at, end));
        return;
      }
      const size = Math.min(end - at, chunk.length - this.#fill);
      copy(bytes, at, size, chunk, this.#fill);
      at += size;
      this.#fill += size;
      if (this.#fill === chunk.length) this.#settle(chunk);
    }
  }

  gap(length: number): void {
    if (this.#isOver || length === 0) return;
    this.#owner.onUse(this);
    this.gapBytes += Math.max(0, length);
    this.#hasGap = true;
    // What was seen in a row ends here, or begins.
    if (this.seenBytes > 0) this.#isKept = false;
    else this.#hasHead = false;
    this.#isHashed = false;
    this.#sha256 = undefined;
    this.#md5 = undefined;
    if (!this.#isKept && !this.#isChunkKept) this.#release();
  }

  explain(offer: FileOffer): void {
    this.#offer = offer;
  }

  end(lack: FileLack, place: FilePlace): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onEnd(this, lack, place);
  }

  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#free();
    this.#owner.onDrop(this);
  }

  /** What is told of it. Its memory is free again. */
  finish(wish: FileLack, end: FilePlace): FinishedFile {
    const lack = this.#lackOf(wish);
    const isWhole = lack === '';
    if (isWhole && this.#chunk !== undefined) this.#hash(this.#chunk.subarray(0, this.#fill));
    const content = this.#content();
    const isContentWhole = isWhole && content.length === this.seenBytes;
    const isNamed = isContentWhole && this.#offer?.sha1 !== undefined && this.#offer.sha1 !== '';
    const file: FinishedFile = {
      road: this.road,
      offer: this.#offer,
      start: this.start.place,
      end,
      seenBytes: this.seenBytes,
      gapBytes: this.gapBytes,
      expectedBytes: this.expectedBytes,
      lack,
      sha256: isWhole ? (this.#sha256 ?? createHash('sha256')).digest('hex') : '',
      md5: isWhole ? (this.#md5 ?? createHash('md5')).digest('hex') : '',
      sha1: isNamed ? createHash('sha1').update(content).digest('hex') : '',
      content,
      hasStart: this.#hasHead,
      isContentWhole,
      unseen: this.#unseen,
    };
    this.#free();
    return file;
  }

  /** The road says how it ended, the bytes say more. */
  #lackOf(wish: FileLack): FileLack {
    if (!this.start.hasStart) return 'no_start';
    if (this.#hasGap) return 'gap';
    const { expectedBytes, seenBytes } = this;
    if (expectedBytes < 0) return wish;
    if (seenBytes === expectedBytes) return '';
    // More than was said: of that nobody knows how much there is.
    return wish === '' && seenBytes < expectedBytes ? 'cut_off' : wish;
  }

  /** A chunk for the bytes to come; undefined: there is none, and no content from here on. */
  #take(): Uint8Array | undefined {
    const { pool, contentBytes } = this.#owner;
    if (this.#isKept && this.#chunks.length * CHUNK_BYTES >= contentBytes) this.#isKept = false;
    const chunk = pool.take();
    if (chunk === undefined && this.#isKept) {
      this.#isKept = false;
      this.#unseen = 'memory';
      this.#owner.onNotKept();
    }
    this.#chunk = chunk;
    this.#isChunkKept = this.#isKept;
    this.#fill = 0;
    return chunk;
  }

  #settle(chunk: Uint8Array): void {
    this.#hash(chunk);
    this.#fill = 0;
    if (!this.#isChunkKept) return;
    this.#chunks.push(chunk);
    this.#chunk = undefined;
  }

  #hash(bytes: Uint8Array): void {
    if (!this.#isHashed) return;
    this.#sha256 ??= createHash('sha256');
    this.#md5 ??= createHash('md5');
    this.#sha256.update(bytes);
    this.#md5.update(bytes);
  }

  #content(): Uint8Array {
    const parts = [...this.#chunks];
    if (this.#isChunkKept && this.#chunk !== undefined) {
      parts.push(this.#chunk.subarray(0, this.#fill));
    }
    const kept = parts.reduce((sum, part) => sum + part.length, 0);
    const size = Math.min(kept, this.#owner.contentBytes);
    if (size < this.seenBytes && this.#unseen === '' && !this.#hasGap) this.#unseen = 'size';
    if (size === 0) return EMPTY;
    const content = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      content.set(part.length <= size - at ? part : part.subarray(0, size - at), at);
      at += part.length;
    }
    return content;
  }

  /** Give back the chunk in work. */
  #release(): void {
    if (this.#chunk !== undefined) this.#owner.pool.give(this.#chunk);
    this.#chunk = undefined;
  }

  #free(): void {
    this.#release();
    for (const chunk of this.#chunks) this.#owner.pool.give(chunk);
    this.#chunks.length = 0;
    this.#sha256 = undefined;
    this.#md5 = undefined;
  }
}

function copy(from: Uint8Array, offset: number, length: number, to: Uint8Array, at: number): void {
  if (length >= SMALL_PIECE) to.set(from.subarray(offset, offset + length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[offset + i] as number;
}
