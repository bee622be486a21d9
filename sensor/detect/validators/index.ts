/** The validators a rule may name (INTERFACE.md section 4), and the arguments each one takes. */
import type { Validator, ValidatorTable } from '../validator.ts';
import { base58check } from './base58check.ts';
import { checkDigit, checkDigitProblem } from './check-digit.ts';
import { distinctWords } from './distinct-words.ts';
import { distinct, distinctProblem } from './distinct.ts';
import { entropy } from './entropy.ts';
import { host } from './host.ts';
import { generatedName } from './generated-name.ts';
import { iban } from './iban.ts';
import { jwt } from './jwt.ts';
import { LOOT_RECORDS, lootRecord } from './loot-record.ts';
import { luhn } from './luhn.ts';
import { MOD11_FORMS, mod11 } from './mod11.ts';
import { NATIONAL_ID_COUNTRIES, nationalId } from './national-id.ts';
import { pan } from './pan.ts';
import { password } from './password.ts';
import { notPlaceholder } from './placeholder.ts';
import { privateKey } from './private-key.ts';
import { verhoeff } from './verhoeff.ts';

interface Entry {
  readonly check: Validator;
  /** Arguments it takes; 'number' for one number; or what finds fault with one. The first is the default. */
  readonly takes: readonly string[] | 'number' | ((argument: string) => string | undefined);
}

const ENTRIES: Readonly<Record<string, Entry>> = {
  luhn: { check: luhn, takes: [''] },
  pan: { check: pan, takes: ['', 'no-test-numbers'] },
  iban: { check: iban, takes: [''] },
  verhoeff: { check: verhoeff, takes: [''] },
  mod11: { check: mod11, takes: MOD11_FORMS },
  'check-digit': { check: checkDigit, takes: checkDigitProblem },
  jwt: { check: jwt, takes: ['', 'signed', 'unsigned'] },
  entropy: { check: entropy, takes: 'number' },
  host: { check: host, takes: ['external', 'internal'] },
  password: { check: password, takes: ['', 'value', 'any', 'pin', 'url'] },
  'private-key': { check: privateKey, takes: [''] },
  'national-id': { check: nationalId, takes: NATIONAL_ID_COUNTRIES },
  base58check: { check: base58check, takes: [''] },
  distinct: { check: distinct, takes: distinctProblem },
  'distinct-words': { check: distinctWords, takes: 'number' },
  'loot-record': { check: lootRecord, takes: LOOT_RECORDS },
  'generated-name': { check: generatedName, takes: [''] },
  'not-placeholder': { check: notPlaceholder, takes: [''] },
};

/** Every validator by its name. */
export const VALIDATORS: ValidatorTable = new Map(
  Object.entries(ENTRIES).map(([name, entry]): [string, Validator] => [name, entry.check]),
);

/**
 * What is wrong with `validate:NAME ARGUMENT;`, for the linter.
 *
 * @returns a sentence without full stop, or undefined when name and argument are sound.
 */
export function validatorProblem(name: string, argument: string): string | undefined {
  const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
  if (entry === undefined) {
    return `No validator is called ${name}; there are ${Object.keys(ENTRIES).join(', ')}`;
  }
  if (typeof entry.takes === 'function') return entry.takes(argument);
  if (entry.takes === 'number') {
    const value = Number(argument);
    const isSound = argument.trim() !== '' && Number.isFinite(value) && value > 0;
    return isSound ? undefined : `Validator ${name} wants a number above 0, not '${argument}'`;
  }
  if (entry.takes.includes(argument)) return undefined;
  const known = entry.takes.filter((text) => text !== '');
  const optional = known.length < entry.takes.length ? ' or nothing' : '';
  return known.length === 0
    ? `Validator ${name} takes no argument`
    : `Validator ${name} takes ${known.join(', ')}${optional}, not '${argument}'`;
}
