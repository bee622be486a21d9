/**
 * Locks against other processes, also of other users: the console of a running sensor and the command line of root may
 * change the same file at once. A lock is a file that says who made it, whole from its first moment.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { temporaryName, wallClockUsec } from './core/index.ts';
import { handOver, inDataFolder } from './data-folder.ts';

const MODE = 0o640;
/** Of a lock that does not say who made it; and nobody takes so long to take over one. */
const STALE_MS = 10_000;
/** Locks of this process: after a restart in a container the number in a lock left behind may be our own. */
const heldHere = new Set<string>();

/**
 * Takes the lock `path`, whose folder must exist, and gives how to let it go; undefined while somebody else has it. What
 * a process left behind that is gone is removed: then the next call takes it. Throws what the file system throws.
 */
export function tryLock(path: string, dataDir: string): (() => void) | undefined {
  const token = `${process.pid} ${randomBytes(8).toString('hex')}\n`;
  return inDataFolder(path, dataDir, (place) => {
    if (claim(place, token, dataDir)) {
      heldHere.add(token);
      return () => {
        unlock(path, token, dataDir);
      };
    }
    if (!isHeld(place)) removeStale(place, dataDir);
    return undefined;
  });
}

/** Only what is still ours: an operator may have removed the lock, and somebody else have it. */
function unlock(path: string, token: string, dataDir: string): void {
  heldHere.delete(token);
  inDataFolder(path, dataDir, (place) => {
    if (textOf(place) === token) rmSync(place, { force: true });
  });
}

/** Makes the file with all its text and its owner, unless there is one. */
function claim(path: string, text: string, dataDir: string): boolean {
  const temporary = temporaryName(path);
  const file = openSync(temporary, 'wx', MODE);
  try {
    try {
      writeFileSync(file, text);
      handOver(file, dataDir);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** In doubt it is held: only a process that is known to be gone holds nothing. */
function isHeld(path: string): boolean {
  let text: string | undefined;
  try {
    text = textOf(path);
  } catch {
    return true;
  }
  if (text === undefined) return false;
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return ageMs(path) < STALE_MS;
  if (pid === process.pid) return heldHere.has(text);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** One at a time looks again and removes: else the second of two would remove the new lock of the first. */
function removeStale(path: string, dataDir: string): void {
  const guard = `${path}.takeover`;
  if (!claim(guard, `${process.pid}\n`, dataDir)) {
    if (ageMs(guard) > STALE_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    if (!isHeld(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Undefined: there is no such file. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function ageMs(path: string): number {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined ? 0 : wallClockUsec() / 1000 - made;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
