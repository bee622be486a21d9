/**
 * Could a text be one piece of a secret that is cut over several messages? A cut shows at the edges: the first piece
 * ends, and the next begins, in the middle of something. So two words are looked at, never the whole text: ordinary
 * chat costs some dozen bytes of reading.
 */

/** Bits of an answer. */
export const EDGE = {
  /** Its end could go on: digits, part of a token, a label, a line of a key. */
  open: 1,
  /** Its beginning could go on from a text before. */
  continued: 2,
} as const;

/** Bytes of a word that are looked at. */
const WORD_BYTES = 24;
/** Bytes of blanks that are passed over. */
const MOST_BLANKS = 64;
/** Digits that are more than a number of things. */
const FEW_DIGITS = 2;
/** Capitals in a row that begin a token (AKIA), or are somebody shouting. */
const CAPITALS = 4;
/** A mix of kinds that long is no word. */
const MIXED_BYTES = 5;
const DASHES = 5;

const KIND = { lower: 1, upper: 2, digit: 4, joint: 8, blank: 16, other: 32 } as const;

const LETTERS_OR_DIGITS = KIND.lower | KIND.upper | KIND.digit;

/** By byte: KIND. What is beyond ASCII is a letter. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/[\t\n\r ]/.test(char)) return KIND.blank;
  if (/[0-9]/.test(char)) return KIND.digit;
  if (/[A-Z]/.test(char)) return KIND.upper;
  if (/[_+/=~-]/.test(char)) return KIND.joint;
  return /[a-z]/.test(char) || byte >= 0x80 ? KIND.lower : KIND.other;
});

const [COLON, EQUALS, DASH] = [0x3a, 0x3d, 0x2d];

/** A text without the blanks around it, and what its edges look like. One object, set anew for each text. */
export class TextEdges {
  /** Where the text begins and ends in memory, without blanks around. */
  start = 0;
  end = 0;

  /** Bits of EDGE for the text at `memory[offset .. offset + length)`. */
  read(memory: Uint8Array, offset: number, length: number): number {
    let start = offset;
    let end = offset + length;
    const latest = Math.min(end, start + MOST_BLANKS);
    const earliest = end - MOST_BLANKS;
    while (start < latest && KINDS[memory[start] as number] === KIND.blank) start++;
    while (end > start && end > earliest && KINDS[memory[end - 1] as number] === KIND.blank) end--;
    this.start = start;
    this.end = end;
    if (start === end) return 0;
    return open(memory, start, end) | continued(memory, start, end);
  }
}

function open(memory: Uint8Array, start: number, end: number): number {
  const last = memory[end - 1] as number;
  if (last === COLON || last === EQUALS) return EDGE.open;
  if (last === DASH && end - DASHES >= start && areDashes(memory, end - DASHES)) return EDGE.open;
  if (KINDS[last] === KIND.other) return 0;
  const stop = Math.max(start, end - WORD_BYTES) - 1;
  return isPiece(memory, end - 1, stop, -1, end - start) ? EDGE.open : 0;
}

function continued(memory: Uint8Array, start: number, end: number): number {
  if (memory[start] === DASH && start + DASHES <= end && areDashes(memory, start)) {
    return EDGE.continued;
  }
  const stop = Math.min(end, start + WORD_BYTES);
  return isPiece(memory, start, stop, 1, end - start) ? EDGE.continued : 0;
}

/** Is the word from `from` to `stop` (not included), read in steps of 1 or -1, part of a number or a token? */
function isPiece(
  memory: Uint8Array,
  from: number,
  stop: number,
  step: number,
  textBytes: number,
): boolean {
  let kinds = 0;
  let digits = 0;
  let capitals = 0;
  let at = from;
  for (; at !== stop; at += step) {
    const kind = KINDS[memory[at] as number] as number;
    if (kind === KIND.blank) break;
    kinds |= kind;
    if (kind === KIND.digit) digits++;
    else if (kind === KIND.upper) capitals++;
  }
  // Most words are small letters and nothing else; a face has neither letter nor digit.
  if (kinds === KIND.lower || (kinds & LETTERS_OR_DIGITS) === 0) return false;
  if (digits >= FEW_DIGITS) return true;
  if (capitals >= CAPITALS && (kinds & KIND.lower) === 0) return true;
  // Of letters, digits and joints more than one kind, and more capitals than that of a name.
  const isMixed =
    (kinds & (KIND.joint | KIND.digit)) !== 0 || ((kinds & KIND.lower) !== 0 && capitals > 1);
  return isMixed && Math.abs(at - from) >= Math.min(MIXED_BYTES, textBytes);
}

function areDashes(memory: Uint8Array, from: number): boolean {
  for (let i = from; i < from + DASHES; i++) if (memory[i] !== DASH) return false;
  return true;
}
