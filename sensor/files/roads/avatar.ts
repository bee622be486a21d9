/** Pictures, sounds and keys that hang on accounts: in vCards (XEP-0054, XEP-0153) and avatar nodes (XEP-0084). */
import { KINDS, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { digestOf } from '../offers/stated-file.ts';
import { NO_ERRORS } from '../offers/offer-desk.ts';
import { holderOf, type CarriedFiles } from './carried.ts';
import type { CarrierGuard } from './carrier-guard.ts';

const VCARD = nsId('vcard-temp');
const PUBSUB = nsId('http://jabber.org/protocol/pubsub');
const EVENT = nsId('http://jabber.org/protocol/pubsub#event');
export const AVATAR = nsId('urn:xmpp:avatar:data');
const NAME = {
  binval: nameId('BINVAL'),
  type: nameId('TYPE'),
  data: nameId('data'),
  item: nameId('item'),
  id: nameId('id'),
};
const SHA1_BYTES = 20;
/** Properties of a vCard, items of a node; and how many of them with bytes. */
const MOST_CHILDREN = 256;
const MOST_FILES = 16;

export class AvatarRoad {
  readonly #carried: CarriedFiles;
  readonly #guard: CarrierGuard;

  constructor(carried: CarriedFiles, guard: CarrierGuard) {
    this.#carried = carried;
    this.#guard = guard;
  }

  watches(): Watch[] {
    return [
      {
        name: 'file-vcards',
        kinds: KINDS.iq,
        types: NO_ERRORS,
        children: [VCARD],
        stanza: (scene) => {
          this.#vcard(scene);
        },
      },
      {
        name: 'file-avatars',
        kinds: KINDS.iq | KINDS.message,
        types: NO_ERRORS,
        children: [PUBSUB, EVENT],
        stanza: (scene) => {
          this.#nodes(scene);
        },
      },
    ];
  }

  #vcard(scene: Scene): void {
    const { tree } = scene;
    const vcard = tree.childInNs(0, VCARD);
    if (vcard < 0) return;
    let left = MOST_CHILDREN;
    let files = MOST_FILES;
    for (let at = tree.firstChild(vcard); at >= 0; at = tree.nextSibling(at, vcard)) {
      if (left-- <= 0) {
        this.#guard.overlook();
        return;
      }
      const value = tree.child(at, VCARD, NAME.binval);
      const text = value < 0 ? -1 : tree.text(value);
      if (text < 0) continue;
      if (!this.#carried.decode(scene, tree.valueOffset(text), tree.valueLength(text))) continue;
      if (files-- <= 0) {
        this.#guard.overlook();
        return;
      }
      const parties = holderOf(scene);
      const mime = tree.textOf(tree.child(at, VCARD, NAME.type)).trim();
      const facts = { protocol: 'vcard', sid: '', mime, sha1: '' } as const;
      this.#carried.tell(scene, 'inline', parties, facts);
      const { bytes, length } = this.#carried;
      this.#guard.property(scene, parties.from, tree.localName(at), bytes, length);
    }
  }

  /** Published, asked for, told: `<publish>`, `<items>` with items, in them the data. */
  #nodes(scene: Scene): void {
    const { tree } = scene;
    const pubsub = tree.childInNs(0, PUBSUB);
    const root = pubsub >= 0 ? pubsub : tree.childInNs(0, EVENT);
    if (root < 0) return;
    let left = MOST_CHILDREN;
    let files = MOST_FILES;
    for (let node = tree.firstChild(root); node >= 0; node = tree.nextSibling(node, root)) {
      for (let at = tree.firstChild(node); at >= 0; at = tree.nextSibling(at, node)) {
        if (left-- <= 0 || files <= 0) {
          this.#guard.overlook();
          return;
        }
        if (tree.name(at) === NAME.item && this.#item(scene, at)) files--;
      }
    }
  }

  /** @returns true when there was a picture. */
  #item(scene: Scene, item: number): boolean {
    const { tree } = scene;
    const data = tree.child(item, AVATAR, NAME.data);
    const text = data < 0 ? -1 : tree.text(data);
    if (text < 0) return false;
    if (!this.#carried.decode(scene, tree.valueOffset(text), tree.valueLength(text))) return false;
    const { from } = holderOf(scene);
    // XEP-0084: an item is called after what is in it.
    const sha1 = digestOf(tree.attrValue(item, NAME.id), SHA1_BYTES);
    // It is for whoever looks.
    const facts = { protocol: 'avatar', sid: '', mime: '', sha1 } as const;
    this.#carried.tell(scene, 'inline', { from, to: '' }, facts);
    this.#guard.avatar(scene, from, this.#carried.bytes, this.#carried.length);
    return true;
  }
}
