/**
 * enable.conf, disable.conf and modify.conf: what a site changes about rules without editing them, so that an
 * update of the rules does not take it back. Read from beside the rules or from where the configuration says, in
 * suricata-update's format and order: disable, then enable, then modify. Lines that have the last word come behind
 * enable.
 */
import { finishesWithin } from './bounded.ts';
import {
  parseMatcher,
  parseModification,
  type RuleFacts,
  type RuleMatcher,
  type RuleModification,
} from './filter-lines.ts';
import { RuleError, type ProblemList } from './problems.ts';
import type { RuleText } from './rule-text.ts';
import { splitRule, type RuleSyntax } from './rule-text.ts';
import type { RuleChange } from './types.ts';

export type FilterKind = RuleChange['kind'];

/** A rule before it is read, and what the lines made of it. */
export interface CandidateRule {
  source: RuleText;
  isDisabled: boolean;
  readonly changes: RuleChange[];
}

/** Most lines of one file. */
const MAX_LINES = 100_000;
const MAX_LINE_CHARS = 8192;
/** Milliseconds one line may take over all rules. */
const MAX_LINE_MS = 2000;
const MAX_OPTIONS = 1024;

interface FilterLine {
  readonly kind: FilterKind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly matcher: RuleMatcher;
  readonly change: RuleModification['change'];
  readonly isLast: boolean;
}

const VERBS: Readonly<Record<FilterKind, string>> = {
  disable: 'disables',
  enable: 'enables',
  modify: 'changes',
};

export class RuleFilters {
  readonly #problems: ProblemList;
  readonly #maxRuleChars: number;
  readonly #lines: FilterLine[] = [];

  /** `maxRuleChars`: longest rule a change may make. */
  constructor(problems: ProblemList, maxRuleChars: number) {
    this.#problems = problems;
    this.#maxRuleChars = maxRuleChars;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /**
   * Read one file; a line that cannot be read is a problem at its place and does nothing. `isLast`: what it disables
   * no line enables.
   */
  read(kind: FilterKind, file: string, text: string, isLast = false): void {
    const lines = text.replace(/^\ufeff/, '').split('\n', MAX_LINES + 1);
    if (lines.length > MAX_LINES) {
      const message = `More than ${MAX_LINES} lines: the rest is left out`;
      this.#problems.add('error', { file, line: MAX_LINES + 1, column: 1 }, message);
      lines.length = MAX_LINES;
    }
    lines.forEach((whole, i) => {
      const content = whole.replace(/ #.*/s, '').trimEnd();
      const piece = { text: content.trimStart(), at: content.length - content.trimStart().length };
      if (piece.text === '' || piece.text.startsWith('#')) return;
      const place = { file, line: i + 1, column: piece.at + 1 };
      try {
        if (piece.text.length > MAX_LINE_CHARS) {
          throw new RuleError(piece.at, `Line is longer than ${MAX_LINE_CHARS} characters`);
        }
        const { matcher, change } =
          kind === 'modify'
            ? parseModification(piece)
            : { matcher: parseMatcher(piece), change: same };
        this.#lines.push({ kind, ...place, matcher, change, isLast });
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        const at = { ...place, column: error.at + 1 };
        this.#problems.add('error', at, error.message, error.hint);
      }
    });
  }

  /** Let every line do its work. A line that finds nothing to do is warned of. */
  apply(rules: readonly CandidateRule[]): void {
    const table = new FactTable(rules);
    const turns = [
      ['disable', false],
      ['enable', false],
      ['disable', true],
      ['modify', false],
    ] as const;
    for (const [kind, isLast] of turns) {
      for (const line of this.#lines) {
        if (line.kind === kind && line.isLast === isLast) this.#applyLine(line, table);
      }
    }
  }

  #applyLine(line: FilterLine, table: FactTable): void {
    let matched = 0;
    let changed = 0;
    const isDone = finishesWithin(MAX_LINE_MS, () => {
      for (const index of table.candidates(line.matcher)) {
        const rule = table.rules[index];
        if (rule === undefined) continue;
        matched++;
        if (this.#change(line, rule, table, index)) changed++;
      }
    });
    const { file, line: number, column } = line;
    const place = { file, line: number, column };
    if (!isDone) {
      const message = `Expression takes longer than ${MAX_LINE_MS} ms: the line was stopped`;
      const hint = 'repeats inside repeats such as (a+)+ try every combination; write it without';
      this.#problems.add('error', place, message, hint);
    } else if (matched === 0) {
      const hint = 'the rule is gone or was never loaded; take the line out';
      this.#problems.add('warning', place, `Line ${VERBS[line.kind]} no rule`, hint);
    } else if (changed === 0) this.#warnIdle(line, place);
  }

  #warnIdle(line: FilterLine, place: { file: string; line: number; column: number }): void {
    const [message, hint] =
      line.kind === 'modify'
        ? [
            'Expression is found in no rule the line is about',
            'compare it with the text of the rule',
          ]
        : [`Every rule the line ${VERBS[line.kind]} is ${line.kind}d already`, 'take the line out'];
    this.#problems.add('warning', place, message, hint);
  }

  /** True when the line made a difference to the rule. */
  #change(line: FilterLine, rule: CandidateRule, table: FactTable, index: number): boolean {
    const { kind, file, line: number } = line;
    if (kind === 'modify') {
      const { source } = rule;
      const text = line.change(source.text);
      if (text === source.text) return false;
      if (text.length > this.#maxRuleChars) {
        const place = { file, line: number, column: line.column };
        const message = `Change makes the rule at ${source.file}:${source.line} longer than ${this.#maxRuleChars} characters`;
        this.#problems.add('error', place, message, 'limit rules.rule_chars');
        return true;
      }
      rule.source = source.withText(text);
      table.update(index);
    } else {
      const isDisabled = kind === 'disable';
      if (rule.isDisabled === isDisabled) return false;
      rule.isDisabled = isDisabled;
    }
    rule.changes.push({ kind, file, line: number });
    return true;
  }
}

function same(text: string): string {
  return text;
}

/** What lines ask of rules, read once; rules by `gid:sid`. */
class FactTable {
  readonly rules: readonly CandidateRule[];
  readonly #facts: RuleFacts[];
  readonly #byId = new Map<string, number[]>();

  constructor(rules: readonly CandidateRule[]) {
    this.rules = rules;
    this.#facts = rules.map(({ source }) => factsOf(source));
    this.#facts.forEach(({ gid, sid }, index) => {
      const id = `${gid}:${sid}`;
      const known = this.#byId.get(id);
      if (known === undefined) this.#byId.set(id, [index]);
      else known.push(index);
    });
  }

  /** Positions of the rules a line is about. */
  candidates(matcher: RuleMatcher): number[] {
    if (matcher.kind === 'ids') {
      return matcher.ids.flatMap(({ gid, sid, rev }) =>
        (this.#byId.get(`${gid}:${sid}`) ?? []).filter(
          (index) => rev === undefined || this.#facts[index]?.rev === rev,
        ),
      );
    }
    return this.#facts.flatMap((facts, index) => (matcher.test(facts) ? [index] : []));
  }

  /** A rule's text has changed: later lines see the new one. Its number stays as it was. */
  update(index: number): void {
    const rule = this.rules[index];
    const before = this.#facts[index];
    if (rule === undefined || before === undefined) return;
    const { gid, sid } = before;
    this.#facts[index] = { ...factsOf(rule.source), gid, sid };
  }
}

function factsOf(source: RuleText): RuleFacts {
  const { file, text } = source;
  const options = syntaxOf(text)?.options ?? [];
  const number = (name: string): number | undefined => {
    const value = options.find((option) => option.name.text === name)?.value?.text ?? '';
    return /^\d{1,10}$/.test(value) ? Number(value) : undefined;
  };
  const metadata = new Map<string, string[]>();
  for (const option of options) {
    if (option.name.text !== 'metadata') continue;
    for (const entry of (option.value?.text ?? '').toLowerCase().split(',')) {
      const [key = '', ...words] = entry.trim().split(/\s+/);
      const values = metadata.get(key);
      if (values === undefined) metadata.set(key, [words.join(' ')]);
      else values.push(words.join(' '));
    }
  }
  // A rule that cannot be taken apart may still be disabled by its number.
  const guess = /[;(\s]sid\s*:\s*(\d{1,10})\s*;/.exec(text)?.[1];
  const sid = number('sid') ?? (guess === undefined ? 0 : Number(guess));
  return { gid: number('gid') ?? 1, sid, rev: number('rev') ?? 1, file, text, metadata };
}

function syntaxOf(text: string): RuleSyntax | undefined {
  try {
    return splitRule(text, MAX_OPTIONS);
  } catch (error) {
    if (error instanceof RuleError) return undefined;
    throw error;
  }
}
