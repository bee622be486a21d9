/**
 * `id-forgery`: marks that only a server or a room may put on a stanza. Clients trust them: to find a message again
 * (XEP-0359), to tell occupants apart (XEP-0421), for when and by whom something was kept (XEP-0203), for what a
 * server says of an account (XEP-0489), for what happens in a room (XEP-0045).
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { accountOf, addressee, isEcho, isOfClient, senderOf } from '../accounts.ts';
import { JidKeys } from '../keys.ts';
import { HOP, type Scene } from '../scene.ts';
import { isGroupchat } from '../tables/message-authors.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';

const EVENT = {
  stanzaId: eventId('spoof.stanza_id'),
  occupantId: eventId('spoof.occupant_id'),
  mucStatus: eventId('spoof.muc_status'),
  accountInfo: eventId('spoof.account_info'),
  delay: eventId('spoof.delay'),
};
const NS = {
  stanzaId: nsId('urn:xmpp:sid:0'),
  occupantId: nsId('urn:xmpp:occupant-id:0'),
  mucUser: nsId('http://jabber.org/protocol/muc#user'),
  accountInfo: nsId('urn:xmpp:raa:0'),
  delay: nsId('urn:xmpp:delay'),
};
const NAME = {
  stanzaId: nameId('stanza-id'),
  by: nameId('by'),
  from: nameId('from'),
  x: nameId('x'),
  status: nameId('status'),
};

export function watchIdForgery(): Watch {
  return new IdForgeryWatch();
}

class IdForgeryWatch implements Watch {
  readonly name = 'id-forgery';
  readonly kinds = KINDS.message | KINDS.presence;
  readonly children = [NS.stanzaId, NS.delay, NS.mucUser, NS.occupantId, NS.accountInfo];
  /** Whom a mark names. */
  readonly #named = new JidKeys();

  stanza(scene: Scene): void {
    const { hop } = scene;
    if (isOfClient(scene)) this.#fromClient(scene);
    else if (hop === HOP.toClient) this.#toClient(scene);
    else if (hop === HOP.federation) this.#betweenServers(scene);
  }

  #fromClient(scene: Scene): void {
    if (scene.holds(NS.stanzaId)) this.#clientStanzaId(scene);
    if (scene.holds(NS.occupantId)) tellOccupant(scene, 'gave itself an occupant id');
    if (scene.holds(NS.mucUser)) statusOf(scene);
    if (scene.holds(NS.accountInfo)) {
      tell(scene, EVENT.accountInfo, 'says of its own account what only its server may say', '');
    }
    if (!scene.holds(NS.delay)) return;
    const delay = scene.tree.childInNs(0, NS.delay);
    // Clients that were offline note when something was written, in their own name (XEP-0203 section 4).
    if (this.#names(scene, delay, NAME.from) && !this.#isSender(scene)) {
      const by = named(scene, delay, NAME.from);
      tell(scene, EVENT.delay, `sent a message as if ${shown(by)} had kept it`, by);
    }
  }

  /** A client may mark a message for itself; a mark in the name of others is to be taken for theirs. */
  #clientStanzaId(scene: Scene): void {
    const { tree } = scene;
    let at = nextStanzaId(scene, tree.firstChild(0));
    for (; at >= 0; at = nextStanzaId(scene, tree.nextSibling(at, 0))) {
      if (!this.#names(scene, at, NAME.by) || this.#isSender(scene)) continue;
      tellStanzaId(scene, at, 'sent a message with a stanza id');
      return;
    }
  }

  /** Two marks by the same entity: it set one, and failed to remove the other. */
  #toClient(scene: Scene): void {
    const { tree } = scene;
    if (scene.holds(NS.occupantId)) {
      const first = tree.childInNs(0, NS.occupantId);
      for (let at = tree.nextSibling(first, 0); at >= 0; at = tree.nextSibling(at, 0)) {
        if (tree.ns(at) !== NS.occupantId) continue;
        tellOccupant(scene, 'came with two occupant ids');
        break;
      }
    }
    if (scene.holds(NS.stanzaId)) this.#twoStanzaIds(scene);
  }

  #twoStanzaIds(scene: Scene): void {
    const { tree, from, to } = scene;
    let at = nextStanzaId(scene, tree.firstChild(0));
    // One is what nearly every message has.
    if (at < 0 || nextStanzaId(scene, tree.nextSibling(at, 0)) < 0) return;
    let byAccount = 0;
    let byRoom = 0;
    for (; at >= 0; at = nextStanzaId(scene, tree.nextSibling(at, 0))) {
      if (!this.#names(scene, at, NAME.by)) continue;
      const { bare } = this.#named;
      if (bare.equals(to.bare)) byAccount++;
      else if (bare.equals(from.bare)) byRoom++;
      if (byAccount < 2 && byRoom < 2) continue;
      tellStanzaId(scene, at, 'sent a message that came with two stanza ids');
      return;
    }
  }

  /** What is on its way to an account cannot bear the mark of that account or its server yet. */
  #betweenServers(scene: Scene): void {
    const { tree, to } = scene;
    if (!scene.isAcrossDomains) return;
    if (isGroupchat(scene)) {
      // To the room: rooms write to full addresses.
      if (!to.hasResource && scene.holds(NS.occupantId)) {
        tellOccupant(scene, 'gave itself an occupant id');
      }
      return;
    }
    if (scene.holds(NS.stanzaId)) {
      let at = nextStanzaId(scene, tree.firstChild(0));
      for (; at >= 0; at = nextStanzaId(scene, tree.nextSibling(at, 0))) {
        if (!this.#names(scene, at, NAME.by) || !this.#isAddressee(scene)) continue;
        tellStanzaId(scene, at, 'sent a message with a stanza id');
        break;
      }
    }
    if (!scene.holds(NS.delay)) return;
    const delay = tree.childInNs(0, NS.delay);
    if (!this.#names(scene, delay, NAME.from) || !this.#isAddressee(scene)) return;
    const by = named(scene, delay, NAME.from);
    tell(scene, EVENT.delay, `sent a message as if ${shown(by)} had kept it`, by);
  }

  /** Reads whom an attribute names; false when it names nobody. */
  #names({ tree, view }: Scene, element: number, attribute: number): boolean {
    const token = tree.attr(element, attribute);
    if (token < 0) return false;
    const { memory } = view;
    return this.#named.ofBytes(memory, tree.valueOffset(token), tree.valueLength(token)).isKnown;
  }

  #isSender({ from }: Scene): boolean {
    return !from.isKnown || this.#named.bare.equals(from.bare);
  }

  #isAddressee({ to }: Scene): boolean {
    return this.#named.bare.equals(to.bare) || this.#named.bare.equals(to.domain);
  }
}

/** The first stanza id from this child on, -1 when there is none. */
function nextStanzaId({ tree }: Scene, child: number): number {
  let at = child;
  while (at >= 0 && !tree.is(at, NS.stanzaId, NAME.stanzaId)) at = tree.nextSibling(at, 0);
  return at;
}

function statusOf(scene: Scene): void {
  const { tree } = scene;
  const x = tree.child(0, NS.mucUser, NAME.x);
  if (x < 0 || tree.child(x, NS.mucUser, NAME.status) < 0) return;
  tell(scene, EVENT.mucStatus, 'sent a status code of rooms, which only a room may send', '');
}

function named({ tree }: Scene, element: number, attribute: number): string {
  return tree.attrValue(element, attribute);
}

function tellStanzaId(scene: Scene, element: number, what: string): void {
  const by = named(scene, element, NAME.by);
  tell(scene, EVENT.stanzaId, `${what} in the name of ${shown(by)}`, by);
}

function tellOccupant(scene: Scene, what: string): void {
  tell(scene, EVENT.occupantId, `${what}, which only the room gives`, '');
}

function tell(scene: Scene, event: number, what: string, by: string): void {
  if (isEcho(scene)) return;
  const sender = senderOf(scene);
  const to = accountOf(addressee(scene));
  const summary = `${shown(sender)} ${what}${to === '' ? '' : ` (to ${shown(to)})`}`;
  const about = { summary, sender: shown(sender) };
  scene.raise(
    event,
    {
      key: isGroupchat(scene) ? sender : accountOf(sender),
      contributors: to === '' ? [] : [shown(to)],
    },
    by === '' ? about : { ...about, by: shown(by) },
  );
}
