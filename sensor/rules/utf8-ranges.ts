/**
 * Ranges of code points as ranges of UTF-8 bytes. libhs reads the traffic as bytes (its UTF-8
 * mode demands valid input, which no attacker owes us), so `[а-я]` must become
 * `(?:\xd0[\xb0-\xbf]|\xd1[\x80-\x8f])`.
 */

/** A range of code points, both ends included. */
export interface CodeRange {
  readonly from: number;
  readonly to: number;
}

/** Last code point of each encoded length. */
const LENGTH_ENDS = [0x7f, 0x7ff, 0xffff, 0x10ffff] as const;

/** UTF-8 bytes of a code point. */
export function utf8Bytes(code: number): number[] {
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 63)];
  if (code < 0x10000) {
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  }
  return [
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 63),
    0x80 | ((code >> 6) & 63),
    0x80 | (code & 63),
  ];
}

/** An expression that matches the UTF-8 form of exactly the code points of `ranges`. */
export function utf8Expression(ranges: readonly CodeRange[]): string {
  const alternatives = ranges.flatMap((range) => splitByLength(range)).map(sequence);
  return alternatives.length === 1 ? (alternatives[0] as string) : `(?:${alternatives.join('|')})`;
}

/** A byte as libhs reads it: letters and digits as they are, all others as `\xhh`. */
export function hexByte(byte: number): string {
  const char = String.fromCharCode(byte);
  if (/^[A-Za-z0-9]$/.test(char)) return char;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** One byte range for each place of the encoded form. */
type ByteRanges = readonly (readonly [number, number])[];

function sequence(ranges: ByteRanges): string {
  return ranges
    .map(([from, to]) => (from === to ? hexByte(from) : `[${hexByte(from)}-${hexByte(to)}]`))
    .join('');
}

function splitByLength({ from, to }: CodeRange): ByteRanges[] {
  const result: ByteRanges[] = [];
  let start = from;
  for (const end of LENGTH_ENDS) {
    if (start > end || start > to) continue;
    result.push(...splitByTail(start, Math.min(end, to)));
    start = end + 1;
  }
  return result;
}

/**
 * Both ends have the same encoded length. Wherever the leading bytes differ, the trailing bytes
 * must span all of 80 to BF; ranges that do not are cut at the next such border.
 */
function splitByTail(from: number, to: number): ByteRanges[] {
  const length = utf8Bytes(from).length;
  for (let tail = 1; tail < length; tail++) {
    const mask = (1 << (6 * tail)) - 1;
    if ((from & ~mask) === (to & ~mask)) continue;
    if ((from & mask) !== 0) {
      return [...splitByTail(from, from | mask), ...splitByTail((from | mask) + 1, to)];
    }
    if ((to & mask) !== mask) {
      return [...splitByTail(from, (to & ~mask) - 1), ...splitByTail(to & ~mask, to)];
    }
  }
  const low = utf8Bytes(from);
  const high = utf8Bytes(to);
  return [low.map((byte, i) => [byte, high[i] as number] as const)];
}
