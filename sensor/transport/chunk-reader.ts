/**
 * Chunked transfer coding (RFC 9112 section 7.1): the data of the chunks, handed on from where it lies. Extensions and
 * trailers are passed over.
 */

interface ChunkSink {
  body(bytes: Uint8Array, offset: number, length: number): void;
  ambiguous(): void;
}

const STATE = {
  size: 0,
  /** Behind the digits, up to the end of the line. */
  extension: 1,
  data: 2,
  /** The line end behind the data. */
  dataEnd: 3,
  trailer: 4,
  over: 5,
  broken: 6,
} as const;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
/** Hexadecimal digits of a size that a double holds exactly. */
const MAX_DIGITS = 13;

export class ChunkReader {
  readonly #sink: ChunkSink;
  readonly #maxLine: number;
  #state: number = STATE.over;
  #size = 0;
  /** Digits of the size without leading zeros, and whether there is any. */
  #digits = 0;
  #hasDigit = false;
  /** Bytes of extensions or trailers so far. */
  #passed = 0;
  #isBehindCr = false;
  #isLineEmpty = true;

  /** `maxLine`: bytes of extensions, or of all trailers, that are passed over. */
  constructor(sink: ChunkSink, maxLine: number) {
    this.#sink = sink;
    this.#maxLine = maxLine;
  }

  get isOver(): boolean {
    return this.#state === STATE.over;
  }

  get isBroken(): boolean {
    return this.#state === STATE.broken;
  }

  /** A body begins. */
  start(): void {
    this.#expectSize();
  }

  /** Skips missing bytes when all of them were data of the chunk in work. */
  skip(length: number): boolean {
    if (this.#state !== STATE.data || length > this.#size) return false;
    this.#size -= length;
    if (this.#size === 0) this.#state = STATE.dataEnd;
    return true;
  }

  /** Reads up to the end of the body at most; returns how far. */
  data(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#state < STATE.over) {
      if (this.#state === STATE.data) {
        const length = Math.min(end - at, this.#size);
        this.#size -= length;
        if (this.#size === 0) this.#state = STATE.dataEnd;
        this.#sink.body(bytes, at, length);
        at += length;
        continue;
      }
      const byte = bytes[at++] as number;
      if (this.#state === STATE.size) this.#readSize(byte);
      else if (this.#state === STATE.extension) this.#readExtension(byte);
      else if (this.#state === STATE.dataEnd) this.#readDataEnd(byte);
      else this.#readTrailer(byte);
    }
    return at;
  }

  #expectSize(): void {
    this.#state = STATE.size;
    this.#size = 0;
    this.#digits = 0;
    this.#hasDigit = false;
    this.#passed = 0;
    this.#isBehindCr = false;
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      this.#hasDigit = true;
      if (this.#size > 0) this.#digits++;
      if (this.#digits > MAX_DIGITS) this.#break();
      return;
    }
    if (!this.#hasDigit) {
      this.#break();
      return;
    }
    this.#state = STATE.extension;
    if (byte !== CR && byte !== LF && byte !== SEMICOLON) this.#sink.ambiguous();
    this.#readExtension(byte);
  }

  #readExtension(byte: number): void {
    if (byte === LF) {
      // A line end without CR: some take it for one, some do not.
      if (!this.#isBehindCr) this.#sink.ambiguous();
      this.#endSize();
      return;
    }
    if (this.#isBehindCr) this.#sink.ambiguous();
    this.#isBehindCr = byte === CR;
    if (++this.#passed > this.#maxLine) this.#break();
  }

  #endSize(): void {
    this.#isBehindCr = false;
    if (this.#size > 0) {
      this.#state = STATE.data;
      return;
    }
    this.#state = STATE.trailer;
    this.#passed = 0;
    this.#isLineEmpty = true;
  }

  #readDataEnd(byte: number): void {
    if (byte === LF) {
      if (!this.#isBehindCr) this.#sink.ambiguous();
      this.#expectSize();
    } else if (byte === CR && !this.#isBehindCr) {
      this.#isBehindCr = true;
    } else {
      this.#break();
    }
  }

  #readTrailer(byte: number): void {
    if (byte === LF) {
      if (this.#isLineEmpty) this.#state = STATE.over;
      this.#isLineEmpty = true;
      return;
    }
    if (byte !== CR) this.#isLineEmpty = false;
    if (++this.#passed > this.#maxLine) this.#break();
  }

  #break(): void {
    this.#state = STATE.broken;
    this.#sink.ambiguous();
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
