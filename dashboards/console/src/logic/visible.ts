/**
 * Text from traffic, made safe to look at: what would be invisible, change the direction of reading or draw over its
 * neighbours becomes a mark that says which character it is. The console shows traffic through this alone.
 */

export interface Piece {
  /** Text to show: as it is, or the name of a character ("U+202E"). */
  readonly text: string;
  /** Says what the character does; '' for plain text. */
  readonly note: string;
  /** Ordinary in writing, only out of place here: a line break in a row. */
  readonly isSoft?: boolean;
}

/** Longest text that is shown of one value unless told otherwise. */
const MAX_CHARS = 8_192;
/** Combining characters in a row that real writing needs at most (Vietnamese, Hebrew with accents). */
const MAX_COMBINING = 4;

const KINDS: readonly (readonly [first: number, last: number, note: string])[] = [
  [0x00, 0x1f, 'control character'],
  [0x7f, 0x9f, 'control character'],
  [0xad, 0xad, 'soft hyphen, invisible'],
  [0x34f, 0x34f, 'joiner, invisible'],
  [0x61c, 0x61c, 'changes the direction of reading'],
  [0x115f, 0x1160, 'filler, invisible'],
  [0x17b4, 0x17b5, 'invisible vowel'],
  [0x180b, 0x180f, 'invisible'],
  [0x200b, 0x200d, 'zero width'],
  [0x200e, 0x200f, 'changes the direction of reading'],
  [0x2028, 0x2029, 'line separator'],
  [0x202a, 0x202e, 'changes the direction of reading'],
  [0x2060, 0x2064, 'zero width'],
  [0x2065, 0x2065, 'not assigned'],
  [0x2066, 0x2069, 'changes the direction of reading'],
  [0x206a, 0x206f, 'changes how text is shown'],
  [0x2800, 0x2800, 'blank'],
  [0x3164, 0x3164, 'filler, invisible'],
  [0xd800, 0xdfff, 'half a character'],
  [0xe000, 0xf8ff, 'private use'],
  [0xfeff, 0xfeff, 'zero width'],
  [0xffa0, 0xffa0, 'filler, invisible'],
  [0xfff0, 0xfffb, 'interlinear mark'],
  [0xfffe, 0xffff, 'not a character'],
  [0x1d173, 0x1d17a, 'invisible'],
  [0xe0000, 0xe0fff, 'tag, invisible'],
  [0xf0000, 0x10ffff, 'private use'],
];

/** Shown by a sign of their own where a text has one line only. */
const SOFT: ReadonlyMap<string, Piece> = new Map([
  ['\n', { text: '↵', note: 'line break', isSoft: true }],
  ['\t', { text: '⇥', note: 'tab', isSoft: true }],
]);

/** One test for texts that hold nothing of the kind, which is nearly all of them. */
const SUSPECT = new RegExp(
  `[${KINDS.map(([first, last]) => `${escaped(first)}-${escaped(last)}`).join('')}]|\\p{M}{${MAX_COMBINING + 1}}`,
  'u',
);

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/**
 * Pieces to show one behind the other. With `lines`, line breaks and tabs stay what they are (code); else they are
 * marks. Cut at `max` characters, with a piece that says so.
 */
export function visible(
  text: string,
  options: { readonly lines?: boolean; readonly max?: number } = {},
): readonly Piece[] {
  const max = options.max ?? MAX_CHARS;
  // A cut through a character of two units would look like half a one.
  const isSplit = text.length > max && /[\uD800-\uDBFF]/.test(text.charAt(max - 1));
  const shown = text.length > max ? text.slice(0, isSplit ? max - 1 : max) : text;
  const pieces = split(shown, options.lines === true);
  if (shown.length < text.length) {
    pieces.push({ text: '…', note: `${text.length - shown.length} more characters` });
  }
  return pieces;
}

/** Letters that are written from right to left. */
const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export interface Directed {
  readonly text: string;
  readonly isLeftward: boolean;
}

/**
 * A sentence of ours, cut around what would turn its order: a name in Hebrew or Arabic letters at its beginning would
 * move all behind it to the left, so that who did it to whom reads the other way round.
 */
export function directions(sentence: string): readonly Directed[] {
  if (!LEFTWARD.test(sentence)) return [{ text: sentence, isLeftward: false }];
  const parts: Directed[] = [];
  let blank = '';
  for (const [word] of sentence.matchAll(/\s+|\S+/g)) {
    if (word.trim() === '') {
      blank = word;
      continue;
    }
    const last = parts.at(-1);
    const isLeftward = LEFTWARD.test(word);
    if (last?.isLeftward === isLeftward) {
      parts[parts.length - 1] = { text: last.text + blank + word, isLeftward };
    } else if (last?.isLeftward === true || last === undefined) {
      parts.push({ text: blank + word, isLeftward });
    } else {
      parts[parts.length - 1] = { text: last.text + blank, isLeftward: false };
      parts.push({ text: word, isLeftward });
    }
    blank = '';
  }
  if (blank !== '') parts.push({ text: blank, isLeftward: false });
  return parts;
}

/** The same as one string, for places that take no markup: titles, labels. Marks read `[U+202E]`. */
export function visibleText(text: string, max = 200): string {
  return visible(text, { max })
    .map((piece) => {
      if (piece.isSoft === true) return ' ';
      return piece.note === '' || piece.text === '…' ? piece.text : `[${piece.text}]`;
    })
    .join('');
}

function split(text: string, keepsLines: boolean): Piece[] {
  if (text === '') return [];
  if (!SUSPECT.test(text)) return [{ text, note: '' }];
  const pieces: Piece[] = [];
  let plain = '';
  let combining = 0;
  let repeated = 0;
  const flush = (): void => {
    if (plain !== '') pieces.push({ text: plain, note: '' });
    plain = '';
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const soft = keepsLines ? undefined : SOFT.get(character);
    if (soft !== undefined) {
      flush();
      pieces.push(soft);
      continue;
    }
    combining = /\p{M}/u.test(character) ? combining + 1 : 0;
    const note =
      combining > MAX_COMBINING
        ? 'more combining marks than writing needs'
        : noteOf(code, keepsLines);
    if (note === '') {
      plain += character;
      continue;
    }
    flush();
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    const last = pieces.at(-1);
    const isRun = last !== undefined && last.note === note && last.text.split('×')[0] === name;
    repeated = isRun ? repeated + 1 : 1;
    if (isRun) pieces[pieces.length - 1] = { text: `${name}×${repeated}`, note };
    else pieces.push({ text: name, note });
  }
  flush();
  return pieces;
}

function noteOf(code: number, keepsLines: boolean): string {
  if (keepsLines && (code === 0x0a || code === 0x09)) return '';
  for (const [first, last, note] of KINDS) {
    if (code >= first && code <= last) return note;
  }
  return '';
}
