/**
 * The fingerprints of a sensor: one file in its data folder, written by `stanzawatch dlp` and read at the start and with
 * every reload of the rules. What has not changed since is not read again.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findHmacKey } from './alert/index.ts';
import { fingerprintFile, limitValues, type SensorConfig } from './config/index.ts';
import { OperatorError, errorText } from './core/index.ts';
import { replaceFile, sensorKey } from './data-folder.ts';
import {
  FingerprintIndex,
  LibraryError,
  ShingleReader,
  arrange,
  decodeLibrary,
  encodeLibrary,
  type FingerprintedDocument,
} from './detect/index.ts';
import { SIGNATURES } from './rule-files.ts';
import { foldText } from './xmpp/index.ts';

export type { FingerprintedDocument } from './detect/index.ts';

const FILE_MODE = 0o600;
/** Texts that are nobody's own: licences, footers of mails. */
const COMMON_TEXTS = join(SIGNATURES, 'common-texts');

/** The index that was read last, and of which file it is. */
let latest: { readonly stamp: string; readonly index: FingerprintIndex } | undefined;

/** Undefined where there are no fingerprints. Throws OperatorError DATASET_INVALID. */
export function loadFingerprints(config: SensorConfig): FingerprintIndex | undefined {
  const path = fingerprintFile(config);
  const stamp = stampOf(path);
  if (stamp === '') {
    latest = undefined;
    return undefined;
  }
  if (latest?.stamp !== stamp) {
    const documents = readLibrary(config);
    const total = documents.reduce((sum, { shingles }) => sum + shingles.length / 2, 0);
    const { dlpShingles } = limitValues(config);
    if (total > dlpShingles) {
      throw new OperatorError(
        'DATASET_INVALID',
        `${path} holds more than ${dlpShingles} shingles`,
        'Remove documents (stanzawatch dlp remove), or raise the limit dlp.shingles',
      );
    }
    latest = { stamp, index: new FingerprintIndex(documents, requireKey(config)) };
  }
  return latest.index.documents.length === 0 ? undefined : latest.index;
}

/** All documents, those that never count included. Throws OperatorError. */
export function readLibrary(config: SensorConfig): FingerprintedDocument[] {
  const path = fingerprintFile(config);
  if (stampOf(path) === '') return [];
  try {
    return decodeLibrary(readFileSync(path), requireKey(config));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const hint = error instanceof LibraryError ? error.hint : 'Check its rights';
    throw new OperatorError(
      'DATASET_INVALID',
      `Cannot use the fingerprints ${path}: ${errorText(error)}`,
      hint,
      { cause: error },
    );
  }
}

/**
 * Changes the library in one step; gives it as it is afterwards. Whoever changes it at the same time is told to try
 * again: nothing is lost. Throws OperatorError.
 */
export function changeLibrary(
  config: SensorConfig,
  change: (documents: readonly FingerprintedDocument[]) => readonly FingerprintedDocument[],
): FingerprintedDocument[] {
  const path = fingerprintFile(config);
  const key = sensorKey(config);
  const stamp = stampOf(path);
  const documents = arrange(change(readLibrary(config)), commonTexts(key));
  const file = encodeLibrary(documents, key);
  if (stampOf(path) !== stamp) {
    throw new OperatorError(
      'DATASET_INVALID',
      'The fingerprints were changed by another command meanwhile',
      'Run this one again',
    );
  }
  try {
    replaceFile(path, file, { mode: FILE_MODE, dataDir: config.data_dir });
  } catch (error) {
    throw new OperatorError(
      'STORE_UNWRITABLE',
      `Cannot write the fingerprints ${path}: ${errorText(error)}`,
      'Make the data folder writable, or choose another with -l',
      { cause: error },
    );
  }
  return documents;
}

/** Fingerprint of a text in UTF-8. */
export function fingerprintText(
  config: SensorConfig,
  text: string,
): { readonly words: number; readonly shingles: Uint32Array } {
  const folded = new TextEncoder().encode(foldText(text));
  return new ShingleReader(sensorKey(config)).select(folded, 0, folded.length);
}

function commonTexts(key: Uint8Array): Uint32Array[] {
  const reader = new ShingleReader(key);
  return readdirSync(COMMON_TEXTS)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => {
      const text = readFileSync(join(COMMON_TEXTS, name), 'utf8');
      const folded = new TextEncoder().encode(foldText(text));
      return reader.select(folded, 0, folded.length).shingles;
    });
}

function requireKey(config: SensorConfig): Uint8Array {
  const key = findHmacKey(config.data_dir);
  if (key !== undefined) return key;
  throw new OperatorError(
    'DATASET_INVALID',
    `The fingerprints in ${config.data_dir} were made with a key that is gone`,
    'Restore hmac.key, or remove fingerprints.bin and add the documents anew',
  );
}

/** Which file it is; '' when there is none. */
function stampOf(path: string): string {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (facts === undefined) return '';
  return [path, facts.dev, facts.ino, facts.size, facts.mtimeNs].join(' ');
}
