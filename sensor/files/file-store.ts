/**
 * Keeps the content of files that were seen whole (`files.store`): by their SHA-256, in `files/ab/cdef...` of the data
 * folder, for the sensor's user alone. It is the one place where content outlives its inspection, so it is off unless
 * asked for, has a bound, and tells of each file it keeps.
 *
 * A file is written beside its place and renamed into it: under a hash there is all of the file or nothing. In a live
 * run the disk works while packets go on; offline the file is there when keep() returns, so that a replay keeps what
 * it can whatever the speed of the disk. The folder is made with the first file: by then the sensor is no longer root.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  errorText,
  log,
  monotonicMs,
  wallClockUsec,
  type CounterName,
  type Counters,
  type LimitValues,
} from '../core/index.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const PART = '.part';
/** A part so old was left by a sensor that died. */
const STALE_PART_MS = 3600 * 1000;
const RETRY_MS = 5000;
const BLIND_HINT =
  "Give the folder to the sensor's user (chown -R) and start again, or set files.store: false";
/** Folders of the store: the first two digits of a hash. */
const GROUP = /^[0-9a-f]{2}$/;

export interface FileStoreOptions {
  /** `files` in the data folder. */
  readonly folder: string;
  /** Room for all that is kept (`files.store_bytes`). */
  readonly maxBytes: number;
  /** Capture workers that share the room: each takes its part of what is free when it starts. */
  readonly workers: number;
  /** Write while packets go on; otherwise at once. */
  readonly isLive: boolean;
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'filesStorePendingBytes'>;
  /** How long a disk that refused a file is not asked again (5000). */
  readonly retryMs?: number;
  /** A file is in its place now, and was not before. */
  readonly onKept: (sha256: string, bytes: number) => void;
}

/** Where content with this SHA-256 (hex) lies. */
export function keptFile(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), sha256.slice(2));
}

export class FileStore {
  readonly #options: FileStoreOptions;
  /** Bytes that may still be written. */
  #room: number;
  #isFullTold = false;
  #problem: string | undefined;
  #restsUntilMs = 0;
  /** Writes of a live run, one behind the other, and the bytes they hold. */
  #work: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  /** What is there may not be looked at: who cannot count it cannot keep to the room. */
  readonly #isBlind: boolean;

  /** Counts what is there already. Where that may not be read nothing is kept, and `problem` says so from the start. */
  constructor(options: FileStoreOptions) {
    this.#options = options;
    const { folder, maxBytes, workers } = options;
    const found = bytesIn(folder);
    this.#isBlind = typeof found === 'string';
    this.#room =
      typeof found === 'string' ? 0 : Math.floor(Math.max(0, maxBytes - found) / workers);
    if (typeof found === 'string') this.#complain(`${found}. ${BLIND_HINT}`);
  }

  /** What the disk complained about last; undefined when it took the latest file. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Keeps `content`, all bytes of a file; they are the store's from now on. Never throws. */
  keep(sha256: string, content: Uint8Array): void {
    if (content.length === 0) return;
    if (this.#isBlind) this.#count('filesStoreFailed');
    if (this.#isBlind || this.#isResting) return;
    const { isLive, limits } = this.#options;
    if (!isLive) {
      this.#keepNow(sha256, content);
      return;
    }
    if (this.#waitingBytes + content.length > limits.filesStorePendingBytes) {
      this.#fail('the disk is slower than the files come');
      return;
    }
    this.#waitingBytes += content.length;
    this.#work = this.#work.then(async () => {
      await this.#keepLater(sha256, content);
      this.#waitingBytes -= content.length;
    });
  }

  /** What waits is written. Never rejects. */
  flush(): Promise<void> {
    return this.#work;
  }

  #keepNow(sha256: string, content: Uint8Array): void {
    const path = keptFile(this.#options.folder, sha256);
    const part = partOf(path);
    try {
      if (existsSync(path) || !this.#takeRoom(content.length)) return;
      mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
      const file = openSync(part, 'wx', FILE_MODE);
      try {
        writeFileSync(file, content);
      } finally {
        closeSync(file);
      }
      renameSync(part, path);
      this.#succeed(sha256, content.length);
    } catch (error) {
      removeQuietly(part);
      this.#giveBack(content.length, error);
    }
  }

  async #keepLater(sha256: string, content: Uint8Array): Promise<void> {
    const path = keptFile(this.#options.folder, sha256);
    const part = partOf(path);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere || !this.#takeRoom(content.length)) return;
    try {
      await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
      const file = await open(part, 'wx', FILE_MODE);
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
      await rename(part, path);
      this.#succeed(sha256, content.length);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      this.#giveBack(content.length, error);
    }
  }

  get #isResting(): boolean {
    if (monotonicMs() >= this.#restsUntilMs) return false;
    this.#count('filesStoreFailed');
    return true;
  }

  #takeRoom(bytes: number): boolean {
    if (bytes <= this.#room) {
      this.#room -= bytes;
      return true;
    }
    this.#count('filesStoreFull');
    if (!this.#isFullTold) {
      log(
        'warn',
        'files',
        `Files are no longer kept in ${this.#options.folder}: store_bytes is used up`,
      );
    }
    this.#isFullTold = true;
    return false;
  }

  #succeed(sha256: string, bytes: number): void {
    this.#problem = undefined;
    this.#count('filesStored');
    this.#options.onKept(sha256, bytes);
  }

  #giveBack(bytes: number, error: unknown): void {
    this.#room += bytes;
    this.#fail(errorText(error));
    this.#restsUntilMs = monotonicMs() + (this.#options.retryMs ?? RETRY_MS);
  }

  #fail(why: string): void {
    this.#count('filesStoreFailed');
    this.#complain(why);
  }

  #complain(why: string): void {
    const problem = `Cannot keep files in ${this.#options.folder}: ${why}`;
    if (this.#problem === undefined) log('error', 'files', problem);
    this.#problem = problem;
  }

  #count(name: CounterName): void {
    this.#options.counters.add(name, 1);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It was never made, or the disk is gone: the caller says so.
  }
}

/** Two workers may keep the same content at a time. */
function partOf(path: string): string {
  return `${path}.${process.pid}${PART}`;
}

/** Bytes of the files there, or why they cannot be counted; what a sensor that died left half written goes. */
function bytesIn(folder: string): number | string {
  let bytes = 0;
  try {
    for (const group of namesIn(folder)) {
      if (!GROUP.test(group)) continue;
      for (const name of namesIn(join(folder, group))) {
        const path = join(folder, group, name);
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat === undefined) continue;
        const age = wallClockUsec() / 1000 - stat.mtimeMs;
        if (name.endsWith(PART) && age > STALE_PART_MS) removeQuietly(path);
        else bytes += stat.size;
      }
    }
    return bytes;
  } catch (error) {
    return errorText(error);
  }
}

/** Nothing where there is no folder: it is made with the first file. What stands in its place is told then. */
function namesIn(folder: string): readonly string[] {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true ? readdirSync(folder) : [];
}
