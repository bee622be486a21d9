/** Connections that speak HTTP/1.1 (RFC 9112), on any port: those the handler wants of their first request. */
import {
  COUNTER,
  eventId,
  type Counters,
  type Direction,
  type LimitValues,
} from '../core/index.ts';
import type { FlowEndReason } from '../flow/index.ts';
import { CarriedFlows, type Carrier } from './carrier.ts';
import type { UnpackBudget } from './http-body.ts';
import { HttpConnection, type ConnectionOwner } from './http-connection.ts';
import type { TransportHandler } from './types.ts';

const FRAMING_AMBIGUOUS = eventId('http.framing_ambiguous');

export class HttpStreams implements Carrier, ConnectionOwner {
  readonly handler: TransportHandler;
  readonly headBytes: number;
  readonly pipelined: number;
  readonly budget: UnpackBudget;
  readonly #counters: Counters;
  readonly #raise: (flow: number, direction: Direction, event: number) => void;
  readonly #flows: CarriedFlows<HttpConnection>;

  constructor(
    handler: TransportHandler,
    counters: Counters,
    limits: LimitValues,
    raise: (flow: number, direction: Direction, event: number) => void,
  ) {
    this.handler = handler;
    this.headBytes = limits.transportHttpHeadBytes;
    this.pipelined = limits.transportHttpPipelined;
    this.#counters = counters;
    this.#raise = raise;
    this.#flows = new CarriedFlows(limits.transportHttpFlows);
    this.budget = {
      left: limits.transportHttpUnpacked,
      maxBytes: limits.transportHttpUnpackedBytes,
      refused: () => {
        this.#bump(COUNTER.bodiesNotUnpacked);
      },
    };
  }

  get pressed(): number | undefined {
    return this.#flows.pressed;
  }

  open(flow: number): boolean {
    if (this.#flows.isFull) return false;
    this.#flows.add(flow, new HttpConnection(flow, this));
    return true;
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    return this.#flows.get(flow)?.data(direction, bytes, offset, length) ?? false;
  }

  onGap(flow: number, direction: Direction, length: number): boolean {
    return this.#flows.get(flow)?.gap(direction, length) ?? false;
  }

  onClose(flow: number, reason: FlowEndReason | 'ignored'): void {
    this.#flows.delete(flow)?.close(reason === 'closed');
  }

  /** The handler has seen enough. */
  stop(flow: number): void {
    this.#flows.get(flow)?.stop();
  }

  wanted(flow: number): void {
    this.#flows.decide(flow);
  }

  skipped(flow: number): void {
    this.#flows.postpone(flow);
  }

  ambiguous(flow: number, direction: Direction): void {
    this.#raise(flow, direction, FRAMING_AMBIGUOUS);
  }

  unreadable(): void {
    this.#bump(COUNTER.openingsLost);
  }

  #bump(counter: number): void {
    const { values } = this.#counters;
    values[counter] = (values[counter] as number) + 1;
  }
}
