/**
 * `spim-neardup`: nearly the same text to many strangers, whoever sends it. People quote and greet alike, so short
 * texts need more copies, and messages between colleagues count by their senders alone: one colleague writes to
 * many, but many do not write the same. Where several people reported the senders of a text, its next copy is enough.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns, Wave } from '../tables/campaigns.ts';
import { ContentIndex, type ContentCounts } from '../tables/content.ts';
import { DEGREE } from '../tables/strangers.ts';
import { waveSentence } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const NEAR_DUPLICATE = eventId('spim.near_duplicate');

export function watchNearDuplicates(options: WatchOptions): Doorkeeper {
  return new NearDuplicateWatch(options);
}

class NearDuplicateWatch implements Doorkeeper {
  readonly name = 'spim-neardup';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #campaigns: Campaigns;
  readonly #content: ContentIndex;

  constructor(options: WatchOptions) {
    const { thresholds, tables } = options;
    this.#thresholds = thresholds;
    this.#campaigns = tables.campaigns;
    this.#content = new ContentIndex(options, tables.campaigns);
  }

  knock(scene: Scene, degree: number): void {
    if (scene.outline.body < 0 || scene.isCanned) return;
    const slot = this.#content.note(scene, degree >= DEGREE.unsure);
    if (slot < 0) return;
    const wave = this.#content.wave(slot);
    if (wave === undefined) return;
    const counts = this.#content.counts(slot, scene.nowUsec);
    const isReported = wave.reports >= this.#thresholds.spimReporters;
    if (isReported || this.#isMass(counts, this.#content.chars)) this.#tell(scene, wave);
  }

  #isMass({ copies, senders, recipients }: ContentCounts, chars: number): boolean {
    const limits = this.#thresholds;
    if (chars < limits.spimLongChars) {
      return recipients >= limits.spimShortRecipients || senders >= limits.spimShortRecipients;
    }
    return (
      copies >= limits.spimCopies ||
      senders >= limits.spimCopySenders ||
      recipients >= limits.spimCopyRecipients
    );
  }

  #tell(scene: Scene, wave: Wave): void {
    this.#campaigns.bear(wave, scene);
    const { campaignId, fingerprint } = wave;
    const from = bareJid(scene.view.from);
    scene.raise(
      NEAR_DUPLICATE,
      { key: campaignId, contributors: [from], campaignId },
      {
        summary: waveSentence('nearly the same text', wave, from),
        fingerprint,
        messages: wave.messages,
        senders: wave.senders,
        recipients: wave.recipients,
      },
    );
  }
}
