/**
 * `s5b-hijack` and `s5b-misuse`: SOCKS5 bytestreams (XEP-0065, XEP-0260) against the offers that explain them. Both
 * parties derive the name they ask the proxy for from session id and JIDs; who overhears it can claim the stream.
 */
import { createHash } from 'node:crypto';
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import { TYPE } from '../outline.ts';
import { addressText, type Scene } from '../scene.ts';
import { KINDS, type SocksConnection, type TellOfFlow, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const RACE = eventId('service.socks_race');
const REQUEST = eventId('service.socks_request');
const UNEXPLAINED = eventId('service.socks_unexplained');
const IDLE = eventId('service.socks_idle');

const BYTESTREAMS = nsId('http://jabber.org/protocol/bytestreams');
const JINGLE = nsId('urn:xmpp:jingle:1');
const JINGLE_S5B = nsId('urn:xmpp:jingle:transports:s5b:1');
const NAME = {
  query: nameId('query'),
  sid: nameId('sid'),
  streamhost: nameId('streamhost'),
  candidate: nameId('candidate'),
  content: nameId('content'),
  transport: nameId('transport'),
  host: nameId('host'),
  port: nameId('port'),
  type: nameId('type'),
};

/** Where ejabberd, Openfire (7777) and Prosody (5000) run their file proxies. */
const PROXY_PORTS: readonly number[] = [7777, 5000];
const STREAM_NAME = /^[0-9a-f]{40}$/i;
const CONNECT = 1;
const NO_LOGIN = 0;
/** A connection that carried less than this, headers included, carried nothing but its opening. */
const OPENING_BYTES = 2048;
const PROXY_LIFE_SECONDS = 24 * 3600;
const MAX_OPEN = 16_384;

interface Offer {
  readonly requester: string;
  readonly target: string;
}

export function watchSocks(options: WatchOptions): Watch {
  return new SocksWatch(options);
}

class SocksWatch implements Watch {
  readonly name = 'socks';
  readonly kinds = KINDS.iq;
  readonly children = [BYTESTREAMS, JINGLE];
  readonly types = 1 << TYPE.set;
  readonly #options: WatchOptions;
  /** By the name both parties ask for. */
  readonly #offers: LruTable;
  readonly #parties: ObjectColumn<Offer>;
  readonly #connected: RecentDistinct;
  /** Proxies that offers named, by address and port. */
  readonly #proxies: LruTable;
  /** By client address: connections that carried nothing. */
  readonly #idle: LruTable;
  readonly #idleTimes: RecentTimes;
  /** Open connections to proxies. */
  readonly #open = new Set<number>();
  readonly #key = new Key();

  constructor(options: WatchOptions) {
    this.#options = options;
    const { memory, limits, thresholds } = options;
    const capacity = limits.correlationBytestreamEntries;
    this.#offers = new LruTable(memory, 'bytestreams', capacity, thresholds.socksOfferSeconds);
    this.#parties = this.#offers.objects();
    this.#connected = new RecentDistinct(this.#offers, thresholds.socksConnects + 1);
    this.#proxies = new LruTable(memory, 'file_proxies', capacity / 16, PROXY_LIFE_SECONDS);
    this.#idle = new LruTable(memory, 'idle_proxies', capacity / 4, thresholds.socksIdleSeconds);
    this.#idleTimes = new RecentTimes(this.#idle, thresholds.socksIdle);
  }

  /** Offers, on whichever leg they are seen. */
  stanza(scene: Scene): void {
    const { tree } = scene;
    const query = tree.child(0, BYTESTREAMS, NAME.query);
    if (query >= 0) this.#learn(scene, query, NAME.streamhost, false);
    const jingle = tree.childInNs(0, JINGLE);
    if (jingle < 0) return;
    const content = tree.child(jingle, JINGLE, NAME.content);
    const transport = content < 0 ? -1 : tree.child(content, JINGLE_S5B, NAME.transport);
    if (transport >= 0) this.#learn(scene, transport, NAME.candidate, true);
  }

  #learn(scene: Scene, element: number, hostName: number, isJingle: boolean): void {
    const { tree, view, nowUsec } = scene;
    const sid = tree.attrValue(element, NAME.sid);
    if (sid === '') return;
    this.#offer(sid, view.from, view.to, nowUsec);
    // In Jingle both sides offer hosts, each for a name of its own order (XEP-0260 section 2.4).
    if (isJingle) this.#offer(sid, view.to, view.from, nowUsec);
    for (let at = tree.firstChild(element); at >= 0; at = tree.nextSibling(at, element)) {
      if (tree.name(at) !== hostName) continue;
      if (isJingle && tree.attrValue(at, NAME.type) !== 'proxy') continue;
      const proxy = `${tree.attrValue(at, NAME.host)} ${tree.attrValue(at, NAME.port)}`;
      const { high, low } = this.#key.ofText(proxy);
      this.#proxies.claim(high, low, nowUsec);
    }
  }

  #offer(sid: string, requester: string, target: string, nowUsec: number): void {
    const name = createHash('sha1').update(`${sid}${requester}${target}`).digest('hex');
    const { high, low } = this.#key.ofText(name);
    const slot = this.#offers.claim(high, low, nowUsec);
    this.#parties.values[slot] = { requester, target };
  }

  socks(connection: SocksConnection, tell: TellOfFlow): void {
    const { flow, tsUsec, host, addressType } = connection;
    const endpoints = this.#options.endpointsOf(flow);
    if (endpoints === undefined) return;
    const client = addressText(endpoints.clientWords);
    const server = `${addressText(endpoints.serverWords)} ${endpoints.serverPort}`;
    const isStream = addressType === 3 && STREAM_NAME.test(host);
    const isProxy = PROXY_PORTS.includes(endpoints.serverPort) || this.#isOffered(server, tsUsec);
    // Everything else is an ordinary proxy of somebody's network.
    if (!isStream && !isProxy) return;
    if (this.#open.size < MAX_OPEN) this.#open.add(flow);
    if (isProxy) {
      const oddity = oddityOf(connection, isStream);
      if (oddity !== undefined) {
        const summary = `${client} asked the file proxy ${server.replace(' ', ' port ')} for ${oddity}`;
        tell(REQUEST, { key: `${client} ${server}`, contributors: [client] }, { summary });
      }
    }
    if (isStream) {
      this.#key.ofWords(endpoints.clientWords);
      this.#claim(connection, client, server, tell);
    }
  }

  socksEnd(flow: number, tsUsec: number, bytes: number, tell: TellOfFlow): void {
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

  /** Somebody connects for a bytestream; `#key` is the client's address. */
  #claim(connection: SocksConnection, client: string, server: string, tell: TellOfFlow): void {
    const { tsUsec, host } = connection;
    const { high, low } = this.#key;
    const name = new Key().ofText(host.toLowerCase());
    const slot = this.#offers.find(name.high, name.low, tsUsec);
    if (slot < 0) {
      const summary = `${client} opened a bytestream at ${server.replace(' ', ' port ')} that no offer explains`;
      tell(UNEXPLAINED, { key: server, contributors: [client] }, { summary });
      return;
    }
    const isNew = this.#connected.add(slot, high, low, tsUsec);
    const { socksConnects, socksOfferSeconds } = this.#options.thresholds;
    const connected = this.#connected.within(slot, tsUsec, socksOfferSeconds);
    const offer = this.#parties.values[slot];
    if (!isNew || connected <= socksConnects || offer === undefined) return;
    const [requester, target] = [shown(offer.requester), shown(offer.target)];
    const summary = `${client} is address number ${connected} to connect for the file of ${requester} for ${target}: only two can belong to it`;
    const incident = { key: host.toLowerCase(), contributors: [client] };
    tell(RACE, incident, { summary, addresses: connected });
  }

  #isOffered(server: string, nowUsec: number): boolean {
    const { high, low } = this.#key.ofText(server);
    return this.#proxies.find(high, low, nowUsec) >= 0;
  }
}

/** What about a request is none of a file transfer (XEP-0065 section 5.3.2); undefined when it is one. */
function oddityOf(connection: SocksConnection, isStream: boolean): string | undefined {
  const { command, port, methods, host } = connection;
  if (command !== CONNECT) return 'something other than to connect';
  if (!isStream) return host === '' ? 'an address' : `the host ${shown(host)}`;
  if (port !== 0) return `port ${port}`;
  if (!methods.includes(NO_LOGIN)) return 'a login';
  return undefined;
}
