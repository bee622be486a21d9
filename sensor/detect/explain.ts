/** What the engine makes of a rule, for `rules explain`. */
import {
  bufferName,
  isAboutFilesOnly,
  matchText,
  type MatchTerm,
  type Rule,
} from '../rules/index.ts';
import { chooseFastPattern } from './fast-pattern.ts';
import { chooseFileSelector } from './file-plan.ts';
import type { CompiledRule } from './plan.ts';

/** What selects the stanzas a rule is checked on. */
export type Selection =
  | {
      readonly kind: 'pattern';
      readonly buffer: string;
      readonly pattern: string;
      /** Why this match of the rule and no other. */
      readonly why: string;
    }
  | { readonly kind: 'event' }
  /** A rule on files that nothing in their bytes or text selects. */
  | { readonly kind: 'file' }
  | { readonly kind: 'dataset'; readonly buffer: string; readonly dataset: string }
  | { readonly kind: 'presence'; readonly buffers: readonly string[] };

export interface RuleExplanation {
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly msg: string;
  /** Buffers in the order the rule names them; one entry for each sticky buffer keyword. */
  readonly buffers: readonly string[];
  /** What selects the stanzas that are looked at closer. */
  readonly selectedBy: Selection;
  /** Firings kept back by the rule's threshold since the start. */
  readonly suppressed: number;
}

export function explainRule({ rule, groups }: CompiledRule, suppressed: number): RuleExplanation {
  const { sid, gid, rev, msg } = rule;
  const buffers = groups.map(({ buffer }) => bufferName(buffer));
  return { sid, gid, rev, msg, buffers, selectedBy: explainSelection(rule), suppressed };
}

/** The same choice the plan makes, in words. */
export function explainSelection(rule: Rule): Selection {
  const isOfFiles = isAboutFilesOnly(rule);
  const fast = isOfFiles ? chooseFileSelector(rule) : chooseFastPattern(rule);
  if (fast !== undefined) {
    const buffer = bufferName(fast.buffer);
    return { kind: 'pattern', buffer, pattern: patternText(fast), why: whyChosen(fast, rule) };
  }
  if (isOfFiles) return { kind: 'file' };
  if (rule.events.length > 0) return { kind: 'event' };
  const list = rule.terms.find((term) => term.kind === 'dataset' && term.command === 'isset');
  if (list?.kind === 'dataset') {
    return { kind: 'dataset', buffer: bufferName(list.buffer), dataset: list.dataset };
  }
  const buffers = rule.terms.map(({ buffer }) => bufferName(buffer));
  return { kind: 'presence', buffers: [...new Set(buffers)] };
}

function patternText(term: MatchTerm): string {
  return `${matchText(term)}${term.kind === 'content' && term.nocase ? ' nocase' : ''}`;
}

function whyChosen(fast: MatchTerm, rule: Rule): string {
  if (fast.fastPattern) return 'marked with fast_pattern';
  const matches = rule.terms.filter(
    (term) => (term.kind === 'content' || term.kind === 'pcre') && !term.negated,
  );
  if (matches.length === 1) return 'the only match that must be there';
  return `the rarest of ${matches.length} matches: ${fast.literalLength} fixed bytes, at least ${fast.minLength} in all`;
}
