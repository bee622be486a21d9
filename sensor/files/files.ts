/**
 * The room's engine: the ledger of offers, the watches that fill it, and the roads on which bytes come. The pipeline
 * hands it what transport/ carries; in-band data comes with the stanzas, through the watches.
 */
import type { Counters, Direction, LimitValues, ThresholdValues } from '../core/index.ts';
import {
  StateMemory,
  type EndpointsOf,
  type FlowTeller,
  type TableReport,
  type Watch,
  type WatchOptions,
} from '../correlation/index.ts';
import type { HttpInterest, HttpRequest, HttpResponse, SocksRequest } from '../transport/index.ts';
import { FileLedger } from './ledger.ts';
import type { OfferNews } from './offer-news.ts';
import { HttpRoad } from './roads/http.ts';
import { SocksRoad } from './roads/socks.ts';
import type { FileDesk } from './types.ts';
import { SocksGuard } from './socks-guard.ts';
import { createFileWatches } from './watches.ts';

export interface FilesOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly desk: FileDesk;
  readonly endpointsOf: EndpointsOf;
  /** Takes events on flows that carry files: `Correlation.raiseOnFlow`. */
  readonly teller: FlowTeller;
  /** Bytes a connection has carried in both directions, with their headers. */
  readonly bytesOf: (flow: number) => number;
  /** Hears of offers that other workers should know (`learnOffer` there). Undefined: there are no others. */
  readonly onOffer?: (news: OfferNews) => void;
}

export class Files {
  readonly memory: StateMemory;
  readonly ledger: FileLedger;
  readonly #options: FilesOptions;
  readonly #guard: SocksGuard;
  /** Connections to SOCKS5 servers. */
  readonly #socksFlows = new Set<number>();
  readonly #socks: SocksRoad;
  readonly #http: HttpRoad;

  constructor(options: FilesOptions) {
    const { counters, limits, thresholds, desk, onOffer } = options;
    this.#options = options;
    this.memory = new StateMemory(counters);
    const { memory } = this;
    this.ledger = new FileLedger({ counters, memory, limits, thresholds, desk, onNews: onOffer });
    const shared = { ...options, ledger: this.ledger, hasPeers: onOffer !== undefined };
    this.#guard = new SocksGuard({ ...options, memory, ledger: this.ledger });
    this.#socks = new SocksRoad(shared);
    this.#http = new HttpRoad(shared);
  }

  /** All watches of the room, for `CorrelationOptions.watches`. */
  watches(options: WatchOptions): Watch[] {
    const { desk } = this.#options;
    return createFileWatches({ ...options, desk, ledger: this.ledger });
  }

  // SOCKS5. Packet time in microseconds throughout.

  /** @returns true when its bytes are wanted. */
  onSocks(flow: number, request: SocksRequest, tsUsec: number): boolean {
    this.#socksFlows.add(flow);
    this.#guard.connect(flow, request, tsUsec);
    return this.#socks.open(flow, request, tsUsec);
  }

  /** `code`: 0 when granted (RFC 1928 section 6). */
  onSocksReply(flow: number, code: number, tsUsec: number): void {
    if (code !== 0) this.#socks.close(flow, tsUsec, 'reset');
  }

  onSocksData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): void {
    this.#socks.data(flow, direction, bytes, offset, length, tsUsec);
  }

  onSocksGap(flow: number, direction: Direction, length: number, tsUsec: number): void {
    this.#socks.gap(flow, direction, length, tsUsec);
  }

  // HTTP.

  onHttpRequest(flow: number, request: HttpRequest, tsUsec: number): HttpInterest {
    return this.#http.request(flow, request, tsUsec);
  }

  onHttpResponse(flow: number, response: HttpResponse, tsUsec: number): boolean {
    return this.#http.response(flow, response, tsUsec);
  }

  onHttpBody(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
    tsUsec: number,
  ): void {
    this.#http.body(flow, direction, bytes, offset, length, tsUsec);
  }

  onHttpBodyGap(flow: number, direction: Direction, length: number, tsUsec: number): void {
    this.#http.bodyGap(flow, direction, length, tsUsec);
  }

  onHttpBodyEnd(flow: number, direction: Direction, isWhole: boolean, tsUsec: number): void {
    this.#http.bodyEnd(flow, direction, isWhole, tsUsec);
  }

  /** The end of a flow, whatever it carried. `reason`: FlowEndReason of flow/. */
  onClose(flow: number, tsUsec: number, reason = 'closed'): void {
    this.#socks.close(flow, tsUsec, reason);
    this.#http.close(flow, tsUsec);
    if (!this.#socksFlows.delete(flow)) return;
    this.#guard.disconnect(flow, tsUsec, this.#options.bytesOf(flow));
  }

  /** Time has passed: what waits or stands still is looked at. Now and then, also when no packets come. */
  sweep(tsUsec: number): void {
    this.#guard.sweep(tsUsec);
    this.#socks.sweep(tsUsec);
    this.#http.sweep(tsUsec);
  }

  /** The sensor stops: what has not ended ends. Behind the ends of all flows. */
  finish(tsUsec: number): void {
    this.#socks.finish(tsUsec);
    this.#http.finish(tsUsec);
  }

  /** What another worker told by `onOffer`. */
  learnOffer(news: OfferNews): void {
    this.ledger.learn(news);
  }

  /** How full the tables are. */
  report(): TableReport[] {
    return this.memory.report();
  }
}

export function createFiles(options: FilesOptions): Files {
  return new Files(options);
}
