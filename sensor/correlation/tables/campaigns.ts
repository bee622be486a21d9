/**
 * Campaigns: waves of messages that belong together by their text, a link or the domain of links. A wave is followed
 * from its second message on, and becomes a campaign when a detector has seen enough of it (watches/spim-*). Then the
 * store is told: at birth, at every doubling, now and then while it grows, and when the sensor lets go of it.
 */
import { sha256, type LimitValues, type ThresholdValues } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { JidKeys, type Key } from '../keys.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Campaign, type FactHandler, type Learner } from '../types.ts';
import { shown } from '../words.ts';

const SAMPLES = 16;
/** Different senders, domains, recipients are told apart up to here. */
const EXACT = 512;
const DAY_USEC = 86_400e6;
const ID_CHARS = 16;

/** What is known of a wave at its second message. */
export interface Beginning {
  readonly kind: Campaign['kind'];
  readonly fingerprint: string;
  readonly firstUsec: number;
  /** Bare JID of the first sender, key of the first addressee. */
  readonly sender: string;
  readonly recipient: Key;
}

/** A set of keys, exact up to a bound. */
class KeySet {
  readonly #keys = new Set<number>();

  get size(): number {
    return this.#keys.size;
  }

  has(key: Key): boolean {
    return this.#keys.has(numberOf(key));
  }

  add(key: Key): void {
    if (this.#keys.size < EXACT) this.#keys.add(numberOf(key));
  }
}

/** 53 bits of a key. */
function numberOf({ high, low }: Key): number {
  return (high >>> 0) * 0x200000 + (low >>> 11);
}

/** One wave. */
export class Wave {
  readonly campaignId: string;
  /** Is it a campaign? */
  isBorn = false;
  /** Reports of its senders (XEP-0377) by different people. */
  reports = 0;
  /** Forgotten: who holds it must begin anew. */
  isOver = false;
  messages = 1;
  readonly #beginning: Beginning;
  readonly #senders = new KeySet();
  readonly #domains = new KeySet();
  readonly #recipients = new KeySet();
  readonly #senderSamples: string[] = [];
  readonly #domainSamples: string[] = [];
  #lastUsec: number;
  #toldMessages = 0;
  #toldUsec = 0;

  constructor(beginning: Beginning) {
    this.#beginning = beginning;
    const { kind, fingerprint, firstUsec, sender, recipient } = beginning;
    this.#lastUsec = firstUsec;
    // The day keeps apart what comes again much later; a restart within it goes on with the same id.
    const name = `${kind} ${fingerprint} ${Math.floor(firstUsec / DAY_USEC)}`;
    this.campaignId = `${kind}-${sha256(name, 'hex').slice(0, ID_CHARS)}`;
    const keys = new JidKeys().ofText(sender);
    this.#senders.add(keys.bare);
    this.#domains.add(keys.domain);
    this.#recipients.add(recipient);
    this.#noteSender(sender);
  }

  get kind(): Campaign['kind'] {
    return this.#beginning.kind;
  }

  get fingerprint(): string {
    return this.#beginning.fingerprint;
  }

  /** From its first message to its last, at least one. */
  get seconds(): number {
    return Math.max(1, Math.abs(this.#lastUsec - this.#beginning.firstUsec) / 1e6);
  }

  get senders(): number {
    return this.#senders.size;
  }

  get recipients(): number {
    return this.#recipients.size;
  }

  hasSender(sender: Key): boolean {
    return this.#senders.has(sender);
  }

  /** Is it a campaign of which the store does not know everything? */
  get hasNews(): boolean {
    return this.isBorn && this.messages !== this.#toldMessages;
  }

  /** One message more. */
  add({ from, to, view, nowUsec }: Scene): void {
    this.messages++;
    this.#lastUsec = nowUsec;
    this.#senders.add(from.bare);
    this.#domains.add(from.domain);
    this.#recipients.add(to.bare);
    if (this.#senderSamples.length < SAMPLES) this.#noteSender(bareJid(view.from));
  }

  /** Is there enough that is new since the store was told? */
  isDue(nowUsec: number, everySeconds: number): boolean {
    return (
      this.messages >= 2 * this.#toldMessages ||
      Math.abs(nowUsec - this.#toldUsec) >= everySeconds * 1e6
    );
  }

  tell(): Campaign {
    this.#toldMessages = this.messages;
    this.#toldUsec = this.#lastUsec;
    const { kind, fingerprint, firstUsec } = this.#beginning;
    return {
      campaignId: this.campaignId,
      ...{ kind, fingerprint, firstUsec },
      lastUsec: this.#lastUsec,
      messages: this.messages,
      senders: this.#senders.size,
      domains: this.#domains.size,
      recipients: this.#recipients.size,
      senderSamples: [...this.#senderSamples],
      domainSamples: [...this.#domainSamples],
    };
  }

  #noteSender(sender: string): void {
    note(this.#senderSamples, sender);
    note(this.#domainSamples, sender.slice(sender.indexOf('@') + 1));
  }
}

function note(samples: string[], text: string): void {
  const sample = shown(text);
  if (samples.length < SAMPLES && !samples.includes(sample)) samples.push(sample);
}

interface CampaignOptions {
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly facts: FactHandler;
}

/** All waves that are followed, the one unused for longest gives way. */
export class Campaigns implements Learner {
  readonly kinds = KINDS.message;
  /** The campaign the message in hand belongs to. */
  current: Wave | undefined;
  readonly #options: CampaignOptions;
  readonly #waves = new Set<Wave>();
  #sweptUsec = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#waves.size;
  }

  /** For the incident of an event about the message in hand: the campaign it belongs to. */
  get membership(): { readonly campaignId?: string } {
    return this.current === undefined ? {} : { campaignId: this.current.campaignId };
  }

  /** Follow a wave from its second message on, which is the one in hand. */
  follow(beginning: Beginning): Wave {
    const wave = new Wave(beginning);
    if (this.#waves.size >= this.#options.limits.correlationCampaigns) {
      for (const oldest of this.#waves) {
        this.#end(oldest);
        break;
      }
    }
    this.#waves.add(wave);
    return wave;
  }

  /** The message in hand is one more of the wave. */
  grow(wave: Wave, scene: Scene): void {
    this.#waves.delete(wave);
    this.#waves.add(wave);
    wave.add(scene);
    if (wave.isBorn) this.#join(wave, scene.nowUsec);
  }

  /** The wave is a campaign. */
  bear(wave: Wave, scene: Scene): void {
    wave.isBorn = true;
    this.#join(wave, scene.nowUsec);
  }

  /**
   * Somebody reported a sender, for the first time.
   * @returns the campaign that account takes part in.
   */
  report(sender: Key): Wave | undefined {
    let campaign: Wave | undefined;
    for (const wave of this.#waves) {
      if (!wave.hasSender(sender)) continue;
      wave.reports++;
      if (wave.isBorn) campaign ??= wave;
    }
    return campaign;
  }

  /** The message is over. */
  learn({ nowUsec }: Scene): void {
    this.current = undefined;
    this.sweep(nowUsec);
  }

  /** Time has passed: what the store does not know yet is told now and then. */
  sweep(nowUsec: number): void {
    const everyUsec = this.#options.thresholds.spimCampaignSeconds * 1e6;
    if (Math.abs(nowUsec - this.#sweptUsec) < everyUsec) return;
    this.#sweptUsec = nowUsec;
    this.finish();
  }

  /** Tell the store everything. */
  finish(): void {
    for (const wave of this.#waves) if (wave.hasNews) this.#tell(wave);
  }

  /** Whoever held the wave has forgotten it. */
  end(wave: Wave): void {
    if (!wave.isOver) this.#end(wave);
  }

  #join(wave: Wave, nowUsec: number): void {
    this.current ??= wave;
    if (wave.isDue(nowUsec, this.#options.thresholds.spimCampaignSeconds)) this.#tell(wave);
  }

  #end(wave: Wave): void {
    if (wave.hasNews) this.#tell(wave);
    wave.isOver = true;
    this.#waves.delete(wave);
  }

  #tell(wave: Wave): void {
    this.#options.facts.onCampaign(wave.tell());
  }
}
