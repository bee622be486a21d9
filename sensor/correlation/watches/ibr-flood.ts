/**
 * `ibr-flood`: accounts opened by the dozen (XEP-0077). Counted for each address and for each server, since farms
 * change addresses; and by what the accounts have in common: numbered names (`user001`, `user002`), names a program
 * made up, the same password. A class that signs up in one room has one address, but names and passwords of its own:
 * addresses of the site (`detection.internal_networks`) may register as many as a server in all.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { VALIDATORS } from '../../detect/index.ts';
import type { LoginOutcome } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LoginParty } from '../login-party.ts';
import { LruTable } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import type { Site } from '../site.ts';
import type { Teller, Watch } from '../types.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const FLOOD = eventId('service.registration_flood');
const SERIES = eventId('service.registration_series');

/** What registrations are counted by. */
const BY = { address: 1, server: 2, pattern: 3, random: 4, password: 5 } as const;
const WHAT = {
  [BY.pattern]: 'have numbered names of one pattern',
  [BY.random]: 'have names made up by a program',
  [BY.password]: 'have the same password',
} as const;
/** Letters in front of a number that make it a series: `a1` is nobody's pattern. */
const NUMBERED = /^(.{2,}?)\d+$/;

const encoder = new TextEncoder();

export function watchIbrFlood(options: WatchOptions): Watch {
  return new IbrFloodWatch(options);
}

class IbrFloodWatch implements Watch {
  readonly name = 'ibr-flood';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #site: Site;
  readonly #party: LoginParty;
  readonly #counts: LruTable;
  readonly #accounts: RecentDistinct;
  readonly #key = new Key();

  constructor({ memory, limits, thresholds, site, endpointsOf }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#site = site;
    this.#party = new LoginParty(endpointsOf);
    const { registrations, registrationsServer, registrationSeries, registrationSeconds } =
      thresholds;
    const capacity = Math.ceil(limits.correlationLoginSourceEntries / 8);
    this.#counts = new LruTable(memory, 'registrations', capacity, registrationSeconds);
    const deepest = Math.max(registrations, registrationsServer, registrationSeries);
    this.#accounts = new RecentDistinct(this.#counts, deepest);
  }

  login(login: LoginOutcome, teller: Teller): void {
    const { kind, succeeded, domain, passwordKey } = login;
    const party = this.#party.ofLogin(login);
    if (kind !== 'registration' || !succeeded || !party.isPlaced) return;
    const { address } = party;
    const { registrations, registrationsServer } = this.#thresholds;
    const local = login.user.split('@', 1)[0]?.toLowerCase() ?? '';
    const where = this.#key.ofText(domain);
    const server = { high: where.high, low: where.low };
    const isInternal = this.#site.isInternal(party.ip);
    const most = isInternal ? registrationsServer : registrations;
    const byAddress = this.#count(BY.address, address.high, address.low, login);
    if (byAddress >= most) this.#tellFlood(party.ip, byAddress, login, teller);
    const byServer = this.#count(BY.server, server.high, server.low, login);
    if (byServer >= registrationsServer) this.#tellFlood(domain, byServer, login, teller);
    const pattern = NUMBERED.exec(local)?.[1];
    if (pattern !== undefined) {
      const { high, low } = this.#key.ofText(`${pattern}#@${domain}`);
      this.#judgeSeries(BY.pattern, high, low, login, teller);
    }
    if (isGenerated(local)) this.#judgeSeries(BY.random, server.high, server.low, login, teller);
    if (passwordKey !== undefined) {
      const { high, low } = passwordKey;
      this.#judgeSeries(BY.password, high ^ server.high, low ^ server.low, login, teller);
    }
  }

  /** Counts the account; @returns how many different ones there are. */
  #count(by: number, high: number, low: number, { tsUsec }: LoginOutcome): number {
    const { accountKey } = this.#party;
    const key = this.#key.ofFour(by, 0, high, low);
    const slot = this.#counts.claim(key.high, key.low, tsUsec);
    this.#accounts.add(slot, accountKey.high, accountKey.low, tsUsec);
    return this.#accounts.within(slot, tsUsec, this.#thresholds.registrationSeconds);
  }

  #tellFlood(where: string, count: number, login: LoginOutcome, teller: Teller): void {
    const { session, tsUsec, domain } = login;
    const { account, ip } = this.#party;
    const { registrationSeconds } = this.#thresholds;
    const isServer = where === domain;
    const who = isServer ? 'Clients' : ip;
    teller.raise(
      FLOOD,
      { session, direction: 1, tsUsec },
      { key: isServer ? `server ${domain}` : `address ${ip}`, contributors: [account, ip] },
      {
        summary: `${who} registered at least ${count} accounts at ${shown(domain)} within ${span(registrationSeconds)}, the latest is ${shown(account)}`,
        ...{ source: ip, domain, account, by: isServer ? 'server' : 'address', accounts: count },
        window_seconds: registrationSeconds,
      },
      { from: account, to: domain },
    );
  }

  #judgeSeries(
    by: keyof typeof WHAT,
    high: number,
    low: number,
    login: LoginOutcome,
    teller: Teller,
  ): void {
    const { registrationSeries, registrationSeconds } = this.#thresholds;
    const count = this.#count(by, high, low, login);
    if (count < registrationSeries) return;
    const { session, tsUsec, domain } = login;
    const { account, ip } = this.#party;
    teller.raise(
      SERIES,
      { session, direction: 1, tsUsec },
      { key: domain, contributors: [account, ip] },
      {
        summary: `At least ${count} accounts registered at ${shown(domain)} within ${span(registrationSeconds)} ${WHAT[by]}, the latest is ${shown(account)} from ${ip}`,
        ...{ source: ip, domain, account, accounts: count, common: WHAT[by] },
        window_seconds: registrationSeconds,
      },
      { from: account, to: domain },
    );
  }
}

function isGenerated(name: string): boolean {
  const bytes = encoder.encode(name);
  return VALIDATORS.get('generated-name')?.(bytes, 0, bytes.length, '') === true;
}
