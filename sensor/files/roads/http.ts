/**
 * Files put to and fetched from upload slots (XEP-0363) and other shared URLs, over HTTP in clear. Only connections
 * to hosts the ledger knows are followed, and of their requests those that belong to an offer.
 */
import {
  COUNTER,
  type Counters,
  type Direction,
  type LimitValues,
  type ThresholdValues,
} from '../../core/index.ts';
import { addressText, type EndpointsOf } from '../../correlation/index.ts';
import type { HttpInterest, HttpRequest, HttpResponse } from '../../transport/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileLack, FilePlace, FileStream } from '../types.ts';
import { targetOfRequest } from '../url-place.ts';
import { RangedDownloads, type Piece } from './ranged-downloads.ts';
import { WaitingEnds } from './waiting-ends.ts';

const [OK, PARTIAL] = [200, 206];
/** Requests of one connection that wait for their responses. */
const MOST_PENDING = 64;

export interface HttpRoadOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly ledger: FileLedger;
  readonly endpointsOf: EndpointsOf;
  /** Do other workers see connections as well? */
  readonly hasPeers: boolean;
}

/** A body on its way: opened with its first byte, so that what carries nothing leaves nothing. */
class Body {
  readonly entry: LedgerEntry;
  readonly expectedBytes: number;
  readonly isCopy: boolean;
  readonly hasStart: boolean;
  stream: FileStream | undefined;
  hasGap = false;

  constructor(
    entry: LedgerEntry,
    about: { expectedBytes: number; isCopy: boolean; hasStart: boolean },
  ) {
    this.entry = entry;
    this.expectedBytes = about.expectedBytes;
    this.isCopy = about.isCopy;
    this.hasStart = about.hasStart;
  }

  open(ledger: FileLedger, place: FilePlace): FileStream {
    const { entry, expectedBytes, isCopy, hasStart } = this;
    const start = { road: 'http', place, expectedBytes, hasStart } as const;
    this.stream ??= ledger.open(entry, isCopy ? { ...start, isCopy } : start);
    return this.stream;
  }

  lack(isWhole: boolean): FileLack {
    if (!this.hasStart) return 'no_start';
    if (isWhole && !this.hasGap) return '';
    return this.hasGap ? 'gap' : 'cut_off';
  }
}

/** What is known of a connection. */
interface Connection {
  upload: Body | undefined;
  download: Body | Piece | undefined;
  /** Requests for files by their number. */
  readonly pending: Map<number, LedgerEntry>;
}

export class HttpRoad {
  readonly #options: HttpRoadOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #waiting: WaitingEnds;
  readonly #ranges: RangedDownloads;

  constructor(options: HttpRoadOptions) {
    this.#options = options;
    const { thresholds, ledger } = options;
    this.#waiting = new WaitingEnds(thresholds.filesRecipientWaitSeconds);
    this.#ranges = new RangedDownloads(ledger, thresholds.filesIdleSeconds);
  }

  request(flow: number, request: HttpRequest, tsUsec: number): HttpInterest {
    const { ledger } = this.#options;
    this.#waiting.sweep(tsUsec);
    const host = request.host.replace(/:443$/, ':80');
    const known = this.#connections.get(flow);
    if (!ledger.knowsHost(host, tsUsec)) return known === undefined ? false : 'skip';
    const connection = known ?? this.#connect(flow);
    if (connection === undefined) return false;
    const target = targetOfRequest(request.target);
    switch (request.method) {
      case 'PUT':
      case 'POST': {
        const entry = ledger.ofPut(host, target, tsUsec);
        this.bodyEnd(flow, 0, false, tsUsec);
        connection.upload = entry === undefined ? undefined : uploadOf(entry, request);
        return entry === undefined ? 'skip' : true;
      }
      case 'GET': {
        const entry = ledger.ofGet(host, target, tsUsec);
        if (entry === undefined || connection.pending.size >= MOST_PENDING) return 'skip';
        // Somebody knows the URL already: the message that shared it went another way.
        this.#waiting.release(entry);
        connection.pending.set(request.number, entry);
        return true;
      }
      default:
        return 'skip';
    }
  }

  /** @returns true when the body is wanted: it is a file, or a piece of one. */
  response(flow: number, response: HttpResponse, tsUsec: number): boolean {
    const connection = this.#connections.get(flow);
    const entry = connection?.pending.get(response.number);
    if (connection === undefined || entry === undefined) return false;
    connection.pending.delete(response.number);
    this.bodyEnd(flow, 1, false, tsUsec);
    connection.download = this.#downloadOf(flow, entry, response, tsUsec);
    return connection.download !== undefined;
  }

  body(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): void {
    const body = this.#bodyOf(flow, direction);
    if (body === undefined) return;
    const place = { flow, direction, tsUsec };
    if (body instanceof Body) body.open(this.#options.ledger, place).data(bytes, offset, length);
    else body.data(bytes, offset, length, place);
  }

  bodyGap(flow: number, direction: Direction, length: number, tsUsec: number): void {
    const body = this.#bodyOf(flow, direction);
    if (body === undefined) return;
    const place = { flow, direction, tsUsec };
    if (!(body instanceof Body)) {
      body.gap(length, place);
      return;
    }
    body.hasGap = true;
    body.open(this.#options.ledger, place).gap(length);
  }

  bodyEnd(flow: number, direction: Direction, isWhole: boolean, tsUsec: number): void {
    const connection = this.#connections.get(flow);
    const body = this.#bodyOf(flow, direction);
    if (connection === undefined || body === undefined) return;
    const place = { flow, direction, tsUsec };
    if (direction === 0) connection.upload = undefined;
    else connection.download = undefined;
    if (!(body instanceof Body)) {
      body.end(isWhole, place);
      return;
    }
    const { stream, entry } = body;
    if (stream === undefined) return;
    const lack = body.lack(isWhole);
    const end = { entry, stream, lack, place };
    if (direction === 0 && entry.recipients.length === 0) this.#waiting.untilShared(end);
    // Who put it there may have been seen by another worker a moment ago.
    else if (direction === 1 && this.#mayBeCounted(entry)) this.#waiting.unlessCounted(end);
    else stream.end(lack, place);
  }

  close(flow: number, tsUsec: number): void {
    if (!this.#connections.has(flow)) return;
    for (const direction of [0, 1] as const) this.bodyEnd(flow, direction, false, tsUsec);
    this.#connections.delete(flow);
  }

  sweep(tsUsec: number): void {
    this.#waiting.sweep(tsUsec);
    this.#ranges.sweep(tsUsec);
  }

  finish(tsUsec: number): void {
    for (const flow of [...this.#connections.keys()]) this.close(flow, tsUsec);
    this.#waiting.finish();
    this.#ranges.finish();
  }

  #mayBeCounted({ offer, countedBytes }: LedgerEntry): boolean {
    return this.#options.hasPeers && offer.protocol === 'upload' && countedBytes < 0;
  }

  #connect(flow: number): Connection | undefined {
    const { counters, limits } = this.#options;
    if (this.#connections.size >= limits.filesConnections) {
      counters.values[COUNTER.filesNotFollowed] =
        (counters.values[COUNTER.filesNotFollowed] as number) + 1;
      return undefined;
    }
    const connection = { upload: undefined, download: undefined, pending: new Map() };
    this.#connections.set(flow, connection);
    return connection;
  }

  #bodyOf(flow: number, direction: Direction): Body | Piece | undefined {
    const connection = this.#connections.get(flow);
    return direction === 0 ? connection?.upload : connection?.download;
  }

  #downloadOf(
    flow: number,
    entry: LedgerEntry,
    response: HttpResponse,
    tsUsec: number,
  ): Body | Piece | undefined {
    const { status, contentRange, contentEncoding, contentLength } = response;
    // Seen before, as an upload or for somebody else: it is looked at again when it may be another one by now.
    const isCopy = entry.countedBytes >= 0;
    if (status === OK) {
      const expectedBytes = contentEncoding === '' ? contentLength : -1;
      if (isCopy && expectedBytes === entry.countedBytes) return undefined;
      return new Body(entry, { expectedBytes, isCopy, hasStart: true });
    }
    if (status !== PARTIAL || contentRange === undefined) return undefined;
    // A piece of a file that was seen whole tells nothing.
    if (isCopy && contentRange.first > 0) return undefined;
    const endpoints = this.#options.endpointsOf(flow);
    const client = endpoints === undefined ? `flow ${flow}` : addressText(endpoints.clientWords);
    return this.#ranges.piece(entry, client, contentRange, isCopy, tsUsec);
  }
}

function uploadOf(entry: LedgerEntry, request: HttpRequest): Body {
  const { contentEncoding, contentLength, contentRange } = request;
  const expectedBytes = contentEncoding === '' ? contentLength : -1;
  const hasStart = contentRange === undefined || contentRange.first === 0;
  return new Body(entry, { expectedBytes, isCopy: false, hasStart });
}
