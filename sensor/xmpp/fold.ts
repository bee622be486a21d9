/**
 * Folded text: what disguised text reads like. NFKC, invisible characters stripped, case folded,
 * look-alike letters turned into ASCII (threats.md 10.2 up to the skeleton; no leet). Works on
 * UTF-8 bytes with tables that are built once per block of 256 code points, because it runs
 * on every stanza with non-ASCII text.
 *
 * The definition is foldString(): compose(skeleton(decompose(text))). It is context-free except where
 * a combining character follows; such runs are normalised by compose.ts.
 * Idempotent: folding folded text changes nothing.
 */
import { Run, isCombining } from './compose.ts';
import { CONFUSABLES } from './confusables.ts';

/**
 * Invisible characters of threats.md 10.2, and the supplementary variation selectors; also the enclosing
 * marks, which compose with nothing and stand between marks that do.
 */
const INVISIBLE =
  /\u00ad|\u034f|\u061c|[\u115f\u1160]|[\u17b4\u17b5]|\u180e|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|[\ufe00-\ufe0f]|\ufeff|[\ufff9-\ufffb]|\u1abe|[\u20dd-\u20e0]|[\u20e2-\u20e4]|[\u{e0000}-\u{e007f}]|[\u{e0100}-\u{e01ef}]/gu;

/**
 * Marks that compose with nothing are stacked on letters to break words up. Only the general
 * blocks: in Arabic, Hebrew and Indic scripts a mark of the script itself is part of the word.
 */
const STRAY_MARKS = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]/gu;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const IOTA_SUBSCRIPT = '\u0345';

function skeletonOf(char: string): string {
  // The one mark whose case folding is a letter: here it is a mark.
  if (char === IOTA_SUBSCRIPT) return char;
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

/** By code point >> 8. */
const blocks: (Block | undefined)[] = new Array<Block | undefined>(0x1100).fill(undefined);

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
    else if (isCombining(decomposed.codePointAt(0) as number)) kinds[i] = KIND.combining;
    const bytes = encoder.encode(foldString(char));
    parts.push(bytes);
    starts[i] = at;
    at += bytes.length;
  }
  starts[256] = at;
  return { kinds, starts, bytes: Uint8Array.from(parts.flatMap((part) => [...part])) };
}

function blockOf(index: number): Block {
  return blocks[index] ?? (blocks[index] = buildBlock(index));
}

/** Code points a character is decomposed to before it meets the marks behind it; bounded. */
const parts = new Map<number, Int32Array>();
const MAX_PARTS = 16384;

function partsOf(point: number): Int32Array {
  let found = parts.get(point);
  if (found !== undefined) return found;
  let folded = '';
  const decomposed = String.fromCodePoint(point).normalize('NFKD').replace(INVISIBLE, '');
  for (const char of decomposed) folded += skeletonOf(char);
  found = Int32Array.from(folded, (one) => one.codePointAt(0) as number);
  if (parts.size >= MAX_PARTS) parts.clear();
  parts.set(point, found);
  return found;
}

const run = new Run();

function addParts(point: number): void {
  if (point < 0x80) {
    run.add(point >= 0x41 && point <= 0x5a ? point + 32 : point);
    return;
  }
  for (const part of partsOf(point)) run.add(part);
}

function isStray(point: number): boolean {
  return (
    (point >= 0x300 && point <= 0x36f) ||
    (point >= 0x1ab0 && point <= 0x1aff) ||
    (point >= 0x1dc0 && point <= 0x1dff) ||
    (point >= 0x20d0 && point <= 0x20ff)
  );
}

/** Bytes that the run takes in UTF-8, written at `at`; -1 when they would pass `limit`. */
function writeRun(dst: Uint8Array, at: number, limit: number): number {
  let out = at;
  for (let i = 0; i < run.length; i++) {
    const point = run.points[i] as number;
    if (
      out + 4 > limit &&
      out + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4) > limit
    ) {
      return -1;
    }
    if (point < 0x80) {
      dst[out++] = point;
    } else if (point < 0x800) {
      dst[out++] = 0xc0 | (point >> 6);
      dst[out++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      dst[out++] = 0xe0 | (point >> 12);
      dst[out++] = 0x80 | ((point >> 6) & 0x3f);
      dst[out++] = 0x80 | (point & 0x3f);
    } else {
      dst[out++] = 0xf0 | (point >> 18);
      dst[out++] = 0x80 | ((point >> 12) & 0x3f);
      dst[out++] = 0x80 | ((point >> 6) & 0x3f);
      dst[out++] = 0x80 | (point & 0x3f);
    }
  }
  return out - at;
}

/**
 * Shortcut for the scripts of two-byte characters (Cyrillic, Greek, Latin with marks): length << 16 and
 * up to two folded bytes; 0 where the block must be asked.
 */
const short = new Uint32Array(0x800);

function rememberShort(point: number, block: Block): void {
  const from = block.starts[point & 0xff] as number;
  const length = (block.starts[(point & 0xff) + 1] as number) - from;
  if (point >= 0x800 || length === 0 || length > 2) return;
  const first = block.bytes[from] as number;
  const second = length === 2 ? (block.bytes[from + 1] as number) : 0;
  short[point] = (length << 16) | (first << 8) | second;
}

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
    if (lead < 0xe0 && i + 1 < end) {
      const second = src[i + 1] as number;
      const entry =
        (second & 0xc0) === 0x80 ? (short[((lead & 0x1f) << 6) | (second & 0x3f)] as number) : 0;
      if (entry !== 0 && out + 2 <= limit) {
        baseIn = i;
        baseOut = out;
        dst[out++] = (entry >> 8) & 0xff;
        if (entry >= 0x20000) dst[out++] = entry & 0xff;
        i += 2;
        continue;
      }
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
      rememberShort(point, block);
      i = next;
    } else {
      // A run of combining characters: normalise it together with its base.
      run.clear();
      for (let k = baseIn; k < i; k += width) addParts(pointAt(src, k, end));
      let runEnd = i;
      while (runEnd < end) {
        const mark = pointAt(src, runEnd, end);
        const next = width;
        const kindThere = kindOf(mark);
        if (kindThere === KIND.simple) break;
        if (kindThere === KIND.combining) addParts(mark);
        runEnd += next;
      }
      run.compose();
      run.drop(isStray);
      run.compose();
      const written = writeRun(dst, baseOut, limit);
      if (written < 0) return -1;
      out = baseOut + written;
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
