/** Keywords that check what was matched. */
import {
  isMatch,
  splitWord,
  type Keyword,
  type KeywordTable,
  type RuleContext,
  type RuleDraft,
} from '../draft.ts';
import { RuleError } from '../problems.ts';
import type { Piece } from '../rule-text.ts';
import { addTerm } from './match.ts';

function addValidator(
  draft: RuleDraft,
  name: Piece,
  validator: Piece,
  argument: string,
  context: RuleContext,
): void {
  const before = draft.terms.at(-1);
  const place = draft.place(name);
  const isBesideMatch =
    before !== undefined &&
    before.term.group === place.group &&
    (before.term.kind === 'validate' || (isMatch(before) && !before.term.negated));
  if (!isBesideMatch) {
    throw new RuleError(
      name.at,
      `${name.text} has no match directly before it`,
      'it checks the text of the content or pcre it follows',
    );
  }
  const match = draft.terms.findLast(isMatch)?.term;
  if (match?.kind === 'pcre' && !context.expressions.hasStarts(match.expression, match.pcreFlags)) {
    throw new RuleError(
      name.at,
      'libhs cannot tell where the matches of this pcre start, so they cannot be checked',
      'use fewer or smaller repeats',
    );
  }
  const problem = context.validatorProblem(validator.text, argument);
  if (problem !== undefined) throw new RuleError(validator.at, problem);
  addTerm(draft, {
    at: name.at,
    term: { kind: 'validate', ...place, validator: validator.text, argument },
  });
}

/** A validator common enough to be a keyword of its own. */
const shorthand: Keyword = {
  value: 'none',
  isRepeatable: true,
  apply: (draft, _value, name, context) => {
    addValidator(draft, name, name, '', context);
  },
};

function applyValidate(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void {
  const { word, rest } = splitWord(value);
  addValidator(draft, name, word, rest.text, context);
}

export const CHECK_KEYWORDS: KeywordTable = {
  luhn: shorthand,
  iban: shorthand,
  verhoeff: shorthand,
  mod11: shorthand,
  validate: { value: 'required', isRepeatable: true, apply: applyValidate },
};
