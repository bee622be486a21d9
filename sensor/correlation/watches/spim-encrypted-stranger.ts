/**
 * `spim-omemo-stranger`: first words that no filter can read. Privacy-minded people begin that way, so a few are
 * nothing; many of one account are. Those to somebody who left a request for a subscription unanswered count twice.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import type { Scene } from '../scene.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const ENCRYPTED = eventId('spim.encrypted_stranger');
const REGION_WORDS = 3;
const OTR = new TextEncoder().encode('?OTR');

export function watchEncryptedStrangers(options: WatchOptions): Doorkeeper {
  return new EncryptedStrangerWatch(options);
}

class EncryptedStrangerWatch implements Doorkeeper {
  readonly name = 'spim-encrypted-stranger';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #senders: LruTable;
  readonly #recipients: RecentTimes;
  /** Pairs: a request of the first that the second did not answer. */
  readonly #requests: LruTable;
  readonly #pair = new Key();

  constructor({ memory, limits, thresholds, tables }: WatchOptions) {
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    const { spimEncryptedSeconds, spimEncryptedRecipients } = thresholds;
    const capacity = limits.correlationRequestEntries;
    this.#senders = new LruTable(memory, 'encrypted_senders', capacity, spimEncryptedSeconds);
    this.#recipients = new RecentTimes(this.#senders, spimEncryptedRecipients);
    this.#requests = new LruTable(memory, 'open_requests', capacity, spimEncryptedSeconds);
  }

  request({ outline, from, to, nowUsec }: Scene, degree: number): void {
    if (degree < DEGREE.unsure || outline.type !== TYPE.subscribe) return;
    const { high, low } = this.#pair.ofPair(from.bare, to.bare);
    this.#requests.claim(high, low, nowUsec);
  }

  knock(scene: Scene, degree: number): void {
    if (degree < DEGREE.unsure || !isEncrypted(scene)) return;
    if (!this.#strangers.isFirstKnock(scene)) return;
    const { from, to, nowUsec } = scene;
    const { spimEncryptedRecipients, spimEncryptedSeconds } = this.#thresholds;
    const slot = this.#senders.claim(from.bare.high, from.bare.low, nowUsec);
    this.#recipients.add(slot, nowUsec);
    // A request the addressee answered would have made the sender known.
    const { high, low } = this.#pair.ofPair(from.bare, to.bare);
    if (this.#requests.find(high, low, nowUsec) >= 0) this.#recipients.add(slot, nowUsec);
    const recipients = this.#recipients.within(slot, nowUsec, spimEncryptedSeconds);
    if (recipients < spimEncryptedRecipients) return;
    const sender = bareJid(scene.view.from);
    const addressee = bareJid(scene.view.to);
    scene.raise(
      ENCRYPTED,
      { key: sender, contributors: [sender, addressee] },
      {
        summary: `${shown(sender)} began to write to strangers in encrypted messages that no filter can read, lately to ${shown(addressee)} (${recipients} points of ${spimEncryptedRecipients} within ${span(spimEncryptedSeconds)})`,
        points: recipients,
        seconds: spimEncryptedSeconds,
      },
    );
  }
}

function isEncrypted({ outline, view }: Scene): boolean {
  if ((outline.marks & MARK.encrypted) !== 0) return true;
  const { body } = outline;
  if (body < 0) return false;
  const offset = view.regions[REGION_WORDS * body + 1] as number;
  for (let i = 0; i < OTR.length; i++) if (view.memory[offset + i] !== OTR[i]) return false;
  return true;
}
