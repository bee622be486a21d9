/**
 * What a rule means, told a second time and as plainly as possible: no libhs, no selection of
 * candidates, no sets of ends. Every combination of places is tried one after the other, expressions
 * run on the engine of JavaScript. Slow, and good only for small texts: it is the judge of the
 * engine in property tests.
 */
import type { Validator } from '../../sensor/detect/index.ts';
import type {
  DatasetTerm,
  MatchTerm,
  Rule,
  RuleSet,
  RuleTerm,
  SizeTerm,
  ValidateTerm,
} from '../../sensor/rules/index.ts';

export interface ReferenceRegion {
  readonly buffer: number;
  readonly bytes: Uint8Array;
}

/** Does the rule fire on a stanza with these regions? Header and direction are left out. */
export function evaluateRule(
  rule: Rule,
  regions: readonly ReferenceRegion[],
  ruleSet: RuleSet,
  validators: ReadonlyMap<string, Validator>,
): boolean {
  const groups = new Map<number, RuleTerm[]>();
  for (const term of rule.terms) {
    groups.set(term.group, [...(groups.get(term.group) ?? []), term]);
  }
  return [...groups.values()].every((terms) =>
    regions.some(
      (region) =>
        region.buffer === terms[0]?.buffer &&
        new RegionEvaluator(region.bytes, ruleSet, validators).holds(terms, 0, []),
    ),
  );
}

class RegionEvaluator {
  readonly #bytes: Uint8Array;
  /** One character for each byte. */
  readonly #text: string;
  readonly #ruleSet: RuleSet;
  readonly #validators: ReadonlyMap<string, Validator>;

  constructor(bytes: Uint8Array, ruleSet: RuleSet, validators: ReadonlyMap<string, Validator>) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes).toString('latin1');
    this.#ruleSet = ruleSet;
    this.#validators = validators;
  }

  /** Can all terms be met, when the match before them is `last`? `last` is [start, end] or empty. */
  holds(terms: readonly RuleTerm[], cursor: number, last: readonly number[]): boolean {
    const [term, ...rest] = terms;
    if (term === undefined) return true;
    if (isMatchTerm(term)) {
      const places = this.#places(term, cursor);
      if (term.negated) return places.length === 0 && this.holds(rest, cursor, last);
      return places.some(([start, end]) => this.holds(rest, end, [start, end]));
    }
    return this.#check(term, cursor, last) && this.holds(rest, cursor, last);
  }

  #check(
    term: SizeTerm | ValidateTerm | DatasetTerm,
    cursor: number,
    [start = 0, end = 0]: readonly number[],
  ): boolean {
    const length = this.#bytes.length;
    switch (term.kind) {
      case 'bsize':
        return (length >= term.min && length <= term.max) !== term.negated;
      case 'isdataat':
        return length - (term.relative ? cursor : 0) >= term.min !== term.negated;
      case 'dataset': {
        const value = Buffer.from(this.#bytes).toString('utf8');
        const isListed = this.#ruleSet.datasets.get(term.dataset)?.has(value) === true;
        return value !== '' && isListed === (term.command === 'isset');
      }
      case 'validate':
        return (
          this.#validators.get(term.validator)?.(this.#bytes, start, end, term.argument) === true
        );
    }
  }

  /** Every [start, end] at which the term stands, given where the match before it ended. */
  #places(term: MatchTerm, cursor: number): (readonly [number, number])[] {
    return term.kind === 'content'
      ? this.#contentPlaces(term, cursor)
      : this.#pcrePlaces(term, term.relative ? cursor : 0);
  }

  #contentPlaces(term: MatchTerm, cursor: number): (readonly [number, number])[] {
    const fold = (text: string): string => (term.nocase ? foldAscii(text) : text);
    const needle = fold(Buffer.from(term.bytes).toString('latin1'));
    const text = fold(this.#text);
    const isRelative = term.distance !== undefined || term.within !== undefined;
    const origin = isRelative ? cursor + (term.distance ?? 0) : (term.offset ?? 0);
    const reach = isRelative ? term.within : term.depth;
    const places: (readonly [number, number])[] = [];
    for (let start = 0; start + needle.length <= text.length; start++) {
      const end = start + needle.length;
      const isPlace =
        text.slice(start, end) === needle &&
        start >= origin &&
        (reach === undefined || end <= origin + reach) &&
        (!term.startswith || start === 0) &&
        (!term.endswith || end === text.length);
      if (isPlace) places.push([start, end]);
    }
    return places;
  }

  /** For each end the leftmost start, as libhs tells matches. */
  #pcrePlaces(term: MatchTerm, from: number): (readonly [number, number])[] {
    const subject = this.#text.slice(from);
    const places: (readonly [number, number])[] = [];
    for (let end = 1; end <= subject.length; end++) {
      const tail = subject.length - end;
      const exact = new RegExp(
        `(?:${term.expression})(?=[^]{${tail}}(?![^]))`,
        `y${term.pcreFlags}`,
      );
      for (let start = 0; start < end; start++) {
        exact.lastIndex = start;
        if (!exact.test(subject) || exact.lastIndex !== end) continue;
        places.push([from + start, from + end]);
        break;
      }
    }
    return places;
  }
}

function isMatchTerm(term: RuleTerm): term is MatchTerm {
  return term.kind === 'content' || term.kind === 'pcre';
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
