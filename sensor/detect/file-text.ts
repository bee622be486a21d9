/**
 * Reads the text of a file with the rules whose hits are gathered (`metadata:files yes`). A rule is verified in the
 * windows that something speaks for (file-scan.ts); one that counts places from the start or end of the text, or asks
 * for what is not there, on all of it.
 */
import type { LimitValues } from '../core/index.ts';
import { FILE_TEXT_BUFFERS, type MatchTerm } from '../rules/index.ts';
import { FileSecrets, RuleHits, type FileSpan } from './file-hits.ts';
import { TEXT_BIT, isSetTerm, type FilePlan } from './file-plan.ts';
import { FILE_FOLDED, FILE_TEXT, type FileRegions } from './file-regions.ts';
import type { FileScan, TextWindow } from './file-scan.ts';
import type { GroupVerifier } from './group-verifier.ts';
import type { CompiledGroup, CompiledRule, CompiledTerm } from './plan.ts';
import type { RememberingPool } from './remembering-pool.ts';
import type { RuleVerifier } from './rule-verifier.ts';

/** A rule as it is read: its one group on text, and what is asked of the file beside it. */
interface WindowedRule {
  readonly text: CompiledGroup;
  /** Which of its terms is what the rule is about: the last match. */
  readonly value: number;
  /** Matches beside it that are hidden with it: none where a validator said which value it is. */
  readonly labels: readonly number[];
  /** Bits that the screens of its validators know it by. */
  readonly screenBits: number;
  /** Undefined when nothing else is asked. */
  readonly facts: CompiledRule | undefined;
}

export interface FileTextOptions {
  readonly plan: FilePlan;
  readonly scan: FileScan;
  readonly pool: RememberingPool;
  readonly regions: FileRegions;
  readonly groups: GroupVerifier;
  readonly verifier: RuleVerifier;
  readonly limits: LimitValues;
}

export class FileText {
  /** By place in the plan; rules that were only looked at among them. */
  readonly hits = new Map<number, RuleHits>();
  secrets: FileSecrets;
  readonly #options: FileTextOptions;
  /** By place in the plan; undefined for rules that are read on all of the text. */
  readonly #windowed: readonly (WindowedRule | undefined)[];

  constructor(options: FileTextOptions) {
    this.#options = options;
    const { rules, selectors } = options.plan;
    this.#windowed = rules.map((compiled, i) => windowed(compiled, selectors[i]));
    this.secrets = new FileSecrets(options.limits.detectFilePlaces);
  }

  clear(): void {
    this.hits.clear();
    this.secrets = new FileSecrets(this.#options.limits.detectFilePlaces);
  }

  /**
   * Read the text of the part in use. `isWanted`: does the rule's header fit the file? `onOther`: the text speaks for a
   * rule that alerts as itself. Yields after each window and each scan.
   */
  *read(
    isWanted: (rule: number) => boolean,
    onOther: (rule: number) => void,
  ): Generator<undefined, void> {
    const { regions } = this.#options;
    const plain = regions.first[FILE_TEXT] as number;
    if (plain < 0) return;
    const folded = regions.first[FILE_FOLDED] as number;
    const isShared = regions.memoryOf(plain) === regions.memoryOf(folded);
    const both = TEXT_BIT.plain | TEXT_BIT.folded;
    yield* this.#readRegion(plain, isShared ? both : TEXT_BIT.plain, isWanted, onOther);
    if (!isShared) yield* this.#readRegion(folded, TEXT_BIT.folded, isWanted, onOther);
  }

  *#readRegion(
    region: number,
    bits: number,
    isWanted: (rule: number) => boolean,
    onOther: (rule: number) => void,
  ): Generator<undefined, void> {
    const { plan, scan, regions, pool, groups } = this.#options;
    const chosen = new Map<TextWindow, Set<number>>();
    const whole = new Set<number>();
    const choose = (rule: number, window: TextWindow): void => {
      if (!isWanted(rule)) return;
      if (plan.isGathered[rule] === 0) onOther(rule);
      else if (this.#windowed[rule] === undefined) whole.add(rule);
      else {
        const rules = chosen.get(window);
        if (rules === undefined) chosen.set(window, new Set([rule]));
        else rules.add(rule);
      }
    };
    yield* scan.selectInText(regions.memoryOf(region), bits, choose);
    yield* scan.selectInSets(regions.memoryOf(region), bits, choose);
    for (const [window, rules] of chosen) {
      let expected = 0;
      for (const rule of rules) expected |= this.#windowed[rule]?.screenBits ?? 0;
      pool.forget(expected);
      for (const rule of rules) {
        if (groups.budget <= 0) return;
        this.#readWindow(rule, region, bits, window);
      }
      yield;
    }
    pool.forget();
    for (const rule of whole) {
      this.#readWhole(rule);
      yield;
    }
  }

  #readWindow(rule: number, region: number, bits: number, window: TextWindow): void {
    const asked = this.#windowed[rule];
    if (asked === undefined || (bitOf(asked.text.buffer) & bits) === 0) return;
    const { regions, groups, verifier } = this.#options;
    const hits = this.#hitsOf(rule);
    const memory = regions.memoryOf(region);
    const isHeld = groups.holds(asked.text, memory, window.start, window.length);
    hits.checked += groups.checked;
    if (!isHeld) return;
    // What is found is read before the verifier is used for anything else.
    const values = this.#ownSpans(asked.value, region, window);
    const labels = asked.labels.flatMap((term) => this.#ownSpans(term, region, window));
    if (asked.facts !== undefined && !verifier.fires(asked.facts)) return;
    for (const span of values) hits.add(memory, span);
    if (hits.compiled.rule.isSecret) {
      for (const span of [...values, ...labels]) this.secrets.add(span);
      if (groups.isCapped) this.secrets.isPartial = true;
    }
  }

  /** Places of a term that belong to the window, overlapping ones as one. */
  #ownSpans(term: number, region: number, { start, ownStart, ownEnd }: TextWindow): FileSpan[] {
    const { spans, runStart, runEnd } = this.#options.groups;
    const found: [number, number][] = [];
    for (let i = runStart[term] as number; i < (runEnd[term] as number); i++) {
      found.push([start + (spans.starts[i] as number), start + (spans.ends[i] as number)]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const merged: { region: number; start: number; end: number }[] = [];
    for (const [from, to] of found) {
      const last = merged.at(-1);
      if (last !== undefined && from < last.end) last.end = Math.max(last.end, to);
      else merged.push({ region, start: from, end: to });
    }
    return merged.filter((span) => span.start >= ownStart && span.start < ownEnd);
  }

  #readWhole(rule: number): void {
    const { regions, verifier } = this.#options;
    const hits = this.#hitsOf(rule);
    const { compiled } = hits;
    if (!verifier.fires(compiled)) return;
    const hit = verifier.gather(compiled);
    for (const { group, region, spans } of hit.places) {
      const [start, end] = [spans.at(-2) ?? 0, spans.at(-1) ?? 0];
      if (group === compiled.evidenceGroup)
        hits.add(regions.memoryOf(region), { region, start, end });
      if (!compiled.rule.isSecret) continue;
      for (let i = 0; i < spans.length; i += 2) {
        this.secrets.add({ region, start: spans[i] as number, end: spans[i + 1] as number });
      }
    }
    if (hit.isPartial && compiled.rule.isSecret) this.secrets.isPartial = true;
  }

  #hitsOf(rule: number): RuleHits {
    let hits = this.hits.get(rule);
    if (hits === undefined) {
      hits = new RuleHits(this.#options.plan.rules[rule] as CompiledRule);
      this.hits.set(rule, hits);
    }
    return hits;
  }
}

function bitOf(buffer: number): number {
  return buffer === FILE_FOLDED ? TEXT_BIT.folded : TEXT_BIT.plain;
}

/** The rule as it is read in windows, when it can be. */
function windowed(
  compiled: CompiledRule,
  selector: MatchTerm | undefined,
): WindowedRule | undefined {
  const texts = compiled.groups.filter(({ buffer }) => FILE_TEXT_BUFFERS.has(buffer));
  const [asked] = texts;
  if (asked === undefined || texts.length > 1 || !asked.terms.every(floats)) return undefined;
  const groups = compiled.groups.filter((group) => group !== asked);
  // What selected the window stands in it: where nothing is counted from it, that is all there is to know.
  const terms = asked.terms.filter((term, i) => !isSettled(term, asked.terms[i + 1], selector));
  const text = { ...asked, terms };
  const value = terms.findLastIndex(isMatch);
  const isJudged = terms.some(({ kind }) => kind === 'validate');
  const labels = terms.flatMap((term, i) => (!isJudged && i !== value && isMatch(term) ? [i] : []));
  const facts = groups.length === 0 ? undefined : { ...compiled, groups };
  const screenBits = terms.reduce((bits, term) => bits | screenBitOf(term), 0);
  return { text, value, labels, screenBits, facts };
}

function screenBitOf(term: CompiledTerm): number {
  return term.kind === 'validate' ? (term.check.screen?.bitOf(term.argument) ?? 0) : 0;
}

/** Does the term mean the same wherever in the text it is asked? */
function floats(compiled: CompiledTerm): boolean {
  if (compiled.kind === 'validate' || isSetTerm(compiled)) return true;
  if (compiled.kind !== 'content' && compiled.kind !== 'pcre') return false;
  const { negated, offset, depth, startswith, endswith } = compiled.term;
  return !negated && offset === undefined && depth === undefined && !startswith && !endswith;
}

/** Is the term the selector, and does what follows not depend on where it matched? */
function isSettled(
  compiled: CompiledTerm,
  next: CompiledTerm | undefined,
  selector: MatchTerm | undefined,
): boolean {
  if (compiled.kind !== 'pcre' || compiled.term !== selector) return false;
  if (next?.kind === 'pcre') return !next.term.relative;
  return (
    next?.kind === 'content' && next.term.distance === undefined && next.term.within === undefined
  );
}

function isMatch(term: CompiledTerm): boolean {
  return term.kind === 'content' || term.kind === 'pcre' || isSetTerm(term);
}
