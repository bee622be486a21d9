/** The small pieces of an expression: literals, classes, and what is refused by name. */
import type { RuleError } from './problems.ts';
import { hexByte, utf8Bytes, type CodeRange } from './utf8-ranges.ts';

/** A part of an expression: its text for libhs and what is known about what it matches. */
export interface Part {
  readonly text: string;
  /** Positions it compiles to. */
  readonly size: number;
  /** Bytes of its shortest match. */
  readonly min: number;
  /** Longest literal run inside, bytes. */
  readonly run: number;
  /** It is nothing but literal bytes: a run grows over it. */
  readonly isChar: boolean;
}

export const EMPTY: Part = { text: '', size: 0, min: 0, run: 0, isChar: false };

/** Most characters of a class that are looked up for their other case. */
const MAX_FOLDED = 4096;

export const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['f', 12],
  ['r', 13],
  ['e', 27],
]);

/** A character as written. libhs folds ASCII; other letters get their other case spelled out. */
export function literal(code: number, isCaseless: boolean): Part {
  if (code < 0x80) return byteLiteral(code);
  const codes = isCaseless ? caseVariants(code) : [code];
  const forms = codes.map((variant) => utf8Bytes(variant).map(hexByte).join(''));
  const lengths = codes.map((variant) => utf8Bytes(variant).length);
  const min = Math.min(...lengths);
  return {
    text: `(?:${forms.join('|')})`,
    size: lengths.reduce((sum, length) => sum + length, 0),
    min,
    run: min,
    isChar: true,
  };
}

/** One byte. Everything but letters, digits and harmless signs is written as \xhh. */
export function byteLiteral(byte: number): Part {
  const char = String.fromCharCode(byte);
  const text = /^[ ,:;=@/<>!%&"'~_-]$/.test(char) ? char : hexByte(byte);
  return { text, size: 1, min: 1, run: 1, isChar: true };
}

/** A range of bytes inside a class. */
export function classRange(from: number, to: number): string {
  return from === to ? hexByte(from) : `${hexByte(from)}-${hexByte(to)}`;
}

/** The ranges and their other case; undefined when there are too many characters to look up. */
export function foldRanges(ranges: readonly CodeRange[]): CodeRange[] | undefined {
  const total = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (total > MAX_FOLDED) return undefined;
  const variants = new Set<number>();
  for (const { from, to } of ranges) {
    for (let code = from; code <= to; code++) {
      for (const variant of caseVariants(code)) if (variant >= 0x80) variants.add(variant);
    }
  }
  const folded: CodeRange[] = [];
  for (const code of [...variants].sort((a, b) => a - b)) {
    const last = folded.at(-1);
    if (last?.to === code - 1) folded[folded.length - 1] = { from: last.from, to: code };
    else folded.push({ from: code, to: code });
  }
  return folded;
}

/** The code point and its simple upper and lower case forms. */
function caseVariants(code: number): number[] {
  const char = String.fromCodePoint(code);
  const variants = [char, char.toLowerCase(), char.toUpperCase()]
    // A few letters grow in the other case (ß, ﬁ): they have no single other form.
    .filter((form) => Array.from(form).length === 1)
    .map((form) => form.codePointAt(0) as number);
  return [...new Set(variants)];
}

/** Inline flags libhs understands; extended mode was already worked in. */
export function flagText(on: string, off: string): string {
  const kept = (flags: string): string => flags.replaceAll('x', '');
  return kept(off) === '' ? kept(on) : `${kept(on)}-${kept(off)}`;
}

type Fail = (message: string, hint?: string) => RuleError;

const GROUPS: readonly [start: RegExp, message: string, hint: string][] = [
  [
    /^<?[=!]/,
    'Lookaround cannot be run without backtracking',
    'write what stands around it into the expression, or use another content with distance and within',
  ],
  [/^>/, 'Atomic groups cannot be run without backtracking', 'use a plain group: (?:...)'],
  [/^\|/, 'Branch reset groups are not supported', 'use a plain group: (?:...)'],
  [/^\(/, 'Conditional groups cannot be run without backtracking', 'write two rules'],
  [/^(?:R|P>|&|[+-]?\d)/, 'Recursion cannot be run without backtracking', 'write it out'],
  [/^P=/, 'Back references cannot be run without backtracking', 'match both parts on their own'],
  [/^C/, 'Callouts are not supported', 'remove it'],
];

/** Throws for `(?` followed by `rest` when no linear-time engine can run it. */
export function refuseGroup(rest: string, fail: Fail): void {
  for (const [start, message, hint] of GROUPS) {
    // (?<name> is no lookbehind.
    if (start.test(rest)) throw fail(message, hint);
  }
}

/** Throws for `\` followed by `char` when it is no literal. */
export function refuseEscape(char: string, fail: Fail): void {
  if (/^[1-9gk]$/.test(char)) {
    throw fail(
      'Back references cannot be run without backtracking',
      'match both parts on their own; write \\x31 for a character by number',
    );
  }
  if (char === 'p' || char === 'P' || char === 'X') {
    throw fail(
      `\\${char} is not supported: the text is UTF-8 and libhs reads it byte by byte`,
      'write the letters out, for example [а-яё]',
    );
  }
  if (/^[A-Za-z]$/.test(char)) throw fail(`\\${char} is not supported`);
}
