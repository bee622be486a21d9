/**
 * The links of plain words, read in place: ASCII, one scheme that everybody knows or none, an ordinary host name. In
 * such a word nothing is disguised and the normal form (rules/url.ts) is the word itself with its front in lower
 * case, so no string is made. Every other word is for url-words.ts, which must agree (property test).
 */
import { MAX_URL_CHARS } from '../rules/index.ts';

/** What a word turned out to be. */
export const WORD = {
  /** Not plain: it may hold anything. */
  odd: 0,
  /** It holds no link. */
  none: 1,
  /** One link, at `start .. end`. */
  link: 2,
} as const;

/** Shorter words hold no link, and shorter host names are none. */
const MIN_WORD = 3;
const MIN_HOST = 4;

const NAME = 1;
const ODD = 2;
/** Marks that end a sentence or close a bracket that the word did not open. */
const TRAILING = 4;
/** `/ ? # \`: the host ends before it. */
const TAIL = 8;

const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte));

function classOf(byte: number): number {
  const char = String.fromCharCode(byte);
  // What is in brackets may be a dot in disguise.
  if (byte >= 0x80 || '[({'.includes(char)) return ODD;
  const isName = /[a-z0-9._-]/i.test(char);
  const isTrailing = '.,;:!?*_~)]}'.includes(char);
  return (isName ? NAME : 0) | (isTrailing ? TRAILING : 0) | ('/?#\\'.includes(char) ? TAIL : 0);
}

const NO_NAME = -1;
const ODD_NAME = -2;

const DOT = 0x2e;
const COLON = 0x3a;
const SLASH = 0x2f;
const AT = 0x40;

/** Reads one word after the other; what it found stays until the next. */
export class PlainLink {
  /** The link in the memory that was read, and where its host ends. */
  start = 0;
  end = 0;
  hostEnd = 0;
  /** Characters that were looked at as a candidate. */
  chars = 0;

  /** Looks at the word `memory[from .. to)`, which holds no white space and no quotation mark. Returns WORD.* */
  read(memory: Uint8Array, from: number, to: number): number {
    this.chars = 0;
    if (to - from > MAX_URL_CHARS) return WORD.odd;
    let scheme = -1;
    for (let at = from; at < to; at++) {
      const byte = memory[at] as number;
      if (byte === COLON && isSchemeEnd(memory, at, to)) {
        if (scheme >= 0) return WORD.odd;
        scheme = at;
      } else if ((CLASS[byte] as number) === ODD) return WORD.odd;
    }
    if (to - from < MIN_WORD) return WORD.none;
    return scheme < 0 ? this.#bare(memory, from, to) : this.#withScheme(memory, from, to, scheme);
  }

  #withScheme(memory: Uint8Array, from: number, to: number, schemeEnd: number): number {
    const letters = schemeLetters(memory, from, schemeEnd);
    if (letters === 0) return WORD.odd;
    const start = schemeEnd - letters;
    const host = schemeEnd + 3;
    const end = trimEnd(memory, start, to);
    let hostEnd = host;
    while (hostEnd < end && ((CLASS[memory[hostEnd] as number] as number) & TAIL) === 0) {
      if (((CLASS[memory[hostEnd] as number] as number) & NAME) === 0) return WORD.odd;
      hostEnd++;
    }
    const last = lastLabel(memory, host, hostEnd);
    if (last < 0 || !isLetter(memory[last] as number)) return WORD.odd;
    return this.#found(start, end, hostEnd, to - start);
  }

  /** A word without a scheme: a host name, perhaps with a path. */
  #bare(memory: Uint8Array, from: number, to: number): number {
    let isPlain = true;
    let head = from;
    for (; head < to && memory[head] !== SLASH; head++) {
      const byte = memory[head] as number;
      // user@host is a mail address or a JID, not a link.
      if (byte === AT) return WORD.none;
      if (((CLASS[byte] as number) & NAME) === 0) isPlain = false;
    }
    if (head === from) return WORD.none;
    if (!isPlain) return WORD.odd;
    const end = trimEnd(memory, from, to);
    const hostEnd = Math.min(head, end);
    const last = lastLabel(memory, from, hostEnd);
    if (last === ODD_NAME) return WORD.odd;
    this.chars = end - from;
    if (last === NO_NAME) return WORD.none;
    // A name ends in letters. "3.14" and "1.2.3" are numbers; four of them may be an address.
    const first = memory[last] as number;
    if (isDigit(first)) return countDots(memory, from, hostEnd) === 3 ? WORD.odd : WORD.none;
    if (!isLetter(first)) return WORD.odd;
    if (end - from < MIN_HOST || hostEnd - last < 2) return WORD.none;
    return this.#found(from, end, hostEnd, end - from);
  }

  #found(start: number, end: number, hostEnd: number, chars: number): number {
    this.start = start;
    this.end = end;
    this.hostEnd = hostEnd;
    this.chars = chars;
    return WORD.link;
  }
}

function isSchemeEnd(memory: Uint8Array, at: number, to: number): boolean {
  return at + 2 < to && memory[at + 1] === SLASH && memory[at + 2] === SLASH;
}

/** Letters of the scheme before `end` when it is http, https, ftp or ftps in either case, else 0. */
function schemeLetters(memory: Uint8Array, from: number, end: number): number {
  const secure = end > from && lower(memory, end - 1) === 0x73 ? 1 : 0;
  const at = end - secure;
  if (at - 3 < from || lower(memory, at - 1) !== 0x70 || lower(memory, at - 2) !== 0x74) return 0;
  if (lower(memory, at - 3) === 0x66) return 3 + secure;
  const isHttp = at - 4 >= from && lower(memory, at - 3) === 0x74 && lower(memory, at - 4) === 0x68;
  return isHttp ? 4 + secure : 0;
}

function lower(memory: Uint8Array, at: number): number {
  return (memory[at] as number) | 0x20;
}

/**
 * Where the last label of a host name begins. NO_NAME when it has no dot, or nothing before one; ODD_NAME when it is
 * punycode, which has a form of its own, or ends in a dot.
 */
function lastLabel(memory: Uint8Array, start: number, end: number): number {
  let label = start;
  for (let at = start; at <= end; at++) {
    if (at < end && memory[at] !== DOT) continue;
    if (at === label) return at === end && at > start ? ODD_NAME : NO_NAME;
    if (isPunycode(memory, label, at)) return ODD_NAME;
    if (at < end) label = at + 1;
  }
  return label === start ? NO_NAME : label;
}

function isPunycode(memory: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 4 &&
    memory[start + 3] === 0x2d &&
    memory[start + 2] === 0x2d &&
    lower(memory, start) === 0x78 &&
    lower(memory, start + 1) === 0x6e
  );
}

function countDots(memory: Uint8Array, start: number, end: number): number {
  let dots = 0;
  for (let at = start; at < end; at++) if (memory[at] === DOT) dots++;
  return dots;
}

function trimEnd(memory: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && ((CLASS[memory[at - 1] as number] as number) & TRAILING) !== 0) at--;
  return at;
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
