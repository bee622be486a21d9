/**
 * The SPIM score of a message (threats.md section 7): what speaks for spam adds up, what speaks for an acquaintance is
 * taken off. Rules carry their weight as metadata (`spim_score 30`), also silent ones; several rules of one detection
 * count as the heaviest of them. What no rule says stands here: how well the addressee knows the sender.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import type { Rule } from '../../rules/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const SCORE = eventId('spim.score');
const RAA = nsId('urn:xmpp:raa:0');
const AFFILIATION = nameId('affiliation');
const MOST = 100;
/** What a breakdown calls the detections of this pack; others by their slug. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['spim-url-ioc', 'listed link'],
  ['spim-jid-ioc', 'listed address'],
  ['spim-type-abuse', 'odd message type'],
  ['spim-fanout', 'fan-out'],
  ['spim-neardup', 'near-duplicate'],
  ['spim-domain-surge', 'domain surge'],
  ['spim-sub-flood', 'subscription flood'],
  ['spim-muc-invite', 'invitations'],
  ['spim-muc-hitrun', 'hit and run'],
  ['spim-lexicon', 'advertising words'],
  ['spim-obfus', 'disguised text'],
  ['spim-url-shape', 'link shape'],
  ['spim-jidgen', 'generated name'],
  ['spim-omemo-stranger', 'encrypted first words'],
  ['spim-report-seen', 'reported'],
]);

export function watchScore(options: WatchOptions): Watch {
  return new ScoreWatch(options);
}

class ScoreWatch implements Watch {
  readonly name = 'spim-score';
  readonly kinds = KINDS.message | KINDS.presence;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  /** Of each rule that has one; rules come and go with reloads. */
  readonly #weights = new WeakMap<Rule, number>();

  constructor({ thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
  }

  judged(scene: Scene, fired: readonly Rule[]): void {
    if (scene.isRepeat || scene.view.isCopy) return;
    const parts = new Map<string, number>();
    for (const rule of fired) {
      const weight = this.#weight(rule);
      if (weight === 0) continue;
      const name = signalOf(rule);
      parts.set(name, Math.max(weight, parts.get(name) ?? 0));
    }
    if (parts.size > 0) this.#judge(scene, parts);
  }

  #judge(scene: Scene, parts: Map<string, number>): void {
    const { spimScore } = this.#thresholds;
    this.#addFacts(scene, parts);
    // One sign alone is told by its own rule.
    if (parts.size < 2) return;
    let sum = 0;
    for (const points of parts.values()) sum += points;
    const score = Math.max(0, Math.min(MOST, sum));
    if (score < spimScore) return;
    const breakdown = [...parts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([name, points]) => `${name} ${points < 0 ? '' : '+'}${points}`)
      .join(', ');
    const sender = bareJid(scene.view.from);
    const { membership } = this.#campaigns;
    scene.raise(
      SCORE,
      { key: membership.campaignId ?? sender, contributors: [sender], ...membership },
      {
        summary: `${shown(sender)} sent ${shown(bareJid(scene.view.to))} a message that scores ${score} of 100 for spam: ${breakdown}`,
        score,
        breakdown,
      },
    );
  }

  #addFacts(scene: Scene, parts: Map<string, number>): void {
    const limits = this.#thresholds;
    const strangers = this.#strangers;
    if (strangers.degree(scene) === DEGREE.stranger) {
      parts.set('stranger', limits.spimScoreStranger);
      if (strangers.isNewSender(scene) || isAnonymous(scene)) {
        parts.set('new sender', limits.spimScoreNew);
      }
      return;
    }
    if (strangers.isOnRoster(scene)) parts.set('roster contact', -limits.spimScoreRoster);
    if (strangers.isAnswered(scene)) parts.set('recipient replied', -limits.spimScoreAnswered);
  }

  #weight(rule: Rule): number {
    let weight = this.#weights.get(rule);
    if (weight === undefined) {
      weight = Number(rule.metadata.get('spim_score')?.[0] ?? 0);
      if (!Number.isInteger(weight)) weight = 0;
      this.#weights.set(rule, weight);
    }
    return weight;
  }
}

/** Does the sender's server say that anybody may have the account (XEP-0489)? */
function isAnonymous({ tree }: Scene): boolean {
  const affiliation = tree.childInNs(0, RAA);
  return affiliation >= 0 && tree.attrValue(affiliation, AFFILIATION) === 'anonymous';
}

function signalOf(rule: Rule): string {
  const slug = rule.metadata.get('detection')?.[0] ?? '';
  return WORDS.get(slug) ?? (slug === '' ? `rule ${rule.sid}` : slug);
}
