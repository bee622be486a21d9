/**
 * What only shows when rules are seen together, and what only authors want to hear: for `rules check`. Fed rule by
 * rule while they are read, so that every word points at its place.
 */
import { basename } from 'node:path';
import { nearest } from '../core/index.ts';
import type { RuleDraft } from './draft.ts';
import { RuleError } from './problems.ts';
import type { RuleText } from './rule-text.ts';
import type { Dataset, DatasetQuery, Rule } from './types.ts';

/** What else a check knows. */
export interface SetFacts {
  readonly datasets: ReadonlyMap<string, Dataset>;
  /** Numbers of retired.txt beside the rules. */
  readonly retired: ReadonlySet<number>;
  /** Slugs of detections.txt beside the rules; empty when there is none. */
  readonly detections: ReadonlySet<string>;
  /** Does the rule come with the sensor? */
  isShipped(file: string): boolean;
  /** Say also what is only worth saying in a rule that is about to be published. */
  readonly isStrict: boolean;
}

export type SetReport = (source: RuleText, problem: RuleError) => void;

/** sids of the rules that come with the sensor: blocks of 10,000 (INTERFACE.md section 4). */
const SHIPPED_FROM = 1_510_000;
const SHIPPED_TO = 1_599_999;
const BLOCK = 10_000;

export class SetLint {
  readonly #facts: SetFacts;
  readonly #warn: SetReport;
  readonly #messages = new Map<string, string>();
  readonly #bodies = new Map<string, string>();
  /** File -> block of its first rule. */
  readonly #blocks = new Map<string, number>();

  constructor(facts: SetFacts, warn: SetReport) {
    this.#facts = facts;
    this.#warn = warn;
  }

  /** A rule that was taken into the set. */
  add(rule: Rule, draft: RuleDraft, source: RuleText): void {
    const warn = (keyword: string, message: string, hint: string): void => {
      this.#warn(source, new RuleError(draft.seen.get(keyword) ?? 0, message, hint));
    };
    this.#lintTwins(rule, warn);
    this.#lintNumber(rule, warn);
    this.#lintLists(rule, draft, source);
    if (this.#facts.isShipped(rule.file)) this.#lintDetection(rule, warn);
    if (this.#facts.isStrict) lintPublished(rule, draft, warn);
  }

  #lintTwins(rule: Rule, warn: Warn): void {
    const place = `${rule.file}:${rule.line}`;
    const body = bodyOf(rule);
    const twin = this.#bodies.get(body);
    if (twin === undefined) this.#bodies.set(body, place);
    else warn('sid', `Rule matches exactly what ${twin} does`, 'keep one of the two');
    const namesake = this.#messages.get(rule.msg);
    if (namesake === undefined) this.#messages.set(rule.msg, place);
    else if (twin === undefined) {
      warn('msg', `msg is the same as that of ${namesake}`, 'say what is special about each rule');
    }
  }

  #lintNumber({ sid, file }: Rule, warn: Warn): void {
    if (this.#facts.retired.has(sid)) {
      warn('sid', `sid ${sid} is retired (retired.txt)`, 'old alerts name it; take a new number');
    }
    const isReserved = sid >= SHIPPED_FROM && sid <= SHIPPED_TO;
    if (!this.#facts.isShipped(file)) {
      if (!isReserved) return;
      const hint = 'take a number below 1000000; an update would bring another rule with this one';
      warn('sid', `sid ${sid} is reserved for rules that come with the sensor`, hint);
      return;
    }
    const block = Math.floor(sid / BLOCK) * BLOCK;
    const first = this.#blocks.get(file) ?? block;
    this.#blocks.set(file, first);
    if (isReserved && block === first) return;
    const wanted = isReserved ? `${first}, the block of ${basename(file)}` : 'the shipped blocks';
    warn('sid', `sid ${sid} is outside ${wanted}`, 'take the next free number there');
  }

  #lintLists({ terms, addressQueries }: Rule, draft: RuleDraft, source: RuleText): void {
    const warn = ({ command, dataset }: DatasetQuery, at: number): void => {
      const list = this.#facts.datasets.get(dataset);
      if (command !== 'isset' || list === undefined || list.size > 0 || list.isLearned) return;
      // Shipped rules wait for values of an operator.
      if (list.type === 'hmac') return;
      const message = `Dataset ${dataset} lists nothing: the rule can never fire`;
      const hint = 'fill the list, or disable the rule until it is';
      this.#warn(source, new RuleError(at, message, hint));
    };
    terms.forEach((term, i) => {
      if (term.kind === 'dataset') warn(term, draft.terms[i]?.at ?? 0);
    });
    for (const query of addressQueries) warn(query, draft.seen.get('dataset') ?? 0);
  }

  #lintDetection({ metadata }: Rule, warn: Warn): void {
    const { detections } = this.#facts;
    const slug = metadata.get('detection')?.[0];
    if (slug === undefined || detections.size === 0 || detections.has(slug)) return;
    const guess = nearest(slug, [...detections]);
    const hint = guess === undefined ? 'add it to detections.txt' : `did you mean ${guess}?`;
    warn('metadata', `Detection ${slug} is not in detections.txt`, hint);
  }
}

type Warn = (keyword: string, message: string, hint: string) => void;

/** What others need in order to use a rule. */
function lintPublished(rule: Rule, draft: RuleDraft, warn: Warn): void {
  if (!draft.seen.has('rev')) {
    warn('sid', 'Rule lacks rev', 'add rev:1; and raise it with every change of meaning');
  }
  if (!rule.metadata.has('detection')) {
    warn('metadata', 'Rule lacks metadata detection', 'add metadata:detection SLUG;');
  }
  if (rule.references.length === 0) {
    warn('msg', 'Rule lacks a reference', 'add reference:url,...; where a reader finds more');
  }
}

/** What a rule matches, without its names: equal for two rules that fire on the same. */
function bodyOf(rule: Rule): string {
  const { action, proto, src, srcPort, dst, dstPort, bidirectional, flow, events, terms } = rule;
  const { threshold, detectionFilter, bitTests, bitChanges, addressQueries } = rule;
  const parts = { action, proto, src, srcPort, dst, dstPort, bidirectional, flow, events, terms };
  const state = { threshold, detectionFilter, bitTests, bitChanges, addressQueries };
  return JSON.stringify([parts, state], (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}
