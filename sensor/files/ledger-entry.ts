/** One offer, and the streams that carry its bytes now. */
import { domainOf, normalizeDomain } from '../xmpp/index.ts';
import type { FileLack, FileOffer, FilePlace, FileStream } from './types.ts';
import type { OfferNews } from './offer-news.ts';

/** Streams of one offer at a time that hear more of it: two legs, a retry, some downloads. */
const MOST_STREAMS = 16;
/** People told of one file that are remembered; beyond them the first one of each further domain. */
const MOST_RECIPIENTS = 16;
const MOST_DOMAINS = 16;

/** How far a negotiation has come. */
export type OfferPhase = 'offered' | 'accepted' | 'over';

export class LedgerEntry {
  readonly id: string;
  phase: OfferPhase = 'offered';
  /** Have other workers heard of it? */
  isTold = false;
  #countedBytes = -1;
  #offer: FileOffer;
  readonly #recipients: string[] = [];
  readonly #streams = new Set<FileStream>();
  /** Who waits for the first recipient, and for the first who sees the file whole. */
  #untilShared: (() => void)[] = [];
  #untilCounted: ((bytes: number) => void)[] = [];

  constructor(id: string, offer: FileOffer) {
    this.id = id;
    this.#offer = offer;
  }

  get offer(): FileOffer {
    return this.#offer;
  }

  get recipients(): readonly string[] {
    return this.#recipients;
  }

  /** Are bytes of it on their way? */
  get isMoving(): boolean {
    return this.#streams.size > 0;
  }

  /** @returns false when nothing of it is new. */
  update(more: Partial<FileOffer>): boolean {
    const known = this.#offer as unknown as Record<string, unknown>;
    if (Object.entries(more).every(([key, value]) => known[key] === value)) return false;
    this.#offer = { ...this.#offer, ...more };
    for (const stream of this.#streams) stream.explain(this.#offer);
    return true;
  }

  /** The first one who is told is who the file is for, where the offer names nobody. @returns false for one known. */
  addRecipient(jid: string): boolean {
    if (jid === '' || this.#recipients.includes(jid)) return false;
    if (this.#recipients.length >= MOST_RECIPIENTS && !this.#hasRoomFor(jid)) return false;
    this.#recipients.push(jid);
    if (this.#offer.to === '') this.update({ to: jid });
    const waiting = this.#untilShared;
    this.#untilShared = [];
    for (const tell of waiting) tell();
    return true;
  }

  /** Many inside do not hide one outside. */
  #hasRoomFor(jid: string): boolean {
    if (this.#recipients.length >= MOST_RECIPIENTS + MOST_DOMAINS) return false;
    const domain = normalizeDomain(domainOf(jid));
    return this.#recipients.every((other) => normalizeDomain(domainOf(other)) !== domain);
  }

  /** Calls back once, when somebody is told of the file. */
  onShared(tell: () => void): void {
    if (this.#untilShared.length < MOST_STREAMS) this.#untilShared.push(tell);
  }

  /** Bytes of the file where it was seen whole, -1 as long as it was not. */
  get countedBytes(): number {
    return this.#countedBytes;
  }

  /** It was seen whole. The first sight counts. */
  count(bytes: number): void {
    if (bytes < 0 || this.#countedBytes >= 0) return;
    this.#countedBytes = bytes;
    const waiting = this.#untilCounted;
    this.#untilCounted = [];
    for (const tell of waiting) tell(bytes);
  }

  /** Calls back once, when it was seen whole. */
  onCounted(tell: (bytes: number) => void): void {
    if (this.#untilCounted.length < MOST_STREAMS) this.#untilCounted.push(tell);
  }

  /** `counted` is called when the file was seen whole for the first time. */
  carry(stream: FileStream, counted: () => void): FileStream {
    if (this.#streams.size >= MOST_STREAMS) return stream;
    this.#streams.add(stream);
    return new CarriedStream(stream, (lack) => {
      this.#streams.delete(stream);
      // What was sent is on offer no longer: its id may be used again.
      this.phase = 'over';
      if (lack !== '' || this.#countedBytes >= 0) return;
      this.count(stream.seenBytes);
      counted();
    });
  }

  news(): Pick<OfferNews, 'id' | 'offer' | 'recipients' | 'countedBytes'> {
    const { id, offer, countedBytes } = this;
    return { id, offer, countedBytes, recipients: [...this.#recipients] };
  }
}

/** A stream whose end is told to its entry; undefined: it was dropped. */
class CarriedStream implements FileStream {
  readonly road;
  readonly #stream: FileStream;
  readonly #onEnd: (lack: FileLack | undefined) => void;

  constructor(stream: FileStream, onEnd: (lack: FileLack | undefined) => void) {
    this.road = stream.road;
    this.#stream = stream;
    this.#onEnd = onEnd;
  }

  get seenBytes(): number {
    return this.#stream.seenBytes;
  }

  get gapBytes(): number {
    return this.#stream.gapBytes;
  }

  data(bytes: Uint8Array, offset: number, length: number): void {
    this.#stream.data(bytes, offset, length);
  }

  gap(length: number): void {
    this.#stream.gap(length);
  }

  explain(offer: FileOffer): void {
    this.#stream.explain(offer);
  }

  end(lack: FileLack, place: FilePlace): void {
    this.#onEnd(lack);
    this.#stream.end(lack, place);
  }

  drop(): void {
    this.#onEnd(undefined);
    this.#stream.drop();
  }
}
