/**
 * SOCKS5 bytestreams (XEP-0065, XEP-0260), direct and through a proxy: from a connection to the bytes of a file. At a
 * proxy the sensor may see both legs, what the sender writes and what the receiver is given: they are one file.
 */
import { COUNTER, type Direction } from '../../core/index.ts';
import { addressText } from '../../correlation/index.ts';
import type { SocksRequest } from '../../transport/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { OPENING_BYTES } from '../socks-guard.ts';
import type { FilePlace } from '../types.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Lane } from './lane.ts';
import { WaitingEnds } from './waiting-ends.ts';

const CONNECT = 1;
const NAME_TYPE = 3;
/** SHA-1 in hex (XEP-0065 section 5.3.2). */
const STREAM_NAME = /^[0-9a-f]{40}$/i;

export interface SocksRoadOptions extends ConnectionOptions {
  /** Bytes a connection has carried in both directions, with their headers. */
  readonly bytesOf: (flow: number) => number;
}

/** One connection, or both at a proxy. */
class Transfer {
  readonly name: string;
  /** Where it can be joined by its other leg, '' when it cannot. */
  readonly meeting: string;
  entry: LedgerEntry | undefined;
  legs = 1;
  open = 1;
  lastUsec = 0;
  /** Bytes went through behind an opening that was lost: which of the lanes they belong to. */
  unheard: Direction | undefined;
  /** What the first leg's client writes, and what it is given; the second leg's client is at the other end. */
  readonly lanes: readonly [Lane, Lane];

  constructor(name: string, meeting: string, lanes: readonly [Lane, Lane]) {
    this.name = name;
    this.meeting = meeting;
    this.lanes = lanes;
  }

  lane(leg: number, direction: Direction): Lane {
    return this.lanes[direction ^ leg] as Lane;
  }
}

interface Connection {
  readonly transfer: Transfer;
  readonly leg: number;
  /** The direction in which it cannot be told where the file begins. */
  lost: Direction | undefined;
}

export class SocksRoad {
  readonly #options: SocksRoadOptions;
  readonly #connections = new Map<number, Connection>();
  /** Those with one leg so far, by name and server. */
  readonly #meetings = new Map<string, Transfer>();
  readonly #waiting: WaitingEnds;

  constructor(options: SocksRoadOptions) {
    this.#options = options;
    this.#waiting = new WaitingEnds(options.thresholds.filesOfferWaitSeconds);
  }

  /** @returns true when it is a bytestream and its bytes are followed. */
  open(flow: number, request: SocksRequest, tsUsec: number): boolean {
    const { ledger, limits, counters } = this.#options;
    const { addressType, command, host } = request;
    if (addressType !== NAME_TYPE || command !== CONNECT) return false;
    // The index of a flow that was not told to have closed.
    this.close(flow, tsUsec, 'evicted');
    const entry = ledger.ofConnection(host, tsUsec);
    if (entry === undefined && !STREAM_NAME.test(host)) return false;
    if (this.#connections.size >= limits.filesConnections) {
      counters.values[COUNTER.filesNotFollowed] =
        (counters.values[COUNTER.filesNotFollowed] as number) + 1;
      return false;
    }
    this.#connections.set(flow, this.#join(flow, host.toLowerCase(), entry, tsUsec));
    return true;
  }

  data(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): void {
    const connection = this.#connections.get(flow);
    if (connection === undefined) return;
    const { transfer, leg } = connection;
    const lane = transfer.lane(leg, direction);
    transfer.lastUsec = tsUsec;
    if (!lane.isOpen && !lane.isOver) this.#begin(transfer, lane, { flow, direction, tsUsec });
    lane.data(leg, bytes, offset, length);
  }

  gap(flow: number, direction: Direction, length: number, tsUsec: number): void {
    const connection = this.#connections.get(flow);
    if (connection === undefined) return;
    if (length < 0) connection.lost ??= direction;
    connection.transfer.lastUsec = tsUsec;
    connection.transfer.lane(connection.leg, direction).gap(connection.leg, length);
  }

  /** `reason`: FlowEndReason. */
  close(flow: number, tsUsec: number, reason: string): void {
    const connection = this.#connections.get(flow);
    if (connection === undefined) return;
    const { transfer, leg, lost } = connection;
    this.#connections.delete(flow);
    this.#explain(transfer, tsUsec);
    transfer.open--;
    if (transfer.open === 0 && this.#meetings.get(transfer.meeting) === transfer) {
      this.#meetings.delete(transfer.meeting);
    }
    for (const direction of [0, 1] as const) {
      const lane = transfer.lane(leg, direction);
      lane.close(leg);
      if (lane.isOpen && (transfer.open === 0 || lane.isToldBy(leg, reason))) {
        this.#end(transfer, lane, reason, { flow, direction, tsUsec });
      }
    }
    if (lost !== undefined && this.#options.bytesOf(flow) > OPENING_BYTES) {
      transfer.unheard ??= (lost ^ leg) as Direction;
    }
    if (transfer.open === 0) this.#tellUnheard(transfer, leg, reason, { flow, tsUsec });
  }

  /** Offers that came late are looked for; what stands still has ended. */
  sweep(tsUsec: number): void {
    const idleUsec = this.#options.thresholds.filesIdleSeconds * 1e6;
    for (const [flow, { transfer, leg }] of this.#connections) {
      this.#explain(transfer, tsUsec);
      if (Math.abs(tsUsec - transfer.lastUsec) <= idleUsec) continue;
      for (const direction of [0, 1] as const) {
        const lane = transfer.lane(leg, direction);
        if (lane.isOpen) this.#end(transfer, lane, 'timeout', { flow, direction, tsUsec });
      }
    }
    this.#waiting.sweep(tsUsec);
  }

  finish(tsUsec: number): void {
    for (const flow of [...this.#connections.keys()]) this.close(flow, tsUsec, 'shutdown');
    this.#waiting.finish();
  }

  /** Behind an opening that was lost an offered file went through: that is all there is to tell of it. */
  #tellUnheard(
    transfer: Transfer,
    leg: number,
    reason: string,
    where: Omit<FilePlace, 'direction'>,
  ): void {
    const { entry, unheard, lanes } = transfer;
    if (entry === undefined || unheard === undefined || entry.countedBytes >= 0) return;
    if (lanes.some((lane) => lane.isOpen || lane.isOver)) return;
    const place = { ...where, direction: (unheard ^ leg) as Direction };
    const lane = lanes[unheard];
    lane.beginUnheard(entry, place);
    this.#end(transfer, lane, reason, place);
  }

  /** What a server hands on to a receiver may be told by the worker that saw the sender. */
  #end(transfer: Transfer, lane: Lane, reason: string, place: FilePlace): void {
    const isHandedOn = place.direction === 1 && transfer.legs === 1;
    if (!this.#options.hasPeers || !isHandedOn) {
      lane.end(reason, place);
      return;
    }
    const ended = lane.take(reason);
    const { entry } = transfer;
    if (ended === undefined) return;
    if (entry?.countedBytes === ended.stream.seenBytes) ended.stream.drop();
    else if (entry === undefined || entry.countedBytes >= 0) ended.stream.end(ended.lack, place);
    else this.#waiting.unlessCounted({ entry, ...ended, place });
  }

  /** Two connections for one name at one server that are open at a time are both legs of a proxy. */
  #join(flow: number, name: string, entry: LedgerEntry | undefined, tsUsec: number): Connection {
    const endpoints = this.#options.endpointsOf(flow);
    const server =
      endpoints === undefined
        ? `flow ${flow}`
        : `${addressText(endpoints.serverWords)} ${endpoints.serverPort}`;
    const meeting = `${name} ${server}`;
    const waiting = this.#meetings.get(meeting);
    if (waiting !== undefined) {
      this.#meetings.delete(meeting);
      waiting.legs = 2;
      waiting.open++;
      for (const lane of waiting.lanes) lane.addLeg();
      return { transfer: waiting, leg: 1, lost: undefined };
    }
    const { ledger } = this.#options;
    const transfer = new Transfer(name, meeting, [new Lane(ledger), new Lane(ledger)]);
    transfer.entry = entry;
    transfer.lastUsec = tsUsec;
    this.#meetings.set(meeting, transfer);
    return { transfer, leg: 0, lost: undefined };
  }

  #begin(transfer: Transfer, lane: Lane, place: FilePlace): void {
    this.#explain(transfer, place.tsUsec);
    // The file goes one way; what comes back on the same connection is nothing that was offered.
    const isFirst = transfer.lanes.every((one) => !one.isOpen && !one.isOver);
    lane.begin(isFirst, transfer.entry, place);
  }

  #explain(transfer: Transfer, tsUsec: number): void {
    if (transfer.entry !== undefined) return;
    transfer.entry = this.#options.ledger.ofConnection(transfer.name, tsUsec);
    if (transfer.entry === undefined) return;
    for (const lane of transfer.lanes) lane.explain(transfer.entry);
  }
}
