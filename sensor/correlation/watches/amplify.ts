/**
 * `amplify` over time: one account makes a service work for many: items published at a pace that floods every
 * subscriber (XEP-0060), rooms and nodes created in masses.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { accountOf } from '../accounts.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentTimes } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import type { JidKeys } from '../keys.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const PUBLISH = eventId('service.publish_flood');
const CREATION = eventId('service.creation_storm');

const PUBSUB = nsId('http://jabber.org/protocol/pubsub');
const MUC_USER = nsId('http://jabber.org/protocol/muc#user');
const NAME = {
  x: nameId('x'),
  status: nameId('status'),
  code: nameId('code'),
  publish: nameId('publish'),
};
/** Status of a room that was made for this occupant (XEP-0045 section 10.1). */
const CREATED = '201';

export function watchAmplifiers(options: WatchOptions): Watch {
  return new AmplifierWatch(options);
}

class AmplifierWatch implements Watch {
  readonly name = 'amplify';
  readonly kinds = KINDS.iq | KINDS.presence;
  readonly types = (1 << TYPE.absent) | (1 << TYPE.set);
  readonly children = [PUBSUB, MUC_USER];
  readonly #thresholds;
  /** By account. */
  readonly #publishers: LruTable;
  readonly #published: RecentTimes;
  readonly #creators: LruTable;
  readonly #created: RecentTimes;

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const capacity = limits.correlationServiceSenderEntries;
    const { publishes, publishSeconds, creations, creationSeconds } = thresholds;
    this.#publishers = new LruTable(memory, 'publishers', capacity / 4, publishSeconds);
    this.#published = new RecentTimes(this.#publishers, publishes + 1);
    this.#creators = new LruTable(memory, 'creators', capacity / 4, creationSeconds);
    this.#created = new RecentTimes(this.#creators, creations + 1);
  }

  stanza(scene: Scene): void {
    const { view } = scene;
    if (view.kind === STANZA.presence) {
      if (scene.hop !== HOP.fromClient) this.#judgeRoom(scene);
    } else if (scene.hop !== HOP.toClient && !scene.isRepeat) {
      this.#judgeOrder(scene);
    }
  }

  #judgeOrder(scene: Scene): void {
    const { tree, from } = scene;
    const pubsub = tree.childInNs(0, PUBSUB);
    if (pubsub < 0 || !from.isKnown) return;
    const what = tree.firstChild(pubsub);
    if (what < 0) return;
    if (tree.name(what) === NAME.publish) this.#publish(scene);
    else if (tree.localName(what) === 'create') this.#create(scene, scene.from, scene.view.from);
  }

  /** Presence of a new room goes to who made it: some rooms say so to nobody else. */
  #judgeRoom(scene: Scene): void {
    const { tree, to, view, session } = scene;
    const x = tree.child(0, MUC_USER, NAME.x);
    if (x < 0 || !to.isKnown) return;
    for (let at = tree.firstChild(x); at >= 0; at = tree.nextSibling(at, x)) {
      if (tree.name(at) !== NAME.status || tree.attrValue(at, NAME.code) !== CREATED) continue;
      this.#create(scene, to, view.to === '' ? session.jid : view.to);
      return;
    }
  }

  #publish(scene: Scene): void {
    const { from, nowUsec, view } = scene;
    const { publishes, publishSeconds } = this.#thresholds;
    const slot = this.#publishers.claim(from.bare.high, from.bare.low, nowUsec);
    this.#published.add(slot, nowUsec);
    const items = this.#published.within(slot, nowUsec, publishSeconds);
    if (items <= publishes) return;
    const who = accountOf(view.from);
    const service = view.to === '' ? who : view.to;
    scene.raise(
      PUBLISH,
      { key: who, contributors: [shown(service)] },
      {
        summary: `${shown(who)} published ${counted(items, 'item')} or more within ${span(publishSeconds)} at ${shown(service)}`,
        items,
      },
    );
  }

  #create(scene: Scene, account: JidKeys, jid: string): void {
    const { nowUsec, view } = scene;
    const { creations, creationSeconds } = this.#thresholds;
    const slot = this.#creators.claim(account.bare.high, account.bare.low, nowUsec);
    this.#created.add(slot, nowUsec);
    const made = this.#created.within(slot, nowUsec, creationSeconds);
    if (made <= creations) return;
    const who = accountOf(jid);
    const service = view.kind === STANZA.presence ? accountOf(view.from) : view.to;
    scene.raise(
      CREATION,
      { key: who, contributors: [shown(service)] },
      {
        summary: `${shown(who)} created ${counted(made, 'room or node', 'rooms or nodes')} or more within ${span(creationSeconds)}`,
        made,
      },
    );
  }
}
