/**
 * `spim-target-flood`: one account gets more from strangers than anybody can read. A public support address gets many
 * as well, but answers; where it answers, nothing is told.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { STANZA, bareJid } from '../../xmpp/index.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const FLOOD = eventId('spim.target_flood');

export function watchTargets(options: WatchOptions): Watch {
  return new TargetWatch(options);
}

class TargetWatch implements Watch {
  readonly name = 'spim-target-flood';
  readonly kinds = KINDS.message | KINDS.presence;
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
    this.#answers = new RecentTimes(this.#victims, spimTargetSenders);
  }

  stanza(scene: Scene): void {
    const strangers = this.#strangers;
    const isMessage = scene.view.kind === STANZA.message;
    if (!isMessage && scene.outline.type !== TYPE.subscribe) return;
    const degree = strangers.degree(scene);
    if (degree < DEGREE.unsure) {
      if (isMessage && degree === DEGREE.known) this.#answered(scene);
      return;
    }
    if (isMessage ? !strangers.isKnock(scene) : scene.isRepeat) return;
    const { to, nowUsec } = scene;
    const slot = this.#victims.claim(to.bare.high, to.bare.low, nowUsec);
    this.#stanzas.add(slot, nowUsec);
    if (isMessage && degree === DEGREE.stranger && strangers.isFirstKnock(scene)) {
      this.#senders.add(slot, nowUsec);
    }
    this.#judge(scene, slot);
  }

  /** The victim answers: it is somebody who gets mail of strangers. */
  #answered(scene: Scene): void {
    if (this.#victims.count === 0 || !this.#strangers.isFirstAnswer(scene)) return;
    const { from, nowUsec } = scene;
    const slot = this.#victims.find(from.bare.high, from.bare.low, nowUsec);
    if (slot >= 0) this.#answers.add(slot, nowUsec);
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
        summary: `${shown(victim)} gets at least ${what} of strangers within ${span(seconds)}`,
        stanzas,
        senders,
        seconds,
      },
    );
  }
}
