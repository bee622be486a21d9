/**
 * One connection of HTTP/1.1 (RFC 9112): which response answers which request, what of it the handler wants, and where
 * either half's messages end.
 */
import type { Direction } from '../core/index.ts';
import { HttpBody, type UnpackBudget } from './http-body.ts';
import {
  FRAMING,
  parseRequestHead,
  parseResponseHead,
  type BodyShape,
  type Framing,
} from './http-head.ts';
import { HttpReader, type MessageSink } from './http-reader.ts';
import { startsRequest, startsResponse } from './http-start.ts';
import type { TransportHandler } from './types.ts';

/** What a connection needs of those that keep it. */
export interface ConnectionOwner {
  readonly handler: TransportHandler;
  readonly headBytes: number;
  /** Requests that may wait for their response. */
  readonly pipelined: number;
  readonly budget: UnpackBudget;
  /** The handler wants a request of the connection. */
  wanted(flow: number): void;
  /** It reads on, in case. */
  skipped(flow: number): void;
  ambiguous(flow: number, direction: Direction): void;
  /** A head cannot be read, or where a message ends cannot be told. */
  unreadable(): void;
}

/** Bits of a request that waits for its response. */
const IS_HEAD = 1;
const IS_CONNECT = 2;
const IS_WANTED = 4;

const NO_FRAME = { framing: FRAMING.none, length: -1 } as const;
const LOST_FRAME = { framing: FRAMING.lost, length: -1 } as const;

const SWITCHING = 101;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
const RANGES = /^multipart\/byteranges/i;

export class HttpConnection {
  readonly #flow: number;
  readonly #owner: ConnectionOwner;
  readonly #readers: readonly [HttpReader, HttpReader];
  readonly #bodies: readonly [HttpBody, HttpBody];
  /** Bits of the requests that wait, by number; made with the first request that is wanted. */
  #waiting: Uint8Array = NONE;
  #requests = 0;
  #responses = 0;
  /** So many requests wait that nobody can keep apart what answers them. */
  #isUnanswered = false;
  /** Responses may have been missed. */
  #isOutOfStep = false;
  #isWanted = false;
  #isOver = false;
  /** The request in work waits for the word to go on. */
  #holdsBack = false;
  #hasToldAmbiguous = false;

  constructor(flow: number, owner: ConnectionOwner) {
    const { handler, budget, headBytes } = owner;
    this.#flow = flow;
    this.#owner = owner;
    this.#bodies = [new HttpBody(handler, flow, 0, budget), new HttpBody(handler, flow, 1, budget)];
    this.#readers = [
      new HttpReader(
        this.#sink(0, (text) => this.#request(text)),
        startsRequest,
        headBytes,
      ),
      new HttpReader(
        this.#sink(1, (text) => this.#response(text)),
        startsResponse,
        headBytes,
      ),
    ];
  }

  /** Bytes of one half; false when no more are wanted. */
  data(direction: Direction, bytes: Uint8Array, offset: number, length: number): boolean {
    const reader = this.#readers[direction];
    // Nothing answers before it was asked: the capture has both halves in the wrong order, or lacks the question.
    if (direction === 1 && this.#requests === 0) reader.lose();
    else reader.data(bytes, offset, length);
    return this.#goesOn(direction);
  }

  gap(direction: Direction, length: number): boolean {
    this.#readers[direction].gap(length);
    return this.#goesOn(direction);
  }

  /** Reads no further than the segment in work. */
  stop(): void {
    this.#isOver = true;
  }

  close(isClean: boolean): void {
    for (const reader of this.#readers) reader.close(isClean && !this.#isOver);
  }

  #goesOn(direction: Direction): boolean {
    if (direction === 1 && this.#readers[1].isLost) this.#isOutOfStep = true;
    // Without a first request there is nothing to want.
    if (!this.#isWanted && this.#readers[0].isLost) this.#isOver = true;
    return !this.#isOver;
  }

  #sink(direction: Direction, head: MessageSink['head']): MessageSink {
    const body = this.#bodies[direction];
    return {
      head,
      body: (bytes, offset, length) => {
        if (direction === 0) this.#holdsBack = false;
        body.data(bytes, offset, length);
      },
      bodyGap: (length) => {
        body.gap(length);
      },
      bodyEnd: (isWhole) => {
        body.end(isWhole);
      },
      lost: () => {
        if (!this.#isOver) this.#owner.unreadable();
      },
      ambiguous: () => {
        this.#tellAmbiguous(direction);
      },
    };
  }

  #request(text: string): { readonly framing: Framing; readonly length: number } {
    if (this.#isOver) return LOST_FRAME;
    const head = parseRequestHead(text);
    if (head === undefined) return LOST_FRAME;
    const number = Math.max(this.#requests, this.#responses) + 1;
    const isFirst = this.#requests === 0;
    this.#requests = number;
    const { handler, pipelined } = this.#owner;
    const interest = handler.onHttpRequest?.(this.#flow, { number, ...head.request }) ?? false;
    if (isFirst && interest === false) {
      this.#isOver = true;
      return LOST_FRAME;
    }
    // The answers are not captured, or the client does not wait for them: what is sent is read on.
    if (number - this.#responses > pipelined && !this.#isUnanswered) {
      this.#isUnanswered = true;
      this.#owner.unreadable();
    }
    if (isFirst) this.#beRead();
    if (interest === true) this.#owner.wanted(this.#flow);
    else this.#owner.skipped(this.#flow);
    if (head.isAmbiguous) this.#tellAmbiguous(0);
    const { method } = head.request;
    this.#waiting[number % pipelined] =
      (method === 'HEAD' ? IS_HEAD : 0) |
      (method === 'CONNECT' ? IS_CONNECT : 0) |
      (interest === true ? IS_WANTED : 0);
    this.#holdsBack = head.mayHoldBack;
    const isEmpty = head.body.framing === FRAMING.none;
    this.#bodies[0].start(interest === true, isEmpty ? [] : head.body.codings, true);
    return head.body;
  }

  #beRead(): void {
    this.#isWanted = true;
    this.#waiting = new Uint8Array(this.#owner.pipelined);
  }

  #response(text: string): { readonly framing: Framing; readonly length: number } {
    if (this.#isOver) return LOST_FRAME;
    const head = parseResponseHead(text);
    if (head === undefined) return LOST_FRAME;
    const { status } = head.response;
    if (status < 200 && status !== SWITCHING) {
      this.#bodies[1].start(false, [], true);
      return NO_FRAME;
    }
    const number = this.#answered();
    const isKnown = number <= this.#requests && !this.#isUnanswered;
    const bits = isKnown ? this.#takeWaiting(number) : 0;
    if (head.isAmbiguous) this.#tellAmbiguous(1);
    this.#isOver = status === SWITCHING || ((bits & IS_CONNECT) !== 0 && status < 300);
    if (this.#holdsBack) this.#readers[0].mayStartAnew();
    const isAsked = (bits & IS_WANTED) !== 0;
    const { handler } = this.#owner;
    const response = { number, ...head.response };
    const isWanted = isAsked && handler.onHttpResponse?.(this.#flow, response) === true;
    // A body of several parts of a file, each with a head of its own: not put together here.
    const isReadable = !RANGES.test(head.response.contentType);
    const isEmpty =
      (bits & IS_HEAD) !== 0 || status === NO_CONTENT || status === NOT_MODIFIED || this.#isOver;
    const body: BodyShape = isEmpty ? EMPTY : head.body;
    this.#bodies[1].start(isWanted, body.codings, isEmpty || isReadable);
    return body;
  }

  /** The number of the request that the response in work answers. */
  #answered(): number {
    let number = this.#responses + 1;
    if (this.#isOutOfStep) {
      // Mostly a client waits for the answer before it asks again: this is the answer to what it asked last.
      number = Math.max(number, this.#requests);
      this.#isOutOfStep = false;
    }
    this.#responses = number;
    return number;
  }

  #takeWaiting(number: number): number {
    const at = number % this.#owner.pipelined;
    const bits = this.#waiting[at] as number;
    this.#waiting[at] = 0;
    return bits;
  }

  /** Told once a connection, and only of those the handler wants. */
  #tellAmbiguous(direction: Direction): void {
    if (!this.#isWanted || this.#hasToldAmbiguous) return;
    this.#hasToldAmbiguous = true;
    this.#owner.ambiguous(this.#flow, direction);
  }
}

const NONE = new Uint8Array(0);
const EMPTY: BodyShape = { framing: FRAMING.none, length: 0, codings: [] };
