/**
 * `harvest`: one account collects what others show of themselves: rooms and services item by item (XEP-0030), profiles
 * and pictures (XEP-0054, XEP-0084, XEP-0292), software and idle times (XEP-0092, XEP-0012, XEP-0202), and the user
 * directory letter by letter (XEP-0055). A client that logs in asks for all it knows at once: that burst is free.
 * Servers ask around as well; they have no account and are left out.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId, NAMESPACES } from '../../xml/index.ts';
import { accountOf } from '../accounts.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const SEARCH_EVENT = eventId('service.harvest_search');
const SEARCH = nsId('jabber:iq:search');
const PUBSUB = nsId('http://jabber.org/protocol/pubsub');
const NAME = { items: nameId('items'), node: nameId('node'), query: nameId('query') };

interface Kind {
  readonly event: number;
  readonly what: string;
}
const KINDS_OF_HARVEST: readonly Kind[] = [
  { event: eventId('service.harvest_walk'), what: 'services and rooms' },
  { event: eventId('service.harvest_profiles'), what: 'profiles and pictures' },
  { event: eventId('service.harvest_software'), what: 'software and idle times' },
];
const [WALK, PROFILES, SOFTWARE] = [0, 1, 2];
/** By interned namespace: 0 for none, else index + 1. */
const KIND_OF = new Uint8Array(NAMESPACES.length);
KIND_OF[nsId('http://jabber.org/protocol/disco#info')] = WALK + 1;
KIND_OF[nsId('http://jabber.org/protocol/disco#items')] = WALK + 1;
KIND_OF[nsId('vcard-temp')] = PROFILES + 1;
KIND_OF[nsId('urn:ietf:params:xml:ns:vcard-4.0')] = PROFILES + 1;
KIND_OF[nsId('jabber:iq:version')] = SOFTWARE + 1;
KIND_OF[nsId('jabber:iq:last')] = SOFTWARE + 1;
KIND_OF[nsId('urn:xmpp:time')] = SOFTWARE + 1;
/** Nodes that hold what a profile holds. */
const PROFILE_NODES = new Set([
  'urn:xmpp:avatar:data',
  'urn:xmpp:avatar:metadata',
  'urn:xmpp:vcard4',
]);
/** Searches for everybody: one letter, or nothing but wildcards. */
const BROAD = /^(?:.|[*%?_]*.[*%?_]*)$/u;
/** Somebody asked again after that time counts again. */
const AGAIN_SECONDS = 600;
const MOST_FIELDS = 32;

export function watchHarvest(options: WatchOptions): Watch {
  return new HarvestWatch(options);
}

class HarvestWatch implements Watch {
  readonly name = 'harvest';
  readonly kinds = KINDS.iq;
  readonly types = (1 << TYPE.get) | (1 << TYPE.set);
  readonly #thresholds;
  /** By sender and kind: what is left of the burst. */
  readonly #senders: LruTable;
  readonly #left: Column<Float64Array>;
  readonly #usec: Column<Float64Array>;
  readonly #asked: Column<Uint32Array>;
  /** By sender, kind and who was asked. */
  readonly #targets: LruTable;
  /** By sender. */
  readonly #searchers: LruTable;
  readonly #searches: RecentDistinct;
  readonly #key = new Key();
  readonly #node = new Key();

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const senders = limits.correlationServiceSenderEntries;
    const life = Math.max(
      AGAIN_SECONDS,
      (60 * thresholds.harvestBurst) / thresholds.harvestPerMinute,
    );
    this.#senders = new LruTable(memory, 'harvesters', senders, life);
    this.#left = this.#senders.float64();
    this.#usec = this.#senders.float64();
    this.#asked = this.#senders.uint32();
    this.#targets = new LruTable(
      memory,
      'harvested',
      limits.correlationEnumerationEntries,
      AGAIN_SECONDS,
    );
    const window = thresholds.harvestSearchSeconds;
    this.#searchers = new LruTable(memory, 'searchers', senders / 16, window);
    this.#searches = new RecentDistinct(this.#searchers, thresholds.harvestSearches);
  }

  stanza(scene: Scene): void {
    const { tree, outline, from, to } = scene;
    const { type } = outline;
    const child = tree.firstChild(0);
    if (child < 0) return;
    const ns = tree.ns(child);
    if (type === TYPE.set) {
      if (ns === SEARCH && from.hasLocal && !scene.isRepeat) this.#search(scene, child);
      return;
    }
    const kind = ns === PUBSUB ? profileNode(scene, child) : (KIND_OF[ns] as number);
    if (kind === 0 || !from.hasLocal || !to.isKnown || scene.isRepeat) return;
    if (scene.hop === HOP.toClient || from.bare.equals(to.bare)) return;
    this.#ask(scene, kind - 1, child);
  }

  #ask(scene: Scene, kind: number, child: number): void {
    const { from, to, tree, nowUsec, view } = scene;
    const node = tree.attr(child, NAME.node);
    if (node < 0) this.#node.set(0, 0);
    else this.#node.ofBytes(view.memory, tree.valueOffset(node), tree.valueLength(node));
    this.#key.ofPair(from.bare, to.full);
    this.#key.ofFour(this.#key.high, this.#key.low ^ kind, this.#node.high, this.#node.low);
    this.#targets.claim(this.#key.high, this.#key.low, nowUsec);
    if (!this.#targets.wasNew) return;

    const { harvestBurst, harvestPerMinute } = this.#thresholds;
    const slot = this.#senders.claim(from.bare.high, from.bare.low ^ (kind + 1), nowUsec);
    const isFresh = this.#senders.wasNew;
    const seconds = Math.abs(nowUsec - (this.#usec.values[slot] as number)) / 1e6;
    const grown = (this.#left.values[slot] as number) + (seconds * harvestPerMinute) / 60;
    const left = isFresh ? harvestBurst : Math.min(harvestBurst, grown);
    this.#usec.values[slot] = nowUsec;
    this.#left.values[slot] = Math.max(0, left - 1);
    // A burst that is whole again begins a new count.
    const asked = (left >= harvestBurst ? 0 : (this.#asked.values[slot] as number)) + 1;
    this.#asked.values[slot] = asked;
    if (left >= 1) return;
    this.#tell(scene, KINDS_OF_HARVEST[kind] as Kind, asked);
  }

  #tell(scene: Scene, { event, what }: Kind, asked: number): void {
    const sender = accountOf(scene.view.from);
    const { harvestPerMinute } = this.#thresholds;
    scene.raise(
      event,
      { key: sender, contributors: [shown(scene.view.to)] },
      {
        summary: `${shown(sender)} asked ${counted(asked, 'different address', 'different addresses')} for ${what} at more than ${harvestPerMinute} a minute, the last one ${shown(scene.view.to)}`,
        asked,
      },
    );
  }

  #search(scene: Scene, query: number): void {
    const { from, nowUsec } = scene;
    const word = broadWord(scene, query);
    if (word === '') return;
    const slot = this.#searchers.claim(from.bare.high, from.bare.low, nowUsec);
    const { high, low } = this.#key.ofText(word);
    this.#searches.add(slot, high, low, nowUsec);
    const { harvestSearches, harvestSearchSeconds } = this.#thresholds;
    const searches = this.#searches.within(slot, nowUsec, harvestSearchSeconds);
    if (searches < harvestSearches) return;
    const sender = accountOf(scene.view.from);
    scene.raise(
      SEARCH_EVENT,
      { key: sender, contributors: [shown(scene.view.to)] },
      {
        summary: `${shown(sender)} searched the user directory of ${shown(scene.view.to)} letter by letter: ${counted(searches, 'different search', 'different searches')} for one letter or a wildcard within ${span(harvestSearchSeconds)}`,
        searches,
      },
    );
  }
}

/** Does a request fetch a node that holds what a profile holds? */
function profileNode({ tree }: Scene, pubsub: number): number {
  const items = tree.child(pubsub, PUBSUB, NAME.items);
  const isProfile = items >= 0 && PROFILE_NODES.has(tree.attrValue(items, NAME.node));
  return isProfile ? PROFILES + 1 : 0;
}

/** What a search that is broad looks for; '' when it is not. Fields may stand in a form or alone (XEP-0055). */
function broadWord({ tree }: Scene, query: number): string {
  let word = '';
  let left = MOST_FIELDS;
  const look = (element: number, depth: number): boolean => {
    for (let at = tree.firstChild(element); at >= 0; at = tree.nextSibling(at, element)) {
      if (left-- <= 0) return false;
      const text = tree.textOf(at).trim();
      const isMeta = tree.attrValue(element, nameId('var')) === 'FORM_TYPE';
      if (text !== '' && !isMeta) {
        if (!BROAD.test(text)) return false;
        word += ` ${text.toLowerCase()}`;
      }
      if (depth < 3 && !look(at, depth + 1)) return false;
    }
    return true;
  };
  return look(query, 0) ? word : '';
}
