/**
 * The lexicon: terms of unsolicited advertising with a weight each, one a line, in tab-separated
 * columns `family weight language term`. Lines that begin with # are comments.
 */
import { OperatorError } from '../../core/index.ts';

/** One term of the lexicon. */
export interface LexiconTerm {
  /** What is advertised: `card`, `drugs` ... Named in the alert. */
  readonly family: string;
  /** Points it adds when it stands in a text, once per stanza. */
  readonly weight: number;
  /** Language tag, for the people who maintain the list. */
  readonly language: string;
  /** Words as written; folding happens when the detector is made. */
  readonly term: string;
  /** The term ended in `*`: what follows it may be the rest of a word. */
  readonly isPrefix: boolean;
}

/** As many as DetectorLiteral can number, and families as a bit set can hold. */
const MAX_TERMS = 1 << 16;
export const MAX_FAMILIES = 31;

const MAX_WEIGHT = 1000;

/**
 * Read a lexicon file.
 *
 * @param file name for messages.
 * @throws OperatorError DATASET_INVALID, naming file and line, for the first line that is not sound.
 */
export function parseLexicon(file: string, text: string): LexiconTerm[] {
  const terms: LexiconTerm[] = [];
  const families = new Set<string>();
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const row = line.trimEnd();
    if (row === '' || row.startsWith('#')) continue;
    const fail = (what: string): OperatorError =>
      new OperatorError(
        'DATASET_INVALID',
        `Cannot read ${file}:${index + 1}: ${what}`,
        'write: family, weight, language and term, with one tab between them',
      );
    const [family = '', weightText = '', language = '', ending = '', ...rest] = row.split('\t');
    const weight = Number(weightText);
    const isPrefix = ending.endsWith('*');
    const term = (isPrefix ? ending.slice(0, -1) : ending).trim();
    if (rest.length > 0) throw fail('more than four columns');
    if (!/^[a-z][a-z-]*$/.test(family)) throw fail(`family '${family}' is not a lower-case word`);
    if (!Number.isInteger(weight) || weight < 1 || weight > MAX_WEIGHT) {
      throw fail(`weight '${weightText}' is not a whole number from 1 to ${MAX_WEIGHT}`);
    }
    if (term.length < 2) throw fail(`term '${term}' is shorter than two characters`);
    if (seen.has(term)) throw fail(`term '${term}' is listed twice`);
    seen.add(term);
    families.add(family);
    if (families.size > MAX_FAMILIES) throw fail(`more than ${MAX_FAMILIES} families`);
    terms.push({ family, weight, language, term, isPrefix });
    if (terms.length > MAX_TERMS) throw fail(`more than ${MAX_TERMS} terms`);
  }
  return terms;
}
