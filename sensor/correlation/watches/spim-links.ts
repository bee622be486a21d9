/**
 * Links of strangers (`spim-fanout` by content, threats.md section 3): texts are spun, accounts change, the shop they
 * lead to stays. The same link from many accounts or to many strangers is one wave; so is the same host in the first
 * words of many, unless it is one of the hosts that everybody links to.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { UrlFinder } from '../../detect/index.ts';
import { isSharedHost } from '../../rules/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import type { Scene } from '../scene.ts';
import type { Campaigns, Wave } from '../tables/campaigns.ts';
import { DEGREE, type Strangers } from '../tables/strangers.ts';
import { WaveColumns } from '../tables/wave-columns.ts';
import type { Campaign } from '../types.ts';
import { shown, waveSentence } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const SHARED_LINK = eventId('spim.shared_link');
const SHARED_DOMAIN = eventId('spim.shared_domain');
const REGION_WORDS = 3;
/** Links of one message that are looked at, and characters of text. */
const LINKS = 4;
const MAX_CHARS = 8192;
const FINGERPRINT_CHARS = 256;

export function watchLinks(options: WatchOptions): Doorkeeper {
  return new LinkWatch(options);
}

/** Links, or hosts, with who sent them. */
class LinkTable {
  readonly #kind: Campaign['kind'];
  readonly #table: LruTable;
  readonly #senders: RecentDistinct;
  readonly #recipients: RecentDistinct;
  readonly #waves: WaveColumns;
  readonly #seconds: number;
  readonly #key = new Key();

  constructor(options: WatchOptions, kind: 'link' | 'domain', senders: number, recipients: number) {
    const { memory, limits, thresholds, tables } = options;
    this.#kind = kind;
    this.#seconds = thresholds.spimContentSeconds;
    const { correlationLinkEntries } = limits;
    this.#table = new LruTable(
      memory,
      `${kind}s`,
      correlationLinkEntries,
      this.#seconds,
      (slot) => {
        this.#waves.end(slot);
      },
    );
    this.#senders = new RecentDistinct(this.#table, senders);
    this.#recipients = new RecentDistinct(this.#table, recipients);
    this.#waves = new WaveColumns(this.#table, tables.campaigns);
  }

  /** @returns the entry. */
  note(text: string, scene: Scene): number {
    const { from, to, nowUsec } = scene;
    const { high, low } = this.#key.ofText(text);
    const slot = this.#table.claim(high, low, nowUsec);
    if (this.#table.wasNew) this.#waves.begin(slot, scene);
    else this.#waves.grow(slot, scene, this.#kind, () => text.slice(0, FINGERPRINT_CHARS));
    this.#senders.add(slot, from.bare.high, from.bare.low, nowUsec);
    this.#recipients.add(slot, to.bare.high, to.bare.low, nowUsec);
    return slot;
  }

  senders(slot: number, nowUsec: number): number {
    return this.#senders.within(slot, nowUsec, this.#seconds);
  }

  recipients(slot: number, nowUsec: number): number {
    return this.#recipients.within(slot, nowUsec, this.#seconds);
  }

  wave(slot: number): Wave | undefined {
    return this.#waves.of(slot);
  }
}

class LinkWatch implements Doorkeeper {
  readonly name = 'spim-links';
  readonly kinds = 0;
  readonly #thresholds: ThresholdValues;
  readonly #strangers: Strangers;
  readonly #campaigns: Campaigns;
  readonly #links: LinkTable;
  readonly #hosts: LinkTable;
  readonly #finder: UrlFinder;
  /** Links of the message in hand, and whether a scheme says that they are links. */
  readonly #found = new Map<string, boolean>();

  constructor(options: WatchOptions) {
    const { thresholds, tables } = options;
    this.#thresholds = thresholds;
    this.#strangers = tables.strangers;
    this.#campaigns = tables.campaigns;
    const { spimLinkSenders, spimLinkRecipients, spimLinkDomainSenders } = thresholds;
    this.#links = new LinkTable(options, 'link', spimLinkSenders, spimLinkRecipients);
    this.#hosts = new LinkTable(options, 'domain', spimLinkDomainSenders, 1);
    this.#finder = new UrlFinder(
      ({ url }) => this.#add(url),
      (memory, start, end) =>
        this.#add(Buffer.from(memory.buffer, memory.byteOffset + start, end - start).toString()),
    );
  }

  knock(scene: Scene, degree: number): void {
    const { body } = scene.outline;
    if (degree < DEGREE.unsure || body < 0 || scene.isCanned) return;
    const { memory, regions } = scene.view;
    const offset = regions[REGION_WORDS * body + 1] as number;
    const length = Math.min(MAX_CHARS, regions[REGION_WORDS * body + 2] as number);
    this.#found.clear();
    this.#finder.find(memory, offset, length, MAX_CHARS);
    if (this.#found.size === 0) return;
    const isFirst = this.#strangers.isFirstKnock(scene);
    const hosts = new Set<string>();
    for (const [link, hasScheme] of this.#found) {
      const isPage = link.includes('/');
      if (isPage) this.#judgeLink(scene, link);
      // Names of files look like hosts: "xorg.conf".
      if (isPage || hasScheme) hosts.add(hostOf(link));
    }
    if (isFirst) for (const host of hosts) if (!isSharedHost(host)) this.#judgeHost(scene, host);
  }

  /** Without scheme, fragment, case of the host and the slash at the end: what people would call the same link. */
  #add(url: string): boolean {
    const bare = url.replace(/^[a-z0-9+.-]+:\/\//i, '').replace(/#.*$/s, '');
    const host = hostOf(bare);
    const link = (host + bare.slice(host.length)).replace(/\/+$/, '');
    this.#found.set(link, bare !== url || host.startsWith('www.'));
    return this.#found.size < LINKS;
  }

  #judgeLink(scene: Scene, link: string): void {
    const { spimLinkSenders, spimLinkRecipients } = this.#thresholds;
    const links = this.#links;
    const slot = links.note(link, scene);
    const wave = links.wave(slot);
    if (wave === undefined) return;
    const isMass =
      links.senders(slot, scene.nowUsec) >= spimLinkSenders ||
      links.recipients(slot, scene.nowUsec) >= spimLinkRecipients;
    if (isMass) this.#tell(scene, SHARED_LINK, wave, 'the same link');
  }

  #judgeHost(scene: Scene, host: string): void {
    const slot = this.#hosts.note(host, scene);
    const wave = this.#hosts.wave(slot);
    if (wave === undefined) return;
    const senders = this.#hosts.senders(slot, scene.nowUsec);
    if (senders < this.#thresholds.spimLinkDomainSenders) return;
    this.#tell(scene, SHARED_DOMAIN, wave, `links to ${shown(host)}`);
  }

  #tell(scene: Scene, event: number, wave: Wave, what: string): void {
    this.#campaigns.bear(wave, scene);
    const { campaignId, fingerprint } = wave;
    const from = bareJid(scene.view.from);
    scene.raise(
      event,
      { key: campaignId, contributors: [from], campaignId },
      {
        summary: waveSentence(what, wave, from),
        fingerprint,
        messages: wave.messages,
        senders: wave.senders,
        recipients: wave.recipients,
      },
    );
  }
}

function hostOf(link: string): string {
  const end = link.search(/[/?]/);
  return (end < 0 ? link : link.slice(0, end)).toLowerCase();
}
