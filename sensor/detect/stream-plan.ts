/**
 * Rules of the reassembled stream, laid out for matching. All their contents go into one database,
 * scanned over new bytes only; a rule without any is selected by its pcre in a second one, scanned
 * over the whole window.
 *
 * A stream has no end while it flows, so it matters what a rule asks for:
 * - floating: what must be there, and where relative to one another. True from the moment it is
 *   there, so the first byte at which it holds is the same however the stream is cut. A negated
 *   content with `within` waits until its bytes have come.
 * - as it stands: something must not be there at all. Judged when the rest has arrived, on the
 *   window as it is then, which is what Suricata does.
 * - anchored: places counted from a start or an end. Judged on the beginning of the stream and on
 *   each piece as it arrives, as Suricata judges such rules on packets.
 */
import { FLAG } from 'hyperscan-js';
import { bufferId } from '../core/index.ts';
import type { MatchTerm, Rule, RuleTerm } from '../rules/index.ts';
import { literalExpression, selectorExpression, type ExpressionSpec } from './expressions.ts';
import type { CompiledGroup, CompiledRule, CompiledTerm, Family } from './plan.ts';
import { pcreAnchors } from './stream-anchors.ts';

export const STREAM_BUFFER = bufferId('stream');

export const READS = { floating: 0, asItStands: 1, anchored: 2 } as const;
export type Reads = (typeof READS)[keyof typeof READS];

/** Longest stretch of a content in the database: where it ends is what counts. */
const SEARCHED_BYTES = 32;
/** Shorter contents stand everywhere; they are left to the verifier where there are others. */
const SEARCHED_FROM = 3;

export interface StreamRule {
  readonly index: number;
  readonly compiled: CompiledRule;
  readonly reads: Reads;
  /** Length of each content in the database; all must stand in the window. */
  readonly contents: readonly number[];
  /** One content and nothing else: libhs tells all there is to know. */
  readonly isPlain: boolean;
  /** Where it comes to hold, one of its contents in the database ends. */
  readonly hitsTell: boolean;
  /** Has a pcre: new bytes may complete it without any content ending there. */
  readonly hasPcre: boolean;
  /** Groups as they are asked while more bytes may come: negations wait for theirs. */
  readonly flowing: readonly CompiledGroup[];
  /** Some negation waits. */
  readonly waits: boolean;
}

/** Two families in this order; either may be missing. */
export interface StreamPlan {
  readonly rules: readonly StreamRule[];
  readonly families: readonly Family[];
  /** Index of the database of contents and of that of pcres, or -1. */
  readonly contentFamily: number;
  readonly pcreFamily: number;
  /** Longest content of the database in bytes. */
  readonly searched: number;
  /** Hits of expression i are [hitStart[i], hitStart[i + 1]). */
  readonly hitStart: Int32Array;
  /** Rule and, for contents, which of the rule's contents it is. */
  readonly hitRule: Int32Array;
  readonly hitContent: Int32Array;
}

interface Pattern {
  readonly spec: ExpressionSpec;
  readonly hits: { rule: number; content: number }[];
}

export function buildStreamPlan(compiledRules: readonly CompiledRule[]): StreamPlan {
  const contents = new Map<string, Pattern>();
  const pcres = new Map<string, Pattern>();
  let searched = 0;
  const add = (
    patterns: Map<string, Pattern>,
    spec: ExpressionSpec,
    rule: number,
    content: number,
  ): void => {
    const key = `${spec.flags ?? 0} ${spec.expression}`;
    const known = patterns.get(key);
    if (known === undefined) patterns.set(key, { spec, hits: [{ rule, content }] });
    else known.hits.push({ rule, content });
  };
  const rules = compiledRules.map((compiled, index) => {
    const chosen = searchedContents(compiled.rule);
    chosen.forEach((term, position) => {
      const tail = term.bytes.subarray(-SEARCHED_BYTES);
      searched = Math.max(searched, tail.length);
      const flags = term.nocase ? FLAG.caseless : 0;
      add(contents, { expression: literalExpression(tail), flags }, index, position);
    });
    const { fastPattern } = compiled;
    if (chosen.length === 0 && fastPattern !== undefined) {
      add(pcres, selectorExpression(fastPattern), index, -1);
    }
    return layOut(compiled, index, chosen);
  });
  return { rules, searched, ...number(contents, pcres) };
}

/** Ids to expressions, lists of what they hit. */
function number(
  contents: ReadonlyMap<string, Pattern>,
  pcres: ReadonlyMap<string, Pattern>,
): Omit<StreamPlan, 'rules' | 'searched'> {
  const all = [...contents.values(), ...pcres.values()];
  const hitStart = new Int32Array(all.length + 1);
  all.forEach(({ hits }, i) => (hitStart[i + 1] = (hitStart[i] as number) + hits.length));
  const hits = all.flatMap((pattern) => pattern.hits);
  const expressions = all.map(({ spec }, id) => ({ ...spec, id }));
  const families = [expressions.slice(0, contents.size), expressions.slice(contents.size)]
    .filter((list) => list.length > 0)
    .map((list) => ({ buffers: [STREAM_BUFFER], expressions: list }));
  return {
    families,
    contentFamily: contents.size > 0 ? 0 : -1,
    pcreFamily: pcres.size > 0 ? families.length - 1 : -1,
    hitStart,
    hitRule: Int32Array.from(hits, ({ rule }) => rule),
    hitContent: Int32Array.from(hits, ({ content }) => content),
  };
}

/** The contents worth a place in the database: all that are not too short, else the longest. */
function searchedContents(rule: Rule): MatchTerm[] {
  const positive = rule.terms.filter(
    (term): term is MatchTerm => term.kind === 'content' && !term.negated,
  );
  const long = positive.filter(({ bytes }) => bytes.length >= SEARCHED_FROM);
  if (long.length > 0) return long;
  return positive.toSorted((a, b) => b.bytes.length - a.bytes.length).slice(0, 1);
}

function layOut(compiled: CompiledRule, index: number, chosen: readonly MatchTerm[]): StreamRule {
  const { rule, groups } = compiled;
  const reads = readingOf(rule);
  const isFloating = reads === READS.floating;
  const hitsTell = isFloating && rule.terms.length === chosen.length;
  const [first] = chosen;
  const flowing = isFloating ? groups.map(waitingGroup) : groups;
  return {
    index,
    compiled,
    reads,
    contents: chosen.map(({ bytes }) => bytes.length),
    isPlain: hitsTell && chosen.length === 1 && (first?.bytes.length ?? 0) <= SEARCHED_BYTES,
    hitsTell,
    hasPcre: rule.terms.some(({ kind }) => kind === 'pcre'),
    flowing,
    waits: flowing.some((group, i) => group.terms.length > (groups[i]?.terms.length ?? 0)),
  };
}

/** The most demanding of what its terms ask for. */
function readingOf(rule: Rule): Reads {
  let reads: Reads = READS.floating;
  const raise = (to: Reads): void => {
    if (to > reads) reads = to;
  };
  let group = -1;
  let hasMatch = false;
  for (const term of rule.terms) {
    if (term.group !== group) hasMatch = false;
    group = term.group;
    raise(readingOfTerm(term, hasMatch));
    if ((term.kind === 'content' || term.kind === 'pcre') && !term.negated) hasMatch = true;
  }
  return reads;
}

function readingOfTerm(term: RuleTerm, hasMatch: boolean): Reads {
  switch (term.kind) {
    case 'content': {
      const isAbsolute =
        term.startswith || term.endswith || term.depth !== undefined || (term.offset ?? 0) > 0;
      if (isAbsolute) return READS.anchored;
      // Relative to nothing is counted from the start; a distance that demands nothing is none.
      const reaches = term.within !== undefined || (term.distance ?? 0) > 0;
      if (!hasMatch && reaches) return READS.anchored;
      return term.negated && term.within === undefined ? READS.asItStands : READS.floating;
    }
    case 'pcre': {
      const anchors = pcreAnchors(term.expression);
      if (anchors.end || (anchors.start && !term.relative)) return READS.anchored;
      return term.negated || anchors.word ? READS.asItStands : READS.floating;
    }
    case 'isdataat':
      return term.relative && hasMatch && !term.negated ? READS.floating : READS.anchored;
    default:
      return READS.anchored;
  }
}

/** Behind every negated content the bytes it speaks about must be there. */
function waitingGroup(group: CompiledGroup): CompiledGroup {
  const terms = group.terms.flatMap((compiled): CompiledTerm[] => {
    if (compiled.kind !== 'content' || !compiled.term.negated) return [compiled];
    const { term } = compiled;
    const min = (term.distance ?? 0) + (term.within ?? 0);
    const { buffer, group: number } = term;
    const size = { kind: 'isdataat', buffer, group: number, negated: false } as const;
    return [compiled, { kind: 'size', term: { ...size, min, max: Infinity, relative: true } }];
  });
  return { buffer: group.buffer, terms };
}
