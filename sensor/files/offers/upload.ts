/** Upload slots (XEP-0363): what was asked for, and the URLs the service gave for it. */
import { HOP, KINDS, TYPE, type Key, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid, domainOf, normalizeDomain, normalizeJid, splitJid } from '../../xmpp/index.ts';
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
/** Clients stay with the service they found. */
const SERVICE_SECONDS = 86_400;

export function watchUploads({ ledger, memory, limits }: RoadOptions): Watch {
  const asked = new EntryIndex<FileFacts>(
    memory,
    'upload_requests',
    limits.filesOffers / 2,
    ANSWER_SECONDS,
  );
  const services = new EntryIndex<true>(
    memory,
    'upload_services',
    limits.filesOffers / 4,
    SERVICE_SECONDS,
  );
  const uploads = new Uploads(ledger, asked, services);
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
  /** By service and who asks it. */
  readonly #services: EntryIndex<true>;

  constructor(ledger: FileLedger, asked: EntryIndex<FileFacts>, services: EntryIndex<true>) {
    this.#ledger = ledger;
    this.#asked = asked;
    this.#services = services;
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
    this.#services.set(this.#keyOfService(parties.to, parties.from), true, nowUsec);
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
    if (known === undefined && !this.#mayGive(scene, service, owner)) return;
    // Without the question the URL says what the file is called.
    const facts = known ?? { ...NO_FACTS, name: nameOfUrl(place) };
    const offer = offerOf(scene, { from: owner, to: '' }, 'upload', get, facts);
    const entry = this.#ledger.claim([place.host, place.target, normalizeJid(owner)], offer);
    this.#ledger.nameUrls(entry, put, get, nowUsec);
  }

  /**
   * Where the question was not seen: anybody may send such an answer, and would write offers in the name of whoever
   * gets it. It counts from the owner's own domain or below it, and from a service the owner asked before.
   */
  #mayGive({ session, nowUsec }: Scene, service: string, owner: string): boolean {
    // The server for the account itself (RFC 6120 section 8.1.2.1).
    if (service === '' || normalizeJid(service) === normalizeJid(bareJid(owner))) {
      return session.connection === 'c2s';
    }
    const { local, domain } = splitJid(service);
    if (local !== '') return false;
    const [own, other] = [normalizeDomain(domainOf(owner)), normalizeDomain(domain)];
    if (own !== '' && (other === own || other.endsWith(`.${own}`))) return true;
    return this.#services.get(this.#keyOfService(service, owner), nowUsec) !== undefined;
  }

  #keyOfService(service: string, owner: string): Key {
    return this.#ledger.keyOfStream('', service, bareJid(owner));
  }
}
