/** Constraints that exclude each other: each keyword is right, but no text can meet all of a group. */
import { isMatch, type MatchDraft, type TermDraft } from './draft.ts';
import type { LintReport } from './lint.ts';
import { RuleError } from './problems.ts';
import type { MatchTerm } from './types.ts';

/** Warn of terms of one group that can never hold together. */
export function lintReach(terms: readonly TermDraft[], report: LintReport): void {
  const size = lintSizes(terms, report);
  lintEnds(terms, size, report);
  lintAnchors(terms, report);
  lintForbidden(terms, report);
}

/** Bytes a region may have. */
interface SizeRange {
  min: number;
  max: number;
}

function lintSizes(terms: readonly TermDraft[], report: LintReport): SizeRange {
  const size: SizeRange = { min: 0, max: Infinity };
  for (const { term, at } of terms) {
    if (term.kind !== 'bsize' && (term.kind !== 'isdataat' || term.relative)) continue;
    if (term.kind === 'isdataat' && term.negated) size.max = Math.min(size.max, term.min - 1);
    else if (!term.negated) {
      size.min = Math.max(size.min, term.min);
      size.max = Math.min(size.max, term.max);
    }
    if (size.min <= size.max) continue;
    const message = `Sizes exclude each other: at least ${size.min} bytes and at most ${size.max}`;
    report.warning(new RuleError(at, message, 'correct one of them'));
    return { min: 0, max: Infinity };
  }
  return size;
}

/** The earliest byte at which each match can end, against the largest size allowed. */
function lintEnds(terms: readonly TermDraft[], size: SizeRange, report: LintReport): void {
  let end = 0;
  for (const draft of terms) {
    const { term, at } = draft;
    const never = (needed: number): void => {
      report.warning(
        new RuleError(
          at,
          `Can never match: it needs ${needed} bytes, bsize allows ${size.max}`,
          'correct bsize, or the place of the match',
        ),
      );
    };
    if (term.kind === 'isdataat' && term.relative && !term.negated && end + term.min > size.max) {
      never(end + term.min);
    }
    if (!isMatch(draft) || draft.term.negated) continue;
    end = earliestEnd(draft.term, end);
    if (end > size.max) never(end);
    lintLastPlace(draft, size, report);
  }
}

function earliestEnd(term: MatchTerm, before: number): number {
  const isRelative = term.relative || term.distance !== undefined || term.within !== undefined;
  const from = isRelative ? before + (term.distance ?? 0) : (term.offset ?? 0);
  return Math.max(0, from) + term.minLength;
}

/** `endswith` in the first bytes of a text that must be longer. */
function lintLastPlace({ term, at }: MatchDraft, size: SizeRange, report: LintReport): void {
  const last = term.startswith ? term.minLength : (term.offset ?? 0) + (term.depth ?? Infinity);
  if (!term.endswith || last >= size.min) return;
  report.warning(
    new RuleError(
      at,
      `Can never match: it ends within ${last} bytes, the text has at least ${size.min}`,
      'correct the size, or take endswith or depth away',
    ),
  );
}

/** Two contents at the same end of the text that differ. */
function lintAnchors(terms: readonly TermDraft[], report: LintReport): void {
  for (const end of ['startswith', 'endswith'] as const) {
    const anchored = terms.filter(
      (draft): draft is MatchDraft => isMatch(draft) && !draft.term.negated && draft.term[end],
    );
    const [first, ...others] = anchored;
    if (first === undefined) continue;
    for (const other of others) {
      if (sharesEnd(first.term, other.term, end === 'startswith')) continue;
      const message = `Can never match: another content has ${end} with other bytes`;
      const hint = 'write two rules, or a pcre with (?:one|other)';
      report.warning(new RuleError(other.at, message, hint));
    }
  }
}

function sharesEnd(a: MatchTerm, b: MatchTerm, isStart: boolean): boolean {
  const isCaseless = a.nocase || b.nocase;
  const length = Math.min(a.bytes.length, b.bytes.length);
  const cut = (bytes: Uint8Array): string =>
    bytesText(
      isStart ? bytes.subarray(0, length) : bytes.subarray(bytes.length - length),
      isCaseless,
    );
  return cut(a.bytes) === cut(b.bytes);
}

/** A content that must not stand anywhere, inside one that must. */
function lintForbidden(terms: readonly TermDraft[], report: LintReport): void {
  const matches = terms.filter(isMatch).filter(({ term }) => term.kind === 'content');
  const wanted = matches.filter(({ term }) => !term.negated);
  for (const { term, at } of matches) {
    if (!term.negated || hasPlace(term)) continue;
    const found = wanted.some(
      (other) =>
        (term.nocase || !other.term.nocase) &&
        bytesText(other.term.bytes, term.nocase).includes(bytesText(term.bytes, term.nocase)),
    );
    if (!found) continue;
    const message = 'Can never match: the rule demands a content that holds this one';
    report.warning(new RuleError(at, message, 'take one of the two away'));
  }
}

function hasPlace(term: MatchTerm): boolean {
  return (
    term.startswith ||
    term.endswith ||
    [term.offset, term.depth, term.distance, term.within].some((value) => value !== undefined)
  );
}

/** Bytes as a string to compare, each byte a character. */
function bytesText(bytes: Uint8Array, isCaseless: boolean): string {
  const text = Buffer.from(bytes).toString('latin1');
  return isCaseless ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
