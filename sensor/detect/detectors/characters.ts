/**
 * What kind of character a code point is, as far as disguise and word boundaries care. Read from
 * UTF-8 in place: one table look-up per character of the basic plane, comparisons above it.
 */

/** Kinds of characters; letters of the three look-alike scripts stand first. */
export const CHAR = {
  other: 0,
  digit: 1,
  latin: 2,
  cyrillic: 3,
  greek: 4,
  /** Letters of scripts that need joiners and direction marks themselves, or have no look-alikes. */
  letter: 5,
  /** Zero width: joiners, marks, fillers, tags. */
  invisible: 6,
  softHyphen: 7,
  /** Left-to-right and right-to-left override. */
  override: 8,
  /** Mark that stacks on the letter before it. */
  mark: 9,
  /** Variation selector. */
  selector: 10,
  /** Mathematical, enclosed or full-width form of a Latin letter. */
  fancy: 11,
} as const;

type Range = readonly [from: number, to: number, kind: number];

const RANGES: readonly Range[] = [
  [0x30, 0x39, CHAR.digit],
  [0x41, 0x5a, CHAR.latin],
  [0x61, 0x7a, CHAR.latin],
  [0xad, 0xad, CHAR.softHyphen],
  [0xc0, 0xd6, CHAR.latin],
  [0xd8, 0xf6, CHAR.latin],
  [0xf8, 0x2af, CHAR.latin],
  [0x300, 0x34e, CHAR.mark],
  [0x34f, 0x34f, CHAR.invisible],
  [0x350, 0x36f, CHAR.mark],
  [0x370, 0x373, CHAR.greek],
  [0x376, 0x377, CHAR.greek],
  [0x37b, 0x37d, CHAR.greek],
  [0x386, 0x386, CHAR.greek],
  [0x388, 0x3ff, CHAR.greek],
  [0x400, 0x482, CHAR.cyrillic],
  [0x483, 0x489, CHAR.mark],
  [0x48a, 0x52f, CHAR.cyrillic],
  [0x531, 0x587, CHAR.letter],
  [0x5d0, 0x5f2, CHAR.letter],
  [0x61c, 0x61c, CHAR.invisible],
  [0x620, 0x64a, CHAR.letter],
  [0x66e, 0x6d5, CHAR.letter],
  [0x6fa, 0x6ff, CHAR.letter],
  [0x710, 0x7ea, CHAR.letter],
  [0x900, 0xdff, CHAR.letter],
  [0x1000, 0x109f, CHAR.letter],
  [0x10a0, 0x10ff, CHAR.letter],
  [0x115f, 0x1160, CHAR.invisible],
  [0x17b4, 0x17b5, CHAR.invisible],
  [0x180b, 0x180d, CHAR.selector],
  [0x180e, 0x180e, CHAR.invisible],
  [0x1ab0, 0x1aff, CHAR.mark],
  [0x1d00, 0x1d25, CHAR.latin],
  [0x1dc0, 0x1dff, CHAR.mark],
  [0x1e00, 0x1eff, CHAR.latin],
  [0x1f00, 0x1fff, CHAR.greek],
  [0x200b, 0x200f, CHAR.invisible],
  [0x202a, 0x202c, CHAR.invisible],
  [0x202d, 0x202e, CHAR.override],
  [0x2060, 0x2064, CHAR.invisible],
  [0x206a, 0x206f, CHAR.invisible],
  // U+20E3 is the keycap of emoji and stacks on nothing.
  [0x20d0, 0x20e2, CHAR.mark],
  [0x20e4, 0x20f0, CHAR.mark],
  [0x24b6, 0x24e9, CHAR.fancy],
  [0x2c60, 0x2c7f, CHAR.latin],
  [0x2de0, 0x2dff, CHAR.mark],
  [0x3164, 0x3164, CHAR.invisible],
  [0xa640, 0xa69d, CHAR.cyrillic],
  [0xa720, 0xa7ff, CHAR.latin],
  [0xfb1d, 0xfdff, CHAR.letter],
  [0xfe00, 0xfe0f, CHAR.selector],
  [0xfe20, 0xfe2f, CHAR.mark],
  [0xfe70, 0xfefc, CHAR.letter],
  [0xfeff, 0xfeff, CHAR.invisible],
  [0xff21, 0xff3a, CHAR.fancy],
  [0xff41, 0xff5a, CHAR.fancy],
  [0xffa0, 0xffa0, CHAR.invisible],
  [0xfff9, 0xfffb, CHAR.invisible],
];

const BASIC_PLANE = new Uint8Array(0x10000);
for (const [from, to, kind] of RANGES) BASIC_PLANE.fill(kind, from, to + 1);

/** Kind of a code point (CHAR). */
export function kindOf(code: number): number {
  if (code < 0x10000) return BASIC_PLANE[code] as number;
  if (code >= 0x1d400 && code <= 0x1d7cb) return CHAR.fancy;
  // Squared and circled letters; 1F170, 1F171, 1F17E and 1F17F are blood types and parking, emoji.
  if (code >= 0x1f130 && code <= 0x1f169) return CHAR.fancy;
  if (code >= 0x1f172 && code <= 0x1f17d) return CHAR.fancy;
  if (code >= 0xe0000 && code <= 0xe007f) return CHAR.invisible;
  if (code >= 0xe0100 && code <= 0xe01ef) return CHAR.selector;
  return CHAR.other;
}

/** Code point at `at`; malformed bytes give U+FFFD. Its length is `lengthAt`. */
export function codePointAt(text: Uint8Array, at: number, end: number): number {
  const lead = text[at] as number;
  if (lead < 0x80) return lead;
  const length = lengthAt(lead);
  if (length === 1 || at + length > end) return 0xfffd;
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) code = (code << 6) | ((text[at + i] as number) & 0x3f);
  return code;
}

/** Bytes of the UTF-8 sequence that `lead` begins; 1 for a byte that begins none. */
export function lengthAt(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Does the character that ends before `at` belong to a word? */
export function isWordBefore(text: Uint8Array, start: number, at: number): boolean {
  if (at <= start) return false;
  let from = at - 1;
  while (from > start && from > at - 4 && ((text[from] as number) & 0xc0) === 0x80) from--;
  return isWordKind(kindOf(codePointAt(text, from, at)), text[from] as number);
}

/** Does the character that begins at `at` belong to a word? */
export function isWordAt(text: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  return isWordKind(kindOf(codePointAt(text, at, end)), text[at] as number);
}

function isWordKind(kind: number, lead: number): boolean {
  return (kind >= CHAR.digit && kind <= CHAR.letter) || kind === CHAR.mark || lead === 0x5f;
}

/** The lead byte does not say enough: the character itself must be looked at. */
export const MIXED_LEAD = 12;

/**
 * By first byte of a character: the kind of the look-alike letters or digits it may begin,
 * CHAR.other when it begins neither these nor any sign of disguise, else MIXED_LEAD.
 */
export const LEAD_KIND = Uint8Array.from({ length: 256 }, (_, lead) => kindOfLead(lead));

function kindOfLead(lead: number): number {
  const length = lengthAt(lead);
  if (length === 1) return lead < 0x80 ? kindOf(lead) : CHAR.other;
  if (length === 4) return MIXED_LEAD;
  const bits = 6 * (length - 1);
  const first = (lead & (0x7f >> length)) << bits;
  let result: number = CHAR.other;
  for (let code = first; code < first + (1 << bits); code++) {
    const kind = kindOf(code);
    if (kind === CHAR.other || kind === CHAR.letter) continue;
    if (kind > CHAR.letter || (result !== CHAR.other && result !== kind)) return MIXED_LEAD;
    result = kind;
  }
  return result;
}
