/**
 * `sasl-spray`: few guesses each for many users. One source (an address, a network, or a client program known by how
 * it writes) fails for many; or one password, wrong for all of them, comes from several places. Passwords are compared
 * by keys that never leave memory (xmpp/secret-key.ts).
 *
 * Users who have logged in from that address before do not count, nor do sources where as many succeed: an office
 * behind one address on the morning a password policy bites.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import type { LoginOutcome } from '../../xmpp/index.ts';
import { isGuess } from '../failures.ts';
import { Key } from '../keys.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import type { ClientPrints } from '../tables/client-prints.ts';
import type { LoginHistory } from '../tables/login-history.ts';
import type { Teller, Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const SPRAY = eventId('auth.spray');
const SPRAY_PASSWORD = eventId('auth.spray_password');
const SUCCESS_AFTER = eventId('auth.success_after_failures');

/** What a source is, the narrowest first: the first that shows spraying is told. */
const BY = ['address', 'network', 'client'] as const;
const ADDRESSES = 4;

export function watchSaslSpray(options: WatchOptions): Watch {
  return new SaslSprayWatch(options);
}

class SaslSprayWatch implements Watch {
  readonly name = 'sasl-spray';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #history: LoginHistory;
  readonly #prints: ClientPrints;
  readonly #party: LoginParty;
  readonly #sources: LruTable;
  readonly #failed: RecentDistinct;
  readonly #succeeded: RecentDistinct;
  readonly #toldUsec: Column<Float64Array>;
  /** Client program of the latest failure. */
  readonly #print: Column<Int32Array>;
  readonly #passwords: LruTable;
  readonly #passwordUsers: RecentDistinct;
  readonly #passwordAddresses: RecentDistinct;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, tables, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#history = tables.loginHistory;
    this.#prints = tables.clientPrints;
    this.#party = new LoginParty(endpointsOf);
    const { sprayUsers, spraySeconds, sprayPasswordUsers, sprayPasswordSeconds } = thresholds;
    const life = Math.max(spraySeconds, thresholds.loginFailureSeconds);
    const sources = limits.correlationLoginSourceEntries;
    this.#sources = new LruTable(memory, 'spray_sources', sources, life);
    this.#failed = new RecentDistinct(this.#sources, sprayUsers);
    this.#succeeded = new RecentDistinct(this.#sources, sprayUsers);
    this.#toldUsec = this.#sources.float64();
    this.#print = this.#sources.int32(2);
    const secrets = limits.correlationLoginSecretEntries;
    this.#passwords = new LruTable(memory, 'spray_passwords', secrets, sprayPasswordSeconds);
    this.#passwordUsers = new RecentDistinct(this.#passwords, sprayPasswordUsers);
    this.#passwordAddresses = new RecentDistinct(this.#passwords, ADDRESSES);
  }

  login(login: LoginOutcome, teller: Teller): void {
    const { kind, session } = login;
    const isLogin = kind === 'sasl' || kind === 'sasl2' || kind === 'legacy';
    const party = this.#party.ofLogin(login);
    if (!isLogin || session.connection !== 'c2s' || !party.isPlaced || party.account === '') return;
    if (login.succeeded) this.#onSuccess(login, teller);
    else if (isGuess(login.condition) && !this.#history.isAtHome(party, login.tsUsec)) {
      this.#onFailure(login, teller);
    }
  }

  #onFailure(login: LoginOutcome, teller: Teller): void {
    const { tsUsec, session } = login;
    const { sprayUsers, spraySeconds } = this.#thresholds;
    const { accountKey, account } = this.#party;
    const print = this.#prints.of(session.flow);
    let told = false;
    for (let by = 0; by < BY.length; by++) {
      if (!this.#keyOf(by, login)) continue;
      const slot = this.#sources.claim(this.#key.high, this.#key.low, tsUsec);
      this.#failed.add(slot, accountKey.high, accountKey.low, tsUsec);
      this.#print.values[2 * slot] = print?.high ?? 0;
      this.#print.values[2 * slot + 1] = print?.low ?? 0;
      const failed = this.#failed.within(slot, tsUsec, spraySeconds);
      const succeeded = this.#succeeded.within(slot, tsUsec, spraySeconds);
      if (told || failed < sprayUsers || 2 * succeeded >= failed) continue;
      told = true;
      this.#toldUsec.values[slot] = tsUsec;
      const source = this.#nameOf(by);
      teller.raise(
        SPRAY,
        { session, direction: 0, tsUsec },
        { key: `${source} ${session.domain}`, contributors: [account] },
        {
          summary: `${source} failed to log in to at least ${failed} different accounts of ${shown(session.domain)} within ${span(spraySeconds)}`,
          ...{ source, by: BY[by] as string, domain: session.domain, users: failed, succeeded },
          window_seconds: spraySeconds,
        },
        { from: account, to: session.domain },
      );
    }
    this.#onPassword(login, teller);
  }

  #onPassword({ tsUsec, session, passwordKey }: LoginOutcome, teller: Teller): void {
    const { sprayPasswordUsers, sprayPasswordSeconds } = this.#thresholds;
    if (passwordKey === undefined) return;
    const { accountKey, address, account, ip } = this.#party;
    const domain = this.#key.ofText(session.domain);
    const { high, low } = domain.ofFour(domain.high, domain.low, passwordKey.high, passwordKey.low);
    const slot = this.#passwords.claim(high, low, tsUsec);
    this.#passwordUsers.add(slot, accountKey.high, accountKey.low, tsUsec);
    this.#passwordAddresses.add(slot, address.high, address.low, tsUsec);
    const users = this.#passwordUsers.within(slot, tsUsec, sprayPasswordSeconds);
    const addresses = this.#passwordAddresses.within(slot, tsUsec, sprayPasswordSeconds);
    // From one address it is told as that already.
    if (users < sprayPasswordUsers || addresses < 2) return;
    teller.raise(
      SPRAY_PASSWORD,
      { session, direction: 0, tsUsec },
      { key: session.domain, contributors: [ip, account] },
      {
        summary: `At least ${users} accounts of ${shown(session.domain)} were tried with one and the same password within ${span(sprayPasswordSeconds)}, from ${addresses} addresses or more`,
        ...{ domain: session.domain, users, addresses, window_seconds: sprayPasswordSeconds },
      },
      { from: account, to: session.domain },
    );
  }

  /** A guess that is right at once: for a user who was never there, by the program that was wrong so often. */
  #onSuccess(login: LoginOutcome, teller: Teller): void {
    const { tsUsec, session } = login;
    const party = this.#party;
    const { accountKey, account, ip } = party;
    const print = this.#prints.of(session.flow);
    const isAtHome = this.#history.isAtHome(party, tsUsec);
    for (let by = 0; by < BY.length; by++) {
      if (!this.#keyOf(by, login)) continue;
      const slot = this.#sources.claim(this.#key.high, this.#key.low, tsUsec);
      this.#succeeded.add(slot, accountKey.high, accountKey.low, tsUsec);
      const toldUsec = this.#toldUsec.values[slot] as number;
      const isSprayed =
        toldUsec !== 0 &&
        Math.abs(tsUsec - toldUsec) <= this.#thresholds.loginFailureSeconds * 1e6 &&
        this.#print.values[2 * slot] === (print?.high ?? 0) &&
        this.#print.values[2 * slot + 1] === (print?.low ?? 0);
      if (!isSprayed || isAtHome) continue;
      this.#history.noteGuessed(party, tsUsec);
      teller.raise(
        SUCCESS_AFTER,
        { session, direction: 1, tsUsec },
        { key: account, contributors: [ip] },
        {
          summary: `${ip} logged in as ${shown(account)} while ${this.#nameOf(by)} failed for many other accounts`,
          ...{ account, source: ip, mechanism: login.mechanism, after: 'spray' },
        },
        { from: account, to: session.domain },
      );
      return;
    }
  }

  /** Sets the key of the source; false where there is none. */
  #keyOf(by: number, { session }: LoginOutcome): boolean {
    const { address, near } = this.#party;
    if (by === 0) this.#key.ofFour(by, 0, address.high, address.low);
    else if (by === 1) this.#key.ofFour(by, 0, near.high, near.low);
    else {
      const print = this.#prints.of(session.flow);
      if (print === undefined) return false;
      this.#key.ofPair(this.#key.ofText(session.domain), print);
    }
    return true;
  }

  #nameOf(by: number): string {
    const { ip, network } = this.#party;
    return by === 0 ? ip : by === 1 ? network : 'one client program';
  }
}
