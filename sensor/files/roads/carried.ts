/**
 * Files that stand in a stanza as one text of base64: pictures of accounts, bits of binary, texts. Their bytes are
 * there at once, and many people are shown the same: the desk tells each once.
 */
import { MARK, TYPE, type Scene } from '../../correlation/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import { Base64Decoder } from '../base64.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { offerOf, partiesOf, type Parties } from '../offers/offer-desk.ts';
import { NO_FACTS } from '../offers/stated-file.ts';
import type { FileOffer, FileStart, Road } from '../types.ts';
import type { RoadOptions } from '../watches.ts';

/** Marks of a message in another. */
const WRAPPED = MARK.carbon | MARK.archive | MARK.forwarded;

/** What is said of a carried file. */
export interface CarriedFacts {
  readonly protocol: FileOffer['protocol'];
  readonly sid: string;
  readonly mime: string;
  readonly sha1: string;
}

export class CarriedFiles {
  /** What `decode` found stands in the first `length` bytes. */
  readonly bytes: Uint8Array;
  readonly #options: RoadOptions;
  readonly #decoder: Base64Decoder;
  #isWhole = true;

  constructor(options: RoadOptions) {
    this.#options = options;
    this.#decoder = new Base64Decoder(options.limits.xmlStanzaBytes);
    this.bytes = this.#decoder.bytes;
  }

  get length(): number {
    return this.#decoder.length;
  }

  /** Reads base64 of the stanza in hand. @returns false when there is none. */
  decode({ view }: Scene, offset: number, length: number): boolean {
    const isSound = this.#decoder.decode(view.memory, offset, length);
    // Of what was cut the end is missing, and this text may have been the last.
    this.#isWhole =
      isSound && !view.isBroken && view.rawLength <= this.#options.limits.xmlStanzaBytes;
    return this.#decoder.length > 0;
  }

  /** Puts what was decoded on the desk. */
  tell(scene: Scene, road: Road, parties: Parties, { sha1, ...facts }: CarriedFacts): void {
    const { protocol, sid, mime } = facts;
    const about = { ...NO_FACTS, mime, ...(sha1 === '' ? {} : { sha1 }) };
    const offer = offerOf(scene, parties, protocol, sid, about);
    this.#put(scene, this.#options.desk.open({ ...startOf(scene, road), offer }));
  }

  /** The same for a file somebody referred to. */
  tellOffered(scene: Scene, road: Road, entry: LedgerEntry): void {
    this.#put(scene, this.#options.ledger.open(entry, startOf(scene, road)));
  }

  #put(scene: Scene, file: ReturnType<RoadOptions['desk']['open']>): void {
    file.data(this.bytes, 0, this.length);
    if (!this.#isWhole) file.gap(-1);
    file.end('', placeOf(scene));
  }
}

/** Whose it is, and who is shown it. What hangs on an account is the account's, whoever brings it. */
export function holderOf(scene: Scene): Parties {
  const { from, to } = partiesOf(scene);
  const { session, direction } = scene;
  // A server speaks for the account when it does not say for whom (RFC 6120 section 8.1.2.1).
  const isOwn = from === '' && direction === 1 && session.connection === 'c2s';
  return { from: isOwn ? bareJid(session.jid) : from, to };
}

function startOf(scene: Scene, road: Road): Omit<FileStart, 'offer'> {
  const { view, outline } = scene;
  const isEcho = view.isCopy || outline.type === TYPE.error || (outline.marks & WRAPPED) !== 0;
  const isCopy = isEcho || scene.isRepeat;
  return { road, place: placeOf(scene), expectedBytes: -1, hasStart: true, isCopy };
}

function placeOf({ session, direction, nowUsec }: Scene): FileStart['place'] {
  return { flow: session.flow, direction, tsUsec: nowUsec };
}
