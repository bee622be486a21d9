/**
 * The desk files are put on while their bytes arrive. It bounds how many are open and how much of them is kept, and
 * tells each file once, at its end.
 */
import { COUNTER, type Counters, type LimitValues } from '../core/index.ts';
import { ContentPool } from './content-pool.ts';
import { OpenFile, type FileOwner } from './file-stream.ts';
import { RecentFiles } from './recent-files.ts';
import type {
  FileDesk,
  FileLack,
  FilePlace,
  FileStart,
  FileStream,
  FinishedFile,
} from './types.ts';

export interface FileDeskOptions {
  readonly counters: Counters;
  readonly limits: LimitValues;
  /** Identity of a flow, asked when a file begins on it: by its end the index may name another flow. */
  readonly flowIdOf?: (flow: number) => number;
  /** A file ended, for whatever reason. `content` is the receiver's; `flowId` is 0 when nobody could tell. */
  readonly onFile: (file: FinishedFile, flowId: number) => void;
}

/** The desk, with what the sensor reports of it. */
export interface FileDeskControl extends FileDesk {
  readonly openFiles: number;
  /** Bytes of files in memory. */
  readonly bytes: number;
}

export function createFileDesk(options: FileDeskOptions): FileDeskControl {
  return new Desk(options);
}

class Desk implements FileDeskControl, FileOwner {
  readonly pool: ContentPool;
  readonly contentBytes: number;
  readonly #options: FileDeskOptions;
  readonly #recent: RecentFiles;
  readonly #most: number;
  #open = 0;
  /** Ends of the list of open files by last use. */
  #oldest: OpenFile | undefined;
  #newest: OpenFile | undefined;

  constructor(options: FileDeskOptions) {
    const { limits } = options;
    this.#options = options;
    this.pool = new ContentPool(limits.filesMemoryBytes);
    this.contentBytes = limits.filesContentBytes;
    this.#recent = new RecentFiles(limits.filesRecent);
    this.#most = limits.filesOpen;
  }

  open(start: FileStart): FileStream {
    if (this.#open >= this.#most) this.#forgetOldest(start.place.tsUsec);
    const flowId = this.#options.flowIdOf?.(start.place.flow) ?? 0;
    const file = new OpenFile(start, flowId, this);
    this.#append(file);
    this.#open++;
    this.#tellOpen();
    this.#count(COUNTER.filesOpened);
    return file;
  }

  finish(tsUsec: number): void {
    while (this.#oldest !== undefined) endHere(this.#oldest, tsUsec);
  }

  get openFiles(): number {
    return this.#open;
  }

  get bytes(): number {
    return this.pool.usedBytes;
  }

  onUse(file: OpenFile): void {
    if (file === this.#newest) return;
    this.#unlink(file);
    this.#append(file);
  }

  onNotKept(): void {
    this.#count(COUNTER.filesNotKept);
  }

  onEnd(file: OpenFile, lack: FileLack, end: FilePlace): void {
    this.#close(file);
    const finished = file.finish(lack, end);
    if (this.#recent.isRepeat(finished, file.start.isCopy === true)) {
      this.#count(COUNTER.filesRetold);
      return;
    }
    this.#count(COUNTER.filesEnded);
    this.#options.onFile(finished, file.flowId);
  }

  onDrop(file: OpenFile): void {
    this.#close(file);
  }

  #forgetOldest(tsUsec: number): void {
    if (this.#oldest === undefined) return;
    this.#count(COUNTER.filesForgotten);
    endHere(this.#oldest, tsUsec);
  }

  #close(file: OpenFile): void {
    this.#unlink(file);
    this.#open--;
    this.#tellOpen();
  }

  #append(file: OpenFile): void {
    file.older = this.#newest;
    file.newer = undefined;
    if (this.#newest === undefined) this.#oldest = file;
    else this.#newest.newer = file;
    this.#newest = file;
  }

  #unlink(file: OpenFile): void {
    const { older, newer } = file;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }

  #tellOpen(): void {
    this.#options.counters.values[COUNTER.filesOpen] = this.#open;
  }

  #count(counter: number): void {
    const { values } = this.#options.counters;
    values[counter] = (values[counter] as number) + 1;
  }
}

/** Where it began is all that is known of where it is. */
function endHere(file: OpenFile, tsUsec: number): void {
  file.end('unfinished', { ...file.start.place, tsUsec });
}
