/**
 * `spim-domain-surge`: a domain from which many accounts appear that were never seen, each with a word to a stranger,
 * and hardly anybody answers. Campaigns send three messages an account, so no account stands out; its domain does.
 * A large domain brings new people every day: it is held against its own 14-day median.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid, domainOf } from '../../xmpp/index.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { DEEPEST, RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const SURGE = eventId('spim.domain_surge');
const DAYS = 14;
const DAY_SECONDS = 86_400;
const LIFE_SECONDS = DAYS * DAY_SECONDS;
const MOST = 0xffff;
/** New senders whose times are kept: enough for the usual number of a large domain, several times over. */
const DEPTH = 128;

export function watchDomainSurge(options: WatchOptions): Doorkeeper {
  return new DomainSurgeWatch(options);
}

class DomainSurgeWatch implements Doorkeeper {
  readonly name = 'spim-domain-surge';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  readonly #domains: LruTable;
  readonly #senders: RecentTimes;
  readonly #answers: RecentTimes;
  /** New senders of each of the last days, the day in hand at `day % DAYS`, and what day that is. */
  readonly #perDay: Column<Uint16Array>;
  readonly #day: Column<Uint32Array>;
  readonly #firstDay: Column<Uint32Array>;
  readonly #sorted = new Uint16Array(DAYS);

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    const { correlationSurgeEntries } = limits;
    const table = new LruTable(memory, 'surges', correlationSurgeEntries, LIFE_SECONDS);
    this.#domains = table;
    const depth = Math.min(DEEPEST, Math.max(DEPTH, thresholds.spimSurgeSenders));
    this.#senders = new RecentTimes(table, depth);
    this.#answers = new RecentTimes(table, (depth * thresholds.spimAnsweredPercent) / 100);
    this.#perDay = table.uint16(DAYS);
    this.#day = table.uint32();
    this.#firstDay = table.uint32();
  }

  /** Of one's own domain nobody asks who is new. */
  knock(scene: Scene, degree: number): void {
    if (scene.hop === HOP.fromClient || degree !== DEGREE.stranger) return;
    const strangers = this.#strangers;
    if (strangers.isUnseenSender(scene) && strangers.isFirstKnock(scene)) this.#appeared(scene);
  }

  /** Somebody of the domain got an answer. */
  answered({ to, nowUsec }: Scene): void {
    const slot = this.#domains.find(to.domain.high, to.domain.low, nowUsec);
    if (slot >= 0) this.#answers.add(slot, nowUsec);
  }

  #appeared(scene: Scene): void {
    const { from, nowUsec } = scene;
    const { spimSurgeSenders, spimSurgeSeconds, spimSurgeFactor } = this.#thresholds;
    const slot = this.#domains.claim(from.domain.high, from.domain.low, nowUsec);
    const usual = this.#usual(slot, nowUsec);
    this.#senders.add(slot, nowUsec);
    const senders = this.#senders.within(slot, nowUsec, spimSurgeSeconds);
    const perWindow = (usual * spimSurgeSeconds) / DAY_SECONDS;
    const enough = Math.max(spimSurgeSenders, spimSurgeFactor * perWindow);
    if (senders < Math.min(enough, this.#senders.depth)) return;
    const answers = this.#answers.within(slot, nowUsec, spimSurgeSeconds);
    if (100 * answers >= this.#thresholds.spimAnsweredPercent * senders) return;
    this.#tell(scene, senders, answers);
  }

  /** Median of new senders a day, 0 for a domain of few days; counts the one in hand. */
  #usual(slot: number, nowUsec: number): number {
    const today = Math.max(1, Math.floor(nowUsec / 1e6 / DAY_SECONDS));
    const perDay = this.#perDay.values;
    const base = slot * DAYS;
    const last = this.#day.values[slot] as number;
    if (last === 0) this.#firstDay.values[slot] = today;
    if (last !== today) {
      const passed = last === 0 || today < last ? DAYS : Math.min(DAYS, today - last);
      for (let i = 0; i < passed; i++) perDay[base + ((today - i) % DAYS)] = 0;
      this.#day.values[slot] = today;
    }
    const at = base + (today % DAYS);
    perDay[at] = Math.min(MOST, (perDay[at] as number) + 1);
    const known = Math.min(DAYS, today - (this.#firstDay.values[slot] as number));
    if (known <= 0) return 0;
    const sorted = this.#sorted.subarray(0, known);
    for (let i = 0; i < known; i++) sorted[i] = perDay[base + ((today - 1 - i) % DAYS)] as number;
    sorted.sort();
    return sorted[known >> 1] as number;
  }

  #tell(scene: Scene, senders: number, answers: number): void {
    const { spimSurgeSeconds } = this.#thresholds;
    const domain = domainOf(scene.view.from);
    scene.raise(
      SURGE,
      { key: domain, contributors: [bareJid(scene.view.from)], ...this.#campaigns.membership },
      {
        summary: `At least ${counted(senders, 'account')} of ${shown(domain)} that were never seen before wrote to strangers within ${span(spimSurgeSeconds)} and got ${answers === 0 ? 'no answer' : counted(answers, 'answer')}`,
        senders,
        answers,
        seconds: spimSurgeSeconds,
      },
    );
  }
}
