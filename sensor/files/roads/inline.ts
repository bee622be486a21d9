/**
 * Files as base64 in the texts of a stanza, wherever they stand: a message, a status, stored data, `data:` URIs. What is
 * short costs one comparison; a long text is looked at in steps, and only where base64 stands is it read.
 */
import { KINDS, type Scene, type Watch } from '../../correlation/index.ts';
import { NAMESPACES, nameId, nsId, type NamespaceUri } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { isBase64Letter, isSpace } from '../base64.ts';
import { partiesOf } from '../offers/offer-desk.ts';
import type { FileOffer } from '../types.ts';
import type { RoadOptions } from '../watches.ts';
import { AVATAR } from './avatar.ts';
import { BOB, type BobRoad } from './bob.ts';
import { holderOf, type CarriedFiles } from './carried.ts';
import type { CarrierGuard } from './carrier-guard.ts';
import { isCertainFile, isKnownFile, isText } from './content-kind.ts';

const PUBSUB = nsId('http://jabber.org/protocol/pubsub');
const EVENT = nsId('http://jabber.org/protocol/pubsub#event');
const PRIVATE = nsId('jabber:iq:private');
const VCARD = nsId('vcard-temp');
const VCARD4 = nsId('urn:ietf:params:xml:ns:vcard-4.0');
const XHTML = nsId('http://www.w3.org/1999/xhtml');
const THUMBS = nsId('urn:xmpp:thumbs:1');
const NAME = {
  src: nameId('src'),
  uri: nameId('uri'),
  img: nameId('img'),
  binval: nameId('BINVAL'),
};

/** Has a road of its own. */
const IBB = nsId('http://jabber.org/protocol/ibb');
/**
 * Ciphertext, keys and tokens are base64 and no files; but who hides a file gives it their name. So only what begins
 * as random bytes do not is a file there.
 */
const SEALED: readonly NamespaceUri[] = [
  'eu.siacs.conversations.axolotl',
  'urn:xmpp:omemo:1',
  'urn:xmpp:omemo:2',
  'urn:xmpp:openpgp:0',
  'jabber:x:encrypted',
  'jabber:x:signed',
  'urn:xmpp:esfs:0',
  'urn:xmpp:saslcert:1',
  'urn:xmpp:sasl:2',
  'urn:xmpp:fast:0',
  'jabber:iq:auth',
];
const isSealed = new Uint8Array(NAMESPACES.length);
for (const uri of SEALED) isSealed[nsId(uri)] = 1;

/** What stands around a text at least: `<iq type='set'><query xmlns=...>`. */
const LEAST_MARKUP = 48;
/** Elements looked at in one stanza, how deep, and files taken from it. */
const MOST_ELEMENTS = 8192;
const MOST_DEPTH = 64;
const MOST_FILES = 16;
/** Bytes that tell what a run of base64 is. */
const HEAD_BYTES = 96;
/** Text as base64 is a file only when it is that long: shorter ones are tokens and signed claims. */
const TEXT_FACTOR = 3;
/** Characters before a run that may say that it is a `data:` URI, and of what type. */
const HEADER_CHARS = 128;
const DATA_URI = /data:([a-z0-9.+/-]{0,100})(?:;[a-z0-9=._-]+)*;base64,\s*$/i;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const latin1 = new TextDecoder('latin1');

export class InlineRoad {
  readonly #carried: CarriedFiles;
  readonly #guard: CarrierGuard;
  readonly #bob: BobRoad;
  /** Shortest run of base64, in letters. */
  readonly #leastLetters: number;
  #elements = 0;
  #files = 0;
  /** The element in hand belongs to a namespace of ciphertext. */
  #isSealed = false;
  // The run in hand.
  #start = 0;
  #end = 0;

  constructor(
    { thresholds }: RoadOptions,
    carried: CarriedFiles,
    guard: CarrierGuard,
    bob: BobRoad,
  ) {
    this.#carried = carried;
    this.#guard = guard;
    this.#bob = bob;
    this.#leastLetters = Math.max(64, Math.ceil((thresholds.filesInlineBytes * 4) / 3));
  }

  watch(): Watch {
    const least = this.#leastLetters + LEAST_MARKUP;
    return {
      name: 'file-inline',
      kinds: KINDS.message | KINDS.presence | KINDS.iq,
      stanza: (scene) => {
        if (scene.view.rawLength >= least) this.#stanza(scene);
      },
    };
  }

  #stanza(scene: Scene): void {
    if (scene.tree.isEmpty) return;
    this.#elements = MOST_ELEMENTS;
    this.#files = MOST_FILES;
    this.#walk(scene, 0, 0, false);
  }

  #walk(scene: Scene, parent: number, depth: number, isInSealed: boolean): void {
    const { tree } = scene;
    for (let at = tree.firstChild(parent); at >= 0; at = tree.nextSibling(at, parent)) {
      if (this.#elements-- <= 0) {
        // Once a stanza: all further ones come by here.
        if (this.#elements === -1) this.#guard.overlook();
        return;
      }
      const ns = tree.ns(at);
      if (ns === IBB || this.#isPicture(scene, at, ns)) continue;
      const isCipher = isInSealed || isSealed[ns] === 1;
      this.#isSealed = isCipher;
      if (ns === BOB) {
        // Those of the first level have been read.
        if (depth > 0) this.#bob.read(scene, at);
        continue;
      }
      const text = tree.text(at);
      if (text >= 0) this.#text(scene, at, text);
      if (ns === XHTML && tree.name(at) === NAME.img) this.#attribute(scene, at, NAME.src);
      else if (ns === THUMBS) this.#attribute(scene, at, NAME.uri);
      if (depth < MOST_DEPTH) this.#walk(scene, at, depth + 1, isCipher);
      else if (tree.firstChild(at) >= 0) this.#guard.overlook();
    }
  }

  /** Read by the road of pictures already? */
  #isPicture(scene: Scene, element: number, ns: number): boolean {
    if (ns === VCARD) return scene.tree.name(element) === NAME.binval;
    return ns === AVATAR && (scene.holds(PUBSUB) || scene.holds(EVENT));
  }

  #attribute(scene: Scene, element: number, name: number): void {
    const token = scene.tree.attr(element, name);
    if (token >= 0) this.#text(scene, element, token);
  }

  #text(scene: Scene, element: number, token: number): void {
    const { tree, view } = scene;
    const length = tree.valueLength(token);
    if (length < this.#leastLetters) return;
    const offset = tree.valueOffset(token);
    const end = offset + length;
    for (let at = offset; this.#findRun(view.memory, offset, at, end);) {
      this.#run(scene, element, offset);
      at = this.#end;
    }
  }

  /** The next run of at least so many letters behind `at`: one in every such step is part of it. */
  #findRun(memory: Uint8Array, from: number, at: number, end: number): boolean {
    const least = this.#leastLetters;
    for (let probe = at + least - 1; probe < end;) {
      if (!isRun(memory[probe] as number)) {
        probe += least;
        continue;
      }
      let first = probe;
      while (first > Math.max(from, at) && isRun(memory[first - 1] as number)) first--;
      let last = probe;
      while (last < end && isRun(memory[last] as number)) last++;
      while (first < last && isSpace(memory[first] as number)) first++;
      if (last - first >= least) {
        for (let pads = 0; pads < 2 && last < end && memory[last] === EQUALS; pads++) last++;
        this.#start = first;
        this.#end = last;
        return true;
      }
      probe = last + least;
    }
    return false;
  }

  #run(scene: Scene, element: number, textStart: number): void {
    const { view } = scene;
    const letters = this.#end - this.#start;
    const place = placeOf(scene);
    if (place !== '' && !this.#isSealed)
      this.#guard.text(scene, holderOf(scene).from, place, letters);
    const mime = claimedMime(view.memory, textStart, this.#start);
    if (mime === undefined && !this.#isFile(scene, letters)) return;
    if (this.#files <= 0) {
      this.#guard.overlookIn(scene);
      return;
    }
    if (!this.#carried.decode(scene, this.#start, letters)) return;
    this.#files--;
    const isCard = scene.tree.ns(element) === VCARD4;
    const protocol: FileOffer['protocol'] = isCard ? 'vcard' : '';
    // What is stored is for whoever looks.
    const parties = place === '' ? partiesOf(scene) : { from: holderOf(scene).from, to: '' };
    this.#carried.tell(scene, 'inline', parties, { protocol, sid: '', mime: mime ?? '', sha1: '' });
  }

  /** By what the first letters stand for. */
  #isFile(scene: Scene, letters: number): boolean {
    const { bytes } = this.#carried;
    const head = Math.min(letters, Math.ceil((HEAD_BYTES * 4) / 3));
    if (!this.#carried.decode(scene, this.#start, head - (head % 4))) return false;
    const { length } = this.#carried;
    if (this.#isSealed) return isCertainFile(bytes, length);
    if (isKnownFile(bytes, length)) return true;
    return letters >= TEXT_FACTOR * this.#leastLetters && isText(bytes, length);
  }
}

/** Letters, and the line ends between them; blanks would make runs of prose. */
function isRun(byte: number): boolean {
  return isBase64Letter(byte) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The media type when the run belongs to a `data:` URI (RFC 2397), undefined otherwise. */
function claimedMime(memory: Uint8Array, textStart: number, runStart: number): string | undefined {
  if (runStart === textStart) return undefined;
  if (memory[runStart - 1] !== COMMA && !isSpace(memory[runStart - 1] as number)) return undefined;
  const from = Math.max(textStart, runStart - HEADER_CHARS);
  const header = latin1.decode(memory.subarray(from, runStart));
  return DATA_URI.exec(header)?.[1]?.toLowerCase();
}

/** Where texts are stored or shown to all, in words; '' elsewhere. */
function placeOf(scene: Scene): string {
  if (scene.view.kind === STANZA.presence) return 'the presence';
  if (scene.holds(PRIVATE)) return 'the private storage';
  return scene.holds(PUBSUB) || scene.holds(EVENT) ? 'published items' : '';
}
