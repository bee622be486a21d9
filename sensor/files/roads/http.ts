/**
 * Files put to and fetched from upload slots (XEP-0363) and other shared URLs, over HTTP in clear. Only connections
 * to hosts the ledger knows are followed, and of their requests those that belong to an offer.
 */
import { COUNTER, DIRECTION, type Direction } from '../../core/index.ts';
import { addressText, type EndpointsOf } from '../../correlation/index.ts';
import type { HttpInterest, HttpRequest, HttpResponse } from '../../transport/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { targetOfRequest } from '../url-place.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { RangedDownloads } from './ranged-downloads.ts';
import { WaitingEnds, type WaitingEnd } from './waiting-ends.ts';
import { WholeBody, type Body } from './whole-body.ts';

const [OK, PARTIAL] = [200, 206];
/** Requests of one connection that wait for their responses. */
const MOST_PENDING = 64;

type Endpoints = NonNullable<ReturnType<EndpointsOf>>;

/** What is known of a connection that carries files, or will. */
interface Connection {
  upload: Body | undefined;
  download: Body | undefined;
  /** Requests for files by their number. */
  readonly pending: Map<number, LedgerEntry>;
}

export class HttpRoad {
  readonly #options: ConnectionOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #waiting: WaitingEnds;
  readonly #ranges: RangedDownloads;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { thresholds, ledger } = options;
    this.#waiting = new WaitingEnds(thresholds.filesRecipientWaitSeconds);
    this.#ranges = new RangedDownloads(ledger, thresholds.filesIdleSeconds);
  }

  request(flow: number, request: HttpRequest, tsUsec: number): HttpInterest {
    const { ledger } = this.#options;
    this.#waiting.sweep(tsUsec);
    const host = this.#hostOf(flow, request, tsUsec);
    if (host === undefined) return this.#mayTakeFiles(flow, tsUsec) ? 'skip' : false;
    if (ledger.isUploadHost(host, tsUsec)) this.#nameServer(flow, tsUsec);
    const target = targetOfRequest(request.target);
    // A query nobody asked for changes nothing for most servers.
    const path = target.replace(/[?].*$/, '');
    switch (request.method) {
      case 'PUT':
      case 'POST': {
        const entry = ledger.ofPut(host, target, tsUsec) ?? ledger.ofPut(host, path, tsUsec);
        this.bodyEnd(flow, 0, false, tsUsec);
        const connection = entry === undefined ? undefined : this.#connect(flow);
        if (entry === undefined || connection === undefined) return 'skip';
        connection.upload = this.#uploadOf(entry, request);
        return true;
      }
      case 'GET': {
        const entry = ledger.ofGet(host, target, tsUsec) ?? ledger.ofGet(host, path, tsUsec);
        const connection = entry === undefined ? undefined : this.#connect(flow);
        if (entry === undefined || connection === undefined) return 'skip';
        if (connection.pending.size >= MOST_PENDING) return 'skip';
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
    this.bodyEnd(flow, 1, false, tsUsec);
    connection.pending.delete(response.number);
    connection.download = this.#downloadOf(flow, entry, response, tsUsec);
    this.#forgetIdle(flow, connection);
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
    this.#bodyOf(flow, direction)?.data(bytes, offset, length, flow, tsUsec);
  }

  bodyGap(flow: number, direction: Direction, length: number, tsUsec: number): void {
    this.#bodyOf(flow, direction)?.gap(length, flow, tsUsec);
  }

  bodyEnd(flow: number, direction: Direction, isWhole: boolean, tsUsec: number): void {
    const connection = this.#connections.get(flow);
    if (connection === undefined) return;
    const body = direction === 0 ? connection.upload : connection.download;
    if (direction === 0) connection.upload = undefined;
    else connection.download = undefined;
    this.#forgetIdle(flow, connection);
    body?.end(isWhole, flow, tsUsec);
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

  /** The host as the ledger knows it, if it does: servers go by the name, a client may write no port or a wrong one. */
  #hostOf(flow: number, { host }: HttpRequest, tsUsec: number): string | undefined {
    const { ledger, endpointsOf } = this.#options;
    const name = host.replace(/[.]?:[0-9]+$/, '');
    const written = `${name}${host.slice(host.lastIndexOf(':')).replace(/^:443$/, ':80')}`;
    if (ledger.knowsHost(written, tsUsec)) return written;
    const port = endpointsOf(flow)?.serverPort;
    const reached = `${name}:${port === 443 ? 80 : port}`;
    return port !== undefined && ledger.knowsHost(reached, tsUsec) ? reached : undefined;
  }

  #endUpload(end: WaitingEnd): void {
    if (end.entry.recipients.length === 0) this.#waiting.untilShared(end);
    else end.stream.end(end.lack, end.place);
  }

  #endDownload(end: WaitingEnd): void {
    const { offer, countedBytes } = end.entry;
    // Who put it there may have been seen by another worker a moment ago.
    const mayBeTold = this.#options.hasPeers && offer.protocol === 'upload' && countedBytes < 0;
    if (mayBeTold) this.#waiting.unlessCounted(end);
    else end.stream.end(end.lack, end.place);
  }

  /** A first request for another host may hide what follows: servers answer those too, and read on. */
  #mayTakeFiles(flow: number, tsUsec: number): boolean {
    const { ledger, endpointsOf } = this.#options;
    const endpoints = endpointsOf(flow);
    if (endpoints === undefined || !ledger.knowsUploads) return false;
    const isUploadPort = ledger.isUploadPort(endpoints.serverPort, tsUsec);
    return isUploadPort || ledger.isUploadServer(serverText(endpoints), tsUsec);
  }

  #nameServer(flow: number, tsUsec: number): void {
    const { ledger, endpointsOf } = this.#options;
    const endpoints = endpointsOf(flow);
    if (endpoints !== undefined) ledger.nameUploadServer(serverText(endpoints), tsUsec);
  }

  /** Only what carries a file, or will: whoever links to a busy site does not fill the table. */
  #forgetIdle(flow: number, { upload, download, pending }: Connection): void {
    const isIdle = upload === undefined && download === undefined && pending.size === 0;
    if (isIdle) this.#connections.delete(flow);
  }

  #connect(flow: number): Connection | undefined {
    const { counters, limits } = this.#options;
    const known = this.#connections.get(flow);
    if (known !== undefined) return known;
    if (this.#connections.size >= limits.filesConnections) {
      counters.values[COUNTER.filesNotFollowed] =
        (counters.values[COUNTER.filesNotFollowed] as number) + 1;
      return undefined;
    }
    const connection = { upload: undefined, download: undefined, pending: new Map() };
    this.#connections.set(flow, connection);
    return connection;
  }

  #bodyOf(flow: number, direction: Direction): Body | undefined {
    const connection = this.#connections.get(flow);
    return direction === 0 ? connection?.upload : connection?.download;
  }

  #downloadOf(
    flow: number,
    entry: LedgerEntry,
    response: HttpResponse,
    tsUsec: number,
  ): Body | undefined {
    const { status, contentRange, contentEncoding, contentLength } = response;
    // Seen before, as an upload or for somebody else: it is looked at again when it may be another one by now.
    const isCopy = entry.countedBytes >= 0;
    if (status === OK) {
      const expectedBytes = contentEncoding === '' ? contentLength : -1;
      if (isCopy && expectedBytes === entry.countedBytes) return undefined;
      return new WholeBody({
        ...{ ledger: this.#options.ledger, entry, expectedBytes, isCopy, hasStart: true },
        direction: DIRECTION.toClient,
        onEnd: (end) => {
          this.#endDownload(end);
        },
      });
    }
    if (status !== PARTIAL || contentRange === undefined) return undefined;
    // A piece of a file that was seen whole tells nothing.
    if (isCopy && contentRange.first > 0) return undefined;
    const endpoints = this.#options.endpointsOf(flow);
    const client = endpoints === undefined ? `flow ${flow}` : addressText(endpoints.clientWords);
    return this.#ranges.piece(entry, client, contentRange, isCopy, tsUsec);
  }

  #uploadOf(entry: LedgerEntry, request: HttpRequest): Body {
    const { contentLength, contentRange } = request;
    return new WholeBody({
      ...{ ledger: this.#options.ledger, entry, isCopy: false },
      direction: DIRECTION.toServer,
      expectedBytes: contentLength,
      hasStart: contentRange === undefined || contentRange.first === 0,
      onEnd: (end) => {
        this.#endUpload(end);
      },
    });
  }
}

function serverText({ serverWords, serverPort }: Endpoints): string {
  return `${addressText(serverWords)} ${serverPort}`;
}
