/**
 * The key of evidence hashes. A masked secret keeps an HMAC, so that analysts can see the same card twice without
 * seeing the card; without the key nobody can try all card numbers against it.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, linkSync, openSync, readFileSync } from 'node:fs';
import { unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError, errorText, temporaryName } from '../core/index.ts';

const KEY_BYTES = 32;
const FILE_NAME = 'hmac.key';

/** Path of the key of a data folder. */
export function hmacKeyFile(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/** A key that lives as long as the process, where nothing is stored (`--db none`). */
export function ephemeralHmacKey(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/**
 * The key of a data folder, made on first use: `hmac.key`, mode 0600, 32 random bytes as hex. The folder must
 * exist. Throws OperatorError STORE_UNREADABLE or STORE_UNWRITABLE.
 */
export function loadHmacKey(dataDir: string): Uint8Array {
  const path = hmacKeyFile(dataDir);
  return readKey(path) ?? createKey(path) ?? requireKey(path);
}

/** The same where nothing may be made: undefined when the folder has no key. Throws OperatorError STORE_UNREADABLE. */
export function findHmacKey(dataDir: string): Uint8Array | undefined {
  return readKey(hmacKeyFile(dataDir));
}

function readKey(path: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'latin1').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new OperatorError(
      'STORE_UNREADABLE',
      `Cannot read the evidence key ${path}: ${errorText(error)}`,
      'Run as the user that owns the data folder',
      { cause: error },
    );
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new OperatorError(
      'STORE_UNREADABLE',
      `The evidence key ${path} is not 64 hexadecimal digits`,
      'Restore it from a backup, or move it away to start with a new key (old hashes then no longer compare)',
    );
  }
  return Buffer.from(text, 'hex');
}

/** Writes beside and links into place: two sensors starting at once end up with one key, never half a one. */
function createKey(path: string): Uint8Array | undefined {
  const key = randomBytes(KEY_BYTES);
  const part = temporaryName(path);
  try {
    const file = openSync(part, 'wx', 0o600);
    try {
      fchmodSync(file, 0o600);
      writeSync(file, `${key.toString('hex')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(part, path);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return undefined;
    throw new OperatorError(
      'STORE_UNWRITABLE',
      `Cannot create the evidence key ${path}: ${errorText(error)}`,
      'Make the data folder writable, or choose another with -l',
      { cause: error },
    );
  } finally {
    removeQuietly(part);
  }
  return key;
}

function requireKey(path: string): Uint8Array {
  const key = readKey(path);
  if (key !== undefined) return key;
  throw new OperatorError(
    'STORE_UNREADABLE',
    `The evidence key ${path} vanished while it was read`,
  );
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, which the caller reports.
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
