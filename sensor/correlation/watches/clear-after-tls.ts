/**
 * Companion of `starttls-stripped`: TLS fails (the server says so, or the connection breaks right behind
 * `<proceed/>`), and minutes later the same client logs in without it. Whoever sits on the path need only break TLS
 * to be shown the password by a client that does not insist.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import type { SessionSummary, XmppEvent, XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty, accountName } from '../login-party.ts';
import { LruTable } from '../lru-table.ts';
import type { Scene } from '../scene.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import { ByFlow, SessionMarks } from '../by-flow.ts';

const CLEAR_AFTER_FAILURE = eventId('policy.clear_after_tls_failure');
const SESSION_IN_CLEAR = eventId('xmpp.plaintext_session');
const PASSWORDS = [
  'xmpp.sasl_plain_clear',
  'xmpp.sasl_plain_clear_success',
  'xmpp.legacy_auth_password',
].map(eventId);
const TLS = nsId('urn:ietf:params:xml:ns:xmpp-tls');
const FAILURE = nameId('failure');
const PROCEED = nameId('proceed');

export function watchClearAfterTls(options: WatchOptions): Watch {
  return new ClearAfterTlsWatch(options);
}

class ClearAfterTlsWatch implements Watch {
  readonly name = 'clear-after-tls';
  readonly kinds = KINDS.nonza;
  readonly events = [...PASSWORDS, SESSION_IN_CLEAR];
  readonly #thresholds: ThresholdValues;
  readonly #prints: ClientPrints;
  readonly #party: LoginParty;
  /** Clients (address, program, domain) whose TLS failed. */
  readonly #failed: LruTable;
  /** By flow: time of `<proceed/>`, session that was told. */
  readonly #proceedUsec = new ByFlow<number>();
  readonly #told = new SessionMarks();
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#prints = tables.clientPrints;
    this.#party = new LoginParty(endpointsOf);
    const capacity = limits.correlationLoginSourceEntries;
    this.#failed = new LruTable(memory, 'tls_failures', capacity, thresholds.clearLoginSeconds);
  }

  stanza(scene: Scene): void {
    const { tree, session, nowUsec } = scene;
    if (scene.direction !== 1 || tree.isEmpty || tree.ns(0) !== TLS) return;
    if (tree.name(0) === FAILURE) this.#onFailure(session, nowUsec);
    else if (tree.name(0) === PROCEED) this.#proceedUsec.set(session.flow, nowUsec);
  }

  sessionEnd(session: XmppSession, { endUsec }: SessionSummary): void {
    const proceedUsec = this.#proceedUsec.get(session.flow);
    if (proceedUsec === undefined) return;
    this.#proceedUsec.delete(session.flow);
    const lasted = Math.abs(endUsec - proceedUsec) / 1e6;
    if (lasted <= this.#thresholds.tlsFailureSeconds) this.#onFailure(session, endUsec);
  }

  event({ session, tsUsec }: XmppEvent, teller: Teller): void {
    const { user, domain } = session;
    if (this.#told.has(session) || !this.#setKey(session)) return;
    const slot = this.#failed.find(this.#key.high, this.#key.low, tsUsec);
    if (slot < 0) return;
    this.#told.add(session);
    const account = accountName(user, domain);
    const { ip } = this.#party;
    const elapsed = Math.abs(tsUsec - this.#failed.usedUsec(slot)) / 1e6;
    teller.raise(
      CLEAR_AFTER_FAILURE,
      { session, direction: 0, tsUsec },
      { key: domain, contributors: [account, ip] },
      {
        summary: `${shown(account)} logs in to ${shown(domain)} in clear from ${ip}, ${span(elapsed)} after TLS failed for the same client`,
        ...{ account, client: ip, domain, mechanism: session.mechanism },
        seconds: Math.round(elapsed),
      },
      { from: account, to: domain },
    );
  }

  #onFailure(session: XmppSession, nowUsec: number): void {
    if (this.#setKey(session)) this.#failed.claim(this.#key.high, this.#key.low, nowUsec);
  }

  #setKey({ flow, domain }: XmppSession): boolean {
    const print = this.#prints.of(flow);
    const party = this.#party.of(flow, domain);
    if (print === undefined || !party.isPlaced) return false;
    this.#key.ofPair(party.pair, print);
    return true;
  }
}
