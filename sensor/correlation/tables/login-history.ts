/**
 * Who has logged in from where and with what: what makes a login, or a failure, ordinary. Learns from logins that
 * succeeded.
 */
import type { LoginOutcome } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { strengthOf } from '../mechanisms.ts';
import { RecentDistinct } from '../recent.ts';
import type { Learner } from '../types.ts';
import type { ClientPrints } from './client-prints.ts';
import type { TableOptions } from './index.ts';

const LIFE_SECONDS = 90 * 24 * 3600;
/** Networks and clients remembered for an account. */
const PLACES = 4;

/** What a login is to its account. */
export interface Novelty {
  /** Did the account log in before at all? Otherwise nothing can be new. */
  readonly hasHistory: boolean;
  readonly isNewNetwork: boolean;
  readonly isNewClient: boolean;
}

export class LoginHistory implements Learner {
  readonly kinds = 0;
  readonly #party: LoginParty;
  readonly #prints: ClientPrints;
  /** Accounts at an address that logged in there. */
  readonly #pairs: LruTable;
  readonly #accounts: LruTable;
  readonly #networks: RecentDistinct;
  readonly #clients: RecentDistinct;
  /** Strength of the best mechanism an account used with a client. */
  readonly #ways: LruTable;
  readonly #strength: Column<Uint8Array>;
  readonly #way = new Key();
  /** Accounts at an address that guessed their password. */
  readonly #guessed: LruTable;

  constructor({ memory, limits, thresholds, endpointsOf }: TableOptions, prints: ClientPrints) {
    const capacity = limits.correlationLoginUserEntries;
    this.#party = new LoginParty(endpointsOf);
    this.#prints = prints;
    this.#pairs = new LruTable(memory, 'login_pairs', capacity, LIFE_SECONDS);
    this.#accounts = new LruTable(memory, 'login_accounts', capacity, LIFE_SECONDS);
    this.#networks = new RecentDistinct(this.#accounts, PLACES);
    this.#clients = new RecentDistinct(this.#accounts, PLACES);
    this.#ways = new LruTable(memory, 'login_ways', capacity, LIFE_SECONDS);
    this.#strength = this.#ways.uint8();
    this.#guessed = new LruTable(memory, 'guessed_accounts', capacity, thresholds.takeoverSeconds);
  }

  learn(): void {
    // Logins alone tell.
  }

  login(login: LoginOutcome): void {
    const { kind, tsUsec, session } = login;
    const isLogin = kind !== 'registration' && kind !== 'password_change';
    if (!isLogin || !login.succeeded || login.user === '') return;
    const party = this.#party.ofLogin(login);
    this.#pairs.claim(party.pair.high, party.pair.low, tsUsec);
    const account = this.#accounts.claim(party.accountKey.high, party.accountKey.low, tsUsec);
    this.#networks.add(account, party.wide.high, party.wide.low, tsUsec);
    const print = this.#prints.of(session.flow);
    if (print === undefined) return;
    this.#clients.add(account, print.high, print.low, tsUsec);
    const { high, low } = this.#way.ofPair(party.accountKey, print);
    const way = this.#ways.claim(high, low, tsUsec);
    const strength = strengthOf(login.mechanism);
    if (strength > (this.#strength.values[way] as number)) this.#strength.values[way] = strength;
  }

  /** The password was guessed by whoever sits at that address (sasl-brute, sasl-spray). */
  noteGuessed({ pair }: LoginParty, nowUsec: number): void {
    this.#guessed.claim(pair.high, pair.low, nowUsec);
  }

  wasGuessed({ pair }: LoginParty, nowUsec: number): boolean {
    return this.#guessed.find(pair.high, pair.low, nowUsec) >= 0;
  }

  /** Did this account log in from this address before? */
  isAtHome({ pair }: LoginParty, nowUsec: number): boolean {
    return this.#pairs.find(pair.high, pair.low, nowUsec) >= 0;
  }

  /** Is there anything new about where and with what the account logs in? Ask before it is learned. */
  noveltyOf({ accountKey, wide }: LoginParty, print: Key | undefined, nowUsec: number): Novelty {
    const account = this.#accounts.find(accountKey.high, accountKey.low, nowUsec);
    if (account < 0) return { hasHistory: false, isNewNetwork: false, isNewClient: false };
    return {
      hasHistory: true,
      isNewNetwork: !this.#networks.has(account, wide.high, wide.low),
      isNewClient: print !== undefined && !this.#clients.has(account, print.high, print.low),
    };
  }

  /** Strength (mechanisms.ts) of the best login of an account with a client; 0 when there was none. */
  strengthOf(account: Key, print: Key, nowUsec: number): number {
    const { high, low } = this.#way.ofPair(account, print);
    const way = this.#ways.find(high, low, nowUsec);
    return way < 0 ? 0 : (this.#strength.values[way] as number);
  }
}
