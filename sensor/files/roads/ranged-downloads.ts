/**
 * Files fetched in pieces (RFC 9110 section 14): pieces of one file for one client are joined as long as they come in
 * order; what was left out is a gap, what comes twice counts once.
 */
import { DIRECTION } from '../../core/index.ts';
import type { HttpRange } from '../../transport/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileStream } from '../types.ts';
import type { Body } from './whole-body.ts';

/** Downloads at a time that wait for their next piece; the one that waits longest ends. */
const MOST_DOWNLOADS = 256;

/** One file on its way to one client. */
class Download {
  readonly key: string;
  readonly total: number;
  /** First byte of the file that is still wanted. */
  at = 0;
  /** Where and when its latest bytes came. */
  flow = 0;
  lastUsec: number;
  readonly #ledger: FileLedger;
  readonly #entry: LedgerEntry;
  readonly #isCopy: boolean;
  #stream: FileStream | undefined;
  #hasStart = true;
  #hasGap = false;

  constructor(
    key: string,
    about: { ledger: FileLedger; entry: LedgerEntry; total: number; isCopy: boolean },
    tsUsec: number,
  ) {
    this.key = key;
    this.total = about.total;
    this.lastUsec = tsUsec;
    this.#ledger = about.ledger;
    this.#entry = about.entry;
    this.#isCopy = about.isCopy;
  }

  get isWhole(): boolean {
    return this.total >= 0 && this.at >= this.total;
  }

  /** What comes next begins at byte `next`. */
  skipTo(next: number): void {
    if (next <= this.at) return;
    if (this.#stream !== undefined) {
      this.#hasGap = true;
      this.#stream.gap(next - this.at);
    }
    this.at = next;
  }

  /** Bytes from `at` on. */
  data(bytes: Uint8Array, offset: number, length: number): void {
    this.#stream ??= this.#open();
    this.#stream.data(bytes, offset, length);
    this.at += length;
  }

  end(): void {
    const { flow, lastUsec: tsUsec } = this;
    const lack = this.#hasGap ? 'gap' : this.isWhole ? '' : 'cut_off';
    const place = { flow, direction: DIRECTION.toClient, tsUsec };
    this.#stream?.end(this.#hasStart ? lack : 'no_start', place);
    this.#stream = undefined;
  }

  #open(): FileStream {
    this.#hasStart = this.at === 0;
    const { flow, lastUsec: tsUsec, total: expectedBytes } = this;
    const place = { flow, direction: DIRECTION.toClient, tsUsec };
    const start = { road: 'http', place, expectedBytes, hasStart: this.#hasStart } as const;
    return this.#ledger.open(this.#entry, this.#isCopy ? { ...start, isCopy: true } : start);
  }
}

/** The body of one response. */
class Piece implements Body {
  readonly #download: Download;
  readonly #last: number;
  readonly #onWhole: (download: Download) => void;
  /** Place in the file of the next byte. */
  #at: number;

  constructor(download: Download, range: HttpRange, onWhole: (download: Download) => void) {
    this.#download = download;
    this.#at = range.first;
    this.#last = range.last;
    this.#onWhole = onWhole;
  }

  data(bytes: Uint8Array, offset: number, length: number, flow: number, tsUsec: number): void {
    const download = this.#download;
    download.flow = flow;
    download.lastUsec = tsUsec;
    download.skipTo(this.#at);
    const known = download.at - this.#at;
    this.#at += length;
    if (known < length) download.data(bytes, offset + known, length - known);
  }

  /** A hole at the end of a piece is none when a later piece fills it. */
  gap(length: number): void {
    this.#at = length < 0 ? this.#last + 1 : this.#at + length;
  }

  end(): void {
    const download = this.#download;
    if (download.total < 0 || this.#at < download.total) return;
    download.skipTo(this.#at);
    if (download.isWhole) this.#onWhole(download);
  }
}

export class RangedDownloads {
  readonly #ledger: FileLedger;
  readonly #idleUsec: number;
  /** Those without a new piece for longest first. */
  readonly #downloads = new Map<string, Download>();

  constructor(ledger: FileLedger, idleSeconds: number) {
    this.#ledger = ledger;
    this.#idleUsec = idleSeconds * 1e6;
  }

  piece(
    entry: LedgerEntry,
    client: string,
    range: HttpRange,
    isCopy: boolean,
    tsUsec: number,
  ): Body {
    const key = `${entry.id} ${client}`;
    const { total } = range;
    const known = this.#downloads.get(key);
    // Of another length it is another file.
    if (known !== undefined && known.total !== total) this.#end(known);
    let download = known?.total === total ? known : undefined;
    if (download === undefined) {
      const [oldest] = this.#downloads.values();
      if (oldest !== undefined && this.#downloads.size >= MOST_DOWNLOADS) this.#end(oldest);
      download = new Download(key, { ledger: this.#ledger, entry, total, isCopy }, tsUsec);
    }
    this.#downloads.delete(key);
    this.#downloads.set(key, download);
    download.lastUsec = tsUsec;
    return new Piece(download, range, (whole) => {
      this.#end(whole);
    });
  }

  sweep(tsUsec: number): void {
    for (const download of this.#downloads.values()) {
      if (Math.abs(tsUsec - download.lastUsec) <= this.#idleUsec) return;
      this.#end(download);
    }
  }

  finish(): void {
    for (const download of [...this.#downloads.values()]) this.#end(download);
  }

  #end(download: Download): void {
    if (this.#downloads.get(download.key) === download) this.#downloads.delete(download.key);
    download.end();
  }
}
