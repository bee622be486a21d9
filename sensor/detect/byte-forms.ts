/**
 * What an expression without fixed text begins with: `\b[a-z]{2}\d{2}...` begins a word with two letters and two
 * digits. libhs reads every byte of a text for such an expression, 1 to 2 ns each; where its beginning does not stand
 * there is nothing to read (window-reader.ts).
 */

/** Classes of bytes, as assembly/ knows them. */
const CLASS = { digit: 0, letter: 1, hex: 2 } as const;
/** Places that are looked at. */
const MOST_PLACES = 16;
/** With fewer, or without a digit, it stands everywhere. */
const LEAST_PLACES = 4;
const LEAST_DIGITS = 2;

/** A text without it has no match. */
export interface ByteForm {
  /** No letter, digit or underscore stands before it. */
  readonly beginsWord: boolean;
  /** One of CLASS for each place. */
  readonly places: readonly number[];
}

/** One character or class, and how often it is there. */
const ITEM = /(\\d|\[[^\]\\]+\])(?:\{(\d{1,3})\})?(?![?*+{])/y;

/** The beginning of the expression (as rules/ writes it for libhs); undefined when too little is known of it. */
export function byteFormOf(expression: string, flags: string): ByteForm | undefined {
  // Outside of groups a bar would be another beginning, and in UTF-8 mode case is more than ASCII.
  if (!/^[ims]*$/.test(flags) || hasAlternatives(expression)) return undefined;
  const beginsWord = expression.startsWith('\\b');
  ITEM.lastIndex = beginsWord ? 2 : 0;
  const places: number[] = [];
  while (places.length < MOST_PLACES) {
    const [, item = '', times = '1'] = ITEM.exec(expression) ?? [];
    const kind = classOf(item);
    if (kind === undefined) break;
    for (let i = 0; i < Number(times) && places.length < MOST_PLACES; i++) places.push(kind);
  }
  const digits = places.filter((kind) => kind !== CLASS.letter).length;
  if (places.length < LEAST_PLACES || digits < LEAST_DIGITS) return undefined;
  return { beginsWord, places };
}

/** Hexadecimal digits may all be letters. */
export function mayLackDigits({ places }: ByteForm): boolean {
  return !places.includes(CLASS.digit);
}

/** The narrowest class that holds all the item may be. */
function classOf(item: string): number | undefined {
  if (item === '\\d' || /^\[(?:0-9|[0-9])+\]$/.test(item)) return CLASS.digit;
  if (/^\[(?:[a-zA-Z]-[a-zA-Z]|[a-zA-Z])+\]$/.test(item) && !/[A-Z]-[a-z]/.test(item)) {
    return CLASS.letter;
  }
  return /^\[(?:0-9|a-f|A-F|[0-9a-fA-F])+\]$/.test(item) ? CLASS.hex : undefined;
}

function hasAlternatives(expression: string): boolean {
  let depth = 0;
  for (const [part] of expression.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[()|]/g)) {
    if (part === '(') depth++;
    else if (part === ')') depth--;
    else if (part === '|' && depth === 0) return true;
  }
  // What is quoted, or in a class of POSIX, is not understood here: then there may be one.
  return depth !== 0 || /\\Q|\[:/.test(expression);
}
