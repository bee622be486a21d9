/**
 * What commands leave in the data folder for the sensor: it must be able to read it, also when an administrator made it
 * as root and the sensor works as a user of its own. That user may have been taken over: what root does here follows no
 * link the user laid, and gives away nothing but what root has just made.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { findHmacKey, hmacKeyFile, loadHmacKey } from './alert/index.ts';
import type { SensorConfig } from './config/index.ts';
import { OperatorError, errorText, swapFile } from './core/index.ts';
import { giveFolder } from './privileges.ts';

const FOLDER_MODE = 0o750;

/** The evidence key of the sensor, made when there is none yet. Throws OperatorError. */
export function sensorKey(config: SensorConfig): Uint8Array {
  const folder = config.data_dir;
  try {
    if (config.capture.user !== '') giveFolder(folder, config.capture.user);
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      'STORE_UNWRITABLE',
      `Cannot create the data folder ${folder}: ${errorText(error)}`,
      'Choose another with -l',
      { cause: error },
    );
  }
  const known = findHmacKey(folder);
  if (known !== undefined) return known;
  const key = loadHmacKey(folder);
  giveKey(hmacKeyFile(folder), folder);
  return key;
}

/**
 * Replaces a file in one step: whoever reads it meanwhile sees the old one or the new one. It belongs to whom the data
 * folder belongs to. Throws what the file system throws; then nothing has changed.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, dataDir }: { readonly mode: number; readonly dataDir: string },
): void {
  makeDataFolder(dirname(path), dataDir);
  inDataFolder(path, dataDir, (place) => {
    const beforeSwap = (file: number): void => {
      handOver(file, dataDir);
    };
    swapFile(place, content, { mode, beforeSwap });
  });
}

/** A folder that belongs to whom the data folder belongs to. Throws what the file system throws. */
export function makeDataFolder(path: string, dataDir: string): void {
  if (existsSync(path)) return;
  if (!isBelow(path, dataDir)) {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
    return;
  }
  makeDataFolder(dirname(path), dataDir);
  inDataFolder(path, dataDir, (place) => {
    mkdirSync(place, { mode: FOLDER_MODE });
    handOverPath(place, dataDir, constants.O_DIRECTORY);
  });
}

/**
 * Calls `act` with a path to the same file that keeps leading there: for root in a folder of somebody else it goes
 * through the descriptor of the file's folder, which cannot be exchanged for a link. Throws when it leads out of the data
 * folder already.
 */
export function inDataFolder<T>(path: string, dataDir: string, act: (place: string) => T): T {
  if (foreignOwner(dataDir) === undefined || !isBelow(path, dataDir)) return act(path);
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const pinned = `/proc/self/fd/${folder}`;
    const real = readlinkSync(pinned);
    const root = realpathSync(dataDir);
    if (real !== root && !isBelow(real, root)) {
      throw new Error(`${dirname(path)} leads out of the data folder, to ${real}`);
    }
    return act(join(pinned, basename(path)));
  } finally {
    closeSync(folder);
  }
}

/** An open file root has just made goes to whom the data folder belongs to. */
export function handOver(file: number, dataDir: string): void {
  const owner = foreignOwner(dataDir);
  if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
}

/** The key was linked into place, so that it is named: it must be what root made. */
function giveKey(path: string, dataDir: string): void {
  inDataFolder(path, dataDir, (place) => {
    handOverPath(place, dataDir, 0);
  });
}

function handOverPath(path: string, dataDir: string, flags: number): void {
  if (foreignOwner(dataDir) === undefined) return;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | flags);
  try {
    const { nlink, uid } = fstatSync(file);
    const isFolder = (flags & constants.O_DIRECTORY) !== 0;
    if (uid !== 0 || (!isFolder && nlink !== 1)) {
      throw new Error(`${basename(path)} in ${dataDir} was exchanged while it was made`);
    }
    handOver(file, dataDir);
  } finally {
    closeSync(file);
  }
}

/**
 * Whom the data folder belongs to, where root acts and it belongs to somebody else. The effective id counts: it says who
 * can give something away.
 */
function foreignOwner(dataDir: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  return owner === undefined || (owner.uid === 0 && owner.gid === 0) ? undefined : owner;
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../');
}
