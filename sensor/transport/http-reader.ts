/**
 * One half of an HTTP/1.1 connection cut into messages (RFC 9112): heads collected, bodies handed on from where they
 * lie, free of chunks. What follows a loss that hides where a message ends is skipped until one begins again.
 */
import { ChunkReader } from './chunk-reader.ts';
import { FRAMING, type Framing } from './http-head.ts';

/** Who hears about the messages of a half. */
export interface MessageSink {
  /** A head, in characters of Latin-1 with its empty line; how its body is framed. */
  head(text: string): { readonly framing: Framing; readonly length: number };
  body(bytes: Uint8Array, offset: number, length: number): void;
  /** Bytes missing in the body; -1: all of its rest. */
  bodyGap(length: number): void;
  bodyEnd(isWhole: boolean): void;
  /** Where the next message begins is no longer known. */
  lost(): void;
  /** Chunks are written in a way that servers read differently. */
  ambiguous(): void;
}

/** Does a message begin here? Asked where the last one was lost. */
export type StartTest = (bytes: Uint8Array, offset: number, length: number) => boolean;

const STATE = {
  head: 0,
  /** Content-Length, or until the end of the connection. */
  body: 1,
  chunks: 2,
  /** Where the next message begins is not known. */
  lost: 3,
} as const;

const LF = 0x0a;
const CR = 0x0d;
const FIRST_BUFFER = 1024;

export class HttpReader {
  readonly #sink: MessageSink;
  readonly #startsMessage: StartTest;
  readonly #headBytes: number;
  readonly #chunks: ChunkReader;
  #state: number = STATE.head;
  /** Beginning of a head that came in pieces. */
  #head: Uint8Array | undefined;
  #headLength = 0;
  /** Bytes of the head's line in work, its CR not counted; and whether any line came before it. */
  #lineLength = 0;
  #hasLine = false;
  #isBehindCr = false;
  /** Bytes of the body still to come; infinite when the connection's end ends it. */
  #left = 0;
  #hasGap = false;
  /** No byte of the body came yet, and perhaps none will. */
  #mayStartAnew = false;

  constructor(sink: MessageSink, startsMessage: StartTest, headBytes: number) {
    this.#sink = sink;
    this.#startsMessage = startsMessage;
    this.#headBytes = headBytes;
    this.#chunks = new ChunkReader(sink, headBytes);
  }

  /** True where the bytes of the half do not tell what belongs to what. */
  get isLost(): boolean {
    return this.#state === STATE.lost;
  }

  data(bytes: Uint8Array, offset: number, length: number): void {
    const end = offset + length;
    let at = offset;
    if (this.#state === STATE.lost) {
      if (!this.#startsMessage(bytes, at, length)) return;
      this.#expectHead();
    }
    if (this.#mayStartAnew && this.#startsMessage(bytes, at, length)) this.#endBody(false);
    this.#mayStartAnew = false;
    while (at < end && this.#state !== STATE.lost) {
      if (this.#state === STATE.head) at = this.#readHead(bytes, at, end);
      else if (this.#state === STATE.body) at = this.#readBody(bytes, at, end);
      else at = this.#readChunks(bytes, at, end);
    }
  }

  gap(length: number): void {
    if (this.#state === STATE.body) {
      const inside = Math.min(length, this.#left);
      this.#hasGap = true;
      this.#left -= inside;
      this.#sink.bodyGap(inside);
      if (this.#left === 0) this.#endBody(true);
      if (inside < length) this.lose();
    } else if (this.#state === STATE.chunks && this.#chunks.skip(length)) {
      this.#hasGap = true;
      this.#sink.bodyGap(length);
    } else {
      this.lose();
    }
    this.#mayStartAnew = false;
  }

  /** The end of the connection; `isClean`: both sides have said so. */
  close(isClean: boolean): void {
    if (this.#state === STATE.body) this.#endBody(isClean && this.#left === Infinity);
    else if (this.#state === STATE.chunks) this.#endBody(false);
    this.#state = STATE.lost;
  }

  /** The message in work was refused before its body came: what comes next may be another one. */
  mayStartAnew(): void {
    this.#mayStartAnew = this.#state === STATE.body || this.#state === STATE.chunks;
  }

  /** What follows cannot be told apart. */
  lose(): void {
    const isInBody = this.#state === STATE.body || this.#state === STATE.chunks;
    if (isInBody) {
      this.#sink.bodyGap(-1);
      this.#endBody(false);
    }
    const wasLost = this.#state === STATE.lost;
    this.#state = STATE.lost;
    this.#head = undefined;
    if (!wasLost) this.#sink.lost();
  }

  #expectHead(): void {
    this.#state = STATE.head;
    this.#head = undefined;
    this.#headLength = 0;
    this.#lineLength = 0;
    this.#hasLine = false;
    this.#isBehindCr = false;
  }

  #endBody(isWhole: boolean): void {
    this.#expectHead();
    this.#sink.bodyEnd(isWhole && !this.#hasGap);
  }

  #readBody(bytes: Uint8Array, at: number, end: number): number {
    const length = Math.min(end - at, this.#left);
    this.#left -= length;
    this.#sink.body(bytes, at, length);
    if (this.#left === 0) this.#endBody(true);
    return at + length;
  }

  #readChunks(bytes: Uint8Array, at: number, end: number): number {
    const next = this.#chunks.data(bytes, at, end);
    if (this.#chunks.isOver) this.#endBody(true);
    else if (this.#chunks.isBroken) this.lose();
    return next;
  }

  /** Looks for the empty line that ends the head; returns where reading goes on. */
  #readHead(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at++] as number;
      if (byte === LF) {
        const isEmpty = this.#lineLength === 0;
        this.#lineLength = 0;
        this.#isBehindCr = false;
        // Empty lines before the first one are passed over (RFC 9112 section 2.2).
        if (!this.#hasLine) {
          start = at;
          this.#headLength = 0;
        } else if (isEmpty) {
          this.#endHead(bytes, start, at);
          return at;
        }
      } else {
        if (this.#isBehindCr) this.#lineLength++;
        this.#isBehindCr = byte === CR;
        if (byte !== CR) {
          this.#lineLength++;
          this.#hasLine = true;
        }
      }
    }
    if (!this.#keepHead(bytes, start, end)) this.lose();
    return end;
  }

  #endHead(bytes: Uint8Array, start: number, end: number): void {
    if (this.#headLength + end - start > this.#headBytes) {
      this.lose();
      return;
    }
    let text: string;
    if (this.#headLength === 0) {
      text = latin1(bytes, start, end);
    } else {
      this.#keepHead(bytes, start, end);
      text = latin1(this.#head as Uint8Array, 0, this.#headLength);
    }
    this.#expectHead();
    this.#hasGap = false;
    const { framing, length } = this.#sink.head(text);
    switch (framing) {
      case FRAMING.none:
        this.#sink.bodyEnd(true);
        break;
      case FRAMING.length:
      case FRAMING.close:
        this.#left = framing === FRAMING.length ? length : Infinity;
        this.#state = STATE.body;
        break;
      case FRAMING.chunked:
        this.#chunks.start();
        this.#state = STATE.chunks;
        break;
      case FRAMING.lost:
        this.#state = STATE.body;
        this.lose();
    }
  }

  #keepHead(bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.#headLength + end - start;
    if (length > this.#headBytes) return false;
    let head = this.#head;
    if (head === undefined || head.length < length) {
      const grown = new Uint8Array(Math.max(FIRST_BUFFER, 2 ** Math.ceil(Math.log2(length + 1))));
      if (head !== undefined) grown.set(head.subarray(0, this.#headLength));
      head = grown;
      this.#head = grown;
    }
    head.set(bytes.subarray(start, end), this.#headLength);
    this.#headLength = length;
    return true;
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
