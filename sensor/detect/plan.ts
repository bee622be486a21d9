/**
 * A rule set laid out for matching: which expressions go into which database, which rules an
 * expression selects, and each rule's terms groups by sticky buffer.
 *
 * Buffers fall into families with one database each. Human text is one family, because the same
 * bytes are several of its buffers at once (body is text; ASCII text is its own folded form): such a
 * region is scanned once and the expression's buffer is checked afterwards. The small regions of
 * protocol (addresses, names, paths) are joined to one text for one scan: a call of libhs for each
 * costs more than their bytes.
 */
import { FLAG, type Expression } from 'hyperscan-js';
import { BUFFERS, OperatorError, bufferId } from '../core/index.ts';
import {
  OverrideIndex,
  isAboutFilesOnly,
  judgesFiles,
  readsFileText,
  type Dataset,
  type DatasetCommand,
  type MatchTerm,
  type Rule,
  type RuleSet,
  type SizeTerm,
} from '../rules/index.ts';
import type { EndpointQuery, ListQuery } from './dataset-match.ts';
import type { Detector } from './detector.ts';
import {
  joinedExpression,
  literalExpression,
  selectorExpression,
  type ExpressionSpec,
} from './expressions.ts';
import { chooseFastPattern } from './fast-pattern.ts';
import { ListSelectors, type BufferLists } from './list-selectors.ts';
import { compileGate, type RuleGate } from './firing-gate.ts';
import { rankRules } from './rule-order.ts';
import type { Validator, ValidatorTable } from './validator.ts';

/** Presence of buffers in a stanza is a 32-bit mask; a test keeps the table of buffers below. */
export const MAX_BUFFERS = 32;

/** File names are human text too, but rare: their many expressions would be searched for in all of it. */
export const TEXT_BUFFERS: readonly number[] = [
  bufferId('xmpp.body'),
  bufferId('xmpp.subject'),
  bufferId('xmpp.status'),
  bufferId('xmpp.nick'),
  bufferId('xmpp.text'),
  bufferId('xmpp.text_folded'),
];

export const URL_BUFFER = bufferId('xmpp.url');

/** Regions of these are long, or lie in another memory: they are scanned each for itself. */
const APART: readonly number[] = [bufferId('xmpp.stanza'), URL_BUFFER];

/**
 * There may be a link here: a scheme, a dot between letters, or a dot in disguise. Deliberately
 * loose; url-finder.ts decides. High bytes cover names outside ASCII and invisible characters.
 */
const URL_HINT: ExpressionSpec = {
  expression: '://|[a-z0-9\\x80-\\xff]\\.[a-z0-9\\x80-\\xff]|[[({](?:\\.|dot|:)|\\xe3\\x80\\x82',
  flags: FLAG.caseless | FLAG.dotall | FLAG.singlematch,
};

/** What a match of an expression means. */
export const PATTERN = { rules: 0, detector: 1, url: 2 } as const;

/** A term ready for verification. */
export type CompiledTerm =
  | { readonly kind: 'content'; readonly term: MatchTerm; readonly needle: Uint8Array }
  | {
      readonly kind: 'pcre';
      readonly term: MatchTerm;
      /** Relative, and where the text begins decides what it finds: scanned behind every end. */
      readonly perCursor: boolean;
    }
  | { readonly kind: 'size'; readonly term: SizeTerm }
  | { readonly kind: 'validate'; readonly check: Validator; readonly argument: string }
  | ({ readonly kind: 'dataset' } & ListQuery);

/** Terms that must hold together in one region of one buffer. */
export interface CompiledGroup {
  readonly buffer: number;
  readonly terms: readonly CompiledTerm[];
}

export interface CompiledRule {
  readonly index: number;
  /** Place in the order of evaluation. */
  readonly rank: number;
  readonly rule: Rule;
  /** The rule as findings show it: a pass rule speaks when a rate filter turned it into an alert. */
  readonly spoken: Rule;
  readonly usesBits: boolean;
  /** What may keep it back; undefined when nothing does. */
  readonly gate: RuleGate | undefined;
  readonly groups: readonly CompiledGroup[];
  /** Which group's text an alert shows. */
  readonly evidenceGroup: number;
  /** Buffers that must be present, as a mask. */
  readonly requiredMask: number;
  /** Direction a stanza must have, or -1. */
  readonly direction: number;
  readonly hasEndpoints: boolean;
  /** What lists must say of the packet's addresses. */
  readonly addresses: readonly EndpointQuery[];
  /** Values or addresses are added to lists, or taken out, when the rule fires. */
  readonly changesLists: boolean;
  readonly fastPattern: MatchTerm | undefined;
}

/** The expressions of one database. */
export interface Family {
  readonly buffers: readonly number[];
  readonly expressions: readonly Expression[];
  /** Block unless told. */
  readonly mode?: 'block' | 'stream';
}

export interface MatchPlan {
  readonly rules: readonly CompiledRule[];
  readonly byRank: readonly CompiledRule[];
  readonly families: readonly Family[];
  /** By buffer id: family, or -1 when nothing is searched there; its bit within the family. */
  readonly familyOf: Int8Array;
  readonly bitOf: Uint8Array;
  /** The family whose regions are scanned joined, or -1; by buffer id: its bit there, or 0. */
  readonly joined: number;
  readonly joinedBitOf: Uint32Array;
  /** By expression id. */
  readonly patternBit: Uint32Array;
  readonly patternKind: Uint8Array;
  /** Rules of expression i are ruleList[ruleStart[i] .. ruleStart[i + 1]). */
  readonly ruleStart: Int32Array;
  readonly ruleList: Int32Array;
  /** Detector and literal of an expression of kind PATTERN.detector. */
  readonly detectorOf: Int32Array;
  readonly literalOf: Int32Array;
  /** By buffer id: lists that select rules by what they say of its values. */
  readonly listed: readonly (BufferLists | undefined)[];
  /** Rules nothing selects: they are checked whenever their buffers are there. */
  readonly always: Int32Array;
  /** Rules on the reassembled stream: nothing of the above selects them (stream-plan.ts). */
  readonly streams: readonly CompiledRule[];
  /** Rules that look at files; those that look at nothing else are selected by none of the above (file-plan.ts). */
  readonly files: readonly CompiledRule[];
  /** Rules by the events they name. */
  readonly byEvent: ReadonlyMap<number, readonly CompiledRule[]>;
  /** Buffers that rules or detectors read, and those links are taken from. */
  readonly buffers: ReadonlySet<number>;
}

interface Pattern {
  readonly spec: ExpressionSpec;
  /** Which buffers of its family it is searched in. */
  bit: number;
  readonly kind: number;
  readonly rules: number[];
  readonly detector: number;
  readonly literal: number;
}

export function buildPlan(
  ruleSet: RuleSet,
  validators: ValidatorTable,
  detectors: readonly Detector[],
): MatchPlan {
  const ranks = rankRules(ruleSet.rules);
  const overrides = new OverrideIndex(ruleSet.overrides);
  const rules = ruleSet.rules.map((rule, index): CompiledRule => {
    const gate = compileGate(rule, overrides.ratesOf(rule));
    const place = { index, rank: ranks[index] as number, gate };
    return { ...compileRule(rule, ruleSet, validators), ...place };
  });
  const builder = new PlanBuilder();
  const always: number[] = [];
  const listed = new ListSelectors();
  const streams: CompiledRule[] = [];
  const onStanzas = rules.filter(({ rule }) => !isAboutFilesOnly(rule));
  for (const compiled of onStanzas) {
    const { index, rule, fastPattern } = compiled;
    if (rule.proto === 'tcp' && rule.terms.length > 0) streams.push(compiled);
    else if (isIdle(compiled)) continue;
    else if (fastPattern !== undefined) builder.addRule(fastPattern, index);
    else if (rule.events.length === 0 && !selectByList(listed, compiled)) always.push(index);
  }
  detectors.forEach(({ patterns }, index) => {
    for (const { bytes, nocase, id } of patterns?.literals ?? []) {
      const flags = nocase ? FLAG.caseless : 0;
      const spec = { expression: literalExpression(bytes), flags };
      builder.addLiteral(patterns?.buffer ?? 0, spec, index, id);
    }
  });
  const usesUrls = onStanzas.some(({ groups }) =>
    groups.some(({ buffer }) => buffer === URL_BUFFER),
  );
  if (usesUrls) builder.addUrlHint();
  const buffers = new Set([
    ...onStanzas.flatMap(({ groups }) => groups.map(({ buffer }) => buffer)),
    ...detectors.flatMap(({ patterns }) => (patterns === undefined ? [] : [patterns.buffer])),
    ...detectors.flatMap(({ buffers }) => [...(buffers ?? [])]),
    ...(usesUrls ? TEXT_BUFFERS : []),
  ]);
  return {
    rules,
    byRank: rules.toSorted((a, b) => a.rank - b.rank),
    always: Int32Array.from(always),
    streams,
    files: rules.filter(({ rule }) => judgesFiles(rule) || readsFileText(rule)),
    listed: listed.finish(),
    byEvent: rulesByEvent(rules),
    buffers,
    ...builder.finish(),
  };
}

class PlanBuilder {
  readonly #families: { buffers: readonly number[]; patterns: Pattern[] }[];
  readonly #familyOf = new Int8Array(MAX_BUFFERS).fill(-1);
  readonly #bitOf = new Uint8Array(MAX_BUFFERS);
  readonly #joinedBitOf = new Uint32Array(MAX_BUFFERS);
  readonly #joined: Pattern[] = [];
  /** Rules that share an expression share its entry. */
  readonly #bySpec = new Map<string, Pattern>();

  constructor() {
    const single = BUFFERS.map((_, id) => id).filter((id) => !TEXT_BUFFERS.includes(id));
    this.#families = [TEXT_BUFFERS, ...single.map((id) => [id])].map((buffers) => ({
      buffers,
      patterns: [],
    }));
    this.#families.forEach(({ buffers }) => {
      buffers.forEach((buffer, position) => {
        this.#bitOf[buffer] = 1 << position;
      });
    });
  }

  #familyIndex(buffer: number): number {
    return this.#families.findIndex(({ buffers }) => buffers.includes(buffer));
  }

  #add(family: number, pattern: Pattern): void {
    this.#families[family]?.patterns.push(pattern);
  }

  addRule(term: MatchTerm, rule: number): void {
    const joined =
      TEXT_BUFFERS.includes(term.buffer) || APART.includes(term.buffer)
        ? undefined
        : joinedExpression(term);
    const spec = joined ?? selectorExpression(term);
    // In the joined text one search serves all buffers: whose rules it selects is checked afterwards.
    const place = joined === undefined ? term.buffer : 'joined';
    const key = `${place} ${spec.flags ?? 0} ${JSON.stringify(spec.ext ?? {})} ${spec.expression}`;
    const bit = joined === undefined ? (this.#bitOf[term.buffer] as number) : 1 << term.buffer;
    if (joined !== undefined) this.#joinedBitOf[term.buffer] = bit;
    const known = this.#bySpec.get(key);
    if (known !== undefined) {
      known.bit |= bit;
      known.rules.push(rule);
      return;
    }
    const pattern = { spec, bit, kind: PATTERN.rules, rules: [rule], detector: -1, literal: -1 };
    this.#bySpec.set(key, pattern);
    if (joined === undefined) this.#add(this.#familyIndex(term.buffer), pattern);
    else this.#joined.push(pattern);
  }

  addLiteral(buffer: number, spec: ExpressionSpec, detector: number, literal: number): void {
    const bit = this.#bitOf[buffer] as number;
    const family = this.#familyIndex(buffer);
    this.#add(family, { spec, bit, kind: PATTERN.detector, rules: [], detector, literal });
  }

  addUrlHint(): void {
    const bit = TEXT_BUFFERS.reduce((bits, buffer) => bits | (this.#bitOf[buffer] as number), 0);
    const family = this.#familyIndex(TEXT_BUFFERS[0] as number);
    const pattern = {
      spec: URL_HINT,
      bit,
      kind: PATTERN.url,
      rules: [],
      detector: -1,
      literal: -1,
    };
    this.#add(family, pattern);
  }

  /** Number the expressions and drop families that have none. */
  finish(): Omit<
    MatchPlan,
    'rules' | 'byRank' | 'always' | 'streams' | 'files' | 'listed' | 'byEvent' | 'buffers'
  > {
    const own = this.#families.filter(({ patterns }) => patterns.length > 0);
    const hasJoined = this.#joined.length > 0;
    const used = hasJoined ? [...own, { buffers: [], patterns: this.#joined }] : own;
    const all = used.flatMap(({ patterns }) => patterns);
    let id = 0;
    const families = used.map(({ buffers, patterns }, index) => {
      for (const buffer of buffers) this.#familyOf[buffer] = index;
      return { buffers, expressions: patterns.map(({ spec }) => ({ ...spec, id: id++ })) };
    });
    const ruleStart = new Int32Array(all.length + 1);
    all.forEach(({ rules }, i) => (ruleStart[i + 1] = (ruleStart[i] as number) + rules.length));
    return {
      families,
      familyOf: this.#familyOf,
      bitOf: this.#bitOf,
      joined: hasJoined ? own.length : -1,
      joinedBitOf: this.#joinedBitOf,
      patternBit: Uint32Array.from(all, ({ bit }) => bit),
      patternKind: Uint8Array.from(all, ({ kind }) => kind),
      ruleStart,
      ruleList: Int32Array.from(all.flatMap(({ rules }) => rules)),
      detectorOf: Int32Array.from(all, ({ detector }) => detector),
      literalOf: Int32Array.from(all, ({ literal }) => literal),
    };
  }
}

/** It waits for a set of values that has none yet: it cannot fire before a reload, and costs nothing until then. */
function isIdle({ groups }: CompiledRule): boolean {
  return groups.some(({ terms }) =>
    terms.some(
      (term) =>
        term.kind === 'dataset' &&
        term.query.command === 'isset' &&
        term.dataset.places !== undefined &&
        term.dataset.size === 0 &&
        !term.dataset.isLearned,
    ),
  );
}

/**
 * What a list says of a value stands in for a fast pattern. False when the rule asks none. Being on a
 * list is rarer than not being on one.
 */
function selectByList(lists: ListSelectors, { index, groups }: CompiledRule): boolean {
  const queries = groups.flatMap(({ buffer, terms }) =>
    terms.flatMap((term) => (term.kind === 'dataset' ? [{ buffer, term }] : [])),
  );
  const isRare = ({ term }: (typeof queries)[number]): boolean =>
    term.query.command === 'isset' || term.query.command === 'unset';
  const best = queries.find(isRare) ?? queries[0];
  if (best !== undefined) lists.add(best.buffer, best.term, index);
  return best !== undefined;
}

function rulesByEvent(rules: readonly CompiledRule[]): Map<number, CompiledRule[]> {
  const byEvent = new Map<number, CompiledRule[]>();
  for (const compiled of rules) {
    for (const event of compiled.rule.events) {
      const list = byEvent.get(event);
      if (list === undefined) byEvent.set(event, [compiled]);
      else list.push(compiled);
    }
  }
  return byEvent;
}

function compileRule(
  rule: Rule,
  ruleSet: RuleSet,
  validators: ValidatorTable,
): Omit<CompiledRule, 'index' | 'rank' | 'gate'> {
  const fastPattern = chooseFastPattern(rule);
  const groups: { buffer: number; terms: CompiledTerm[] }[] = [];
  const groupOf = new Map<number, number>();
  rule.terms.forEach((term, i) => {
    let position = groupOf.get(term.group);
    if (position === undefined) {
      position = groups.length;
      groupOf.set(term.group, position);
      groups.push({ buffer: term.buffer, terms: [] });
    }
    // A validator judges where a match starts, so its starts must be exact.
    const isChecked = rule.terms[i + 1]?.kind === 'validate';
    groups[position]?.terms.push(compileTerm(term, isChecked, ruleSet, validators));
  });
  const addresses = rule.addressQueries.map((query) => ({
    dataset: datasetOf(query.dataset, ruleSet),
    query,
  }));
  const { toServer, toClient } = rule.flow;
  return {
    rule,
    spoken: rule.action === 'alert' ? rule : { ...rule, action: 'alert' },
    usesBits: rule.bitTests.length > 0 || rule.bitChanges.length > 0,
    groups,
    evidenceGroup: chooseEvidence(groups, fastPattern && groupOf.get(fastPattern.group)),
    requiredMask: groups.reduce((mask, { buffer }) => mask | (1 << buffer), 0),
    direction: toServer ? 0 : toClient ? 1 : -1,
    hasEndpoints:
      addresses.length > 0 ||
      !(rule.src.any && rule.srcPort.any && rule.dst.any && rule.dstPort.any),
    addresses,
    changesLists:
      groups.some(({ terms }) => terms.some(changesList)) ||
      addresses.some(({ query }) => isChange(query.command)),
    fastPattern,
  };
}

/** A checked value is what the rule is about; else what selected it; else the last group. */
function chooseEvidence(groups: readonly CompiledGroup[], fast: number | undefined): number {
  const validated = groups.findIndex(({ terms }) => terms.some(({ kind }) => kind === 'validate'));
  return validated >= 0 ? validated : (fast ?? groups.length - 1);
}

function compileTerm(
  term: Rule['terms'][number],
  isChecked: boolean,
  ruleSet: RuleSet,
  validators: ValidatorTable,
): CompiledTerm {
  switch (term.kind) {
    case 'content':
      return { kind: 'content', term, needle: term.nocase ? lowerCase(term.bytes) : term.bytes };
    case 'pcre':
      return { kind: 'pcre', term, perCursor: term.relative && (term.startSensitive || isChecked) };
    case 'bsize':
    case 'isdataat':
      return { kind: 'size', term };
    case 'validate': {
      const check = validators.get(term.validator);
      if (check === undefined) {
        throw new OperatorError('RULES_INVALID', `No validator is called ${term.validator}`);
      }
      return { kind: 'validate', check, argument: term.argument };
    }
    case 'dataset':
      return { kind: 'dataset', dataset: datasetOf(term.dataset, ruleSet), query: term };
  }
}

function datasetOf(name: string, ruleSet: RuleSet): Dataset {
  const dataset = ruleSet.datasets.get(name);
  if (dataset !== undefined) return dataset;
  throw new OperatorError('RULES_INVALID', `No dataset is called ${name}`);
}

function isChange(command: DatasetCommand): boolean {
  return command === 'set' || command === 'unset';
}

/** Does the term add to a list, or take from it? */
export function changesList(term: CompiledTerm): boolean {
  return term.kind === 'dataset' && isChange(term.query.command);
}

/** ASCII letters in lower case. */
export function lowerCase(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));
}
