/**
 * Rules of the reassembled stream, laid out for matching. What a rule must find, its marks, is
 * searched by libhs in one database and in new bytes only: with pcres in stream mode, where a match
 * may begin any number of bytes before them; contents alone in block mode, with a short look back,
 * which costs less and keeps no state.
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
import { pcreFlagBits, type MatchTerm, type Rule, type RuleTerm } from '../rules/index.ts';
import { literalExpression, type ExpressionSpec } from './expressions.ts';
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
  /** Shortest length of each mark; all must stand in the window. None: the rule is always looked at. */
  readonly marks: readonly number[];
  /** One content and nothing else: libhs tells all there is to know. */
  readonly isPlain: boolean;
  /** Contents only, all of them marks: where it comes to hold, one of them ends. */
  readonly marksTell: boolean;
  /** May come to hold where no mark ends: then it is looked at with all new bytes. */
  readonly waits: boolean;
  /** Groups as they are asked while more bytes may come: negations wait for theirs. */
  readonly flowing: readonly CompiledGroup[];
  /** Some negation waits: asked once more when no more bytes come. */
  readonly endsLate: boolean;
}

export interface StreamPlan {
  readonly rules: readonly StreamRule[];
  /** One or none. */
  readonly families: readonly Family[];
  /** How the database is searched: block for contents alone, stream when there are pcres. */
  readonly mode: 'none' | 'block' | 'stream';
  /** Longest content of the database in bytes, for the block. */
  readonly searched: number;
  /** Hits of expression i are [hitStart[i], hitStart[i + 1]). */
  readonly hitStart: Int32Array;
  /** Rule, and which of its marks it is. */
  readonly hitRule: Int32Array;
  readonly hitMark: Int32Array;
  /** Rules without marks. */
  readonly unmarked: readonly StreamRule[];
}

interface Pattern {
  readonly spec: ExpressionSpec;
  readonly hits: { rule: number; mark: number }[];
}

/** `marksPcres`: without it pcres are left to the verifier, which is slower. */
export function buildStreamPlan(
  compiledRules: readonly CompiledRule[],
  marksPcres = true,
): StreamPlan {
  const contents = new Map<string, Pattern>();
  const pcres = new Map<string, Pattern>();
  let searched = 0;
  const rules = compiledRules.map((compiled, index) => {
    const marks = marksOf(compiled.rule, marksPcres);
    marks.forEach((term, mark) => {
      const spec = markExpression(term);
      if (term.kind === 'content') searched = Math.max(searched, searchedBytes(term).length);
      const patterns = term.kind === 'content' ? contents : pcres;
      const key = `${spec.flags ?? 0} ${spec.expression}`;
      const known = patterns.get(key);
      if (known === undefined) patterns.set(key, { spec, hits: [{ rule: index, mark }] });
      else known.hits.push({ rule: index, mark });
    });
    return layOut(compiled, index, marks);
  });
  const unmarked = rules.filter(({ marks }) => marks.length === 0);
  return { rules, searched, unmarked, ...number(contents, pcres) };
}

function searchedBytes({ bytes }: MatchTerm): Uint8Array {
  return bytes.subarray(-SEARCHED_BYTES);
}

/** Told at every end, not only at the first. */
function markExpression(term: MatchTerm): ExpressionSpec {
  return term.kind === 'content'
    ? {
        expression: literalExpression(searchedBytes(term)),
        flags: term.nocase ? FLAG.caseless : 0,
      }
    : { expression: term.expression, flags: pcreFlagBits(term.pcreFlags) };
}

/** Ids to expressions, lists of what they hit. */
function number(
  contents: ReadonlyMap<string, Pattern>,
  pcres: ReadonlyMap<string, Pattern>,
): Omit<StreamPlan, 'rules' | 'searched' | 'unmarked'> {
  const all = [...contents.values(), ...pcres.values()];
  const hitStart = new Int32Array(all.length + 1);
  all.forEach(({ hits }, i) => (hitStart[i + 1] = (hitStart[i] as number) + hits.length));
  const hits = all.flatMap((pattern) => pattern.hits);
  const expressions = all.map(({ spec }, id) => ({ ...spec, id }));
  const mode = pcres.size > 0 ? 'stream' : 'block';
  return {
    families: all.length > 0 ? [{ buffers: [STREAM_BUFFER], expressions, mode }] : [],
    mode: all.length > 0 ? mode : 'none',
    hitStart,
    hitRule: Int32Array.from(hits, ({ rule }) => rule),
    hitMark: Int32Array.from(hits, ({ mark }) => mark),
  };
}

/**
 * What must be found: contents that are not too short (or else the longest), and pcres whose match
 * does not depend on where the text is taken to begin or end.
 */
function marksOf(rule: Rule, marksPcres: boolean): MatchTerm[] {
  const positive = rule.terms.filter(
    (term): term is MatchTerm => (term.kind === 'content' || term.kind === 'pcre') && !term.negated,
  );
  const pcres = positive.filter(({ kind, expression }) => {
    const { start, end } = pcreAnchors(expression);
    return marksPcres && kind === 'pcre' && !start && !end;
  });
  const contents = positive.filter(({ kind }) => kind === 'content');
  const long = contents.filter(({ bytes }) => bytes.length >= SEARCHED_FROM);
  if (long.length > 0 || pcres.length > 0) return [...long, ...pcres];
  return contents.toSorted((a, b) => b.bytes.length - a.bytes.length).slice(0, 1);
}

function layOut(compiled: CompiledRule, index: number, marks: readonly MatchTerm[]): StreamRule {
  const { rule, groups } = compiled;
  const reads = readingOf(rule);
  const isFloating = reads === READS.floating;
  const isAllMarked = rule.terms.length === marks.length;
  const positive = rule.terms.filter(
    (term) => (term.kind === 'content' || term.kind === 'pcre') && !term.negated,
  );
  const marksTell = isFloating && isAllMarked && marks.every(({ kind }) => kind === 'content');
  const [first] = marks;
  const flowing = isFloating ? groups.map(waitingGroup) : groups;
  return {
    index,
    compiled,
    reads,
    marks: marks.map(({ minLength }) => minLength),
    isPlain: marksTell && marks.length === 1 && (first?.bytes.length ?? 0) <= SEARCHED_BYTES,
    marksTell,
    waits: reads === READS.asItStands ? positive.length > marks.length : !isAllMarked,
    flowing,
    endsLate: flowing.some((group, i) => group.terms.length > (groups[i]?.terms.length ?? 0)),
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
