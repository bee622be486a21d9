/**
 * Folded text: what disguised text reads like. NFKC, invisible characters stripped, case folded,
 * look-alike letters turned into ASCII (threats.md 10.2 up to the skeleton; no leet). Works on
 * UTF-8 bytes with tables that are built once per block of 256 code points, because it runs
 * on every stanza with non-ASCII text.
 *
 * The definition is foldString(): compose(skeleton(decompose(text))). It is context-free except where
 * a combining character follows, so foldInto() goes by table and calls foldString() only for such runs.
 * Idempotent: folding folded text changes nothing.
 */
import { CONFUSABLES } from './confusables.ts';

/** Invisible characters of threats.md 10.2, and the supplementary variation selectors. */
const INVISIBLE =
  /\u00ad|\u034f|\u061c|[\u115f\u1160]|[\u17b4\u17b5]|\u180e|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|[\ufe00-\ufe0f]|\ufeff|[\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\u{e0100}-\u{e01ef}]/gu;

/**
 * Marks that compose with nothing are stacked on letters to break words up. Only the general
 * blocks: in Arabic, Hebrew and Indic scripts a mark of the script itself is part of the word.
 */
const STRAY_MARKS = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]/gu;

/** Can it compose with the character before it? Marks, and Hangul vowels and final consonants. */
const COMBINES = /^[\p{M}\u1161-\u1175\u11a8-\u11c2\u{16d67}]/u;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function skeletonOf(char: string): string {
  let out = '';
  // Lower, upper, lower is full case folding: ss for either sharp s, one sigma for three.
  const caseless = char.toLowerCase().toUpperCase().toLowerCase();
  for (const folded of caseless.normalize('NFKD')) {
    const ascii = CONFUSABLES.get(folded.codePointAt(0) as number);
    out += ascii === undefined ? folded : String.fromCharCode(ascii);
  }
  return out;
}

/** The definition of folding, on strings. */
export function foldString(text: string): string {
  let out = '';
  for (const char of text.normalize('NFKD').replace(INVISIBLE, '')) out += skeletonOf(char);
  return out.normalize('NFC').replace(STRAY_MARKS, '').normalize('NFC');
}

const KIND = { simple: 0, combining: 1, invisible: 2 } as const;

/** Folded form of 256 neighbouring code points, each on its own. */
interface Block {
  readonly kinds: Uint8Array;
  /** Where the folded bytes of code point i start; i + 1 says where they end. */
  readonly starts: Uint16Array;
  readonly bytes: Uint8Array;
}

const blocks = new Map<number, Block>();

/**
 * Code points that fold to themselves wherever they stand: CJK ideographs, Hangul syllables that
 * nothing follows, planes 2, 3 and private use. Keeps hostile text from building tables at leisure.
 */
function isPlain(point: number): boolean {
  return (
    (point >= 0x3400 && point < 0x4dc0) ||
    (point >= 0x4e00 && point < 0xa000) ||
    (point >= 0xac00 && point < 0xf900) ||
    (point >= 0x17000 && point < 0x19000) ||
    (point >= 0x20000 && point < 0x2f800) ||
    (point >= 0x2fb00 && point < 0xe0000) ||
    point >= 0xe0200
  );
}

function buildBlock(index: number): Block {
  const kinds = new Uint8Array(256);
  const starts = new Uint16Array(257);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; i < 256; i++) {
    const char = String.fromCodePoint((index << 8) | i);
    const decomposed = char.normalize('NFKD');
    if (decomposed.replace(INVISIBLE, '') === '') kinds[i] = KIND.invisible;
    else if (COMBINES.test(decomposed)) kinds[i] = KIND.combining;
    const bytes = encoder.encode(foldString(char));
    parts.push(bytes);
    starts[i] = at;
    at += bytes.length;
  }
  starts[256] = at;
  return { kinds, starts, bytes: Uint8Array.from(parts.flatMap((part) => [...part])) };
}

function blockOf(index: number): Block {
  let block = blocks.get(index);
  if (block === undefined) {
    block = buildBlock(index);
    blocks.set(index, block);
  }
  return block;
}

/** Longest run of combining characters that is composed; the rest of the run is dropped. */
const MAX_RUN = 30;
/** Composed runs of one text; beyond it combining characters are dropped: no honest text gets there. */
const MAX_RUNS = 4096;

let width = 1;

/** Code point at `i`, its byte count in `width`. Bytes that are not UTF-8 read as U+FFFD, one each. */
function pointAt(src: Uint8Array, i: number, end: number): number {
  const lead = src[i] as number;
  width = 1;
  if (lead < 0x80) return lead;
  const count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || i + count > end) return 0xfffd;
  let point = lead & (0x7f >> count);
  for (let k = 1; k < count; k++) {
    const next = src[i + k] as number;
    if ((next & 0xc0) !== 0x80) return 0xfffd;
    point = (point << 6) | (next & 0x3f);
  }
  if ((count === 3 && point < 0x800) || (count === 4 && (point < 0x10000 || point > 0x10ffff))) {
    return 0xfffd;
  }
  if (point >= 0xd800 && point < 0xe000) return 0xfffd;
  width = count;
  return point;
}

function kindOf(point: number): number {
  if (point < 0x80 || isPlain(point)) return KIND.simple;
  return blockOf(point >> 8).kinds[point & 0xff] as number;
}

/**
 * Fold the UTF-8 text `src[offset .. offset + length)` into `dst` from `at`, using at most
 * `capacity` bytes.
 * @returns bytes written, or -1 when `capacity` does not hold them all.
 */
export function foldInto(
  src: Uint8Array,
  offset: number,
  length: number,
  dst: Uint8Array,
  at: number,
  capacity: number,
): number {
  const end = offset + length;
  const limit = at + capacity;
  let out = at;
  let runs = 0;
  // The last character that others may combine with: where it was read and where it was written.
  let baseIn = offset;
  let baseOut = at;
  let i = offset;
  while (i < end) {
    const lead = src[i] as number;
    if (lead < 0x80) {
      if (out >= limit) return -1;
      baseIn = i;
      baseOut = out;
      dst[out++] = lead >= 0x41 && lead <= 0x5a ? lead + 32 : lead;
      i++;
      continue;
    }
    const point = pointAt(src, i, end);
    const next = i + width;
    if (point === 0xfffd || isPlain(point)) {
      const bytes = point === 0xfffd ? 3 : width;
      if (out + bytes > limit) return -1;
      baseIn = i;
      baseOut = out;
      if (point === 0xfffd) {
        dst[out++] = 0xef;
        dst[out++] = 0xbf;
        dst[out++] = 0xbd;
      } else {
        for (let k = i; k < next; k++) dst[out++] = src[k] as number;
      }
      i = next;
      continue;
    }
    const block = blockOf(point >> 8);
    const kind = block.kinds[point & 0xff] as number;
    if (kind === KIND.invisible) {
      i = next;
    } else if (kind === KIND.simple) {
      const from = block.starts[point & 0xff] as number;
      const to = block.starts[(point & 0xff) + 1] as number;
      if (out + to - from > limit) return -1;
      baseIn = i;
      baseOut = out;
      for (let k = from; k < to; k++) dst[out++] = block.bytes[k] as number;
      i = next;
    } else {
      // A run of combining characters: redo it from its base by the definition.
      let runEnd = i;
      let keep = i;
      let marks = 0;
      while (runEnd < end) {
        const runKind = kindOf(pointAt(src, runEnd, end));
        if (runKind === KIND.simple) break;
        runEnd += width;
        if (runKind === KIND.invisible || ++marks <= MAX_RUN) keep = runEnd;
      }
      if (runs++ < MAX_RUNS) {
        const bytes = encoder.encode(foldString(decoder.decode(src.subarray(baseIn, keep))));
        if (baseOut + bytes.length > limit) return -1;
        dst.set(bytes, baseOut);
        out = baseOut + bytes.length;
      }
      i = runEnd;
    }
  }
  return out - at;
}

/** Fold a string the way foldInto() folds bytes: for word lists that are compared with folded text. */
export function foldText(text: string): string {
  const src = encoder.encode(text);
  // The longest expansion of one character is U+FDFA, 3 bytes to 33.
  const dst = new Uint8Array(src.length * 12);
  const length = foldInto(src, 0, src.length, dst, 0, dst.length);
  return decoder.decode(dst.subarray(0, length));
}
