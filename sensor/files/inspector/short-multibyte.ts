/**
 * Codes of East Asia in short texts. Nearly any bytes are valid in one of these codes, so all that is not ASCII must be
 * of the rows that writing is made of: punctuation, kana, syllables and the common half of the signs. A pair of random
 * bytes is so one time in four to ten.
 */
type Range = readonly [from: number, to: number];

interface Code {
  /** Of TextDecoder. */
  readonly label: string;
  /** First bytes of its pairs. */
  readonly leads: readonly Range[];
  readonly trails: readonly Range[];
  /** One of these must be there: what tells it from codes of the same form. */
  readonly marks: readonly Range[];
}

const HIGH: Range = [0xa1, 0xfe];
const PAIRS_NEEDED = 2;

/** The narrower form first: what fits it may fit the next as well. */
const CODES: readonly Code[] = [
  code('shift_jis', [0x81, 0x83, 0x88, 0x98], [0x40, 0x7e, 0x80, 0xfc]),
  code('euc-jp', [0xa1, 0xa1, 0xa3, 0xa5, 0xb0, 0xcf], HIGH, [0xa4, 0xa5]),
  code('euc-kr', [0xa1, 0xa1, 0xa3, 0xa3, 0xb0, 0xc8], HIGH),
  code('gb18030', [0xa1, 0xa1, 0xa3, 0xa3, 0xb0, 0xd7], HIGH),
  code('big5', [0xa1, 0xa3, 0xa4, 0xc6], [0x40, 0x7e, ...HIGH]),
];

/** Label of the code; undefined when the bytes are no text in any of them. */
export function shortMultibyte(bytes: Uint8Array): string | undefined {
  return CODES.find((candidate) => fits(bytes, candidate))?.label;
}

function fits(bytes: Uint8Array, { leads, trails, marks }: Code): boolean {
  let pairs = 0;
  let isMarked = false;
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] as number;
    if (lead < 0x80) continue;
    const trail = bytes[++at];
    if (!isIn(lead, leads) || trail === undefined || !isIn(trail, trails)) return false;
    pairs++;
    isMarked ||= isIn(lead, marks);
  }
  return isMarked && pairs >= PAIRS_NEEDED;
}

function isIn(byte: number, ranges: readonly Range[]): boolean {
  return ranges.some(([from, to]) => byte >= from && byte <= to);
}

/** Ends of ranges in pairs. */
function code(
  label: string,
  leads: readonly number[],
  trails: readonly number[],
  marks: readonly number[] = leads,
): Code {
  return { label, leads: ranges(leads), trails: ranges(trails), marks: ranges(marks) };
}

function ranges(ends: readonly number[]): Range[] {
  return ends.flatMap((from, i) => (i % 2 === 0 ? [[from, ends[i + 1] as number]] : []));
}
