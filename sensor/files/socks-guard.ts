/**
 * `s5b-hijack` and `s5b-misuse`: SOCKS5 bytestreams (XEP-0065, XEP-0260) against the offers that explain them. Both
 * parties derive the name they ask the proxy for from session id and JIDs; who overhears it can claim the stream.
 */
import { eventId } from '../core/index.ts';
import {
  Key,
  LruTable,
  RecentDistinct,
  RecentTimes,
  addressText,
  counted,
  shown,
  span,
  type FlowTeller,
  type SocksConnection,
  type TellOfFlow,
  type Watch,
} from '../correlation/index.ts';
import type { RoadOptions } from './watches.ts';

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
const OPENING_BYTES = 2048;
const MOST_OPEN = 16_384;

/** A connection no offer explains so far. */
interface Unexplained {
  readonly connection: SocksConnection;
  readonly client: string;
  readonly server: string;
}

export function watchSocks(options: RoadOptions): Watch {
  return new SocksGuard(options);
}

class SocksGuard implements Watch {
  readonly name = 'socks';
  readonly kinds = 0;
  readonly #options: RoadOptions;
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

  constructor(options: RoadOptions) {
    this.#options = options;
    const { memory, limits, thresholds } = options;
    const capacity = limits.correlationBytestreamEntries;
    const { socksOfferSeconds, socksConnects, socksIdleSeconds, socksIdle } = thresholds;
    this.#claims = new LruTable(memory, 'bytestream_claims', capacity / 4, socksOfferSeconds);
    this.#connected = new RecentDistinct(this.#claims, socksConnects + 1);
    this.#idle = new LruTable(memory, 'idle_proxies', capacity / 4, socksIdleSeconds);
    this.#idleTimes = new RecentTimes(this.#idle, socksIdle);
  }

  socks(connection: SocksConnection, tell: TellOfFlow): void {
    const { flow, tsUsec, host, addressType } = connection;
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
        tell(REQUEST, { key: `${client} ${server}`, contributors: [client] }, { summary });
      }
    }
    if (!isStream) return;
    this.#key.ofWords(endpoints.clientWords);
    this.#claim(connection, client, tell);
    if (!this.#isExplained(connection, tsUsec) && this.#open.has(flow)) {
      this.#unexplained.set(flow, { connection, client, server });
    }
  }

  socksEnd(flow: number, tsUsec: number, bytes: number, tell: TellOfFlow): void {
    const unexplained = this.#unexplained.get(flow);
    if (unexplained !== undefined) {
      this.#unexplained.delete(flow);
      if (!this.#isExplained(unexplained.connection, tsUsec)) tellUnexplained(unexplained, tell);
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
    tell(IDLE, { key: client, contributors: [client] }, { summary, connections: idle });
  }

  /** The offer may be known to another worker, or stand later in the capture: it gets some seconds to turn up. */
  tick(tsUsec: number, teller: FlowTeller): void {
    const waitUsec = this.#options.thresholds.filesOfferWaitSeconds * 1e6;
    for (const [flow, unexplained] of this.#unexplained) {
      const { connection } = unexplained;
      if (Math.abs(tsUsec - connection.tsUsec) < waitUsec) return;
      this.#unexplained.delete(flow);
      if (this.#isExplained(connection, tsUsec)) continue;
      tellUnexplained(unexplained, (event, incident, context) => {
        teller.raiseOnFlow(flow, event, tsUsec, incident, context);
      });
    }
  }

  /** Somebody connects for a bytestream; `#key` is the client's address. */
  #claim(connection: SocksConnection, client: string, tell: TellOfFlow): void {
    const { tsUsec, host } = connection;
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
    tell(RACE, incident, { summary, addresses: connected });
  }

  #isExplained({ host }: SocksConnection, tsUsec: number): boolean {
    return this.#options.ledger.ofConnection(host, tsUsec) !== undefined;
  }
}

function tellUnexplained({ client, server }: Unexplained, tell: TellOfFlow): void {
  const summary = `${client} opened a bytestream at ${server.replace(' ', ' port ')} that no offer explains`;
  tell(UNEXPLAINED, { key: server, contributors: [client] }, { summary });
}

/** What about a request is none of a file transfer (XEP-0065 section 5.3.2); undefined when it is one. */
function oddityOf(connection: SocksConnection, isStream: boolean): string | undefined {
  const { command, port, methods, host } = connection;
  if (command !== CONNECT) return 'something other than to connect';
  if (!isStream) return host === '' ? 'an address' : `the host ${shown(host)}`;
  // Of a request that was not captured only the name is sure.
  if (connection.isFromReply === true) return undefined;
  if (port !== 0) return `port ${port}`;
  if (!methods.includes(NO_LOGIN)) return 'a login';
  return undefined;
}
