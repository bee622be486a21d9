/**
 * `s5b-hijack` and `s5b-misuse`: SOCKS5 bytestreams (XEP-0065, XEP-0260) against the offers that explain them. Both
 * parties derive the name they ask the proxy for from session id and JIDs; who overhears it can claim the stream.
 */
import { eventId, type LimitValues, type ThresholdValues } from '../core/index.ts';
import {
  Key,
  LruTable,
  RecentDistinct,
  RecentTimes,
  addressText,
  counted,
  shown,
  span,
  type EndpointsOf,
  type FlowTeller,
  type StateMemory,
} from '../correlation/index.ts';
import type { SocksRequest } from '../transport/index.ts';
import type { FileLedger } from './ledger.ts';

const RACE = eventId('service.socks_race');
const REQUEST = eventId('service.socks_request');
const UNEXPLAINED = eventId('service.socks_unexplained');
const IDLE = eventId('service.socks_idle');

/** Where ejabberd, Openfire (7777) and Prosody (5000) run their file proxies. */
const PROXY_PORTS: readonly number[] = [7777, 5000];
const STREAM_NAME = /^[0-9a-f]{40}$/i;
const CONNECT = 1;
const NO_LOGIN = 0;
/** A connection that carried less than this, headers included, carried nothing but its opening. */
export const OPENING_BYTES = 2048;
const MOST_OPEN = 16_384;

export interface SocksGuardOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly ledger: FileLedger;
  readonly endpointsOf: EndpointsOf;
  readonly teller: FlowTeller;
}

interface Connection extends SocksRequest {
  readonly flow: number;
  readonly tsUsec: number;
}

/** A connection no offer explains so far. */
interface Unexplained {
  readonly connection: Connection;
  readonly client: string;
  readonly server: string;
}

export class SocksGuard {
  readonly #options: SocksGuardOptions;
  /** By the name both parties ask for: who connected. */
  readonly #claims: LruTable;
  readonly #connected: RecentDistinct;
  /** By client address: connections that carried nothing. */
  readonly #idle: LruTable;
  readonly #idleTimes: RecentTimes;
  /** Open connections to proxies. */
  readonly #open = new Set<number>();
  /** Of these, those without an offer, in order of their beginning. */
  readonly #unexplained = new Map<number, Unexplained>();
  readonly #key = new Key();

  constructor(options: SocksGuardOptions) {
    this.#options = options;
    const { memory, limits, thresholds } = options;
    const capacity = limits.correlationBytestreamEntries;
    const { socksOfferSeconds, socksConnects, socksIdleSeconds, socksIdle } = thresholds;
    this.#claims = new LruTable(memory, 'bytestream_claims', capacity / 4, socksOfferSeconds);
    this.#connected = new RecentDistinct(this.#claims, socksConnects + 1);
    this.#idle = new LruTable(memory, 'idle_proxies', capacity / 4, socksIdleSeconds);
    this.#idleTimes = new RecentTimes(this.#idle, socksIdle);
  }

  /** A client asked a SOCKS5 server for something. */
  connect(flow: number, request: SocksRequest, tsUsec: number): void {
    const connection = { ...request, flow, tsUsec };
    const { host, addressType } = connection;
    const endpoints = this.#options.endpointsOf(flow);
    if (endpoints === undefined) return;
    const client = addressText(endpoints.clientWords);
    const server = `${addressText(endpoints.serverWords)} ${endpoints.serverPort}`;
    const isStream = addressType === 3 && STREAM_NAME.test(host);
    const isOffered = this.#options.ledger.isProxy(server, tsUsec);
    const isProxy = PROXY_PORTS.includes(endpoints.serverPort) || isOffered;
    // Everything else is an ordinary proxy of somebody's network.
    if (!isStream && !isProxy) return;
    if (this.#open.size < MOST_OPEN) this.#open.add(flow);
    if (isProxy) {
      const oddity = oddityOf(connection, isStream);
      if (oddity !== undefined) {
        const summary = `${client} asked the file proxy ${server.replace(' ', ' port ')} for ${oddity}`;
        const incident = { key: `${client} ${server}`, contributors: [client] };
        this.#options.teller.raiseOnFlow(flow, REQUEST, tsUsec, incident, { summary });
      }
    }
    if (!isStream) return;
    this.#key.ofWords(endpoints.clientWords);
    this.#claim(connection, client);
    if (!this.#isExplained(connection, tsUsec) && this.#open.has(flow)) {
      this.#unexplained.set(flow, { connection, client, server });
    }
  }

  /** That connection is over; `bytes` of both directions with their headers. Of flows it does not know: nothing. */
  disconnect(flow: number, tsUsec: number, bytes: number): void {
    const unexplained = this.#unexplained.get(flow);
    if (unexplained !== undefined) {
      this.#unexplained.delete(flow);
      if (!this.#isExplained(unexplained.connection, tsUsec)) {
        this.#tellUnexplained(unexplained, tsUsec);
      }
    }
    if (!this.#open.delete(flow) || bytes > OPENING_BYTES) return;
    const endpoints = this.#options.endpointsOf(flow);
    if (endpoints === undefined) return;
    const { socksIdle, socksIdleSeconds } = this.#options.thresholds;
    const { high, low } = this.#key.ofWords(endpoints.clientWords);
    const slot = this.#idle.claim(high, low, tsUsec);
    this.#idleTimes.add(slot, tsUsec);
    const idle = this.#idleTimes.within(slot, tsUsec, socksIdleSeconds);
    if (idle < socksIdle) return;
    const client = addressText(endpoints.clientWords);
    const summary = `${client} opened ${counted(idle, 'connection')} to file proxies within ${span(socksIdleSeconds)} that carried nothing`;
    const incident = { key: client, contributors: [client] };
    const context = { summary, connections: idle };
    this.#options.teller.raiseOnFlow(flow, IDLE, tsUsec, incident, context);
  }

  /** The offer may be known to another worker, or stand later in the capture: it gets some seconds to turn up. */
  sweep(tsUsec: number): void {
    const waitUsec = this.#options.thresholds.filesOfferWaitSeconds * 1e6;
    for (const [flow, unexplained] of this.#unexplained) {
      const { connection } = unexplained;
      if (Math.abs(tsUsec - connection.tsUsec) < waitUsec) return;
      this.#unexplained.delete(flow);
      if (this.#isExplained(connection, tsUsec)) continue;
      this.#tellUnexplained(unexplained, tsUsec);
    }
  }

  /** Somebody connects for a bytestream; `#key` is the client's address. */
  #claim({ flow, tsUsec, host }: Connection, client: string): void {
    const { high, low } = this.#key;
    const name = new Key().ofText(host.toLowerCase());
    const slot = this.#claims.claim(name.high, name.low, tsUsec);
    const isNew = this.#connected.add(slot, high, low, tsUsec);
    const { socksConnects, socksOfferSeconds } = this.#options.thresholds;
    const connected = this.#connected.within(slot, tsUsec, socksOfferSeconds);
    const offer = this.#options.ledger.ofConnection(host, tsUsec)?.offer;
    if (!isNew || connected <= socksConnects || offer === undefined) return;
    const [from, to] = [shown(offer.from), shown(offer.to)];
    const summary = `${client} is address number ${connected} to connect for the file of ${from} for ${to}: only two can belong to it`;
    const incident = { key: host.toLowerCase(), contributors: [client] };
    const context = { summary, addresses: connected };
    this.#options.teller.raiseOnFlow(flow, RACE, tsUsec, incident, context);
  }

  #isExplained({ host }: Connection, tsUsec: number): boolean {
    return this.#options.ledger.ofConnection(host, tsUsec) !== undefined;
  }

  #tellUnexplained({ connection, client, server }: Unexplained, tsUsec: number): void {
    const summary = `${client} opened a bytestream at ${server.replace(' ', ' port ')} that no offer explains`;
    const incident = { key: server, contributors: [client] };
    const { flow } = connection;
    this.#options.teller.raiseOnFlow(flow, UNEXPLAINED, tsUsec, incident, { summary });
  }
}

/** What about a request is none of a file transfer (XEP-0065 section 5.3.2); undefined when it is one. */
function oddityOf(connection: Connection, isStream: boolean): string | undefined {
  const { command, port, methods, host } = connection;
  if (command !== CONNECT) return 'something other than to connect';
  if (!isStream) return host === '' ? 'an address' : `the host ${shown(host)}`;
  // Of a request that was not captured only the name is sure.
  if (connection.isFromReply) return undefined;
  if (port !== 0) return `port ${port}`;
  if (!methods.includes(NO_LOGIN)) return 'a login';
  return undefined;
}
