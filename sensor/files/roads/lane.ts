/**
 * The bytes that go one way through a SOCKS5 transfer, seen on one connection or on both legs of a proxy. Whichever
 * leg comes first tells a byte; a hole in one is filled by the other, as long as it can.
 */
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileLack, FileOffer, FilePlace, FileStream } from '../types.ts';

/** A leg so far behind the other was not captured: more than a proxy and two sockets hold. */
const MOST_BEHIND_BYTES = 8 * 1024 * 1024;
/** Ends of a flow after which more may have come. */
const UNCLEAR: readonly string[] = ['timeout', 'evicted', 'shutdown'];

export class Lane {
  isOver = false;
  readonly #ledger: FileLedger;
  #stream: FileStream | undefined;
  #isOffered = true;
  #entry: LedgerEntry | undefined;
  /** Bytes told, holes included. */
  #told = 0;
  /** By leg: bytes seen on it, holes included; -1 when that is not known any more. */
  readonly #reached: [number, number] = [0, -1];
  readonly #isClosed: [boolean, boolean] = [false, true];
  #hasGap = false;

  constructor(ledger: FileLedger) {
    this.#ledger = ledger;
  }

  get isOpen(): boolean {
    return this.#stream !== undefined && !this.isOver;
  }

  addLeg(): void {
    this.#reached[1] = 0;
    this.#isClosed[1] = false;
  }

  /** Its first bytes come. `isOffered`: they are what the offer is about. */
  begin(isOffered: boolean, entry: LedgerEntry | undefined, place: FilePlace): void {
    this.#isOffered = isOffered;
    const start = { road: 'socks5', place, expectedBytes: -1, hasStart: true } as const;
    if (isOffered || entry === undefined) {
      this.#entry = entry;
      this.#stream = this.#ledger.open(entry, start);
    } else this.#stream = this.#ledger.openBare(answerTo(entry.offer), start);
  }

  /** Bytes of the offered file went through, and none of them could be told. */
  beginUnheard(entry: LedgerEntry, place: FilePlace): void {
    this.begin(true, entry, place);
    this.#skip(-1);
  }

  /** An offer that explains it turned up late. */
  explain(entry: LedgerEntry): void {
    if (this.#stream === undefined || this.isOver || this.#entry !== undefined) return;
    if (!this.#isOffered) {
      this.#stream.explain(answerTo(entry.offer));
      return;
    }
    this.#entry = entry;
    this.#stream = this.#ledger.adopt(entry, this.#stream);
  }

  data(leg: number, bytes: Uint8Array, offset: number, length: number): void {
    const from = this.#reached[leg] as number;
    if (from < 0) return;
    this.#reached[leg] = from + length;
    if (this.#stream === undefined || this.isOver) return;
    if (from > this.#told) {
      if (this.#canFill(1 - leg, from)) return;
      this.#skip(from - this.#told);
    }
    const known = this.#told - from;
    if (known >= length) return;
    this.#stream.data(bytes, offset + known, length - known);
    this.#told = from + length;
  }

  gap(leg: number, length: number): void {
    const from = this.#reached[leg] as number;
    if (from < 0) return;
    if (length >= 0) {
      this.#reached[leg] = from + length;
      return;
    }
    // Nothing more comes of this leg, and where it stood cannot be told.
    this.#reached[leg] = -1;
    if (!this.#canFill(1 - leg, 0)) this.#skip(-1);
  }

  close(leg: number): void {
    this.#isClosed[leg] = true;
  }

  /** Did this leg, which closed, tell all there is? */
  isToldBy(leg: number, reason: string): boolean {
    const [one, other] = this.#reached;
    const at = this.#reached[leg];
    return reason === 'closed' && at === this.#told && this.#told >= Math.max(one, other);
  }

  /** `reason`: FlowEndReason of the connection that was its last. */
  end(reason: string, place: FilePlace): void {
    const ended = this.take(reason);
    ended?.stream.end(ended.lack, place);
  }

  /** Nothing more comes: what there is, for somebody else to end. Undefined when nothing came, or it was taken. */
  take(reason: string): { readonly stream: FileStream; readonly lack: FileLack } | undefined {
    if (this.#stream === undefined || this.isOver) return undefined;
    this.isOver = true;
    const missing = Math.max(...this.#reached) - this.#told;
    if (missing > 0) this.#skip(missing);
    return { stream: this.#stream, lack: this.#lack(reason) };
  }

  #lack(reason: string): FileLack {
    if (this.#hasGap) return 'gap';
    const size = this.#isOffered ? (this.#entry?.offer.size ?? -1) : -1;
    if (this.#told === size) return '';
    if (UNCLEAR.includes(reason)) return 'unfinished';
    return this.#told < size || reason === 'reset' ? 'cut_off' : '';
  }

  #skip(length: number): void {
    this.#hasGap = true;
    this.#stream?.gap(length);
    if (length > 0) this.#told += length;
  }

  /** Will a leg bring what is told next? */
  #canFill(leg: number, ahead: number): boolean {
    const at = this.#reached[leg] as number;
    return (
      at >= 0 &&
      this.#isClosed[leg] === false &&
      at <= this.#told &&
      ahead - at <= MOST_BEHIND_BYTES
    );
  }
}

/** What explains bytes that go against the direction of an offered file: who and whom, nothing else. */
function answerTo({ from, to, ...offer }: FileOffer): FileOffer {
  const nothing = { name: '', size: -1, mime: '', description: '', sha256: '', md5: '' };
  return { ...offer, ...nothing, from: to, to: from };
}
