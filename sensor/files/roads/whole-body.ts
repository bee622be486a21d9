/** Bodies of HTTP that are files: what both kinds can do, and the one that is a file from its first to its last byte. */
import type { Direction } from '../../core/index.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { FileLedger } from '../ledger.ts';
import type { FileLack, FileStream } from '../types.ts';
import type { WaitingEnd } from './waiting-ends.ts';

export interface Body {
  data(bytes: Uint8Array, offset: number, length: number, flow: number, tsUsec: number): void;
  gap(length: number, flow: number, tsUsec: number): void;
  end(isWhole: boolean, flow: number, tsUsec: number): void;
}

export interface WholeBodyOptions {
  readonly ledger: FileLedger;
  readonly entry: LedgerEntry;
  readonly direction: Direction;
  readonly expectedBytes: number;
  readonly hasStart: boolean;
  /** The file was seen before. */
  readonly isCopy: boolean;
  /** Takes the file when its bytes have ended. */
  readonly onEnd: (end: WaitingEnd) => void;
}

export class WholeBody implements Body {
  readonly #options: WholeBodyOptions;
  /** Opened with its first byte, so that what carries nothing leaves nothing. */
  #stream: FileStream | undefined;
  #hasGap = false;

  constructor(options: WholeBodyOptions) {
    this.#options = options;
  }

  data(bytes: Uint8Array, offset: number, length: number, flow: number, tsUsec: number): void {
    this.#stream ??= this.#open(flow, tsUsec);
    this.#stream.data(bytes, offset, length);
  }

  gap(length: number, flow: number, tsUsec: number): void {
    this.#hasGap = true;
    this.#stream ??= this.#open(flow, tsUsec);
    this.#stream.gap(length);
  }

  end(isWhole: boolean, flow: number, tsUsec: number): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const { entry, direction, onEnd } = this.#options;
    onEnd({ entry, stream, lack: this.#lack(isWhole), place: { flow, direction, tsUsec } });
  }

  #open(flow: number, tsUsec: number): FileStream {
    const { ledger, entry, direction, expectedBytes, hasStart, isCopy } = this.#options;
    const place = { flow, direction, tsUsec };
    const start = { road: 'http', place, expectedBytes, hasStart } as const;
    return ledger.open(entry, isCopy ? { ...start, isCopy } : start);
  }

  #lack(isWhole: boolean): FileLack {
    if (!this.#options.hasStart) return 'no_start';
    if (this.#hasGap) return 'gap';
    return isWhole ? '' : 'cut_off';
  }
}
