/**
 * What SOCKS5 connections carry (RFC 1928, XEP-0065): the bytes behind the opening of either half, for those the
 * handler wants. What the server repeats of the request stands in for one that was not captured; a half whose own
 * opening was not captured whole is lost, for nobody can tell where it begins.
 */
import { COUNTER, type Counters, type Direction } from '../core/index.ts';
import { CarriedFlows, type Carrier } from './carrier.ts';
import { SocksOpening, readClient, readServer } from './socks.ts';
import type { SocksRequest, TransportHandler } from './types.ts';

interface SocksFlow {
  /** Undefined behind the opening. */
  client: SocksOpening<SocksRequest> | undefined;
  server: SocksOpening<{ readonly code: number; readonly request: SocksRequest }> | undefined;
  readonly isLost: [client: boolean, server: boolean];
  /** The handler was asked, and wants it. */
  isWanted: boolean;
  /** What the server answered before the handler was asked; -1 nothing. */
  code: number;
  /** Bytes behind the server's opening that came before the handler was asked. */
  missed: number;
}

export class SocksStreams implements Carrier {
  readonly #handler: TransportHandler;
  readonly #counters: Counters;
  readonly #flows: CarriedFlows<SocksFlow>;

  constructor(handler: TransportHandler, counters: Counters, maxFlows: number) {
    this.#handler = handler;
    this.#counters = counters;
    this.#flows = new CarriedFlows(maxFlows);
  }

  get pressed(): number | undefined {
    return this.#flows.pressed;
  }

  open(flow: number): boolean {
    if (this.#flows.isFull) return false;
    this.#flows.add(flow, {
      client: new SocksOpening(readClient),
      server: new SocksOpening(readServer),
      isLost: [false, false],
      isWanted: false,
      code: -1,
      missed: 0,
    });
    return true;
  }

  onClose(flow: number): void {
    this.#flows.delete(flow);
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const row = this.#flows.get(flow);
    if (row === undefined) return false;
    if (row.isLost[direction]) return true;
    const opening = direction === 0 ? row.client : row.server;
    if (opening === undefined) {
      return this.#carry(row, flow, direction, bytes, offset, length);
    }
    const taken = opening.take(bytes, offset, length);
    if (opening.isLost) return this.#lose(row, flow, direction);
    if (opening.said === undefined) return true;
    const isWanted = direction === 0 ? this.#endOfClient(row, flow) : this.#endOfServer(row, flow);
    if (!isWanted || taken === length) return isWanted;
    return this.#carry(row, flow, direction, bytes, offset + taken, length - taken);
  }

  onGap(flow: number, direction: Direction, length: number): boolean {
    const row = this.#flows.get(flow);
    if (row === undefined) return false;
    if (row.isLost[direction]) return true;
    if ((direction === 0 ? row.client : row.server) !== undefined) {
      return this.#lose(row, flow, direction);
    }
    if (row.isWanted) this.#handler.onSocksGap?.(flow, direction, length);
    else row.missed += length;
    return true;
  }

  #carry(
    row: SocksFlow,
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    if (row.isWanted) {
      this.#handler.onSocksData?.(flow, direction, bytes, offset, length);
      return true;
    }
    // The server speaks already, and the request was not seen: it never will, or comes right behind.
    row.missed += length;
    return true;
  }

  #endOfClient(row: SocksFlow, flow: number): boolean {
    const request = row.client?.said;
    row.client = undefined;
    if (row.isWanted || request === undefined) return true;
    return this.#ask(row, flow, request);
  }

  #endOfServer(row: SocksFlow, flow: number): boolean {
    const reply = row.server?.said;
    row.server = undefined;
    if (reply === undefined) return true;
    if (row.isWanted) {
      this.#handler.onSocksReply?.(flow, reply.code);
      return true;
    }
    row.code = reply.code;
    if (reply.request.host !== '') return this.#ask(row, flow, reply.request);
    return !row.isLost[0] || this.#giveUp();
  }

  /** The request is known: does the handler want what follows? */
  #ask(row: SocksFlow, flow: number, request: SocksRequest): boolean {
    if (!this.#handler.onSocks(flow, request)) return false;
    row.isWanted = true;
    this.#flows.decide(flow);
    if (row.code >= 0) this.#handler.onSocksReply?.(flow, row.code);
    if (row.isLost[0]) this.#handler.onSocksGap?.(flow, 0, -1);
    if (row.isLost[1]) this.#handler.onSocksGap?.(flow, 1, -1);
    else if (row.missed > 0) this.#handler.onSocksGap?.(flow, 1, row.missed);
    return true;
  }

  /** Where the bytes of this half begin will not be known. */
  #lose(row: SocksFlow, flow: number, direction: Direction): boolean {
    row.isLost[direction] = true;
    if (row.isWanted) {
      this.#handler.onSocksGap?.(flow, direction, -1);
      return !row.isLost[1 - direction] || this.#giveUp();
    }
    const isHopeless = row.isLost[1 - direction] === true || (direction === 0 && row.code >= 0);
    return !isHopeless || this.#giveUp();
  }

  #giveUp(): false {
    const { values } = this.#counters;
    values[COUNTER.openingsLost] = (values[COUNTER.openingsLost] as number) + 1;
    return false;
  }
}
