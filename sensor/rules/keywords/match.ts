/** Sticky buffers, content with its modifiers, and the length keywords. */
import { BUFFER_IDS } from '../../core/index.ts';
import {
  parseInteger,
  parseQuoted,
  splitPiece,
  type Keyword,
  type KeywordTable,
  type MatchDraft,
  type RuleDraft,
} from '../draft.ts';
import { RuleError } from '../problems.ts';
import type { Piece } from '../rule-text.ts';
import type { SizeTerm } from '../types.ts';

const MAX_CONTENT_BYTES = 2048;
/** Offsets beyond the largest stanza the sensor keeps make no sense. */
const MAX_OFFSET = 16 * 1024 * 1024;
const MAX_TERMS = 128;

const encoder = new TextEncoder();

/** Bytes of a content: text as UTF-8, `|41 42|` as bytes, `\` before `; \ " :`. */
function parseContentBytes(inner: Piece): Uint8Array {
  const bytes: number[] = [];
  const { text } = inner;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '|') {
      const end = text.indexOf('|', i + 1);
      if (end < 0) throw new RuleError(inner.at + i, 'Hex part of the content is not closed by |');
      bytes.push(...parseHex({ text: text.slice(i + 1, end), at: inner.at + i + 1 }));
      i = end;
    } else if (char === '\\') {
      const next = text[++i];
      if (next === undefined || !';\\":'.includes(next)) {
        throw new RuleError(
          inner.at + i - 1,
          `\\${next ?? ''} is not an escape in content`,
          'a backslash may stand before ; \\ " and : only; other bytes are written |41 42|',
        );
      }
      bytes.push(next.charCodeAt(0));
    } else {
      const code = text.codePointAt(i) ?? 0;
      if (code > 0xffff) i++;
      if (code < 0x80) bytes.push(code);
      else bytes.push(...encoder.encode(String.fromCodePoint(code)));
    }
    if (bytes.length > MAX_CONTENT_BYTES) {
      throw new RuleError(inner.at, `Content is longer than ${MAX_CONTENT_BYTES} bytes`);
    }
  }
  return Uint8Array.from(bytes);
}

function parseHex(piece: Piece): number[] {
  const digits = piece.text.replace(/\s+/g, '');
  if (digits === '' || digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new RuleError(
      piece.at,
      'Hex part of the content must be pairs of hex digits',
      'for example |0d 0a|',
    );
  }
  const bytes: number[] = [];
  for (let i = 0; i < digits.length; i += 2) {
    bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
  }
  return bytes;
}

/** Terms are evaluated for each candidate: their number is bounded. */
export function addTerm(draft: RuleDraft, term: RuleDraft['terms'][number]): void {
  if (draft.terms.length >= MAX_TERMS) {
    throw new RuleError(term.at, `Rule has more than ${MAX_TERMS} matches`, 'split the rule');
  }
  draft.terms.push(term);
}

function applyContent(draft: RuleDraft, value: Piece, name: Piece): void {
  const { negated, inner } = parseQuoted(value, 'content');
  const bytes = parseContentBytes(inner);
  if (bytes.length === 0) throw new RuleError(value.at, 'Content is empty');
  addTerm(draft, {
    at: name.at,
    term: {
      kind: 'content',
      ...draft.place(name),
      negated,
      nocase: false,
      bytes,
      expression: '',
      pcreFlags: '',
      relative: false,
      startSensitive: false,
      minLength: bytes.length,
      literalLength: bytes.length,
      offset: undefined,
      depth: undefined,
      distance: undefined,
      within: undefined,
      startswith: false,
      endswith: false,
      fastPattern: false,
    },
  });
}

/** A modifier without value that sets something on the content before it. */
function flag(set: (content: MatchDraft) => void): Keyword {
  return {
    value: 'none',
    isRepeatable: true,
    apply: (draft, _value, name) => {
      set(draft.lastContent(name));
    },
  };
}

type NumberModifier = 'offset' | 'depth' | 'distance' | 'within';

function numeric(key: NumberModifier, min: number): Keyword {
  return {
    value: 'required',
    isRepeatable: true,
    apply: (draft, value, name) => {
      const { term } = draft.lastContent(name);
      if (term[key] !== undefined) {
        throw new RuleError(name.at, `${key} is given twice for one content`);
      }
      term[key] = parseInteger(value, key, min, MAX_OFFSET);
    },
  };
}

function applyFastPattern(draft: RuleDraft, value: Piece, name: Piece): void {
  const { term } = draft.lastMatch(name);
  if (value.text !== '' && value.text !== 'only') {
    throw new RuleError(
      value.at,
      'Choosing a part of the content as fast pattern is not supported yet',
      'write fast_pattern; alone',
    );
  }
  if (term.negated) {
    throw new RuleError(name.at, `A negated ${term.kind} cannot be the fast pattern`);
  }
  term.fastPattern = true;
}

/** `N`, `>N`, `>=N`, `<N`, `<=N`, `A<>B` (both ends excluded, as in Suricata), each after `!`. */
function parseSize(value: Piece): { negated: boolean; min: number; max: number } {
  const match = /^(!?)\s*(?:(\d{1,9})\s*<>\s*(\d{1,9})|(>=|<=|>|<|)\s*(\d{1,9}))$/.exec(value.text);
  if (match === null) {
    throw new RuleError(value.at, `"${value.text}" is not a size`, 'write 10, >10, <10 or 5<>9');
  }
  const [, bang = '', low, high, sign = '', single = ''] = match;
  const negated = bang !== '';
  let min = 0;
  let max = Infinity;
  if (low !== undefined && high !== undefined) {
    min = Number(low) + 1;
    max = Number(high) - 1;
  } else {
    const number = Number(single);
    if (sign === '' || sign === '>=') min = number;
    if (sign === '' || sign === '<=') max = number;
    if (sign === '>') min = number + 1;
    if (sign === '<') max = number - 1;
  }
  if (min > max || max < 0) throw new RuleError(value.at, `No size is ${value.text}`);
  return { negated, min, max };
}

function applyIsDataAt(draft: RuleDraft, value: Piece, name: Piece): void {
  const [first = value, ...words] = splitPiece(value, ',');
  const negated = first.text.startsWith('!');
  const digits = negated ? { text: first.text.slice(1).trim(), at: first.at + 1 } : first;
  const count = parseInteger(digits, 'isdataat', 0, MAX_OFFSET);
  let relative = false;
  for (const word of words) {
    if (word.text === 'relative') relative = true;
    else {
      throw new RuleError(word.at, `isdataat option "${word.text}" is not supported`);
    }
  }
  // Absolute positions count from 0: "data at 4" needs five bytes. Relative ones count bytes.
  const term: SizeTerm = {
    kind: 'isdataat',
    ...draft.place(name),
    negated,
    min: relative ? count : count + 1,
    max: Infinity,
    relative,
  };
  addTerm(draft, { at: name.at, term });
}

const MODIFIERS: KeywordTable = {
  content: { value: 'required', isRepeatable: true, apply: applyContent },
  nocase: flag(({ term }) => {
    term.nocase = true;
  }),
  startswith: flag(({ term }) => {
    term.startswith = true;
  }),
  endswith: flag(({ term }) => {
    term.endswith = true;
  }),
  offset: numeric('offset', 0),
  depth: numeric('depth', 1),
  distance: numeric('distance', -MAX_OFFSET),
  within: numeric('within', 1),
  fast_pattern: { value: 'optional', isRepeatable: true, apply: applyFastPattern },
  bsize: {
    value: 'required',
    isRepeatable: true,
    apply: (draft, value, name) => {
      const term: SizeTerm = {
        kind: 'bsize',
        ...draft.place(name),
        ...parseSize(value),
        relative: false,
      };
      addTerm(draft, { at: name.at, term });
    },
  },
  isdataat: { value: 'required', isRepeatable: true, apply: applyIsDataAt },
};

/** Every buffer of core/buffers.ts is a keyword of its own. */
const STICKY_BUFFERS: KeywordTable = Object.fromEntries(
  [...BUFFER_IDS].map(([name, id]): [string, Keyword] => [
    name,
    {
      value: 'none',
      isRepeatable: true,
      apply: (draft) => {
        draft.openBuffer(id);
      },
    },
  ]),
);

export const MATCH_KEYWORDS: KeywordTable = { ...STICKY_BUFFERS, ...MODIFIERS };
