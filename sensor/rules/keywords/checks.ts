/** Keywords that check what was matched: validators and datasets. */
import { isAbsolute, join, dirname, normalize } from 'node:path';
import { DATASET_TYPES } from '../datasets.ts';
import {
  isMatch,
  splitPiece,
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

/** `dataset:isset,NAME,type domain,load FILE;` */
function applyDataset(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void {
  const [command, dataset, ...options] = splitPiece(value, ',');
  const place = draft.place(name);
  if (command?.text !== 'isset' && command?.text !== 'isnotset') {
    throw new RuleError(
      command?.at ?? value.at,
      `dataset:${command?.text ?? ''} is not supported yet`,
      'use isset or isnotset',
    );
  }
  if (dataset === undefined || !/^[\w.-]{1,64}$/.test(dataset.text)) {
    throw new RuleError(
      dataset?.at ?? value.at,
      'dataset needs a name of letters, digits, dots, dashes and underscores',
      'write dataset:isset,bad-domains,type domain,load datasets/bad-domains.txt;',
    );
  }
  loadDataset(dataset, options, name, context);
  addTerm(draft, {
    at: name.at,
    term: {
      kind: 'dataset',
      ...place,
      negated: command.text === 'isnotset',
      dataset: dataset.text,
    },
  });
}

function loadDataset(
  dataset: Piece,
  options: readonly Piece[],
  name: Piece,
  context: RuleContext,
): void {
  let type: Piece | undefined;
  let file: Piece | undefined;
  for (const option of options) {
    const { word, rest } = splitWord(option);
    if (word.text === 'type') type = rest;
    else if (word.text === 'load') file = rest;
    // Suricata sizes its tables by these; ours size themselves.
    else if (word.text !== 'memcap' && word.text !== 'hashsize') {
      throw new RuleError(word.at, `dataset option "${word.text}" is not supported yet`);
    }
  }
  const known = context.datasets.typeOf(dataset.text);
  const wanted = DATASET_TYPES.find((candidate) => candidate === type?.text);
  if (type !== undefined && wanted === undefined) {
    throw new RuleError(
      type.at,
      `dataset type "${type.text}" is not supported yet`,
      `one of: ${DATASET_TYPES.join(', ')}`,
    );
  }
  if (known !== undefined) {
    if (wanted === undefined || wanted === known) return;
    throw new RuleError(
      type?.at ?? name.at,
      `dataset ${dataset.text} was loaded with type ${known} before`,
    );
  }
  if (wanted === undefined || file === undefined) {
    throw new RuleError(
      dataset.at,
      `dataset ${dataset.text} is not loaded and lacks ${wanted === undefined ? 'type' : 'load'}`,
      'write dataset:isset,NAME,type domain,load FILE;',
    );
  }
  const failure = context.datasets.load(dataset.text, wanted, datasetPath(file, context.file));
  if (failure !== undefined) throw new RuleError(file.at, failure);
}

/** Beside or below the rule file: a rule from elsewhere must not read the machine's other files. */
function datasetPath(file: Piece, ruleFile: string): string {
  const path = normalize(file.text);
  if (file.text === '' || isAbsolute(path) || path.startsWith('..')) {
    throw new RuleError(
      file.at,
      `Dataset file "${file.text}" must be a path below the folder of the rule file`,
      'for example datasets/bad-domains.txt',
    );
  }
  return join(dirname(ruleFile), path);
}

export const CHECK_KEYWORDS: KeywordTable = {
  luhn: shorthand,
  iban: shorthand,
  verhoeff: shorthand,
  mod11: shorthand,
  validate: { value: 'required', isRepeatable: true, apply: applyValidate },
  dataset: { value: 'required', isRepeatable: true, apply: applyDataset },
};
