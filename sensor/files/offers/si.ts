/** Files offered by stream initiation (XEP-0095, XEP-0096), and the answers to them. */
import { TYPE, KINDS, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { normalizeJid } from '../../xmpp/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { RoadOptions } from '../watches.ts';
import { inspectStated, negotiated, offerOf, partiesOf } from './offer-desk.ts';
import { rangeOf, ranged, readSiFile } from './stated-file.ts';

const SI = nsId('http://jabber.org/protocol/si');
const PROFILE = nsId('http://jabber.org/protocol/si/profile/file-transfer');
const NAME = {
  si: nameId('si'),
  id: nameId('id'),
  file: nameId('file'),
  range: nameId('range'),
};

/** Answers refuse without repeating what they refuse: they are told by their id. */
export function watchSi({ ledger }: RoadOptions): Watch[] {
  const offers = new SiOffers(ledger);
  return [
    {
      name: 'file-si',
      kinds: KINDS.iq,
      types: (1 << TYPE.set) | (1 << TYPE.result),
      children: [SI],
      stanza: (scene) => {
        offers.read(scene);
      },
    },
    {
      name: 'file-si-refusals',
      kinds: KINDS.iq,
      types: 1 << TYPE.error,
      stanza: (scene) => {
        offers.refuse(scene);
      },
    },
  ];
}

class SiOffers {
  readonly #ledger: FileLedger;

  constructor(ledger: FileLedger) {
    this.#ledger = ledger;
  }

  read(scene: Scene): void {
    const { tree, outline } = scene;
    const si = tree.child(0, SI, NAME.si);
    const file = si < 0 ? -1 : tree.child(si, PROFILE, NAME.file);
    if (si < 0) return;
    if (outline.type === TYPE.result) this.#accept(scene, file);
    else if (file >= 0) this.#offer(scene, si, file);
  }

  refuse(scene: Scene): void {
    const entry = this.#asked(scene);
    if (entry !== undefined) entry.phase = 'over';
  }

  #offer(scene: Scene, si: number, file: number): void {
    const { tree, nowUsec } = scene;
    const sid = tree.attrValue(si, NAME.id);
    if (sid === '') return;
    const parties = partiesOf(scene);
    const { from, to } = parties;
    const stated = readSiFile(tree, si, file);
    const offer = offerOf(scene, parties, 'si', sid, stated.facts);
    const entry = negotiated(scene, this.#ledger, streamKey(sid, from, to), offer);
    this.#ledger.nameStream(entry, sid, from, to, nowUsec);
    this.#ledger.nameQuestion(entry, scene.view.id, from, to, nowUsec);
    inspectStated(scene, this.#ledger, parties, stated);
  }

  /** The answer may ask for a part of the file. */
  #accept(scene: Scene, file: number): void {
    const { tree } = scene;
    const entry = this.#asked(scene);
    if (entry?.phase !== 'offered') return;
    entry.phase = 'accepted';
    const range = file < 0 ? -1 : tree.child(file, PROFILE, NAME.range);
    const part = range < 0 ? undefined : rangeOf(tree, range);
    if (part !== undefined) this.#ledger.update(entry, ranged(entry.offer, part));
  }

  #asked(scene: Scene): LedgerEntry | undefined {
    const { from, to } = partiesOf(scene);
    return this.#ledger.ofQuestion(scene.view.id, to, from, scene.nowUsec);
  }
}

/** What tells one stream of two people from another: two offers with one id and other people are two. */
function streamKey(sid: string, from: string, to: string): string[] {
  return [sid, normalizeJid(from), normalizeJid(to)];
}
