/** What the first bytes of a carried file are, as far as it decides what may stand where; the inspector says more. */

/** What stands at an offset: bytes as Latin-1. */
type Start = readonly [offset: number, bytes: string];

const PICTURES: readonly (readonly Start[])[] = [
  [[0, '\x89PNG']],
  [[0, '\xff\xd8\xff']],
  [[0, 'GIF8']],
  [
    [0, 'RIFF'],
    [8, 'WEBP'],
  ],
  [[0, 'BM']],
  [[0, '\0\0\x01\0']],
  [[0, 'II*\0']],
  [[0, 'MM\0*']],
  [[0, '\xff\x0a']],
  [[4, 'JXL ']],
  [[4, 'ftypavi']],
  [[4, 'ftyphei']],
  [[4, 'ftypmif1']],
];

const SOUNDS: readonly (readonly Start[])[] = [
  [
    [0, 'RIFF'],
    [8, 'WAVE'],
  ],
  [[0, 'OggS']],
  [[0, 'ID3']],
  [[0, '\xff\xfb']],
  [[0, '\xff\xf3']],
  [[0, '\xff\xf2']],
  [[0, '\xff\xf1']],
  [[0, 'fLaC']],
  [[0, '.snd']],
  [[0, 'MThd']],
  [[0, '#!AMR']],
  [[4, 'ftyp']],
  [[0, '\x1a\x45\xdf\xa3']],
];

/** threats.md 10.4: programs, archives, documents, keys; pictures as well, since they hide things. */
const FILES: readonly (readonly Start[])[] = [
  [[0, 'MZ\x90']],
  [[0, 'MZ\x50']],
  [[0, '\x7fELF']],
  [[0, '\xcf\xfa\xed\xfe']],
  [[0, '\xce\xfa\xed\xfe']],
  [[0, '\xca\xfe\xba\xbe']],
  [[0, 'PK\x03\x04']],
  [[0, 'Rar!\x1a']],
  [[0, '7z\xbc\xaf\x27\x1c']],
  [[0, '\xfd7zXZ']],
  [[0, '\x28\xb5\x2f\xfd']],
  [[0, 'BZh']],
  [[0, '\x1f\x8b\x08']],
  [[0, '\xd0\xcf\x11\xe0\xa1']],
  [[0, '%PDF-']],
  [[0, '{\\rtf']],
  [[0, 'L\0\0\0\x01\x14\x02']],
  [[0, '\xe4\x52\x5c\x7b\x8c\xd8']],
  [[0, 'MSCF']],
  [[0, 'SQLite format 3']],
  [[0, '-----BEGIN']],
  [[0, '\x89PNG\r\n']],
  [[0, '\xff\xd8\xff']],
  [[0, 'GIF8']],
  [
    [0, 'RIFF'],
    [8, 'WEBP'],
  ],
];

/** Of the short ones what stands behind them also. */
const LONGER_STARTS: readonly (readonly Start[])[] = [
  [[0, 'MZ\x90\0']],
  [[0, 'MZ\x50\0']],
  ...['\0', '\x02', '\x04'].map((level): readonly Start[] => [
    [0, '\x1f\x8b\x08'],
    [8, level],
  ]),
  [
    [0, 'BZh'],
    [4, '1AY&SY'],
  ],
  ...['\xdb', '\xe0', '\xe1', '\xee'].map((marker): readonly Start[] => [
    [0, `\xff\xd8\xff${marker}`],
  ]),
];
/** Bytes that no ciphertext begins with by chance: one in thousands of millions. */
const CERTAIN_BYTES = 4;
const CERTAIN_FILES: readonly (readonly Start[])[] = [
  ...FILES.filter((starts) => bytesIn(starts) >= CERTAIN_BYTES),
  ...LONGER_STARTS,
];

/** A drawing may have a declaration, comments and a document type before its root. */
const DRAWING_BYTES = 1024;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** What no text has in it. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

export function isPicture(bytes: Uint8Array, length: number): boolean {
  return startsAs(PICTURES, bytes, length) || isDrawing(bytes, length);
}

export function isSound(bytes: Uint8Array, length: number): boolean {
  return startsAs(SOUNDS, bytes, length);
}

/** A type that does not come about by chance: of random bytes one in millions. */
export function isKnownFile(bytes: Uint8Array, length: number): boolean {
  return startsAs(FILES, bytes, length);
}

/** The same where all is ciphertext: of random bytes one in thousands of millions begins so. */
export function isCertainFile(bytes: Uint8Array, length: number): boolean {
  return startsAs(CERTAIN_FILES, bytes, length);
}

/** Text as people and programs write it, in ASCII or UTF-8; the last character may be cut. */
export function isText(bytes: Uint8Array, length: number): boolean {
  let end = length;
  // Back to the first byte of the last character.
  for (let back = 1; back <= 3 && back <= length; back++) {
    if (((bytes[length - back] as number) & 0xc0) === 0xc0) end = length - back;
  }
  try {
    return !CONTROLS.test(utf8.decode(bytes.subarray(0, end)));
  } catch {
    return false;
  }
}

function bytesIn(starts: readonly Start[]): number {
  return starts.reduce((sum, [, { length }]) => sum + length, 0);
}

function startsAs(
  kinds: readonly (readonly Start[])[],
  bytes: Uint8Array,
  length: number,
): boolean {
  return kinds.some((starts) => starts.every((start) => hasAt(bytes, length, start)));
}

function hasAt(bytes: Uint8Array, length: number, [offset, wanted]: Start): boolean {
  if (offset + wanted.length > length) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (bytes[offset + i] !== wanted.charCodeAt(i)) return false;
  }
  return true;
}

function isDrawing(bytes: Uint8Array, length: number): boolean {
  const head = latin1.decode(bytes.subarray(0, Math.min(length, DRAWING_BYTES)));
  // A byte order mark and white space may stand before it.
  return /^(?:\xef\xbb\xbf)?\s*</.test(head) && head.includes('<svg');
}
