/**
 * A library of fingerprints: which documents there are, and the shingles each is known by. No text, and nothing that
 * shows without the key of the sensor: the file is enciphered and authenticated (AES-256-GCM) under a key derived from
 * it, so a file that was damaged, or is another sensor's, is told from a good one.
 *
 *   8  mark and version      12  nonce      16  tag      then enciphered:
 *   4  length of the header, the header as JSON, then of each document its shingles and its boilerplate, 8 bytes each
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** A document, or (`isCommon`) a text that is nobody's own: what stands in it never counts. */
export interface FingerprintedDocument {
  readonly set: string;
  readonly name: string;
  /** Day it was added, for people: 2026-11-21. */
  readonly added: string;
  readonly words: number;
  readonly isCommon: boolean;
  /** Documents of one group are versions of each other. */
  readonly group: number;
  /** Pairs of words: those that tell the document from others, and those that do not (commonness.ts). */
  readonly shingles: Uint32Array;
  readonly boilerplate: Uint32Array;
}

/** A file that is no library, or not one of this key. */
export class LibraryError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const MARK = Buffer.from('SWFPRNT1', 'latin1');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MARK.length + NONCE_BYTES + TAG_BYTES;

/** As it stands in the header. */
interface Entry {
  readonly set: string;
  readonly name: string;
  readonly added: string;
  readonly words: number;
  readonly isCommon: boolean;
  readonly group: number;
  readonly shingles: number;
  readonly boilerplate: number;
}

export function encodeLibrary(
  documents: readonly FingerprintedDocument[],
  key: Uint8Array,
): Uint8Array {
  const entries = documents.map(({ shingles, boilerplate, ...facts }): Entry => ({
    ...facts,
    shingles: shingles.length / 2,
    boilerplate: boilerplate.length / 2,
  }));
  const header = Buffer.from(JSON.stringify(entries), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealKey(key), nonce);
  const parts = [cipher.update(length), cipher.update(header)];
  for (const { shingles, boilerplate } of documents) {
    parts.push(cipher.update(bytesOf(shingles)), cipher.update(bytesOf(boilerplate)));
  }
  parts.push(cipher.final());
  return Buffer.concat([MARK, nonce, cipher.getAuthTag(), ...parts]);
}

/** Throws LibraryError. */
export function decodeLibrary(file: Uint8Array, key: Uint8Array): FingerprintedDocument[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MARK.length).equals(MARK)) {
    throw new LibraryError(
      'It holds no fingerprints',
      'restore it, or remove it and add the documents anew',
    );
  }
  const tagAt = MARK.length + NONCE_BYTES;
  const decipher = createDecipheriv(
    'aes-256-gcm',
    sealKey(key),
    bytes.subarray(MARK.length, tagAt),
  );
  decipher.setAuthTag(bytes.subarray(tagAt, HEAD_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES));
  try {
    decipher.final();
  } catch {
    throw new LibraryError(
      'It is damaged, or was made with the key of another sensor',
      'restore it together with hmac.key, or remove it and add the documents anew',
    );
  }
  const headerEnd = 4 + plain.readUInt32LE(0);
  const entries = JSON.parse(plain.toString('utf8', 4, headerEnd)) as Entry[];
  let at = headerEnd;
  const take = (count: number): Uint32Array => {
    const words = new Uint32Array(2 * count);
    bytesOf(words).set(plain.subarray(at, at + 8 * count));
    at += 8 * count;
    return words;
  };
  return entries.map(({ shingles, boilerplate, ...facts }) => ({
    ...facts,
    shingles: take(shingles),
    boilerplate: take(boilerplate),
  }));
}

/** Words as this machine has them: a library stays with its sensor. */
function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function sealKey(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update('stanzawatch fingerprints: library').digest();
}
