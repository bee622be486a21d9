/**
 * Files shared by URL: out of band (XEP-0066), stateless (XEP-0447, XEP-0446), as a reference (XEP-0385), or by the
 * bare link to a file somebody put there before (XEP-0363).
 */
import { bufferId, eventId, type Counters } from '../../core/index.ts';
import { KINDS, TYPE, shown, type Scene, type Watch } from '../../correlation/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid, normalizeJid } from '../../xmpp/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileOffer } from '../types.ts';
import { nameOfUrl, placeOfUrl } from '../url-place.ts';
import type { RoadOptions } from '../watches.ts';
import {
  cut,
  inspectStated,
  nameCid,
  NO_ERRORS,
  offerOf,
  partiesOf,
  urlText,
} from './offer-desk.ts';
import { NO_FACTS, readFileElement, type FileFacts } from './stated-file.ts';
import { linksOf } from './links.ts';

const SHARED = eventId('file.upload_shared');
const SHARED_INSIDE = eventId('file.upload_shared_inside');
const BODY = bufferId('xmpp.body');

const X_OOB = nsId('jabber:x:oob');
const IQ_OOB = nsId('jabber:iq:oob');
const SFS = nsId('urn:xmpp:sfs:0');
const METADATA = nsId('urn:xmpp:file:metadata:0');
const URL_DATA = nsId('http://jabber.org/protocol/url-data');
const REFERENCE = nsId('urn:xmpp:reference:0');
const SIMS = nsId('urn:xmpp:sims:1');
const JINGLE_FILE = nsId('urn:xmpp:jingle:apps:file-transfer:5');
const NAME = {
  x: nameId('x'),
  query: nameId('query'),
  url: nameId('url'),
  desc: nameId('desc'),
  fileSharing: nameId('file-sharing'),
  sources: nameId('sources'),
  urlData: nameId('url-data'),
  target: nameId('target'),
  file: nameId('file'),
  reference: nameId('reference'),
  mediaSharing: nameId('media-sharing'),
  uri: nameId('uri'),
};
/** Files of one message, and sources of one file. */
const MOST_FILES = 16;
const MOST_SOURCES = 8;
const WORDS = 3;

export function watchShares({ ledger, counters }: RoadOptions): Watch[] {
  const shares = new Shares(ledger, counters);
  return [
    {
      name: 'file-shares',
      kinds: KINDS.message | KINDS.iq,
      types: NO_ERRORS & ~(1 << TYPE.result),
      children: [X_OOB, IQ_OOB, SFS, REFERENCE],
      stanza: (scene) => {
        shares.read(scene);
      },
    },
    {
      name: 'file-links',
      kinds: KINDS.message,
      types: NO_ERRORS,
      stanza: (scene) => {
        if (ledger.knowsUploads && scene.outline.body >= 0) shares.readBody(scene);
      },
    },
  ];
}

class Shares {
  readonly #ledger: FileLedger;
  readonly #counters: Counters;

  constructor(ledger: FileLedger, counters: Counters) {
    this.#ledger = ledger;
    this.#counters = counters;
  }

  read(scene: Scene): void {
    const { tree } = scene;
    let left = MOST_FILES;
    for (let at = tree.firstChild(0); at >= 0; at = tree.nextSibling(at, 0)) {
      const ns = tree.ns(at);
      if (ns !== SFS && ns !== REFERENCE && ns !== X_OOB && ns !== IQ_OOB) continue;
      if (left-- <= 0) {
        this.#overlook();
        continue;
      }
      switch (ns) {
        case SFS:
          this.#stateless(scene, at);
          break;
        case REFERENCE:
          this.#reference(scene, at);
          break;
        case X_OOB:
        case IQ_OOB:
          this.#outOfBand(scene, at);
          break;
      }
    }
  }

  #overlook(): void {
    this.#counters.add('filesOverlooked', 1);
  }

  /** Links in the text itself, as far as they lead to where users put files. */
  readBody(scene: Scene): void {
    const { view, outline, nowUsec } = scene;
    const [buffer, offset, length] = view.regions.subarray(WORDS * outline.body);
    if (buffer !== BODY || offset === undefined || length === undefined) return;
    for (const url of linksOf(view.memory, offset, length)) {
      const place = placeOfUrl(url);
      if (place === undefined || !this.#ledger.knowsHost(place.host, nowUsec)) continue;
      const isOurs =
        this.#ledger.ofUrl(url, nowUsec) !== undefined ||
        this.#ledger.isUploadHost(place.host, nowUsec);
      if (isOurs) this.#share(scene, url, '', NO_FACTS);
    }
  }

  #stateless(scene: Scene, element: number): void {
    const { tree } = scene;
    const isWhole = tree.name(element) === NAME.fileSharing;
    // Sources may follow in a message of their own (XEP-0447 section 3.3).
    if (!isWhole && tree.name(element) !== NAME.sources) return;
    const file = isWhole ? tree.child(element, METADATA, NAME.file) : -1;
    const facts = this.#facts(scene, file);
    const sources = isWhole ? tree.child(element, SFS, NAME.sources) : element;
    this.#sources(scene, sources, [URL_DATA, NAME.urlData, NAME.target], facts);
  }

  #reference(scene: Scene, reference: number): void {
    const { tree } = scene;
    const sharing = tree.child(reference, SIMS, NAME.mediaSharing);
    if (sharing < 0) return;
    const facts = this.#facts(scene, tree.child(sharing, JINGLE_FILE, NAME.file));
    const sources = tree.child(sharing, SIMS, NAME.sources);
    this.#sources(scene, sources, [REFERENCE, NAME.reference, NAME.uri], facts);
  }

  /** Where the bytes of a shared file are; `kind` is the element that says so and its attribute. */
  #sources(
    scene: Scene,
    sources: number,
    [ns, name, attribute]: readonly [ns: number, name: number, attribute: number],
    facts: FileFacts,
  ): void {
    if (sources < 0) return;
    const { tree, view } = scene;
    let left = MOST_SOURCES;
    for (let at = tree.firstChild(sources); at >= 0; at = tree.nextSibling(at, sources)) {
      if (left-- === 0) {
        this.#overlook();
        return;
      }
      if (!tree.is(at, ns, name)) continue;
      this.#share(scene, urlText(view, tree.attr(at, attribute)), 'sfs', facts);
    }
  }

  #outOfBand(scene: Scene, element: number): void {
    const { tree } = scene;
    const ns = tree.ns(element);
    const description = tree.textOf(tree.child(element, ns, NAME.desc)).trim();
    const url = urlText(scene.view, tree.text(tree.child(element, ns, NAME.url)));
    this.#share(scene, url, 'oob', { ...NO_FACTS, description });
  }

  #facts(scene: Scene, file: number): FileFacts {
    if (file < 0) return NO_FACTS;
    const stated = readFileElement(scene.tree, file);
    inspectStated(scene, this.#ledger, partiesOf(scene), stated);
    return stated.facts;
  }

  #share(scene: Scene, url: string, protocol: FileOffer['protocol'], facts: FileFacts): void {
    const { nowUsec } = scene;
    const parties = partiesOf(scene);
    if (url.startsWith('cid:')) {
      nameCid(scene, this.#ledger, parties, url.slice(4));
      return;
    }
    const place = placeOfUrl(url);
    if (place === undefined) return;
    const known = this.#ledger.ofUrl(url, nowUsec);
    if (known === undefined) {
      const named = facts.name === '' ? { ...facts, name: nameOfUrl(place) } : facts;
      const offer = offerOf(scene, parties, protocol, url, named);
      const entry = this.#ledger.claim([place.host, place.target], offer);
      this.#ledger.nameUrls(entry, '', url, nowUsec);
      this.#ledger.addRecipient(entry, cut(parties.to));
      return;
    }
    // Only who has the file says what it is: others could hide it behind their words.
    const isOwner = normalizeJid(bareJid(known.offer.from)) === normalizeJid(bareJid(parties.from));
    if (isOwner) this.#ledger.update(known, missing(known.offer, facts));
    if (!scene.isRepeat && this.#ledger.addRecipient(known, cut(parties.to))) {
      tellShared(scene, known, parties.from, parties.to);
    }
  }
}

/** Who put a file on a server gives it away with its URL. */
function tellShared(scene: Scene, { offer }: LedgerEntry, from: string, to: string): void {
  if (offer.protocol !== 'upload') return;
  const name = offer.name === '' ? 'a file' : `the file ${shown(offer.name)}`;
  const summary = `${shown(from)} shared ${name} with ${shown(to)}`;
  const facts = {
    ...(offer.size >= 0 ? { size: offer.size } : {}),
    ...(offer.mime === '' ? {} : { mime: shown(offer.mime) }),
    uploader: shown(offer.from),
  };
  const event = scene.isAcrossDomains ? SHARED : SHARED_INSIDE;
  scene.raise(event, { key: `${from} ${to}`, contributors: [from] }, { summary, ...facts });
}

/** What is said now and was not said before. */
function missing(offer: FileOffer, facts: FileFacts): Partial<FileOffer> {
  const more: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(facts)) {
    const known: unknown = Reflect.get(offer, key);
    const isUnknown = known === undefined || known === '' || known === -1;
    if (isUnknown && value !== '' && value !== -1) more[key] = value;
  }
  return more;
}
