/**
 * `spim-sub-flood`: subscription requests as a way to be read. Out: one account asks many. In: many strangers ask one.
 * And asking and taking back in turns, which shows the request again and again. Requests through a gateway the user
 * registered with, and answers to a request of the other side, are no strangers' (tables/relations.ts).
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct, RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import { DEGREE } from '../tables/strangers.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const FLOOD = eventId('spim.subscribe_flood');
const VICTIM = eventId('spim.subscribe_victim');
const CYCLE = eventId('spim.subscribe_cycle');

export function watchSubscriptions(options: WatchOptions): Doorkeeper {
  return new SubscriptionWatch(options);
}

class SubscriptionWatch implements Doorkeeper {
  readonly name = 'spim-sub-flood';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  /** Who asked whom, by account that asks. */
  readonly #askers: LruTable;
  readonly #asked: RecentDistinct;
  /** Strangers, by account that is asked. */
  readonly #victims: LruTable;
  readonly #strangersOf: RecentDistinct;
  /** By pair: requests after a withdrawal. */
  readonly #pairs: LruTable;
  readonly #isWithdrawn: Column<Uint8Array>;
  readonly #cycles: RecentTimes;
  readonly #pair = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const { spimSubscribe, spimSubscribeBurst, spimSubscribeSenders } = thresholds;
    const { spimSubscribeCycles, spimSubscribeSeconds } = thresholds;
    const capacity = limits.correlationRequestEntries;
    this.#askers = new LruTable(memory, 'askers', capacity, spimSubscribeSeconds);
    // Told from the first beyond the threshold on.
    const most = Math.max(spimSubscribe, spimSubscribeBurst) + 1;
    this.#asked = new RecentDistinct(this.#askers, most);
    this.#victims = new LruTable(memory, 'asked', capacity, spimSubscribeSeconds);
    this.#strangersOf = new RecentDistinct(this.#victims, spimSubscribeSenders);
    this.#pairs = new LruTable(memory, 'requests', capacity, spimSubscribeSeconds);
    this.#isWithdrawn = this.#pairs.uint8();
    this.#cycles = new RecentTimes(this.#pairs, spimSubscribeCycles);
  }

  request(scene: Scene, degree: number): void {
    if (scene.outline.type === TYPE.unsubscribe) {
      this.#withdraw(scene);
      return;
    }
    this.#cycle(scene);
    this.#out(scene);
    if (degree === DEGREE.stranger) this.#in(scene);
  }

  #withdraw({ from, to, nowUsec }: Scene): void {
    const { high, low } = this.#pair.ofPair(from.bare, to.bare);
    const slot = this.#pairs.find(high, low, nowUsec);
    if (slot >= 0) this.#isWithdrawn.values[slot] = 1;
  }

  #cycle(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    const { spimSubscribeCycles, spimSubscribeSeconds } = this.#thresholds;
    const { high, low } = this.#pair.ofPair(from.bare, to.bare);
    const slot = this.#pairs.claim(high, low, nowUsec);
    if (this.#isWithdrawn.values[slot] === 0) return;
    this.#isWithdrawn.values[slot] = 0;
    this.#cycles.add(slot, nowUsec);
    const cycles = this.#cycles.within(slot, nowUsec, spimSubscribeSeconds);
    if (cycles < spimSubscribeCycles) return;
    const sender = bareJid(scene.view.from);
    const victim = bareJid(scene.view.to);
    scene.raise(
      CYCLE,
      { key: sender, contributors: [sender, victim] },
      {
        summary: `${shown(sender)} asked ${shown(victim)} for a subscription and took it back at least ${counted(cycles, 'time')} within ${span(spimSubscribeSeconds)}`,
        cycles,
        seconds: spimSubscribeSeconds,
      },
    );
  }

  #out(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    const limits = this.#thresholds;
    const slot = this.#askers.claim(from.bare.high, from.bare.low, nowUsec);
    this.#asked.add(slot, to.bare.high, to.bare.low, nowUsec);
    const seconds = limits.spimSubscribeBurstSeconds;
    const burst = this.#asked.within(slot, nowUsec, seconds);
    const hour = this.#asked.within(slot, nowUsec, limits.spimSubscribeSeconds);
    if (hour > limits.spimSubscribe) this.#tellFlood(scene, hour, limits.spimSubscribeSeconds);
    else if (burst > limits.spimSubscribeBurst) this.#tellFlood(scene, burst, seconds);
  }

  #tellFlood(scene: Scene, accounts: number, seconds: number): void {
    const sender = bareJid(scene.view.from);
    scene.raise(
      FLOOD,
      { key: sender, contributors: [sender, bareJid(scene.view.to)] },
      {
        summary: `${shown(sender)} asked at least ${counted(accounts, 'account')} that do not know it for a subscription within ${span(seconds)}`,
        recipients: accounts,
        seconds,
      },
    );
  }

  #in(scene: Scene): void {
    const { from, to, nowUsec } = scene;
    const { spimSubscribeSenders, spimSubscribeSeconds } = this.#thresholds;
    const slot = this.#victims.claim(to.bare.high, to.bare.low, nowUsec);
    this.#strangersOf.add(slot, from.bare.high, from.bare.low, nowUsec);
    const senders = this.#strangersOf.within(slot, nowUsec, spimSubscribeSeconds);
    if (senders < spimSubscribeSenders) return;
    const victim = bareJid(scene.view.to);
    scene.raise(
      VICTIM,
      { key: victim, contributors: [bareJid(scene.view.from)] },
      {
        summary: `At least ${counted(senders, 'stranger')} asked ${shown(victim)} for a subscription within ${span(spimSubscribeSeconds)}`,
        senders,
        seconds: spimSubscribeSeconds,
      },
    );
  }
}
