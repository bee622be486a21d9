/**
 * National identity and tax numbers. One check digit lets one random number in ten or eleven pass, and
 * chat is full of telephone and order numbers. So a number counts when a word beside it tells what it
 * is, or when it is written in a form nobody writes anything else in.
 */
import type { Screen, Validator } from '../validator.ts';
import { WordSet, byteSet, isAlphanumeric, isDigit, isUpper, wordList } from './bytes.ts';
import { verhoeff } from './verhoeff.ts';
import { isCodiceFiscale, isDni, isNino } from './national-letters.ts';
import * as numbers from './national-numbers.ts';

/** How far before and behind the number words are looked for. */
const CONTEXT_BYTES = 48;
/** Longest number with a separator between all digits. */
const MAX_BYTES = 2 * numbers.MAX_ID_DIGITS;

const SPACE = 0x20;
const SEPARATORS = byteSet(' -./');

interface Scheme {
  /** Digits it may have; empty for a scheme with letters. */
  readonly lengths: readonly number[];
  /** Digits are in `numbers.id`; `text[from..to)` is the whole number. */
  readonly holds: (count: number, text: Uint8Array, from: number, to: number) => boolean;
  readonly words: WordSet;
  /** Groupings that need no word: digits per group with what parts them; '*' is any. */
  readonly forms: readonly string[];
}

function scheme(
  lengths: readonly number[],
  holds: Scheme['holds'],
  words: readonly string[],
  forms: readonly string[] = [],
): Scheme {
  return { lengths, holds, words: new WordSet(wordList(...words)), forms };
}

/** Cyrillic words stand as written and as xmpp.text_folded shows them. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  us: scheme([9], numbers.isSocialSecurity, ['ssn', 'social security', 'soc sec', 'social sec']),
  uk: scheme([], (_count, text, from) => isNino(text, from), [
    ...['national insurance', 'nino', 'ni number', 'ni no', 'insurance n'],
  ]),
  de: scheme(
    [11],
    numbers.isSteuerId,
    ['steuer', 'idnr', 'id-nr', 'identifikationsn', 'tin', 'tax'],
    ['2 3 3 3'],
  ),
  fr: scheme([15], numbers.isNir, [], ['*']),
  es: scheme(
    [],
    (_count, text, from, to) =>
      isDni(text, from, to) && (isUpper(text[to - 1]) || isNamedDni(text, from, to)),
    [],
    ['*'],
  ),
  it: scheme([], (_count, text, from, to) => isCodiceFiscale(text, from, to), [], ['*']),
  pl: scheme([11], numbers.isPesel, ['pesel']),
  nl: scheme([9], numbers.isBsn, ['bsn', 'burgerservice', 'sofi', 'citizen service']),
  be: scheme(
    [11],
    numbers.isRijksregister,
    ['rijksregister', 'registre national', 'national n', 'nationaal', 'insz', 'niss', 'nrn'],
    ['2.2.2-3.2'],
  ),
  se: scheme(
    [10, 12],
    numbers.isPersonnummer,
    ['personn', 'personal id', 'pnr', 'swedish id', 'samordning'],
    ['6-4', '8-4'],
  ),
  za: scheme([13], numbers.isSouthAfricanId, [
    ...[
      'south africa',
      'sa id',
      'rsa id',
      'id number',
      'id no',
      'identity n',
      'resident',
      'refugee',
    ],
  ]),
  br: scheme([11, 14], numbers.isBrazilianId, ['cpf', 'cnpj'], ['3.3.3-2', '2.3.3/4-2']),
  in: scheme([12], isAadhaar, ['aadha', 'adhar', 'uidai', 'uid n', 'आधार']),
  cn: scheme([18], numbers.isChineseId, [], ['*']),
  ru: scheme(
    [10, 11, 12],
    numbers.isRussianId,
    ['снилс', 'СНИЛС', 'chилc', 'snils', 'инн', 'ИНН', 'иhh', 'inn:', 'inn '],
    ['3-3-3 2'],
  ),
  kr: scheme(
    [13],
    (_count, text, from, to) =>
      numbers.isRrnShape() && (numbers.isRrnChecked() || hasWord(RRN_WORDS, text, from, to)),
    ['rrn', 'resident reg', '주민'],
    ['6-7'],
  ),
};

const RRN_WORDS = new WordSet(wordList('rrn', 'resident reg', '주민'));
const DNI_WORDS = new WordSet(wordList('dni', 'nie', 'nif', 'identidad', 'extranjero'));

/** Countries of `validate:national-id COUNTRY;`. */
export const NATIONAL_ID_COUNTRIES: readonly string[] = Object.keys(SCHEMES);

/** A scheme of digits alone, as the screen asks it. */
interface Screened {
  readonly bit: number;
  readonly holds: Scheme['holds'];
}

const BIT_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(SCHEMES)
    .filter(([, { lengths }]) => lengths.length > 0)
    .map(([country], i) => [country, 1 << i]),
);

/** Of some countries, by how many digits a number has. */
interface Wanted {
  readonly bits: number;
  readonly byLength: readonly (readonly Screened[])[];
  /** A bit for each length that one of them has. */
  readonly lengths: number;
}

function wantedOf(bits: number): Wanted {
  const byLength = Array.from({ length: numbers.MAX_ID_DIGITS + 1 }, (_, count) =>
    Object.entries(SCHEMES).flatMap(([country, { lengths, holds }]) => {
      const bit = (BIT_OF.get(country) ?? 0) & bits;
      return bit !== 0 && lengths.includes(count) ? [{ bit, holds }] : [];
    }),
  );
  const lengths = byLength.reduce((set, { length }, i) => (length > 0 ? set | (1 << i) : set), 0);
  return { bits, byLength, lengths };
}

/** By their bits: windows of text ask for the same ones again and again. */
const known = new Map<number, Wanted>();
const MOST_KNOWN = 64;
/** Those that were asked about last. */
let latest = wantedOf(0);

function wantedFor(bits: number): Wanted {
  let wanted = known.get(bits);
  if (wanted === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    wanted = wantedOf(bits);
    known.set(bits, wanted);
  }
  return wanted;
}

/** The last digits of a match, right-aligned. */
const tail = new Uint8Array(numbers.MAX_ID_DIGITS);

/**
 * `validate:national-id pl;` : the match ends with such a number, it stands alone, its check
 * digits hold, and a word beside it or its form tells what it is. Groups before the number that
 * the expression has swallowed are skipped.
 */
export const nationalId: Validator = Object.assign(isNationalId, {
  screen: { look, bitOf: (country) => BIT_OF.get(country) ?? 0 } satisfies Screen,
});

function isNationalId(text: Uint8Array, start: number, end: number, country: string): boolean {
  const rule = SCHEMES[country];
  if (rule === undefined || isJoined(text, end, 1)) return false;
  if (rule.lengths.length === 0) {
    return (
      !isJoined(text, start - 1, -1) &&
      rule.holds(0, text, start, end) &&
      isTold(rule, text, start, end)
    );
  }
  for (let from = Math.max(start, end - MAX_BYTES); from < end; from++) {
    if (!isDigit(text[from]) || isJoined(text, from - 1, -1)) continue;
    const count = read(text, from, end);
    if (!rule.lengths.includes(count) || !rule.holds(count, text, from, end)) continue;
    if (isTold(rule, text, from, end)) return true;
  }
  return false;
}

/** Countries whose check digits hold in some number the match ends with; what stands around it is not asked yet. */
function look(text: Uint8Array, start: number, end: number, wanted: number): number {
  if (latest.bits !== wanted) latest = wantedFor(wanted);
  const { byLength, lengths } = latest;
  if (isJoined(text, end, 1)) return 0;
  const lowest = Math.max(start, end - MAX_BYTES);
  const endsInX = ((text[end - 1] as number) & 0xdf) === 0x58;
  let bits = 0;
  let count = 0;
  for (let from = end - 1; from >= lowest; from--) {
    const byte = text[from] as number;
    const digit = byte - 0x30;
    const isOne = digit >= 0 && digit <= 9;
    if (!isOne && !(endsInX && from === end - 1)) {
      if (SEPARATORS[byte] === 1) continue;
      break;
    }
    if (count === numbers.MAX_ID_DIGITS) break;
    tail[numbers.MAX_ID_DIGITS - ++count] = isOne ? digit : 10;
    if (!isOne || (lengths & (1 << count)) === 0) continue;
    // Within a group of digits no number begins.
    if (isDigit(text[from - 1]) || (endsInX && count < numbers.MAX_ID_DIGITS)) continue;
    if (isJoined(text, from - 1, -1)) continue;
    for (let i = 0; i < count; i++) {
      numbers.id[i] = tail[numbers.MAX_ID_DIGITS - count + i] as number;
    }
    const schemes = byLength[count] as readonly Screened[];
    for (let i = 0; i < schemes.length; i++) {
      const { bit, holds } = schemes[i] as Screened;
      if (holds(count, text, from, end)) bits |= bit;
    }
  }
  return bits;
}

/** Does the text go on at `at` in this direction: with a letter or digit, or with a mark and a digit? */
function isJoined(text: Uint8Array, at: number, step: number): boolean {
  const byte = text[at];
  if (byte === undefined) return false;
  if (isAlphanumeric(byte) || byte === 0x5f) return true;
  return byte !== SPACE && SEPARATORS[byte] === 1 && isDigit(text[at + step]);
}

/** Digits of `text[from..to)` into `numbers.id`; 0 when it is no number of at most MAX_ID_DIGITS. */
function read(text: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const byte = text[i] as number;
    const isX = (byte & 0xdf) === 0x58 && i === to - 1;
    if (isDigit(byte) || isX) {
      if (count === numbers.MAX_ID_DIGITS) return 0;
      numbers.id[count++] = isX ? 10 : byte - 0x30;
      if (isX && count !== numbers.MAX_ID_DIGITS) return 0;
    } else if (SEPARATORS[byte] !== 1) return 0;
  }
  return count;
}

function isTold(rule: Scheme, text: Uint8Array, from: number, to: number): boolean {
  if (rule.forms.includes('*') || hasWord(rule.words, text, from, to)) return true;
  return rule.forms.length > 0 && rule.forms.includes(formOf(text, from, to));
}

function isNamedDni(text: Uint8Array, from: number, to: number): boolean {
  return hasWord(DNI_WORDS, text, from, to);
}

function hasWord(words: WordSet, text: Uint8Array, from: number, to: number): boolean {
  const first = Math.max(0, from - CONTEXT_BYTES);
  return (
    words.isIn(text, first, from) || words.isIn(text, to, Math.min(text.length, to + CONTEXT_BYTES))
  );
}

/** `123.456.789-09` is `3.3.3-2`. Asked only when the check digits hold. */
function formOf(text: Uint8Array, from: number, to: number): string {
  let form = '';
  let group = 0;
  for (let i = from; i < to; i++) {
    const byte = text[i] as number;
    if (isDigit(byte)) group++;
    else {
      form += `${group}${String.fromCharCode(byte)}`;
      group = 0;
    }
  }
  return `${form}${group}`;
}

function isAadhaar(_count: number, text: Uint8Array, from: number, to: number): boolean {
  return (numbers.id[0] as number) >= 2 && verhoeff(text, from, to);
}
