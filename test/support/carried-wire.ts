/**
 * A transport without a flow table: bytes and gaps of one connection go straight in, and what its handler hears of
 * SOCKS5 and HTTP is put together again, so that the same dialogue cut in other places must give the same.
 */
import assert from 'node:assert/strict';
import {
  Counters,
  defaultLimits,
  eventName,
  type Direction,
  type LimitValues,
} from '../../sensor/core/index.ts';
import type { FlowEndReason, FlowFacts } from '../../sensor/flow/index.ts';
import {
  Transport,
  type AppProto,
  type HttpInterest,
  type HttpRequest,
  type HttpResponse,
  type SocksRequest,
  type TransportHandler,
} from '../../sensor/transport/index.ts';

/** Who says it: a string is text in Latin-1, a number that many bytes that were lost. */
export type Line = readonly [who: 'C' | 'S', what: string | Uint8Array | number];

/** A body as the handler heard it; gaps as '[n]', '[?]' when their length is not known. */
export interface HeardBody {
  text: string;
  /** undefined until its end is told. */
  isWhole: boolean | undefined;
}

export interface WireOptions {
  readonly limits?: Partial<LimitValues>;
  readonly serverPort?: number;
  readonly isMidstream?: boolean;
  readonly socks?: boolean;
  readonly request?: (request: HttpRequest) => HttpInterest;
  readonly response?: (response: HttpResponse) => boolean;
}

const FLOW = 3;
const MARK = 0xa5;

export class CarriedWire implements TransportHandler {
  readonly counters = new Counters();
  readonly transport: Transport;
  /** Requests and replies of SOCKS5. */
  readonly socks: SocksRequest[] = [];
  readonly replies: number[] = [];
  /** What each half of a SOCKS5 connection carried; gaps as '[n]'. */
  readonly carried: [string, string] = ['', ''];
  readonly requests: HttpRequest[] = [];
  readonly responses: HttpResponse[] = [];
  readonly bodies: [HeardBody[], HeardBody[]] = [[], []];
  readonly events: string[] = [];
  isXmpp = false;
  isIgnored = false;
  /** Flows nothing more is wanted of, this one and others. */
  readonly ignored: number[] = [];
  closed: AppProto | undefined;
  readonly #options: WireOptions;

  constructor(options: WireOptions = {}) {
    this.#options = options;
    this.transport = new Transport({
      handler: this,
      flows: this.#facts(),
      counters: this.counters,
      limits: { ...defaultLimits(), ...options.limits },
    });
    this.transport.onOpen(FLOW);
  }

  /** Says a dialogue, each piece of bytes in segments of `size`. */
  say(lines: readonly Line[], size = Infinity): this {
    for (const [who, what] of lines) {
      const direction = who === 'C' ? 0 : 1;
      if (typeof what === 'number') {
        this.gap(direction, what);
        continue;
      }
      const bytes = typeof what === 'string' ? Buffer.from(what, 'latin1') : what;
      for (let at = 0; at < bytes.length; at += size) {
        this.segment(direction, bytes.subarray(at, Math.min(bytes.length, at + size)));
      }
    }
    return this;
  }

  /** Bytes as a capture ring holds them: in the middle of others, and overwritten behind the call. */
  segment(direction: Direction, bytes: Uint8Array): void {
    if (this.isIgnored) return;
    const ring = new Uint8Array(bytes.length + 5).fill(MARK);
    ring.set(bytes, 2);
    this.transport.onData(FLOW, direction, ring, 2, bytes.length);
    ring.fill(MARK);
  }

  gap(direction: Direction, length: number): void {
    if (!this.isIgnored) this.transport.onGap(FLOW, direction, length);
  }

  close(reason: FlowEndReason = 'closed'): this {
    this.transport.onClose(FLOW, reason);
    return this;
  }

  /** All that was heard, for comparison. */
  get heard(): unknown {
    const { socks, replies, carried, requests, responses, bodies, events, isXmpp } = this;
    return { socks, replies, carried, requests, responses, bodies, events, isXmpp };
  }

  onXmppOpen(): void {
    this.isXmpp = true;
  }

  onXml(): void {
    assert.ok(this.isXmpp);
  }

  onXmlGap(): void {
    assert.ok(this.isXmpp);
  }

  onFlowEvent(flow: number, _direction: Direction, event: number): void {
    assert.equal(flow, FLOW);
    this.events.push(eventName(event));
  }

  onSocks(_flow: number, request: SocksRequest): boolean {
    this.socks.push(request);
    assert.equal(this.socks.length, 1, 'told once');
    return this.#options.socks ?? true;
  }

  onSocksReply(_flow: number, code: number): void {
    assert.equal(this.socks.length, 1, 'behind onSocks');
    this.replies.push(code);
  }

  onSocksData(
    _flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    assert.equal(this.socks.length, 1, 'behind onSocks');
    assert.ok(!this.carried[direction].endsWith('[?]'), 'nothing behind a lost beginning');
    this.carried[direction] += text(bytes, offset, length);
  }

  onSocksGap(_flow: number, direction: Direction, length: number): void {
    assert.equal(this.socks.length, 1, 'behind onSocks');
    this.carried[direction] += gap(length);
  }

  onHttpRequest(_flow: number, request: HttpRequest): HttpInterest {
    this.#expectEnded(0);
    this.requests.push(request);
    const interest = this.#options.request?.(request) ?? true;
    if (interest === true) this.bodies[0].push({ text: '', isWhole: undefined });
    return interest;
  }

  onHttpResponse(_flow: number, response: HttpResponse): boolean {
    this.#expectEnded(1);
    this.responses.push(response);
    const isWanted = this.#options.response?.(response) ?? true;
    if (isWanted) this.bodies[1].push({ text: '', isWhole: undefined });
    return isWanted;
  }

  onHttpBody(
    _flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const body = this.#open(direction);
    assert.ok(length > 0 && offset >= 0 && offset + length <= bytes.length);
    assert.ok(!body.text.endsWith('[?]'), 'nothing behind a gap of unknown length');
    body.text += text(bytes, offset, length);
  }

  onHttpBodyGap(_flow: number, direction: Direction, length: number): void {
    this.#open(direction).text += gap(length);
  }

  onHttpBodyEnd(_flow: number, direction: Direction, isWhole: boolean): void {
    this.#open(direction).isWhole = isWhole;
  }

  onClose(_flow: number, _reason: FlowEndReason, appProto: AppProto): void {
    this.#expectEnded(0);
    this.#expectEnded(1);
    this.closed = appProto;
  }

  #open(direction: Direction): HeardBody {
    const body = this.bodies[direction].at(-1);
    assert.ok(body !== undefined && body.isWhole === undefined, 'a body is open');
    return body;
  }

  #expectEnded(direction: Direction): void {
    const body = this.bodies[direction].at(-1);
    assert.ok(body === undefined || body.isWhole !== undefined, 'the body before has ended');
  }

  #facts(): FlowFacts {
    const absent = (): never => {
      throw new Error('not asked in these tests');
    };
    return {
      info: absent,
      endpoints: absent,
      clientPort: () => 40000,
      serverPort: () => this.#options.serverPort ?? 7777,
      isMidstream: () => this.#options.isMidstream ?? false,
      hasGap: () => false,
      isWaiting: () => false,
      ignore: (flow) => {
        this.ignored.push(flow);
        this.isIgnored ||= flow === FLOW;
      },
    };
  }
}

function text(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
}

function gap(length: number): string {
  return length < 0 ? '[?]' : `[${length}]`;
}
