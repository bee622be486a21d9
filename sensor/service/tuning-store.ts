/**
 * The two files of tuned rules on disk. Whoever changes them holds a lock, also against other processes: the console
 * of a running sensor and the command line may do so at once.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TuningEntry } from '../api/index.ts';
import { tuningFiles, type SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, monotonicMs } from '../core/index.ts';
import { inDataFolder, makeDataFolder, replaceFile } from '../data-folder.ts';
import { tryLock } from '../file-lock.ts';
import type { TuningSources } from '../rules/index.ts';
import { TuningFile } from './tuning-file.ts';
import type { TuningKind } from './tuning-line.ts';

const KINDS: readonly TuningKind[] = ['threshold', 'disable'];
const FILE_MODE = 0o640;
/** A reload of large rule sets takes that long; more is somebody who hangs. */
const LOCK_WAIT_MS = 30_000;
const LOCK_PAUSE_MS = 50;

/** One file as it was read. */
export interface TuningState {
  readonly kind: TuningKind;
  readonly path: string;
  /** Undefined: there is none yet. */
  readonly bytes: Uint8Array | undefined;
  readonly file: TuningFile;
}

export class TuningStore {
  readonly #dataDir: string;
  readonly #paths: Readonly<Record<TuningKind, string>>;

  constructor(config: SensorConfig) {
    this.#dataDir = config.data_dir;
    this.#paths = tuningFiles(config);
  }

  /** Both files. Throws OperatorError RULES_INVALID when one is there and cannot be read. */
  read(): Promise<readonly TuningState[]> {
    const states = KINDS.map(async (kind): Promise<TuningState> => {
      const path = this.#paths[kind];
      try {
        const bytes = await readFile(path);
        const mtimeUsec = Math.floor((await stat(path)).mtimeMs) * 1000;
        const file = new TuningFile(kind, bytes.toString('utf8'), mtimeUsec);
        return { kind, path, bytes, file };
      } catch (error) {
        if (codeOf(error) === 'ENOENT')
          return { kind, path, bytes: undefined, file: new TuningFile(kind, '') };
        throw new OperatorError(
          'RULES_INVALID',
          `Cannot read ${path}: ${errorText(error)}`,
          'Check its rights: it belongs to whom the data folder belongs to',
          { cause: error },
        );
      }
    });
    return Promise.all(states);
  }

  /** What was tuned, latest first. */
  async entries(): Promise<TuningEntry[]> {
    const states = await this.read();
    return states.flatMap(({ file }) => file.entries).sort((a, b) => b.tsUsec - a.tsUsec);
  }

  /** An id no entry has. */
  freeId(states: readonly TuningState[]): string {
    const taken = new Set(states.flatMap(({ file }) => file.entries.map(({ id }) => id)));
    for (;;) {
      const id = `t${randomBytes(4).toString('hex')}`;
      if (!taken.has(id)) return id;
    }
  }

  /** Puts a text in place of a file in one step. Throws OperatorError RULES_UNWRITABLE; then nothing has changed. */
  write({ path }: TuningState, content: string | Uint8Array | undefined): void {
    try {
      if (content === undefined) {
        inDataFolder(path, this.#dataDir, (place) => {
          rmSync(place, { force: true });
        });
      } else replaceFile(path, content, { mode: FILE_MODE, dataDir: this.#dataDir });
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /**
   * Runs `act` while nobody else, in this process or another, changes the files. Throws OperatorError RULES_UNWRITABLE
   * when somebody else does not come to an end, or nothing can be written.
   */
  async locked<T>(act: () => Promise<T>): Promise<T> {
    const path = join(dirname(this.#paths.threshold), 'lock');
    try {
      makeDataFolder(dirname(path), this.#dataDir);
    } catch (error) {
      throw unwritable(dirname(path), error);
    }
    const deadlineMs = monotonicMs() + LOCK_WAIT_MS;
    let unlock = this.#tryLock(path);
    while (unlock === undefined) {
      if (monotonicMs() > deadlineMs) {
        throw new OperatorError(
          'RULES_UNWRITABLE',
          'Somebody else is tuning rules and does not come to an end',
          `Try again; when no other stanzawatch runs, remove ${path}`,
        );
      }
      await pause(LOCK_PAUSE_MS);
      unlock = this.#tryLock(path);
    }
    try {
      return await act();
    } finally {
      unlock();
    }
  }

  #tryLock(path: string): (() => void) | undefined {
    try {
      return tryLock(path, this.#dataDir);
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

/** Sources for a load that tries another text of one file. */
export function candidateSources(
  states: readonly TuningState[],
  changed: TuningKind,
  text: string,
): TuningSources {
  const sources = states.flatMap(({ kind, path, bytes }) => {
    const now = kind === changed ? text : bytes && Buffer.from(bytes).toString('utf8');
    return now === undefined ? [] : [[kind, { file: path, text: now }] as const];
  });
  return Object.fromEntries(sources);
}

function unwritable(path: string, error: unknown): OperatorError {
  return new OperatorError(
    'RULES_UNWRITABLE',
    `Cannot write ${path}: ${errorText(error)}`,
    'Check the rights of the data folder, and the room on its disk',
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
