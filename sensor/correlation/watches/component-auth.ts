/**
 * `component-auth`: components (XEP-0114) whose secret is guessed, whose domain is claimed from a second address while
 * the first is connected, or that send in the name of another domain. The handshake is a hash of the stream id and
 * one shared secret without TLS, so whoever overhears one can guess offline. A component may serve further domains:
 * those the server delivers to it.
 */
import { DIRECTION, eventId } from '../../core/index.ts';
import { domainOf, isWithinDomain, normalizeJid } from '../../xmpp/index.ts';
import type { LoginOutcome, SessionSummary, XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { RecentTimes } from '../recent.ts';
import { addressText, HOP, type EndpointsOf, type Scene } from '../scene.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const REFUSED = eventId('s2s.component_refused');
const CLAIMED = eventId('s2s.component_claimed');
const FROM = eventId('s2s.component_from');
/** A connection nobody heard of for so long is dead, whatever TCP says. */
const LIVE_SECONDS = 86_400;

/** Who serves a domain. */
interface Holder {
  readonly sessionId: number;
  readonly ip: string;
}

export function watchComponents(options: WatchOptions): Watch {
  return new ComponentWatch(options);
}

class ComponentWatch implements Watch {
  readonly name = 'component-auth';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq;
  readonly hops = 1 << HOP.component;
  readonly #thresholds;
  readonly #endpointsOf: EndpointsOf;
  /** By address: refused handshakes. */
  readonly #refused: LruTable;
  readonly #times: RecentTimes;
  /** By domain. */
  readonly #domains: LruTable;
  readonly #holders: ObjectColumn<Holder>;
  /** By component and domain: the server delivered there what is for that domain. */
  readonly #served: LruTable;
  readonly #key = new Key();
  readonly #pair = new Key();

  constructor({ memory, limits, thresholds, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#endpointsOf = endpointsOf;
    const capacity = limits.correlationComponentEntries;
    const window = thresholds.componentFailureSeconds;
    this.#refused = new LruTable(memory, 'component_failures', capacity, window);
    this.#times = new RecentTimes(this.#refused, thresholds.componentFailures);
    this.#domains = new LruTable(memory, 'components', capacity, LIVE_SECONDS);
    this.#holders = this.#domains.objects();
    this.#served = new LruTable(memory, 'component_domains', capacity, LIVE_SECONDS);
  }

  stanza(scene: Scene): void {
    const { session, view, from, to, direction, nowUsec } = scene;
    if (scene.hop !== HOP.component || session.domain === '') return;
    const mine = direction === DIRECTION.toServer ? from : to;
    if (!mine.isKnown) return;
    this.#key.ofText(session.domain);
    if (mine.domain.equals(this.#key)) return;
    const { high, low } = this.#pair.ofPair(this.#key, mine.domain);
    if (direction === DIRECTION.toClient) {
      this.#served.claim(high, low, nowUsec);
      return;
    }
    if (this.#served.find(high, low, nowUsec) >= 0) return;
    if (isWithinDomain(domainOf(normalizeJid(view.from)), session.domain)) return;
    scene.raise(
      FROM,
      { key: `${session.domain} ${scene.clientIp}`, contributors: [shown(view.from)] },
      {
        summary: `Component ${shown(session.domain)} at ${scene.clientIp || 'an unknown address'} sent a ${view.name} to ${shown(view.to)} in the name of ${shown(view.from)}, which is outside its domain`,
        component: shown(session.domain),
      },
    );
  }

  login(login: LoginOutcome, teller: Teller): void {
    const { kind, session, succeeded } = login;
    if (kind !== 'handshake') return;
    if (succeeded) this.#hold(login, teller);
    else this.#refuse(session, login.tsUsec, teller);
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary): void {
    if (session.connection !== 'component' || session.domain === '') return;
    const { high, low } = this.#key.ofText(session.domain);
    const slot = this.#domains.find(high, low, endUsec);
    const isHolder = slot >= 0 && this.#holders.values[slot]?.sessionId === session.sessionId;
    if (isHolder) this.#domains.remove(slot);
  }

  #refuse(session: XmppSession, tsUsec: number, teller: Teller): void {
    const { componentFailures, componentFailureSeconds } = this.#thresholds;
    const words = this.#endpointsOf(session.flow)?.clientWords ?? [];
    const { high, low } = this.#key.ofWords(words);
    const slot = this.#refused.claim(high, low, tsUsec);
    this.#times.add(slot, tsUsec);
    const failures = this.#times.within(slot, tsUsec, componentFailureSeconds);
    if (failures < componentFailures) return;
    const ip = addressText(words);
    teller.raise(
      REFUSED,
      { session, direction: 1, tsUsec },
      { key: ip, contributors: [shown(session.domain)] },
      {
        summary: `${ip || 'A component'} was refused ${counted(failures, 'time')} within ${span(componentFailureSeconds)} as component ${shown(session.domain)}`,
        failures,
      },
      { to: session.domain },
    );
  }

  #hold({ session, tsUsec }: LoginOutcome, teller: Teller): void {
    const { high, low } = this.#key.ofText(session.domain);
    const slot = this.#domains.claim(high, low, tsUsec);
    const holder = this.#holders.values[slot];
    const ip = addressText(this.#endpointsOf(session.flow)?.clientWords ?? []);
    this.#holders.values[slot] = { sessionId: session.sessionId, ip };
    if (holder === undefined || holder.ip === ip) return;
    teller.raise(
      CLAIMED,
      { session, direction: 0, tsUsec },
      { key: session.domain, contributors: [ip, holder.ip] },
      {
        summary: `${ip} became component ${shown(session.domain)} while ${holder.ip} was still connected as the same component`,
        before: holder.ip,
      },
      { from: session.domain },
    );
  }
}
