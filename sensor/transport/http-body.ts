/**
 * Bodies of HTTP without their codings (RFC 9110 section 8.4, RFC 9112 section 7): plain bytes go through, gzip and
 * deflate are undone as they come, of all others nothing is told. A body that unpacks to far more than it is is given up.
 */
import { Gunzip, Inflate, Unzlib } from 'fflate';
import type { Direction } from '../core/index.ts';
import type { TransportHandler } from './types.ts';

/** What unpacking may cost, for all bodies together. */
export interface UnpackBudget {
  /** Bodies that may yet be unpacked at the same time. */
  left: number;
  readonly maxBytes: number;
  /** A body was not told whole for one of these reasons. */
  refused(): void;
}

/** Where the bytes of one half's bodies go. */
export class HttpBody {
  readonly #handler: TransportHandler;
  readonly #flow: number;
  readonly #direction: Direction;
  readonly #budget: UnpackBudget;
  /** A body is in work, and the handler wants it. */
  #isWanted = false;
  /** Nothing more of it will be told but its end. */
  #isCut = false;
  #unpacker: Unpacker | undefined;

  constructor(handler: TransportHandler, flow: number, direction: Direction, budget: UnpackBudget) {
    this.#handler = handler;
    this.#flow = flow;
    this.#direction = direction;
    this.#budget = budget;
  }

  /** A body begins. `codings`: those to undo, the one applied last first. */
  start(isWanted: boolean, codings: readonly string[], isReadable: boolean): void {
    this.#isWanted = isWanted;
    this.#isCut = false;
    if (!isWanted) return;
    const [coding, ...others] = codings;
    if (!isReadable || others.length > 0) this.#cut();
    else if (coding !== undefined) this.#unpack(coding);
  }

  data(bytes: Uint8Array, offset: number, length: number): void {
    if (!this.#isWanted || this.#isCut) return;
    const unpacker = this.#unpacker;
    if (unpacker === undefined) {
      this.#handler.onHttpBody?.(this.#flow, this.#direction, bytes, offset, length);
    } else if (!unpacker.data(bytes, offset, length)) {
      this.#budget.refused();
      this.#cut();
    }
  }

  gap(length: number): void {
    if (!this.#isWanted || this.#isCut) return;
    if (length < 0 || this.#unpacker !== undefined) this.#cut();
    else this.#handler.onHttpBodyGap?.(this.#flow, this.#direction, length);
  }

  end(isWhole: boolean): void {
    if (!this.#isWanted) return;
    let isAll = isWhole && !this.#isCut;
    if (isAll && this.#unpacker?.end() === false) {
      this.#cut();
      isAll = false;
    }
    this.#dropUnpacker();
    this.#isWanted = false;
    this.#handler.onHttpBodyEnd?.(this.#flow, this.#direction, isAll);
  }

  #unpack(coding: string): void {
    const make = UNPACKERS.get(coding);
    if (make === undefined) {
      this.#cut();
      return;
    }
    if (this.#budget.left === 0) {
      this.#budget.refused();
      this.#cut();
      return;
    }
    this.#budget.left--;
    this.#unpacker = make(this.#budget.maxBytes, (bytes) => {
      this.#handler.onHttpBody?.(this.#flow, this.#direction, bytes, 0, bytes.length);
    });
  }

  #cut(): void {
    this.#isCut = true;
    this.#dropUnpacker();
    this.#handler.onHttpBodyGap?.(this.#flow, this.#direction, -1);
  }

  #dropUnpacker(): void {
    if (this.#unpacker === undefined) return;
    this.#unpacker = undefined;
    this.#budget.left++;
  }
}

type Stream = Gunzip | Inflate | Unzlib;

/** Packed bytes given to the library at once: they may unpack to a thousand times as much. */
const SLICE = 4096;
/** A body that small may unpack to any size; a larger one to so many times its own. */
const FREE_BYTES = 1024 * 1024;
const MAX_RATIO = 200;
/** Packed bytes without any output: more than a stored block, so a header without end that the library keeps. */
const MAX_SILENCE = 128 * 1024;
const NOTHING = new Uint8Array(0);

class Unpacker {
  readonly #maxBytes: number;
  #choose: ((first: number) => Stream) | undefined;
  #stream: Stream | undefined;
  readonly #tell: (bytes: Uint8Array) => void;
  #in = 0;
  #out = 0;
  #silence = 0;
  #isEnded = false;

  constructor(
    choose: (first: number) => Stream,
    maxBytes: number,
    tell: (bytes: Uint8Array) => void,
  ) {
    this.#choose = choose;
    this.#maxBytes = maxBytes;
    this.#tell = tell;
  }

  /** False when the bytes cannot be unpacked, or to too many. */
  data(bytes: Uint8Array, offset: number, length: number): boolean {
    for (let at = 0; at < length; at += SLICE) {
      const slice = Math.min(SLICE, length - at);
      // A copy: the library keeps what it cannot use yet.
      const packed = bytes.slice(offset + at, offset + at + slice);
      this.#in += slice;
      this.#silence += slice;
      if (!this.#push(packed, false) || !this.#isWithinBounds()) return false;
    }
    return true;
  }

  /** True when the packed stream was whole. */
  end(): boolean {
    if (this.#in === 0) return true;
    return this.#push(NOTHING, true) && this.#isEnded;
  }

  #push(packed: Uint8Array, isFinal: boolean): boolean {
    this.#stream ??= this.#open(packed);
    try {
      this.#stream.push(packed, isFinal);
      return true;
    } catch {
      return false;
    }
  }

  #open(packed: Uint8Array): Stream {
    const stream = (this.#choose as (first: number) => Stream)(packed[0] as number);
    this.#choose = undefined;
    stream.ondata = (bytes, isFinal) => {
      this.#isEnded = isFinal;
      if (bytes.length === 0) return;
      this.#silence = 0;
      this.#out += bytes.length;
      this.#tell(bytes);
    };
    return stream;
  }

  #isWithinBounds(): boolean {
    if (this.#silence > MAX_SILENCE) return false;
    if (this.#out > this.#maxBytes) return false;
    return this.#out <= FREE_BYTES || this.#out <= this.#in * MAX_RATIO;
  }
}

/** Low four bits of the first byte of a zlib stream (RFC 1950): "deflate" is that, or what some take it for. */
const ZLIB_METHOD = 8;

type UnpackerMaker = (maxBytes: number, tell: (bytes: Uint8Array) => void) => Unpacker;

const gunzip: UnpackerMaker = (maxBytes, tell) => new Unpacker(() => new Gunzip(), maxBytes, tell);

const inflate: UnpackerMaker = (maxBytes, tell) =>
  new Unpacker(
    (first) => ((first & 15) === ZLIB_METHOD ? new Unzlib() : new Inflate()),
    maxBytes,
    tell,
  );

const UNPACKERS: ReadonlyMap<string, UnpackerMaker> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
]);
