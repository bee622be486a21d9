/**
 * Compiled patterns on disk, so that the next start is quick: named byte strings with a checksum
 * over all. A cache is never trusted and never needed: whatever is wrong with a file, it counts
 * as absent, and a file that cannot be written costs time at the next start, nothing else.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorText, log, swapFile } from '../core/index.ts';

const MAGIC = 'stanzawatch cache 1\n';
const CHECKSUM_BYTES = 32;
const LENGTH_BYTES = 4;
const FILE_MODE = 0o644;
/** It may be the first to make the data folder: nobody but its owner and group may look into that. */
const FOLDER_MODE = 0o750;

/** The entries of a cache file; undefined when there is none or it is damaged. */
export function readCacheFile(path: string): Map<string, Uint8Array> | undefined {
  try {
    const bytes = readFileSync(path);
    const body = bytes.subarray(MAGIC.length + CHECKSUM_BYTES);
    const checksum = bytes.subarray(MAGIC.length, MAGIC.length + CHECKSUM_BYTES);
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
    if (!createHash('sha256').update(body).digest().equals(checksum)) return undefined;
    const entries = new Map<string, Uint8Array>();
    let at = 0;
    const next = (): Buffer => {
      const start = at + LENGTH_BYTES;
      at = start + body.readUInt32LE(at);
      return body.subarray(start, at);
    };
    while (at < body.length) entries.set(next().toString('latin1'), next());
    return entries;
  } catch {
    return undefined;
  }
}

/** Write a cache file in one step: a reader sees the old one or the new one, never a half. */
export function writeCacheFile(path: string, entries: ReadonlyMap<string, Uint8Array>): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const parts = [...entries].flatMap(([name, bytes]) => [
      ...withLength(Buffer.from(name, 'latin1')),
      ...withLength(bytes),
    ]);
    const body = Buffer.concat(parts);
    const checksum = createHash('sha256').update(body).digest();
    const content = Buffer.concat([Buffer.from(MAGIC, 'latin1'), checksum, body]);
    swapFile(path, content, { mode: FILE_MODE });
    return true;
  } catch (error) {
    log('warn', 'rules', `Cannot write the pattern cache: ${errorText(error)}`);
    return false;
  }
}

function withLength(bytes: Uint8Array): [Buffer, Uint8Array] {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}
