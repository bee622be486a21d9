/**
 * The door at which strangers knock: asks once for every stanza whether addressee and sender know each other, and tells
 * the SPIM detectors behind it. For ordinary chat it costs one question, however many detectors there are.
 */
import { STANZA } from '../../xmpp/index.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { KINDS, type Watch } from '../types.ts';
import type { WatchOptions } from './index.ts';

/** A detector behind the door. `degree` is DEGREE.colleague or more. */
export interface Doorkeeper extends Watch {
  /** A message somebody may read; no copy, repeat or error, and not said in a room. */
  knock?(scene: Scene, degree: number): void;
  /** A subscription is asked for, or taken back (`outline.type`). */
  request?(scene: Scene, degree: number): void;
  /** Somebody answers, for the first time, one of another domain who wrote first. */
  answered?(scene: Scene): void;
}

/** The door, and what the detectors behind it want to hear besides. */
export function watchDoor(options: WatchOptions, keepers: readonly Doorkeeper[]): Watch[] {
  return [new DoorWatch(options, keepers), ...keepers];
}

class DoorWatch implements Watch {
  readonly name = 'spim-door';
  readonly kinds = KINDS.message | KINDS.presence;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  readonly #knock: readonly Doorkeeper[];
  readonly #request: readonly Doorkeeper[];
  readonly #answered: readonly Doorkeeper[];
  /** Domains somebody of whom knocked of late: answers to others need not be told from answers to friends. */
  readonly #domains: LruTable;

  constructor(
    { memory, limits, thresholds, tables }: WatchOptions,
    keepers: readonly Doorkeeper[],
  ) {
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    this.#knock = keepers.filter((keeper) => keeper.knock !== undefined);
    this.#request = keepers.filter((keeper) => keeper.request !== undefined);
    this.#answered = keepers.filter((keeper) => keeper.answered !== undefined);
    const { spimFanoutSeconds, spimSurgeSeconds, spimTargetSenderSeconds } = thresholds;
    const seconds = Math.max(spimFanoutSeconds, spimSurgeSeconds, spimTargetSenderSeconds);
    const capacity = limits.correlationSurgeEntries;
    this.#domains = new LruTable(memory, 'knocking_domains', capacity, seconds);
  }

  /** Campaigns are told also when nobody writes any more. */
  tick(tsUsec: number): void {
    this.#campaigns.sweep(tsUsec);
  }

  stanza(scene: Scene): void {
    const { outline } = scene;
    if (scene.view.kind === STANZA.presence) {
      if (outline.type === TYPE.subscribe || outline.type === TYPE.unsubscribe) this.#asks(scene);
    } else if (outline.isHuman && outline.type !== TYPE.groupchat) this.#writes(scene);
  }

  #writes(scene: Scene): void {
    const degree = this.#strangers.degree(scene);
    if (degree === DEGREE.known) {
      if (this.#domains.count > 0 && scene.isAcrossDomains) this.#answers(scene);
      return;
    }
    if (degree < DEGREE.colleague || !this.#strangers.isKnock(scene)) return;
    const { high, low } = scene.from.domain;
    this.#domains.claim(high, low, scene.nowUsec);
    for (const keeper of this.#knock) keeper.knock?.(scene, degree);
  }

  #answers(scene: Scene): void {
    const { high, low } = scene.to.domain;
    if (this.#domains.find(high, low, scene.nowUsec) < 0) return;
    if (!this.#strangers.isFirstAnswer(scene)) return;
    for (const keeper of this.#answered) keeper.answered?.(scene);
  }

  #asks(scene: Scene): void {
    const degree = this.#strangers.degree(scene);
    if (degree < DEGREE.colleague || scene.isRepeat) return;
    for (const keeper of this.#request) keeper.request?.(scene, degree);
  }
}
