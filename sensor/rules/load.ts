/**
 * Rule files in, checked rule set out. Nothing a file holds makes this throw: every problem is
 * listed with its place, and rules with errors are left out of the set.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIMITS, errorText, wallClockUsec } from '../core/index.ts';
import type { RuleVariables } from './addresses.ts';
import { readClassification, readReferences, type Classtype } from './classification.ts';
import { DatasetStore } from './datasets.ts';
import type { RuleContext, RuleDraft } from './draft.ts';
import { ExpressionStore } from './expression-store.ts';
import { finishRule, skippedRule } from './finish-rule.ts';
import { SetLint } from './lint-set.ts';
import { lintRule } from './lint.ts';
import { lintBits, type PlacedBitRule } from './lint-bits.ts';
import { parseRule } from './parse.ts';
import { ProblemList, type RuleError } from './problems.ts';
import { RuleFilters, type CandidateRule } from './rule-filters.ts';
import { readRules, type RuleText } from './rule-text.ts';
import { OverrideReader } from './threshold-config.ts';
import type { Dataset, DisabledRule, Rule, RuleChange, RuleSet, SkippedRule } from './types.ts';
import { checkVariables, withDefaultVariables } from './variables.ts';

export interface LoadOptions {
  /** Values of `$HOME_NET` and others, over the defaults of variables.ts. */
  readonly vars?: RuleVariables;
  /** Files in place of the `classification.config` and `reference.config` beside the rules. */
  readonly classificationFiles?: readonly string[];
  readonly referenceFiles?: readonly string[];
  /** Files in place of the `threshold.config` beside the rules. */
  readonly thresholdFiles?: readonly string[];
  /** Files in place of the enable.conf, disable.conf and modify.conf beside the rules. */
  readonly filterFiles?: RuleFilterFiles;
  /** What analysts tuned, read behind all files of its kind. */
  readonly tuning?: TuningSources;
  /** Read rules that are not in force too, into `RuleSet.disabledRules`. */
  readonly keepDisabled?: boolean;
  /** Demand one `detection` slug of every rule (shipped rules). */
  readonly requireDetection?: boolean;
  /** Folder of the rules that come with the sensor; of those it is demanded too. */
  readonly shippedFolder?: string;
  /** Look at the rules together as well, for authors (lint-set.ts); strict: as if to be published. */
  readonly check?: 'normal' | 'strict';
  /** Says what is wrong with `validate:NAME ARGUMENT;`; without it every name is taken. */
  readonly validatorProblem?: RuleContext['validatorProblem'];
  /** Folder of compiled expressions; without it every load compiles them. */
  readonly cacheDir?: string | undefined;
  /** Folder of the operator's lists: `NAME.txt` adds to the dataset NAME. */
  readonly datasetDir?: string;
  /** Folder of lists that rules fill; without it they are kept in memory only. */
  readonly stateDir?: string | undefined;
  /** Datasets of the rule set before: those that rules fill go on. */
  readonly previousDatasets?: ReadonlyMap<string, Dataset>;
  /** Values of lists are expired by this time, milliseconds since the epoch; unless told now. */
  readonly nowMs?: number;
  /** Key of lists of type `hmac`, asked where there are any; without it they cannot be used. */
  readonly valueKey?: () => Uint8Array | undefined;
  /** Limits of core/limits.ts, where they differ from the defaults. */
  readonly limits?: RuleLimits;
}

/** Files of suricata-update's kinds; a kind that is left out is looked for beside the rules. */
export type RuleFilterFiles = Readonly<Partial<Record<RuleChange['kind'], readonly string[]>>>;

/**
 * A threshold.config and a disable.conf that have the last word: what they disable stays disabled, whatever enable.conf
 * says. Paths, or texts that are to be tried before they are written.
 */
export type TuningSources = Readonly<Partial<Record<'threshold' | 'disable', string | RuleSource>>>;

/** The limits that bound a load. */
export interface RuleLimits {
  readonly rulesFileBytes: number;
  readonly rulesRuleChars: number;
  readonly rulesRules: number;
  readonly rulesProblems: number;
  readonly rulesDatasetLines: number;
  readonly rulesDatasetBytes: number;
  readonly rulesLearnedBytes: number;
  readonly rulesOverrides: number;
}

/** A rule file already read. */
export interface RuleSource {
  /** Path for messages; datasets are looked up below its folder. */
  readonly file: string;
  readonly text: string;
}

/** Load rule files; a folder stands for its `*.rules` in name order. */
export function loadRules(paths: readonly string[], options: LoadOptions = {}): RuleSet {
  return runToEnd(loadRulesInSteps(paths, options));
}

/** The same in small steps, one rule each, for a process that has packets to take in between. */
export function* loadRulesInSteps(
  paths: readonly string[],
  options: LoadOptions = {},
): Generator<undefined, RuleSet> {
  const loader = new RuleLoader(options);
  const files = paths.flatMap((path) => loader.listFiles(path));
  loader.readConfigs([...new Set(files.map((file) => dirname(file)))]);
  for (const file of files) {
    const text = loader.readText(file);
    if (text !== undefined) loader.readSource({ file, text });
    yield;
  }
  return yield* loader.finish();
}

function runToEnd(steps: Generator<undefined, RuleSet>): RuleSet {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Load rules that are in memory (the console's rule editor, tests). */
export function loadRuleSources(
  sources: readonly RuleSource[],
  options: LoadOptions = {},
): RuleSet {
  const loader = new RuleLoader(options);
  loader.readConfigs([...new Set(sources.map((source) => dirname(source.file)))]);
  for (const source of sources) loader.readSource(source);
  return runToEnd(loader.finish());
}

const NO_VARIABLES: RuleVariables = new Map();
/** What is not in force is not compiled. */
const UNCOMPILED: RuleContext['expressions'] = {
  problem: () => undefined,
  hasStarts: () => true,
};

/** A rule that is not in force is no reason to read its lists. */
const NO_LISTS: RuleContext['datasets'] = { open: () => undefined };

class RuleLoader {
  readonly #options: LoadOptions;
  readonly #limits: RuleLimits;
  readonly #problems: ProblemList;
  readonly #datasets: DatasetStore;
  readonly #expressions: ExpressionStore;
  readonly #variables: RuleVariables;
  readonly #overrides: OverrideReader;
  readonly #classtypes = new Map<string, Classtype>();
  readonly #references = new Map<string, string>();
  readonly #rules: Rule[] = [];
  /** `gid:sid` -> where it was first used. */
  readonly #ids = new Map<string, string>();
  readonly #hash = createHash('sha256');
  /** All rules of all files, before enable.conf and the others had their say. */
  readonly #candidates: CandidateRule[] = [];
  readonly #filters: RuleFilters;
  readonly #disabledRules: DisabledRule[] = [];
  readonly #changes = new Map<string, readonly RuleChange[]>();
  readonly #skipped: SkippedRule[] = [];
  readonly #bitRules: PlacedBitRule[] = [];
  readonly #setLint: SetLint | undefined;
  /** Numbers of retired.txt, slugs of detections.txt. */
  readonly #retired = new Set<number>();
  readonly #detections = new Set<string>();
  #disabled = 0;
  #failed = 0;
  #isFull = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#limits = options.limits ?? {
      rulesFileBytes: LIMITS.rulesFileBytes.default,
      rulesRuleChars: LIMITS.rulesRuleChars.default,
      rulesRules: LIMITS.rulesRules.default,
      rulesProblems: LIMITS.rulesProblems.default,
      rulesDatasetLines: LIMITS.rulesDatasetLines.default,
      rulesDatasetBytes: LIMITS.rulesDatasetBytes.default,
      rulesLearnedBytes: LIMITS.rulesLearnedBytes.default,
      rulesOverrides: LIMITS.rulesOverrides.default,
    };
    this.#problems = new ProblemList(this.#limits.rulesProblems);
    this.#filters = new RuleFilters(this.#problems, this.#limits.rulesRuleChars);
    const given = options.vars ?? NO_VARIABLES;
    this.#variables = withDefaultVariables(given);
    checkVariables(given, this.#variables, 'rules.vars', this.#problems);
    this.#overrides = new OverrideReader(this.#variables, this.#problems, this.#limits);
    this.#datasets = new DatasetStore({
      limits: this.#limits,
      problems: this.#problems,
      overlayDir: options.datasetDir,
      stateDir: options.stateDir,
      previous: options.previousDatasets,
      nowMs: options.nowMs ?? wallClockUsec() / 1000,
      valueKey: options.valueKey ?? (() => undefined),
    });
    this.#expressions = new ExpressionStore(options.cacheDir);
    this.#setLint = options.check === undefined ? undefined : this.#createSetLint(options.check);
  }

  #createSetLint(check: 'normal' | 'strict'): SetLint {
    const facts = {
      datasets: this.#datasets.all,
      retired: this.#retired,
      detections: this.#detections,
      isShipped: (file: string) => this.#isShipped(file),
      isStrict: check === 'strict',
    };
    return new SetLint(facts, (source, { at, message, hint }) => {
      this.#problems.add('warning', source.place(at), message, hint);
    });
  }

  #isShipped(file: string): boolean {
    const { requireDetection, shippedFolder } = this.#options;
    if (requireDetection === true) return true;
    return shippedFolder !== undefined && dirname(resolve(file)) === resolve(shippedFolder);
  }

  #fileProblem(file: string, message: string, hint?: string): void {
    this.#problems.add('error', { file, line: 0, column: 0 }, message, hint);
  }

  /** The files a path stands for. */
  listFiles(path: string): string[] {
    try {
      if (!statSync(path).isDirectory()) return [path];
      const names = readdirSync(path).filter((name) => name.endsWith('.rules'));
      if (names.length === 0) this.#fileProblem(path, 'Folder holds no *.rules file');
      return names.sort().map((name) => join(path, name));
    } catch (error) {
      this.#fileProblem(path, `Cannot read rules: ${errorText(error)}`, 'check the path');
      return [];
    }
  }

  /** The text of a file; a problem and undefined when there is none. */
  readText(file: string): string | undefined {
    try {
      if (statSync(file).size > this.#limits.rulesFileBytes) {
        const hint = 'limit rules.file_bytes; split the file';
        this.#fileProblem(file, `File is larger than ${this.#limits.rulesFileBytes} bytes`, hint);
        return undefined;
      }
      return readFileSync(file, 'utf8');
    } catch (error) {
      this.#fileProblem(file, `Cannot read file: ${errorText(error)}`, 'check path and rights');
      return undefined;
    }
  }

  /** Classtypes, references, changes of the site: the files that were named, or those in the rules' folders. */
  readConfigs(folders: readonly string[]): void {
    const beside = (name: string): string[] =>
      folders.map((folder) => join(folder, name)).filter((file) => existsSync(file));
    // Rules that stand alone use the names the sensor comes with.
    const named = (name: string): string[] => {
      const found = beside(name);
      const { shippedFolder } = this.#options;
      return found.length > 0 || shippedFolder === undefined ? found : [join(shippedFolder, name)];
    };
    const classification = 'classification.config';
    for (const file of this.#options.classificationFiles ?? named(classification)) {
      const text = this.readText(file);
      if (text !== undefined) readClassification(file, text, this.#classtypes, this.#problems);
    }
    for (const file of this.#options.referenceFiles ?? named('reference.config')) {
      const text = this.readText(file);
      if (text !== undefined) readReferences(file, text, this.#references, this.#problems);
    }
    for (const file of this.#options.thresholdFiles ?? beside('threshold.config')) {
      const text = this.readText(file);
      if (text === undefined) continue;
      this.#overrides.read(file, text);
      this.#hash.update(text).update('\0');
    }
    for (const kind of ['enable', 'disable', 'modify'] as const) {
      for (const file of this.#options.filterFiles?.[kind] ?? beside(`${kind}.conf`)) {
        const text = this.readText(file);
        if (text !== undefined) this.#filters.read(kind, file, text);
      }
    }
    this.#readTuning(this.#options.tuning ?? {});
    if (this.#setLint === undefined) return;
    for (const file of beside('retired.txt')) {
      for (const word of firstWords(this.readText(file))) this.#retired.add(Number(word));
    }
    for (const file of beside('detections.txt')) {
      for (const word of firstWords(this.readText(file))) this.#detections.add(word);
    }
  }

  #readTuning({ threshold, disable }: TuningSources): void {
    const sourceOf = (from: string | RuleSource | undefined): RuleSource | undefined => {
      if (typeof from !== 'string') return from;
      const text = this.readText(from);
      return text === undefined ? undefined : { file: from, text };
    };
    const overrides = sourceOf(threshold);
    if (overrides !== undefined) {
      this.#overrides.read(overrides.file, overrides.text);
      this.#hash.update(overrides.text).update('\0');
    }
    const filter = sourceOf(disable);
    if (filter !== undefined) this.#filters.read('disable', filter.file, filter.text, true);
  }

  /** Collects the rules of a file; they are read when all files are there. */
  readSource(source: RuleSource): void {
    readRules(source.file, source.text, this.#limits.rulesRuleChars, {
      onRule: (rule) => {
        this.#collect(rule, false);
      },
      onDisabled: (rule) => {
        this.#collect(rule, true);
      },
      onTooLong: (place) => {
        this.#failed++;
        const message = `Rule is longer than ${this.#limits.rulesRuleChars} characters`;
        this.#problems.add('error', place, message, 'limit rules.rule_chars');
      },
    });
  }

  #collect(source: RuleText, isDisabled: boolean): void {
    const excess = this.#candidates.length - this.#limits.rulesRules;
    if (excess < 0) {
      this.#candidates.push({ source, isDisabled, changes: [] });
      return;
    }
    if (isDisabled) this.#disabled++;
    else this.#failed++;
    if (this.#isFull || isDisabled) return;
    this.#isFull = true;
    const message = `More than ${this.#limits.rulesRules} rules: the rest is left out`;
    this.#problems.add('error', source.place(0), message, 'limit rules.rules');
  }

  #readCandidate({ source, isDisabled, changes }: CandidateRule): void {
    if (!isDisabled) this.#readRule(source, changes);
    else {
      this.#disabled++;
      if (this.#options.keepDisabled === true) this.#keepDisabled(source, changes);
    }
  }

  /** A rule that is not in force is read for lists only: its mistakes are nobody's problem. */
  #keepDisabled(source: RuleText, changes: readonly RuleChange[]): void {
    const draft = parseRule(
      source.text,
      this.#variables,
      {
        ...this.#context(source.file),
        datasets: NO_LISTS,
        expressions: UNCOMPILED,
      },
      () => undefined,
    );
    const rule = draft && finishRule(draft, source);
    if (rule === undefined) return;
    this.#disabledRules.push({ rule, by: changes.findLast(({ kind }) => kind === 'disable') });
    if (changes.length > 0) this.#changes.set(`${rule.gid}:${rule.sid}`, changes);
  }

  #readRule(source: RuleText, changes: readonly RuleChange[]): void {
    let errors = 0;
    const changed = changes.findLast(({ kind }) => kind === 'modify');
    const suffix = changed === undefined ? '' : `, as changed by ${changed.file}:${changed.line}`;
    const error = (problem: RuleError): void => {
      errors++;
      const message = problem.message + suffix;
      this.#problems.add('error', source.place(problem.at), message, problem.hint);
    };
    const warning = (problem: RuleError): void => {
      const message = problem.message + suffix;
      this.#problems.add('warning', source.place(problem.at), message, problem.hint);
    };
    const draft = parseRule(source.text, this.#variables, this.#context(source.file), error);
    if (draft?.unmet !== undefined) {
      this.#skipped.push(skippedRule(source, draft.unmet));
      return;
    }
    // A rule with a broken keyword would only add complaints that follow from it.
    if (draft !== undefined && errors === 0) {
      const requireDetection = this.#isShipped(source.file);
      lintRule(draft, { requireDetection }, { error, warning });
    }
    const rule = draft !== undefined && errors === 0 ? finishRule(draft, source) : undefined;
    if (rule === undefined || !this.#claimId(rule, source, draft)) this.#failed++;
    else {
      this.#rules.push(rule);
      if (rule.bitTests.length > 0 || rule.bitChanges.length > 0) {
        this.#bitRules.push({ rule, source, tests: draft?.bitTests ?? [] });
      }
      if (draft !== undefined) this.#setLint?.add(rule, draft, source);
      if (changes.length > 0) this.#changes.set(`${rule.gid}:${rule.sid}`, changes);
      this.#hash.update(source.text).update('\n');
    }
  }

  /** False when another rule has the same gid:sid. */
  #claimId(rule: Rule, source: RuleText, draft: RuleDraft | undefined): boolean {
    const id = `${rule.gid}:${rule.sid}`;
    const other = this.#ids.get(id);
    if (other === undefined) {
      this.#ids.set(id, `${rule.file}:${rule.line}`);
      return true;
    }
    this.#problems.add(
      'error',
      source.place(draft?.seen.get('sid') ?? 0),
      `sid ${rule.sid} is already used at ${other}`,
      'give this rule a sid of its own',
    );
    return false;
  }

  #context(file: string): RuleContext {
    return {
      classtypes: this.#classtypes,
      references: this.#references,
      datasets: this.#datasets,
      validatorProblem: this.#options.validatorProblem ?? (() => undefined),
      expressions: this.#expressions,
      file,
    };
  }

  *finish(): Generator<undefined, RuleSet> {
    if (!this.#filters.isEmpty) this.#filters.apply(this.#candidates);
    for (const candidate of this.#candidates) {
      this.#readCandidate(candidate);
      yield;
    }
    this.#expressions.save();
    if (this.#bitRules.length > 0) lintBits(this.#bitRules, this.#problems);
    const overrides = this.#overrides.finish(this.#rules);
    return {
      rules: this.#rules,
      datasets: this.#datasets.all,
      savedDatasets: this.#datasets.saved,
      expressions: this.#expressions,
      problems: this.#problems.list(),
      overrides,
      hash: this.#hash.digest('hex'),
      failed: this.#failed,
      disabled: this.#disabled,
      disabledRules: this.#disabledRules,
      changes: this.#changes,
      skipped: this.#skipped,
    };
  }
}

/** The first word of each line that is no comment. */
function firstWords(text = ''): string[] {
  return text.split('\n').flatMap((line) => /^[^\s#]+/.exec(line)?.[0] ?? []);
}
