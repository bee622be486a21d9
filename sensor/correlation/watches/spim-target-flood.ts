/**
 * `spim-target-flood`: one account gets more from strangers than anybody can read. A public support address gets many
 * as well, but answers; where it answers, nothing is told.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const FLOOD = eventId('spim.target_flood');

export function watchTargets(options: WatchOptions): Doorkeeper {
  return new TargetWatch(options);
}

class TargetWatch implements Doorkeeper {
  readonly name = 'spim-target-flood';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  readonly #victims: LruTable;
  readonly #stanzas: RecentTimes;
  /** First messages and requests of strangers: one for each of them. */
  readonly #senders: RecentTimes;
  readonly #answers: RecentTimes;

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    const { spimTargetStanzas, spimTargetSenders, spimTargetSenderSeconds } = thresholds;
    const capacity = limits.correlationVictimEntries;
    this.#victims = new LruTable(memory, 'targets', capacity, spimTargetSenderSeconds);
    this.#stanzas = new RecentTimes(this.#victims, spimTargetStanzas);
    this.#senders = new RecentTimes(this.#victims, spimTargetSenders);
    const answers = (spimTargetSenders * thresholds.spimAnsweredPercent) / 100;
    this.#answers = new RecentTimes(this.#victims, answers);
  }

  knock(scene: Scene, degree: number): void {
    if (degree < DEGREE.unsure) return;
    const slot = this.#note(scene);
    if (degree === DEGREE.stranger && this.#strangers.isFirstKnock(scene)) {
      this.#senders.add(slot, scene.nowUsec);
    }
    this.#judge(scene, slot);
  }

  request(scene: Scene, degree: number): void {
    if (degree < DEGREE.unsure || scene.outline.type !== TYPE.subscribe) return;
    this.#judge(scene, this.#note(scene));
  }

  /** The victim answers: it is somebody who gets mail of strangers. */
  answered({ from, nowUsec }: Scene): void {
    const slot = this.#victims.find(from.bare.high, from.bare.low, nowUsec);
    if (slot >= 0) this.#answers.add(slot, nowUsec);
  }

  #note({ to, nowUsec }: Scene): number {
    const slot = this.#victims.claim(to.bare.high, to.bare.low, nowUsec);
    this.#stanzas.add(slot, nowUsec);
    return slot;
  }

  #judge(scene: Scene, slot: number): void {
    const { nowUsec } = scene;
    const limits = this.#thresholds;
    const stanzas = this.#stanzas.within(slot, nowUsec, limits.spimTargetSeconds);
    const senders = this.#senders.within(slot, nowUsec, limits.spimTargetSenderSeconds);
    if (stanzas < limits.spimTargetStanzas && senders < limits.spimTargetSenders) return;
    const answers = this.#answers.within(slot, nowUsec, limits.spimTargetSenderSeconds);
    if (100 * answers >= limits.spimAnsweredPercent * Math.max(senders, 1) && answers > 0) return;
    const victim = bareJid(scene.view.to);
    const isFlood = stanzas >= limits.spimTargetStanzas;
    const what = isFlood ? counted(stanzas, 'stanza') : counted(senders, 'message');
    const seconds = isFlood ? limits.spimTargetSeconds : limits.spimTargetSenderSeconds;
    scene.raise(
      FLOOD,
      { key: victim, contributors: [bareJid(scene.view.from)], ...this.#campaigns.membership },
      {
        summary: `Strangers sent ${shown(victim)} at least ${what} within ${span(seconds)}`,
        stanzas,
        senders,
        seconds,
      },
    );
  }
}
