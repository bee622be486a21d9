/**
 * Which scripts one word is made of. A word counts as mixed when the letters of the rarer script
 * all look like letters of the other (`pаypal` with a Cyrillic а), because that is what disguise
 * needs; `SMSка` and `kΩ` are mixed as well and deceive nobody.
 */
import { CHAR } from './characters.ts';

const MIN_LETTERS = 3;

/** Foreign ending on a Latin abbreviation: `PDFе`, `USBа`. */
const MAX_ENDING = 3;

/** Letters that have a twin in one of the other two scripts, by script. */
const TWINS: ReadonlySet<number> = new Set(
  [
    'aceopxyijsABCEHIJKMOPSTXY',
    'асеорхуіјѕһԁԛԝӏАВСЕНІЈКМОРЅТХУҮԚԜ',
    'ονρακιυτχηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ',
  ].flatMap((letters) => Array.from(letters, (letter) => letter.codePointAt(0) ?? 0)),
);

const SCRIPTS = CHAR.greek + 1;

/** Counts for one word at a time. */
export class TokenScripts {
  readonly #letters = new Uint16Array(SCRIPTS);
  readonly #twins = new Uint16Array(SCRIPTS);
  #digits = 0;
  #substitutes = 0;
  #innerSubstitutes = 0;
  #changes = 0;
  #ending = 0;
  #last = 0;
  #latinCapitals = 0;

  reset(): void {
    if (!this.isOpen && this.#substitutes === 0) return;
    this.#letters.fill(0);
    this.#twins.fill(0);
    this.#digits = 0;
    this.#substitutes = 0;
    this.#innerSubstitutes = 0;
    this.#changes = 0;
    this.#ending = 0;
    this.#last = 0;
    this.#latinCapitals = 0;
  }

  /** Did the word begin? */
  get isOpen(): boolean {
    return this.#last !== 0 || this.#digits > 0;
  }

  /** A letter or digit of the word; `kind` is one of CHAR.digit, latin, cyrillic, greek. */
  add(code: number, kind: number): void {
    if (kind === CHAR.digit) {
      this.#digits++;
      if (isSubstituteDigit(code) && this.#last !== 0) this.#substitutes++;
      return;
    }
    if (this.#substitutes > 0) {
      this.#innerSubstitutes += this.#substitutes;
      this.#substitutes = 0;
    }
    this.#letters[kind] = (this.#letters[kind] as number) + 1;
    if (TWINS.has(code) || isSmallCapital(code))
      this.#twins[kind] = (this.#twins[kind] as number) + 1;
    if (code >= 0x41 && code <= 0x5a) this.#latinCapitals++;
    if (this.#last !== 0 && this.#last !== kind) {
      this.#changes++;
      this.#ending = 0;
    }
    this.#ending++;
    this.#last = kind;
  }

  /** Do digits replace letters inside the word: `v1agra`? */
  get isLeet(): boolean {
    return this.#innerSubstitutes > 0 && this.#total >= 3;
  }

  get #total(): number {
    const letters = this.#letters;
    return (
      (letters[CHAR.latin] as number) +
      (letters[CHAR.cyrillic] as number) +
      (letters[CHAR.greek] as number)
    );
  }

  get isMixed(): boolean {
    if (this.#changes === 0 || this.#total < MIN_LETTERS) return false;
    const isDeceiving =
      this.#deceivesIn(CHAR.latin) ||
      this.#deceivesIn(CHAR.cyrillic) ||
      this.#deceivesIn(CHAR.greek);
    const isEndedAbbreviation =
      this.#changes === 1 &&
      this.#last !== CHAR.latin &&
      this.#ending <= MAX_ENDING &&
      this.#latinCapitals >= 2;
    return isDeceiving && !isEndedAbbreviation;
  }

  /** Is `script` the most frequent one (or as frequent), and all else looks like letters of it? */
  #deceivesIn(script: number): boolean {
    const letters = this.#letters;
    for (let kind: number = CHAR.latin; kind < SCRIPTS; kind++) {
      if ((letters[kind] as number) > (letters[script] as number)) return false;
      if (kind !== script && letters[kind] !== this.#twins[kind]) return false;
    }
    return true;
  }
}

/** 0 o, 1 i, 3 e, 4 a, 5 s, 7 t. */
function isSubstituteDigit(code: number): boolean {
  return code === 0x30 || code === 0x31 || (code >= 0x33 && code <= 0x35) || code === 0x37;
}

/** Phonetic small capitals: always a Latin shape on a foreign letter. */
function isSmallCapital(code: number): boolean {
  return code >= 0x1d00 && code <= 0x1d25;
}
