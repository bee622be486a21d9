/** Upload slots (XEP-0363): what was asked for, and the URLs the service gave for it. */
import { HOP, KINDS, TYPE, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { normalizeJid } from '../../xmpp/index.ts';
import { EntryIndex } from '../entry-index.ts';
import type { FileLedger } from '../ledger.ts';
import { nameOfUrl, placeOfUrl } from '../url-place.ts';
import type { RoadOptions } from '../watches.ts';
import { inspectStated, offerOf, partiesOf, urlText } from './offer-desk.ts';
import { NO_FACTS, oddityOf, sizeOf, type FileFacts } from './stated-file.ts';

/** The current namespace, and two of earlier versions, which have elements in place of attributes. */
const UPLOADS: readonly number[] = [
  nsId('urn:xmpp:http:upload:0'),
  nsId('urn:xmpp:http:upload'),
  nsId('eu:siacs:conversations:http:upload'),
];
const NAME = {
  request: nameId('request'),
  slot: nameId('slot'),
  put: nameId('put'),
  get: nameId('get'),
  url: nameId('url'),
  filename: nameId('filename'),
  size: nameId('size'),
  contentType: nameId('content-type'),
};
/** Services answer at once. */
const ANSWER_SECONDS = 60;

export function watchUploads({ ledger, memory, limits }: RoadOptions): Watch {
  const asked = new EntryIndex<FileFacts>(
    memory,
    'upload_requests',
    limits.filesOffers / 2,
    ANSWER_SECONDS,
  );
  const uploads = new Uploads(ledger, asked);
  return {
    name: 'file-uploads',
    kinds: KINDS.iq,
    types: (1 << TYPE.get) | (1 << TYPE.result),
    children: UPLOADS,
    stanza: (scene) => {
      uploads.read(scene);
    },
  };
}

class Uploads {
  readonly #ledger: FileLedger;
  /** By the iq that asks. */
  readonly #asked: EntryIndex<FileFacts>;

  constructor(ledger: FileLedger, asked: EntryIndex<FileFacts>) {
    this.#ledger = ledger;
    this.#asked = asked;
  }

  read(scene: Scene): void {
    const { tree, outline } = scene;
    for (const ns of UPLOADS) {
      const name = outline.type === TYPE.get ? NAME.request : NAME.slot;
      const element = tree.child(0, ns, name);
      if (element < 0) continue;
      if (outline.type === TYPE.get) this.#ask(scene, ns, element);
      // Services give slots: a client that writes one speaks for nobody.
      else if (scene.hop !== HOP.fromClient) this.#give(scene, ns, element);
      return;
    }
  }

  #ask(scene: Scene, ns: number, request: number): void {
    const { tree, nowUsec } = scene;
    const parties = partiesOf(scene);
    const said = (name: number): string =>
      (tree.attrValue(request, name) || tree.textOf(tree.child(request, ns, name))).trim();
    const size = said(NAME.size);
    const facts = {
      ...NO_FACTS,
      name: said(NAME.filename),
      size: sizeOf(size),
      mime: said(NAME.contentType),
    };
    const key = this.#ledger.keyOfStream(scene.view.id, parties.from, parties.to);
    this.#asked.set(key, facts, nowUsec);
    inspectStated(scene, this.#ledger, parties, { facts, oddity: oddityOf(size), thumbnails: [] });
  }

  #give(scene: Scene, ns: number, slot: number): void {
    const { tree, nowUsec } = scene;
    const url = (name: number): string => {
      const element = tree.child(slot, ns, name);
      const attribute = tree.attr(element, NAME.url);
      return urlText(scene.view, attribute >= 0 ? attribute : tree.text(element));
    };
    const [put, get] = [url(NAME.put), url(NAME.get)];
    const place = placeOfUrl(get);
    if (placeOfUrl(put) === undefined || place === undefined) return;
    const { from: service, to: owner } = partiesOf(scene);
    const known = this.#asked.get(this.#ledger.keyOfStream(scene.view.id, owner, service), nowUsec);
    // Without the question the URL says what the file is called.
    const facts = known ?? { ...NO_FACTS, name: nameOfUrl(place) };
    const offer = offerOf(scene, { from: owner, to: '' }, 'upload', get, facts);
    const entry = this.#ledger.claim([place.host, place.target, normalizeJid(owner)], offer);
    this.#ledger.nameUrls(entry, put, get, nowUsec);
  }
}
