/**
 * `xmpp-loris`: many connections of one source that never log in. Connect and hold, a header that never ends, a login
 * that stops half way: a server keeps a place for each of them, and soon has none for others.
 *
 * A connection counts once it is a minute old and still not logged in, so what comes and goes (logins, health checks,
 * a client that tries again and again) is never counted, and behind one address may be as many users as there are. No
 * stanza is needed: connections to ports of XMPP are told by the flow table, those elsewhere by their session.
 */
import { eventId, isIpv4 } from '../../core/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import { FlowQueue } from '../flow-queue.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentTimes } from '../recent.ts';
import { addressText } from '../scene.ts';
import type { FlowTeller, Watch } from '../types.ts';
import { counted, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const HELD = eventId('service.held_logins');
const HOUR_SECONDS = 3600;
/** IPv6 sources count by network: who has one address there has 2^64. */
const PREFIX_WORDS = 2;

export function watchHeldLogins(options: WatchOptions): Watch {
  return new HeldLoginWatch(options);
}

class HeldLoginWatch implements Watch {
  readonly name = 'held-logins';
  readonly kinds = 0;
  readonly #options: WatchOptions;
  readonly #waiting: FlowQueue;
  /** Sessions of waiting flows, where there is one. */
  readonly #sessions = new Map<number, XmppSession>();
  /** Held flows, with the key of their source. */
  readonly #held = new Map<number, Key>();
  readonly #sources: LruTable;
  readonly #open: Column<Uint32Array>;
  readonly #times: RecentTimes;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { memory, limits, thresholds } = options;
    this.#waiting = new FlowQueue(thresholds.heldLoginSeconds);
    this.#sources = new LruTable(
      memory,
      'held_logins',
      limits.correlationHeldLoginEntries,
      HOUR_SECONDS,
    );
    this.#open = this.#sources.uint32();
    this.#times = new RecentTimes(this.#sources, thresholds.heldLoginsPerHour);
  }

  connect(flow: number, tsUsec: number, teller: FlowTeller): void {
    this.tick(tsUsec, teller);
    this.#waiting.add(flow, tsUsec);
  }

  sessionOpen(session: XmppSession): void {
    if (session.authenticated || session.connection === 'serverless') {
      this.#waiting.remove(session.flow);
      return;
    }
    this.#sessions.set(session.flow, session);
    this.#waiting.add(session.flow, session.startUsec);
  }

  disconnect(flow: number, tsUsec: number, teller: FlowTeller): void {
    this.tick(tsUsec, teller);
    this.#waiting.remove(flow);
    this.#sessions.delete(flow);
    const key = this.#held.get(flow);
    if (key === undefined) return;
    this.#held.delete(flow);
    const slot = this.#sources.find(key.high, key.low, tsUsec);
    if (slot < 0) return;
    const open = this.#open.values[slot] as number;
    this.#open.values[slot] = open > 0 ? open - 1 : 0;
  }

  tick(tsUsec: number, teller: FlowTeller): void {
    for (;;) {
      const flow = this.#waiting.takeDue(tsUsec);
      if (flow < 0) return;
      const session = this.#sessions.get(flow);
      this.#sessions.delete(flow);
      const isUnused = session === undefined || isBeforeLogin(session);
      if (isUnused && this.#options.isWaiting(flow)) this.#hold(flow, tsUsec, teller);
    }
  }

  #hold(flow: number, tsUsec: number, teller: FlowTeller): void {
    const endpoints = this.#options.endpointsOf(flow);
    if (endpoints === undefined) return;
    const { clientWords: words, serverWords, serverPort } = endpoints;
    const [a = 0, b = 0, c = 0] = Array.from(words);
    const isNetwork = !isIpv4(a, b, c);
    const key = new Key().ofWords(isNetwork ? Array.from(words).slice(0, PREFIX_WORDS) : words);
    const slot = this.#sources.claim(key.high, key.low, tsUsec);
    this.#held.set(flow, key);
    const open = (this.#open.values[slot] as number) + 1;
    this.#open.values[slot] = open;
    this.#times.add(slot, tsUsec);
    const { heldLogins, heldLoginsPerHour, heldLoginSeconds } = this.#options.thresholds;
    const inHour = this.#times.within(slot, tsUsec, HOUR_SECONDS);
    if (open < heldLogins && inHour < heldLoginsPerHour) return;
    const source = addressText(isNetwork ? [a, b, 0, 0] : words) + (isNetwork ? '/64' : '');
    const server = `${addressText(serverWords)} port ${serverPort}`;
    const many =
      open >= heldLogins
        ? `holds ${counted(open, 'connection')}`
        : `held ${counted(inHour, 'connection')} within an hour`;
    const summary = `${source} ${many} to ${server} open for more than ${span(heldLoginSeconds)} each without logging in`;
    const incident = { key: source, contributors: [addressText(words)] };
    teller.raiseOnFlow(flow, HELD, tsUsec, incident, { summary, open, held_in_hour: inHour });
  }
}

/** Nobody has logged in, and what is said can be read: behind TLS a login may be. */
function isBeforeLogin({ authenticated, tls, compressed }: XmppSession): boolean {
  return !authenticated && tls !== 'started' && !compressed;
}
