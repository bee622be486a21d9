/** What the rules thread knows and does: one rule set, loaded when it is first asked about, and stanzas tried on it. */
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, nearest } from '../core/index.ts';
import { learnedFolder } from '../config/index.ts';
import { casesBeside, describeRule, type CasesOf } from '../rule-explain.ts';
import { formatProblem, readConfiguredRules } from '../rule-files.ts';
import { matchRows, rateRows, thresholdRows, type Row } from '../rule-words.ts';
import { ruleState, type Rule, type RuleSet } from '../rules/index.ts';
import { basename } from 'node:path';
import type {
  CandidateReport,
  LoadedDetail,
  LoadedRow,
  LoadedRows,
  RulesKind,
  RulesQuestions,
} from './rules-messages.ts';
import { RuleTry } from './rule-try.ts';

const MAX_PROBLEMS = 20;

export class RulesDesk {
  readonly #config: SensorConfig;
  #version: string | undefined;
  #set: RuleSet | undefined;
  #casesOf: CasesOf | undefined;
  #try: RuleTry | undefined;

  constructor(config: SensorConfig) {
    this.#config = config;
  }

  /** Throws OperatorError. */
  answer<Kind extends RulesKind>(
    kind: Kind,
    ask: RulesQuestions[Kind]['ask'],
    version: string,
  ): RulesQuestions[Kind]['answer'] {
    if (version !== this.#version) this.#forget();
    this.#version = version;
    const table: { [K in RulesKind]: (ask: never) => RulesQuestions[K]['answer'] } = {
      rows: () => this.#rows(),
      detail: (id: RulesQuestions['detail']['ask']) => this.#detail(id),
      details: (ids: RulesQuestions['details']['ask']) => this.#details(ids),
      ready: () => {
        this.#tries();
        return null;
      },
      try: ({ request }: RulesQuestions['try']['ask']) => this.#tries().run(request),
      check: (candidate: RulesQuestions['check']['ask']) => this.#check(candidate),
    };
    return table[kind](ask as never);
  }

  #forget(): void {
    this.#try?.close();
    this.#try = undefined;
    this.#set = undefined;
    this.#casesOf = undefined;
  }

  #rules(): RuleSet {
    this.#set ??= this.#load();
    return this.#set;
  }

  #load(tuning?: RulesQuestions['check']['ask']['tuning']): RuleSet {
    return readConfiguredRules(this.#config, {
      keepDisabled: true,
      stateDir: learnedFolder(this.#config),
      ...(tuning === undefined ? {} : { tuning }),
    });
  }

  #tries(): RuleTry {
    this.#try ??= new RuleTry(this.#config, this.#rules());
    return this.#try;
  }

  #rows(): LoadedRows {
    const set = this.#rules();
    const items = [
      ...set.rules.map((rule) => rowOf(rule, true)),
      ...set.disabledRules.map(({ rule }) => rowOf(rule, false)),
    ].sort((a, b) => a.gid - b.gid || a.sid - b.sid);
    return { items, loaded: set.rules.length, failed: set.failed, problems: errorsOf(set) };
  }

  #detail({ gid, sid }: RulesQuestions['detail']['ask']): LoadedDetail | undefined {
    const set = this.#rules();
    const isMeant = (rule: Rule): boolean => rule.gid === gid && rule.sid === sid;
    const enabled = set.rules.find(isMeant);
    const rule = enabled ?? set.disabledRules.find((disabled) => isMeant(disabled.rule))?.rule;
    if (rule === undefined) return undefined;
    const isEnabled = enabled !== undefined;
    this.#casesOf ??= casesBeside(this.#config);
    const description = describeRule(this.#config, set, rule, isEnabled, this.#casesOf);
    const { changes, text, line, note, classtype, techniques, references, cases } = description;
    return {
      ...rowOf(rule, isEnabled),
      ...{ text, line, note, classtype, techniques, references },
      conditions: [...matchRows(description), ...thresholdRows(description)].map(rowWords),
      effects: [ruleState({ isEnabled, changes }), ...rateRows(description).map(rowWords)],
      cases: cases.map(({ name, fires }) => ({ name, fires })),
    };
  }

  #details(ids: RulesQuestions['details']['ask']): LoadedDetail[] {
    return ids.flatMap((id) => {
      try {
        return this.#detail(id) ?? [];
      } catch (error) {
        // A case that is not sound: who asks for this rule is told.
        if (error instanceof OperatorError) return [];
        throw error;
      }
    });
  }

  /** Loads all rules beside those in force, with other tuned files. */
  #check({ gid, sid, tuning }: RulesQuestions['check']['ask']): CandidateReport {
    const stateIn = (set: RuleSet): CandidateReport['before'] => {
      const isMeant = (rule: Rule): boolean => rule.gid === gid && rule.sid === sid;
      if (set.rules.some(isMeant)) return 'enabled';
      return set.disabledRules.some(({ rule }) => isMeant(rule)) ? 'disabled' : 'unknown';
    };
    const now = this.#rules();
    const candidate = this.#load(tuning);
    const sids = [...now.rules, ...now.disabledRules.map(({ rule }) => rule)];
    return {
      problems: this.#refusals(candidate, tuning),
      before: stateIn(now),
      after: stateIn(candidate),
      guess: nearest(
        String(sid),
        sids.map((rule) => String(rule.sid)),
      ),
    };
  }

  /** With rules.allow_bad a sensor runs although some rules are refused; tuned lines must be sound all the same. */
  #refusals(
    set: RuleSet,
    { threshold, disable }: RulesQuestions['check']['ask']['tuning'],
  ): string[] {
    if (!this.#config.rules.allow_bad) return [...errorsOf(set)];
    const files = [threshold, disable].map((source) =>
      typeof source === 'string' ? source : source?.file,
    );
    return [...errorsOf({ problems: set.problems.filter(({ file }) => files.includes(file)) })];
  }
}

function rowOf(rule: Rule, isEnabled: boolean): LoadedRow {
  const { gid, sid, rev, msg, category, severity, metadata, file } = rule;
  return {
    ...{ gid, sid, rev, msg },
    detection: metadata.get('detection')?.[0] ?? '',
    ...{ category, severity },
    confidence: metadata.get('confidence')?.[0] ?? '',
    file: basename(file),
    isEnabled,
  };
}

function rowWords([label, text]: Row): string {
  return label === '' ? text : `${label}: ${text}`;
}

function errorsOf({ problems }: Pick<RuleSet, 'problems'>): readonly string[] {
  const errors = problems.filter(({ severity }) => severity === 'error').map(formatProblem);
  const more = errors.length - MAX_PROBLEMS;
  return more <= 0 ? errors : [...errors.slice(0, MAX_PROBLEMS), `and ${more} more`];
}

/** The error of a rule nobody has. */
export function unknownRule(gid: number, sid: number, guess: string | undefined): OperatorError {
  return new OperatorError(
    'USAGE',
    `There is no rule ${gid === 1 ? sid : `${gid}:${sid}`}`,
    guess === undefined ? 'stanzawatch rules list shows all' : `Did you mean ${guess}?`,
  );
}
