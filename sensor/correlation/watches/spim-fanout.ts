/**
 * `spim-fanout`: many strangers written to by one account, from one address, or by the accounts of one domain. Each
 * stranger counts once, with the first message. Colleagues (the same organisation) count for the highest tier alone,
 * unless the account is new: a campaign on the own server registers its accounts first. While the sensor cannot know
 * who is a stranger, only a burst counts: conversations that go on look like first messages then, but not so many at once.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid, domainOf } from '../../xmpp/index.ts';
import type { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const FANOUT = eventId('spim.fanout');
const HIGH = eventId('spim.fanout_high');
const ADDRESS = eventId('spim.fanout_address');
const DOMAIN = eventId('spim.fanout_domain');

export function watchFanout(options: WatchOptions): Doorkeeper {
  return new FanoutWatch(options);
}

/** First messages by who sent them. */
class Sources {
  readonly #table: LruTable;
  readonly #times: RecentTimes;

  constructor({ memory, thresholds }: WatchOptions, name: string, capacity: number, most: number) {
    this.#table = new LruTable(memory, name, capacity, thresholds.spimFanoutSeconds);
    this.#times = new RecentTimes(this.#table, most);
  }

  /** @returns the entry. */
  add({ high, low }: Key, nowUsec: number): number {
    const slot = this.#table.claim(high, low, nowUsec);
    this.#times.add(slot, nowUsec);
    return slot;
  }

  find({ high, low }: Key, nowUsec: number): number {
    return this.#table.count === 0 ? -1 : this.#table.find(high, low, nowUsec);
  }

  within(slot: number, nowUsec: number, seconds: number): number {
    return slot < 0 ? 0 : this.#times.within(slot, nowUsec, seconds);
  }
}

class FanoutWatch implements Doorkeeper {
  readonly name = 'spim-fanout';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  /** By account: all who may be strangers, strangers, and colleagues as well; strangers by address and by domain. */
  readonly #bursts: Sources;
  readonly #accounts: Sources;
  readonly #all: Sources;
  readonly #addresses: Sources;
  readonly #domains: Sources;
  /** First answers to strangers, by their domain. */
  readonly #answers: Sources;

  constructor(options: WatchOptions) {
    const { thresholds, tables } = options;
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    const { spimFanout, spimFanoutBurst, spimFanoutHigh } = thresholds;
    const { spimFanoutAddress, spimFanoutDomain } = thresholds;
    const sources = options.limits.correlationSourceEntries;
    const domains = options.limits.correlationSurgeEntries;
    this.#bursts = new Sources(options, 'fanout_bursts', sources, spimFanoutBurst);
    this.#accounts = new Sources(options, 'fanout_accounts', sources, spimFanout);
    this.#all = new Sources(options, 'fanout_all', sources, spimFanoutHigh);
    this.#addresses = new Sources(options, 'fanout_addresses', sources, spimFanoutAddress);
    this.#domains = new Sources(options, 'fanout_domains', domains, spimFanoutDomain);
    // More answers than would silence the largest count need no place.
    const answers = (spimFanoutDomain * thresholds.spimAnsweredPercent) / 100;
    this.#answers = new Sources(options, 'fanout_answers', domains, answers);
  }

  knock(scene: Scene, degree: number): void {
    if (!this.#strangers.isFirstKnock(scene)) return;
    const isNew = degree === DEGREE.colleague && this.#strangers.isRegistered(scene);
    this.#byAccount(scene, isNew ? DEGREE.stranger : degree);
    if (degree !== DEGREE.stranger) return;
    if (scene.hop !== HOP.fromClient) this.#byDomain(scene);
    else if (scene.endpoints !== undefined) this.#byAddress(scene);
  }

  answered({ to, nowUsec }: Scene): void {
    this.#answers.add(to.domain, nowUsec);
  }

  #byAccount(scene: Scene, degree: number): void {
    const { nowUsec, from } = scene;
    const limits = this.#thresholds;
    const seconds = limits.spimFanoutSeconds;
    const everybody = this.#all.within(this.#all.add(from.bare, nowUsec), nowUsec, seconds);
    const maybe = degree >= DEGREE.unsure ? this.#bursts.add(from.bare, nowUsec) : -1;
    const sure = degree === DEGREE.stranger ? this.#accounts.add(from.bare, nowUsec) : -1;
    if (everybody >= limits.spimFanoutHigh) {
      this.#tellAccount(scene, HIGH, everybody, seconds);
      return;
    }
    const burst = this.#bursts.within(maybe, nowUsec, limits.spimFanoutBurstSeconds);
    const hour = this.#accounts.within(sure, nowUsec, seconds);
    if (hour >= limits.spimFanout) this.#tellAccount(scene, FANOUT, hour, seconds);
    else if (burst >= limits.spimFanoutBurst) {
      this.#tellAccount(scene, FANOUT, burst, limits.spimFanoutBurstSeconds);
    }
  }

  #tellAccount(scene: Scene, event: number, recipients: number, seconds: number): void {
    const from = bareJid(scene.view.from);
    const address = scene.isFirstHop ? scene.clientIp : '';
    this.#tell(scene, event, from, [bareJid(scene.view.to)], {
      summary: `${shown(from)} wrote to at least ${counted(recipients, 'account')} for the first time within ${span(seconds)}, none of which knows the sender`,
      recipients,
      seconds,
      ...(address === '' ? {} : { address }),
    });
  }

  #byAddress(scene: Scene): void {
    const { nowUsec } = scene;
    const { spimFanoutAddress, spimFanoutSeconds } = this.#thresholds;
    const slot = this.#addresses.add(scene.clientAddress, nowUsec);
    const recipients = this.#addresses.within(slot, nowUsec, spimFanoutSeconds);
    if (recipients < spimFanoutAddress) return;
    const address = scene.clientIp;
    this.#tell(scene, ADDRESS, address, [bareJid(scene.view.from)], {
      summary: `At least ${counted(recipients, 'stranger')} were written to from ${address} within ${span(spimFanoutSeconds)}`,
      recipients,
      seconds: spimFanoutSeconds,
      address,
    });
  }

  #byDomain(scene: Scene): void {
    const { nowUsec, from } = scene;
    const { spimFanoutDomain, spimFanoutSeconds, spimAnsweredPercent } = this.#thresholds;
    const slot = this.#domains.add(from.domain, nowUsec);
    const recipients = this.#domains.within(slot, nowUsec, spimFanoutSeconds);
    if (recipients < spimFanoutDomain) return;
    const answered = this.#answers.find(from.domain, nowUsec);
    const answers = this.#answers.within(answered, nowUsec, spimFanoutSeconds);
    if (100 * answers >= spimAnsweredPercent * recipients) return;
    const domain = domainOf(scene.view.from);
    this.#tell(scene, DOMAIN, domain, [bareJid(scene.view.from)], {
      summary: `Accounts of ${shown(domain)} wrote to at least ${counted(recipients, 'stranger')} within ${span(spimFanoutSeconds)} and got ${answers === 0 ? 'no answer' : counted(answers, 'answer')}`,
      recipients,
      answers,
      seconds: spimFanoutSeconds,
    });
  }

  #tell(
    scene: Scene,
    event: number,
    key: string,
    contributors: readonly string[],
    context: Readonly<Record<string, string | number>>,
  ): void {
    scene.raise(event, { key, contributors, ...this.#campaigns.membership }, context);
  }
}
