/**
 * What commands leave in the data folder for the sensor: it must be able to read it, also when an administrator made it
 * as root and the sensor works as a user of its own.
 */
import { chownSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findHmacKey, hmacKeyFile, loadHmacKey } from './alert/index.ts';
import type { SensorConfig } from './config/index.ts';
import { OperatorError, errorText } from './core/index.ts';
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
  handOver(hmacKeyFile(folder), folder);
  return key;
}

/**
 * Replaces a file in one step: whoever reads it meanwhile sees the old one or the new one. It belongs to whom the data
 * folder belongs to. Throws what the file system throws.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode, dataDir }: { readonly mode: number; readonly dataDir: string },
): void {
  const temporary = `${path}.${process.pid}.tmp`;
  makeDataFolder(dirname(path), dataDir);
  writeFileSync(temporary, content, { mode });
  handOver(temporary, dataDir);
  renameSync(temporary, path);
}

/** A folder that belongs to whom the data folder belongs to. Throws what the file system throws. */
export function makeDataFolder(path: string, dataDir: string): void {
  const made = mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  if (made !== undefined) handOver(made, dataDir);
}

function handOver(path: string, dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}
