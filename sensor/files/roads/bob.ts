/** Bits of binary (XEP-0231): small files beside what refers to them, in messages, presence and answers to iqs. */
import { KINDS, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { NO_ERRORS, nameCid } from '../offers/offer-desk.ts';
import type { RoadOptions } from '../watches.ts';
import { holderOf, type CarriedFiles } from './carried.ts';
import type { CarrierGuard } from './carrier-guard.ts';

export const BOB = nsId('urn:xmpp:bob');
const NAME = { data: nameId('data'), cid: nameId('cid'), type: nameId('type') };
/** Elements looked at in one stanza. */
const MOST_BITS = 16;

export class BobRoad {
  readonly #options: RoadOptions;
  readonly #carried: CarriedFiles;
  readonly #guard: CarrierGuard;

  constructor(options: RoadOptions, carried: CarriedFiles, guard: CarrierGuard) {
    this.#options = options;
    this.#carried = carried;
    this.#guard = guard;
  }

  watch(): Watch {
    return {
      name: 'file-bob',
      kinds: KINDS.message | KINDS.presence | KINDS.iq,
      types: NO_ERRORS,
      children: [BOB],
      stanza: (scene) => {
        this.#stanza(scene);
      },
    };
  }

  /** An element of this namespace, wherever it stands. */
  read(scene: Scene, data: number): void {
    const { tree, nowUsec } = scene;
    const { ledger } = this.#options;
    const text = tree.text(data);
    if (text < 0 || tree.name(data) !== NAME.data) return;
    if (!this.#carried.decode(scene, tree.valueOffset(text), tree.valueLength(text))) return;
    const parties = holderOf(scene);
    const cid = tree.attrValue(data, NAME.cid);
    const mime = tree.attrValue(data, NAME.type);
    nameCid(scene, ledger, parties, cid);
    const entry = cid === '' ? undefined : ledger.ofCid(cid, nowUsec);
    if (entry === undefined) {
      const facts = { protocol: 'bob', sid: cid, mime, sha1: '' } as const;
      this.#carried.tell(scene, 'bob', parties, facts);
    } else {
      if (entry.offer.mime === '' && mime !== '') ledger.update(entry, { mime });
      this.#carried.tellOffered(scene, 'bob', entry);
    }
    this.#guard.bits(scene, parties.from, this.#carried.bytes, this.#carried.length);
  }

  #stanza(scene: Scene): void {
    const { tree } = scene;
    let left = MOST_BITS;
    for (let at = tree.firstChild(0); at >= 0; at = tree.nextSibling(at, 0)) {
      if (tree.ns(at) !== BOB) continue;
      if (left-- > 0) this.read(scene, at);
      else if (tree.text(at) >= 0) this.#guard.overlookIn(scene);
    }
  }
}
