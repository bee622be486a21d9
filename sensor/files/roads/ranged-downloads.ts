/**
 * Files fetched in pieces (RFC 9110 section 14): pieces of one file for one client are joined as long as they come in
 * order; what was left out is a gap, what comes twice counts once.
 */
import type { HttpRange } from '../../transport/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FilePlace, FileStream } from '../types.ts';

/** Downloads at a time that wait for their next piece; the one that waits longest ends. */
const MOST_DOWNLOADS = 256;

/** One file on its way to one client. */
class Download {
  readonly key: string;
  /** First byte of the file that is still wanted. */
  at = 0;
  total: number;
  hasGap = false;
  hasStart = true;
  stream: FileStream | undefined;
  place: FilePlace | undefined;
  lastUsec: number;

  constructor(key: string, total: number, tsUsec: number) {
    this.key = key;
    this.total = total;
    this.lastUsec = tsUsec;
  }
}

/** The body of one response. */
export interface Piece {
  data(bytes: Uint8Array, offset: number, length: number, place: FilePlace): void;
  gap(length: number, place: FilePlace): void;
  end(isWhole: boolean, place: FilePlace): void;
}

export class RangedDownloads {
  readonly #ledger: FileLedger;
  readonly #idleUsec: number;
  /** Those without use for longest first. */
  readonly #downloads = new Map<string, Download>();

  constructor(ledger: FileLedger, idleSeconds: number) {
    this.#ledger = ledger;
    this.#idleUsec = idleSeconds * 1e6;
  }

  piece(
    entry: LedgerEntry,
    client: string,
    { first, last, total }: HttpRange,
    isCopy: boolean,
    tsUsec: number,
  ): Piece {
    const download = this.#claim(`${entry.id} ${client}`, total, tsUsec);
    const open = (place: FilePlace): FileStream => {
      download.place = place;
      if (download.stream !== undefined) return download.stream;
      download.hasStart = download.at === 0;
      const { hasStart, total: expectedBytes } = download;
      const start = { road: 'http', place, expectedBytes, hasStart } as const;
      download.stream = this.#ledger.open(entry, isCopy ? { ...start, isCopy } : start);
      return download.stream;
    };
    let reached = first;
    const skipTo = (place: FilePlace): void => {
      if (reached <= download.at) return;
      if (download.stream !== undefined || first === 0) {
        download.hasGap = true;
        open(place).gap(reached - download.at);
      }
      download.at = reached;
    };
    return {
      data: (bytes, offset, length, place) => {
        skipTo(place);
        const known = download.at - reached;
        reached += length;
        if (known >= length) return;
        open(place).data(bytes, offset + known, length - known);
        download.at = reached;
      },
      gap: (length) => {
        reached = length < 0 ? last + 1 : reached + length;
      },
      end: (_isWhole, place) => {
        // A hole at its end is none when a later piece fills it.
        const isAll = download.total >= 0 && reached >= download.total;
        if (isAll) skipTo(place);
        if (isAll && download.at >= download.total) this.#end(download, place);
      },
    };
  }

  sweep(tsUsec: number): void {
    for (const download of this.#downloads.values()) {
      if (Math.abs(tsUsec - download.lastUsec) <= this.#idleUsec) return;
      this.#end(download, download.place);
    }
  }

  finish(): void {
    for (const download of [...this.#downloads.values()]) this.#end(download, download.place);
  }

  #claim(key: string, total: number, tsUsec: number): Download {
    const known = this.#downloads.get(key);
    const download = known?.total === total ? known : new Download(key, total, tsUsec);
    if (known !== undefined && known !== download) this.#end(known, known.place);
    if (known === undefined && this.#downloads.size >= MOST_DOWNLOADS) {
      const [oldest] = this.#downloads.values();
      if (oldest !== undefined) this.#end(oldest, oldest.place);
    }
    this.#downloads.delete(key);
    this.#downloads.set(key, download);
    download.lastUsec = tsUsec;
    return download;
  }

  #end(download: Download, place: FilePlace | undefined): void {
    const { key, stream, hasStart, hasGap, at, total } = download;
    if (this.#downloads.get(key) === download) this.#downloads.delete(key);
    if (stream === undefined || place === undefined) return;
    const isWhole = total >= 0 && at >= total;
    if (!hasStart) stream.end('no_start', place);
    else stream.end(hasGap ? 'gap' : isWhole ? '' : 'cut_off', place);
  }
}
