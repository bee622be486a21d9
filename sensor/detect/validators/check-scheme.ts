/**
 * What `validate:check-digit ...;` may say, read into a scheme: how characters become numbers, how these are added up,
 * and which character must be the outcome. Read once for each rule; mistakes are told when the rule is loaded.
 *
 *   check-digit weights 3,1 mod 10
 *   check-digit weights 7,3,1 mod 10 from left rest letters 10
 *   check-digit mod 97-10 letters split
 *   check-digit luhn | damm | verhoeff | number mod 97 width 2
 */

/** Ways to add up. `pure` and `hybrid` are the systems of ISO/IEC 7064. */
export type CheckMethod = 'weights' | 'number' | 'luhn' | 'damm' | 'verhoeff' | 'pure' | 'hybrid';

export interface CheckScheme {
  readonly method: CheckMethod;
  /** Of the weighted sum, or of the system of ISO/IEC 7064. */
  readonly modulus: number;
  readonly radix: number;
  readonly weights: readonly number[];
  readonly isFromLeft: boolean;
  /** The check character is the rest of the sum; otherwise what the sum lacks to a multiple of the modulus. */
  readonly isRest: boolean;
  /** Products count as the sum of their digits. */
  readonly crossSums: boolean;
  readonly addend: number;
  /** Check characters, and where the first stands: from 0, -1 for the end. */
  readonly width: number;
  readonly checkAt: number;
  /** Characters before the number. */
  readonly skip: number;
  /** Value of a byte, NO_VALUE for what is no part of the number; letters have that of their capital. */
  readonly values: Uint8Array;
  /** Values from 10 on are written as two digits before they are added up. */
  readonly splits: boolean;
  /** Byte (capital) that stands for 10 as check character, 0 for none. */
  readonly ten: number;
}

export const NO_VALUE = 255;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MAX_WEIGHTS = 64;
const MAX_MODULUS = 9973;

/** Systems of ISO/IEC 7064: characters, and the one more that only the check character can be. */
const SYSTEMS: Readonly<
  Record<string, { characters: string; extra?: string; width?: number; isHybrid?: true }>
> = {
  '11-2': { characters: DIGITS, extra: 'X' },
  '37-2': { characters: DIGITS + LETTERS, extra: '*' },
  '97-10': { characters: DIGITS, width: 2 },
  '661-26': { characters: LETTERS, width: 2 },
  '1271-36': { characters: DIGITS + LETTERS, width: 2 },
  '11,10': { characters: DIGITS, isHybrid: true },
  '27,26': { characters: LETTERS, isHybrid: true },
  '37,36': { characters: DIGITS + LETTERS, isHybrid: true },
};

/** Values of letters: those of the alphabet from a first one on, or of a standard. */
const LETTER_VALUES: Readonly<Record<string, (index: number) => number>> = {
  '1': (index) => index + 1,
  '10': (index) => index + 10,
  split: (index) => index + 10,
  // ISO 6346 leaves out multiples of 11.
  iso6346: (index) => index + 10 + Math.floor((index + 9) / 10),
  // Vehicle numbers (ISO 3779): A to I, J to R and S to Z count from 1, 1 and 2.
  vin: (index) => (index < 9 ? index + 1 : index < 18 ? index - 8 : index - 16),
};

/** A mistake in the argument of a rule. */
class SchemeError extends Error {}

/** The scheme an argument describes; a text says what is wrong with it. */
export function parseScheme(argument: string): CheckScheme | string {
  try {
    return new SchemeReader(argument).read();
  } catch (error) {
    if (error instanceof SchemeError) return error.message;
    throw error;
  }
}

type Draft = { -readonly [K in keyof CheckScheme]: CheckScheme[K] };

class SchemeReader {
  readonly #words: readonly string[];
  #at = 0;
  readonly #given = new Set<string>();
  #mod = '';
  readonly #draft: Draft = {
    method: 'weights',
    modulus: 0,
    radix: 0,
    weights: [],
    isFromLeft: false,
    isRest: false,
    crossSums: false,
    addend: 0,
    width: 1,
    checkAt: -1,
    skip: 0,
    values: new Uint8Array(256).fill(NO_VALUE),
    splits: false,
    ten: 0,
  };

  constructor(argument: string) {
    this.#words = argument.split(/\s+/).filter((word) => word !== '');
    setValues(this.#draft.values, DIGITS);
  }

  read(): CheckScheme {
    while (this.#at < this.#words.length) this.#option();
    this.#finish();
    return this.#draft;
  }

  #option(): void {
    const name = this.#words[this.#at++] as string;
    if (this.#given.has(name)) throw new SchemeError(`check-digit: ${name} is given twice`);
    this.#given.add(name);
    const draft = this.#draft;
    switch (name) {
      case 'luhn':
      case 'damm':
      case 'verhoeff':
      case 'number':
        draft.method = name;
        return;
      case 'weights':
        draft.weights = this.#weights();
        return;
      case 'mod':
        this.#mod = this.#value(name);
        return;
      case 'from':
        if (this.#value(name) !== 'left') {
          throw new SchemeError(
            'check-digit: from can only be left; without it weights count from the right',
          );
        }
        draft.isFromLeft = true;
        return;
      case 'rest':
        draft.isRest = true;
        return;
      case 'cross':
        if (this.#value(name) !== 'sums') throw new SchemeError('check-digit: write cross sums');
        draft.crossSums = true;
        return;
      case 'check':
        draft.checkAt = this.#checkAt();
        return;
      case 'width':
        draft.width = this.#number(name, 1, 2);
        return;
      case 'skip':
        draft.skip = this.#number(name, 1, 16);
        return;
      case 'add':
        draft.addend = this.#number(name, 1, MAX_MODULUS);
        return;
      case 'ten':
        draft.ten = this.#character(name);
        return;
      case 'letters':
        this.#letters();
        return;
      case 'alphabet':
        this.#alphabet(this.#value(name));
        return;
      default:
        throw new SchemeError(
          `check-digit does not know "${name}"; it knows weights, number, luhn, damm, verhoeff, mod, from, rest, cross, check, width, skip, add, ten, letters, alphabet`,
        );
    }
  }

  #value(name: string): string {
    const value = this.#words[this.#at++];
    if (value === undefined) throw new SchemeError(`check-digit: ${name} has no value`);
    return value;
  }

  #number(name: string, least: number, most: number): number {
    const text = this.#value(name);
    const number = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw new SchemeError(
      `check-digit: ${name} "${text}" is not a whole number from ${least} to ${most}`,
    );
  }

  #weights(): number[] {
    const words = this.#value('weights').split(',');
    const weights = words.map((word) => {
      const weight = /^-?\d{1,4}$/.test(word) ? Number(word) : NaN;
      if (Math.abs(weight) <= MAX_MODULUS) return weight;
      throw new SchemeError(
        `check-digit: weight "${word}" is not a whole number; write weights 7,3,1 without spaces`,
      );
    });
    if (weights.length <= MAX_WEIGHTS && weights.some((weight) => weight !== 0)) return weights;
    throw new SchemeError(`check-digit: from 1 to ${MAX_WEIGHTS} weights, not all of them 0`);
  }

  #checkAt(): number {
    const text = this.#value('check');
    if (text === 'last') return -1;
    if (text === 'first') return 0;
    if (/^[1-9]\d?$/.test(text)) return Number(text) - 1;
    throw new SchemeError(`check-digit: check "${text}" is not first, last or a place from 1 on`);
  }

  #character(name: string): number {
    const text = this.#value(name).toUpperCase();
    const code = text.charCodeAt(0);
    if (text.length === 1 && code > 0x20 && code < 0x7f) return code;
    throw new SchemeError(`check-digit: ${name} "${text}" is not one character`);
  }

  #letters(): void {
    const name = this.#value('letters');
    const valueOf = Object.hasOwn(LETTER_VALUES, name) ? LETTER_VALUES[name] : undefined;
    if (valueOf === undefined) {
      throw new SchemeError(
        `check-digit: letters "${name}" is not one of ${Object.keys(LETTER_VALUES).join(', ')}`,
      );
    }
    Array.from(LETTERS).forEach((letter, index) => {
      setValue(this.#draft.values, letter, valueOf(index));
    });
    this.#draft.splits = name === 'split';
  }

  #alphabet(text: string): void {
    const characters = text.toUpperCase();
    const isSound =
      /^[\x21-\x7e]{2,64}$/.test(characters) && new Set(characters).size === characters.length;
    if (!isSound) {
      throw new SchemeError(
        `check-digit: alphabet "${text}" is not 2 to 64 different characters; the first counts 0`,
      );
    }
    this.#draft.values.fill(NO_VALUE);
    setValues(this.#draft.values, characters);
  }

  #finish(): void {
    const has = (name: string): boolean => this.#given.has(name);
    const methods = ['weights', 'number', 'luhn', 'damm', 'verhoeff'].filter(has);
    if (methods.length > 1)
      throw new SchemeError(`check-digit: ${methods.join(' and ')} exclude each other`);
    if (has('letters') && has('alphabet')) {
      throw new SchemeError('check-digit: letters and alphabet exclude each other');
    }
    const draft = this.#draft;
    const isSum = draft.method === 'number' || draft.weights.length > 0;
    if (isSum) this.#finishSum();
    else {
      const stray = ['from', 'rest', 'cross', 'check', 'width', 'add', 'ten'].find(has);
      if (stray !== undefined)
        throw new SchemeError(`check-digit: ${stray} belongs to weights or number`);
      if (methods.length === 0) this.#finishSystem();
      else if (this.#mod !== '') throw new SchemeError(`check-digit: ${draft.method} has no mod`);
      else if (draft.method !== 'luhn' && (has('letters') || has('alphabet'))) {
        throw new SchemeError(`check-digit: ${draft.method} is about digits alone`);
      }
    }
  }

  #finishSum(): void {
    const draft = this.#draft;
    const modulus = /^\d{1,4}$/.test(this.#mod) ? Number(this.#mod) : 0;
    if (modulus < 2 || modulus > MAX_MODULUS) {
      throw new SchemeError(
        this.#mod === ''
          ? 'check-digit: weights and number need mod, for example weights 3,1 mod 10'
          : `check-digit: mod "${this.#mod}" is not a whole number from 2 to ${MAX_MODULUS}`,
      );
    }
    draft.modulus = modulus;
    if (draft.method === 'number' && this.#given.has('from')) {
      throw new SchemeError('check-digit: from belongs to weights');
    }
    if (draft.width === 2 && draft.checkAt >= 0) {
      throw new SchemeError('check-digit: two check digits stand at the end');
    }
  }

  /** `mod 97-10` alone: a system of ISO/IEC 7064. */
  #finishSystem(): void {
    const draft = this.#draft;
    const system = Object.hasOwn(SYSTEMS, this.#mod) ? SYSTEMS[this.#mod] : undefined;
    if (system === undefined) {
      throw new SchemeError(
        this.#mod === ''
          ? 'check-digit says no scheme: write for example weights 3,1 mod 10'
          : `check-digit: mod ${this.#mod} needs weights; without them it is one of ${Object.keys(SYSTEMS).join(' ')} (ISO/IEC 7064)`,
      );
    }
    const [modulus = 0, radix = 0] = this.#mod.split(/[-,]/).map(Number);
    draft.method = system.isHybrid === true ? 'hybrid' : 'pure';
    draft.modulus = modulus;
    draft.radix = radix;
    draft.width = system.width ?? 1;
    if (draft.splits && this.#mod === '97-10') return;
    if (this.#given.has('letters') || this.#given.has('alphabet')) {
      throw new SchemeError(`check-digit: mod ${this.#mod} brings its own characters`);
    }
    draft.values.fill(NO_VALUE);
    setValues(draft.values, system.characters + (system.extra ?? ''));
  }
}

/** Characters count from 0 on. */
function setValues(values: Uint8Array, characters: string): void {
  Array.from(characters).forEach((character, value) => {
    setValue(values, character, value);
  });
}

function setValue(values: Uint8Array, character: string, value: number): void {
  values[character.charCodeAt(0)] = value;
  values[character.toLowerCase().charCodeAt(0)] = value;
}
