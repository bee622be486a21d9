/**
 * Rules on files laid out for matching. Two databases: one for the bytes of files and members, searched whole, and
 * one for their text, searched in windows, but for expressions that begin with a form (byte-forms.ts). Rules that ask for neither (a type, a hash, a name) are checked on every
 * file: files are few, and such texts are short.
 */
import {
  FILE_TEXT_BUFFERS,
  judgesFiles,
  type Dataset,
  type MatchTerm,
  type Rule,
} from '../rules/index.ts';
import { byteFormOf, type ByteForm } from './byte-forms.ts';
import { selectorExpression, type ExpressionSpec } from './expressions.ts';
import { FILE_DATA, FILE_FOLDED } from './file-regions.ts';
import type { CompiledRule, CompiledTerm, Family } from './plan.ts';
import { MAX_FORMS } from './window-reader.ts';

/** Families of the plan. */
export const FILE_FAMILY = { data: 0, text: 1 } as const;

/** Bits of a text: what it is searched as. */
export const TEXT_BIT = { plain: 1, folded: 2 } as const;

/** A set, and which text it is asked about. */
export interface FileSet {
  readonly buffer: number;
  readonly dataset: Dataset;
}

/** A form that selects rules where it stands in the text. */
export interface SelectingForm {
  readonly form: ByteForm;
  /** Of the texts it is looked for in. */
  textBit: number;
  /** Places in `rules`. */
  readonly rules: number[];
}

export interface FilePlan {
  /** By FILE_FAMILY; without expressions where no rule is selected by it. */
  readonly families: readonly Family[];
  readonly rules: readonly CompiledRule[];
  /** By expression id: TEXT_BIT of the texts it is searched in; 0 for one of the bytes. */
  readonly textBit: Uint8Array;
  /** Rules of expression i are ruleList[ruleStart[i] .. ruleStart[i + 1]), places in `rules`. */
  readonly ruleStart: Int32Array;
  readonly ruleList: Int32Array;
  /** MAX_FORMS at most. */
  readonly forms: readonly SelectingForm[];
  /** Rules that alert as themselves and that nothing selects, places in `rules`. */
  readonly always: readonly number[];
  /** Rules that ask a set about the text and that nothing else selects, places in `rules`. */
  readonly sets: readonly number[];
  /** By place in `rules`: the match that stands wherever it is selected; undefined where none does for sure. */
  readonly selectors: readonly (MatchTerm | undefined)[];
  /** By place in `rules`: its hits are gathered with those of other rules. */
  readonly isGathered: Uint8Array;
}

interface Pattern {
  readonly spec: ExpressionSpec;
  textBit: number;
  readonly rules: number[];
}

export function buildFilePlan(rules: readonly CompiledRule[]): FilePlan {
  const families = [new Map<string, Pattern>(), new Map<string, Pattern>()] as const;
  const forms = new Map<string, SelectingForm>();
  const always: number[] = [];
  const sets: number[] = [];
  const selectors = rules.map(({ rule }) => chooseFileSelector(rule));
  const standing = [...selectors];
  rules.forEach(({ rule }, index) => {
    const term = selectors[index];
    if (term === undefined) {
      if (judgesFiles(rule)) always.push(index);
      else if (setOf(rules[index] as CompiledRule) !== undefined) sets.push(index);
      return;
    }
    const isText = term.buffer !== FILE_DATA;
    const { ext, ...floating } = selectorExpression(term);
    // Of a window nobody knows how far it is from the start of the text: the verifier does.
    const spec = isText || ext === undefined ? floating : { ...floating, ext };
    const textBit = !isText ? 0 : term.buffer === FILE_FOLDED ? TEXT_BIT.folded : TEXT_BIT.plain;
    const form = isText ? selectingForm(term) : undefined;
    if (form !== undefined && addForm(forms, form, textBit, index)) {
      // Where the form stands, the match may.
      standing[index] = undefined;
      return;
    }
    add(isText ? families[FILE_FAMILY.text] : families[FILE_FAMILY.data], spec, textBit, index);
  });
  return {
    ...{ rules, always, sets, selectors: standing, isGathered: gathered(rules) },
    forms: [...forms.values()],
    ...number(families),
  };
}

/** The set of values whose finding selects the rule; a set that has none selects nothing. */
export function setOf({ groups }: CompiledRule): FileSet | undefined {
  for (const { buffer, terms } of groups) {
    for (const term of terms) {
      if (isSetTerm(term) && term.dataset.size > 0 && FILE_TEXT_BUFFERS.has(buffer)) {
        return { buffer, dataset: term.dataset };
      }
    }
  }
  return undefined;
}

/** Does the term look for values of a set inside the text? */
export function isSetTerm(term: CompiledTerm): term is CompiledTerm & { kind: 'dataset' } {
  return (
    term.kind === 'dataset' && term.query.command === 'isset' && term.dataset.places !== undefined
  );
}

function isSelector(term: Rule['terms'][number]): term is MatchTerm {
  return (
    (term.kind === 'content' || term.kind === 'pcre') &&
    !term.negated &&
    !(term.kind === 'pcre' && term.relative && term.startSensitive) &&
    (term.buffer === FILE_DATA || FILE_TEXT_BUFFERS.has(term.buffer))
  );
}

/** The match on bytes or text that is marked, else the longest: there is no ordinary file to say what is rare. */
export function chooseFileSelector(rule: Rule): MatchTerm | undefined {
  const terms = rule.terms.filter(isSelector);
  const score = ({ literalLength, minLength, kind }: MatchTerm): number =>
    literalLength + (minLength - literalLength) / 3 + (kind === 'content' ? 0.5 : 0);
  return (
    terms.find(({ fastPattern }) => fastPattern) ?? terms.toSorted((a, b) => score(b) - score(a))[0]
  );
}

/** Shorter fixed text is everywhere; what has more of it libhs finds faster. */
const GOOD_LITERAL = 3;

function selectingForm(term: MatchTerm): ByteForm | undefined {
  if (term.kind !== 'pcre' || term.literalLength >= GOOD_LITERAL) return undefined;
  return byteFormOf(term.expression, term.pcreFlags);
}

/** False when there is no room for it. */
function addForm(
  forms: Map<string, SelectingForm>,
  form: ByteForm,
  textBit: number,
  rule: number,
): boolean {
  const key = `${form.beginsWord} ${form.places.join(' ')}`;
  const known = forms.get(key);
  if (known === undefined) {
    if (forms.size >= MAX_FORMS) return false;
    forms.set(key, { form, textBit, rules: [rule] });
    return true;
  }
  known.textBit |= textBit;
  known.rules.push(rule);
  return true;
}

function add(
  patterns: Map<string, Pattern>,
  spec: ExpressionSpec,
  textBit: number,
  rule: number,
): void {
  const key = JSON.stringify([spec.flags ?? 0, spec.ext ?? {}, spec.expression]);
  const known = patterns.get(key);
  if (known === undefined) patterns.set(key, { spec, textBit, rules: [rule] });
  else {
    known.textBit |= textBit;
    known.rules.push(rule);
  }
}

function number(
  patterns: readonly ReadonlyMap<string, Pattern>[],
): Pick<FilePlan, 'families' | 'textBit' | 'ruleStart' | 'ruleList'> {
  let id = 0;
  const families = patterns.map((family) => ({
    buffers: [],
    expressions: [...family.values()].map(({ spec }) => ({ ...spec, id: id++ })),
  }));
  const all = patterns.flatMap((family) => [...family.values()]);
  const ruleStart = new Int32Array(all.length + 1);
  all.forEach(({ rules }, i) => (ruleStart[i + 1] = (ruleStart[i] as number) + rules.length));
  return {
    families,
    textBit: Uint8Array.from(all, ({ textBit }) => textBit),
    ruleStart,
    ruleList: Int32Array.from(all.flatMap(({ rules }) => rules)),
  };
}

function gathered(rules: readonly CompiledRule[]): Uint8Array {
  return Uint8Array.from(rules, ({ rule }) => (judgesFiles(rule) ? 0 : 1));
}
