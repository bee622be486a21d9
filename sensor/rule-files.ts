/** Which rules are in force: the shipped signatures or the configured ones, checked as one set. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHmacKey } from './alert/index.ts';
import type { SensorConfig } from './config/index.ts';
import { datasetFolder, limitValues, tuningFiles } from './config/index.ts';
import { OperatorError, eventName, log, monotonicMs } from './core/index.ts';
import { validatorProblem } from './detect/index.ts';
import {
  importRules,
  loadRules,
  loadRulesInSteps,
  type ImportReport,
  type LoadOptions,
  type Rule,
  type RuleFilterFiles,
  type RuleProblem,
  type RuleSet,
  type RuleSource,
  type TuningSources,
} from './rules/index.ts';

/** Folder of the signatures that come with the sensor. */
export const SIGNATURES = fileURLToPath(new URL('../../signatures', import.meta.url));

/** Loads what the configuration names; problems are in the set. `cacheDir: undefined`: nothing is written. */
export function readConfiguredRules(
  config: SensorConfig,
  options: Pick<LoadOptions, 'keepDisabled' | 'check' | 'tuning' | 'cacheDir' | ListOptions> = {},
): RuleSet {
  return loadRules(rulePaths(config), loadOptions(config, options));
}

type ListOptions = 'stateDir' | 'previousDatasets';

function rulePaths(config: SensorConfig): string[] {
  const { files, extra_files: extra } = config.rules;
  return [...(files.length > 0 ? files : [SIGNATURES]), ...extra];
}

/** Endings of the files rules are made of, beside each other in a folder. */
const RULE_FILE = /\.(?:rules|config|conf)$/;

/**
 * Another text as soon as one of the files is another: for those who keep what they loaded. Lists are left out: a
 * sensor reads them at a reload, too.
 */
export function rulesStamp(config: SensorConfig): string {
  const { threshold_file: thresholds = [] } = config.rules;
  const named = [...rulePaths(config), ...thresholds, ...Object.values(filterFiles(config)).flat()];
  const paths = new Set([...named, ...Object.values(tuningFiles(config))]);
  return [...paths].flatMap(filesAt).map(stampOf).join('\n');
}

/** A file with those that are read because they lie beside it, the files of a folder. */
function filesAt(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  const isFolder = stat?.isDirectory() === true;
  const folder = isFolder ? path : dirname(path);
  try {
    const names = readdirSync(folder).filter((name) => RULE_FILE.test(name));
    return [...(isFolder ? [] : [path]), ...names.sort().map((name) => join(folder, name))];
  } catch {
    return [path];
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? path : `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function loadOptions(config: SensorConfig, options: LoadOptions): LoadOptions {
  const { vars, threshold_file: thresholdFiles } = config.rules;
  return {
    vars: new Map(Object.entries(vars)),
    ...(thresholdFiles === undefined ? {} : { thresholdFiles }),
    validatorProblem,
    cacheDir: cacheFolder(config),
    filterFiles: filterFiles(config),
    tuning: tuningSources(config),
    datasetDir: datasetFolder(config),
    ...options,
    shippedFolder: SIGNATURES,
    valueKey: () => findHmacKey(config.data_dir),
    limits: limitValues(config),
  };
}

/**
 * The rules a sensor may start with. All are checked first: a bad one stops the start with every place
 * listed (OperatorError RULES_INVALID), unless rules.allow_bad, which logs them. Lists that rules fill start
 * with what was kept only where they are filled: `lists` says from where.
 */
export function requireRules(
  config: SensorConfig,
  lists: Pick<LoadOptions, 'tuning' | ListOptions> = {},
): RuleSet {
  return acceptRules(config, readConfiguredRules(config, lists));
}

/** Longest stretch of loading between two turns of the event loop. */
const SLICE_MS = 2;

/** The same while packets come in: the event loop has its turn every few milliseconds. */
export async function requireRulesInTurns(
  config: SensorConfig,
  lists: Pick<LoadOptions, ListOptions> = {},
): Promise<RuleSet> {
  const steps = loadRulesInSteps(rulePaths(config), loadOptions(config, lists));
  for (let sliceEndMs = monotonicMs() + SLICE_MS; ;) {
    const step = steps.next();
    if (step.done === true) return acceptRules(config, step.value);
    if (monotonicMs() < sliceEndMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEndMs = monotonicMs() + SLICE_MS;
  }
}

function acceptRules(config: SensorConfig, ruleSet: RuleSet): RuleSet {
  const errors = ruleSet.problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0 && !config.rules.allow_bad) {
    throw new OperatorError(
      'RULES_INVALID',
      `${errors.length} rule ${errors.length === 1 ? 'problem' : 'problems'}:\n${errors.map(formatProblem).join('\n')}`,
      `Correct ${whatIsBad(config, errors)}, or start without: --allow-bad-rules`,
    );
  }
  for (const problem of errors) log('warn', 'rules', `refused: ${formatProblem(problem)}`);
  if (ruleSet.skipped.length > 0) {
    log('info', 'rules', `${ruleSet.skipped.length} rules are for other sensors (requires)`);
    for (const { file, line, reason } of ruleSet.skipped) {
      log('debug', 'rules', `skipped: ${file}:${line}: ${reason}`);
    }
  }
  if (ruleSet.rules.length === 0)
    log('warn', 'rules', 'no rule is loaded: nothing will be detected');
  return withoutReplaced(config, ruleSet);
}

/** What was tuned belongs to a data folder: it is corrected there, and checked with it. */
function whatIsBad(config: SensorConfig, errors: readonly RuleProblem[]): string {
  const tuned = Object.values(tuningFiles(config)).filter((path) =>
    errors.some(({ file }) => file === path),
  );
  if (tuned.length === 0) return 'the rules (stanzawatch rules check)';
  const isAll = errors.every(({ file }) => tuned.includes(file));
  return `${isAll ? '' : 'the rules and '}${tuned.join(' and ')} (stanzawatch rules check -l ${config.data_dir})`;
}

/** Settings that take the place of rules which guess what they say (`metadata: replaced_by SETTING`). */
const REPLACEMENTS: Readonly<Record<string, (config: SensorConfig) => boolean>> = {
  'dlp.label_ceilings': ({ dlp }) => Object.keys(dlp.label_ceilings).length > 0,
};

function withoutReplaced(config: SensorConfig, ruleSet: RuleSet): RuleSet {
  const isReplaced = ({ metadata }: Rule): boolean =>
    metadata.get('replaced_by')?.some((setting) => REPLACEMENTS[setting]?.(config) === true) ===
    true;
  if (!ruleSet.rules.some(isReplaced)) return ruleSet;
  return { ...ruleSet, rules: ruleSet.rules.filter((rule) => !isReplaced(rule)) };
}

/** Rule files of Suricata and Snort, read as this sensor would read them. */
export function importForeignRules(
  config: SensorConfig,
  sources: readonly RuleSource[],
): ImportReport {
  return importRules(sources, {
    vars: new Map(Object.entries(config.rules.vars)),
    validatorProblem,
    cacheDir: cacheFolder(config),
    limits: limitValues(config),
    classificationFile: join(SIGNATURES, 'classification.config'),
    referenceFile: join(SIGNATURES, 'reference.config'),
  });
}

/** Where the site's changes stand: what is not configured is looked for beside the rules. */
function filterFiles(config: SensorConfig): RuleFilterFiles {
  const { enable_files: enable, disable_files: disable, modify_files: modify } = config.rules;
  return {
    ...(enable.length > 0 ? { enable } : {}),
    ...(disable.length > 0 ? { disable } : {}),
    ...(modify.length > 0 ? { modify } : {}),
  };
}

/** What was tuned from console and command line; files that are not there say nothing. */
function tuningSources(config: SensorConfig): TuningSources {
  const { threshold, disable } = tuningFiles(config);
  return {
    ...(existsSync(threshold) ? { threshold } : {}),
    ...(existsSync(disable) ? { disable } : {}),
  };
}

/** What the supervisor needs to know about rules in force: plain data, so that it can come from a thread. */
export interface RulesInForce {
  readonly loaded: number;
  readonly failed: number;
  /** Alert categories there can be. */
  readonly categories: readonly string[];
  /** Rules about the sensor itself: the supervisor raises those. */
  readonly sensorRules: readonly Rule[];
}

export function rulesInForce(ruleSet: RuleSet): RulesInForce {
  const isAboutSensor = ({ events }: Rule): boolean =>
    events.some((event) => eventName(event).startsWith('sensor.'));
  return {
    loaded: ruleSet.rules.length,
    failed: ruleSet.failed,
    categories: [...new Set(ruleSet.rules.map(({ category }) => category))],
    sensorRules: ruleSet.rules.filter(isAboutSensor),
  };
}

/** `file:line:column: what is wrong (what to do)`. */
export function formatProblem(problem: RuleProblem): string {
  const place =
    problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`;
  return `${place}: ${problem.message}${hint}`;
}

/** Does this run leave anything in the data folder? */
export function storesData(config: SensorConfig): boolean {
  const { sqlite, eve } = config.output;
  return sqlite.enabled || (eve.enabled && eve.file !== '-');
}

/** Where compiled rules are kept: the data folder, or the user's cache where nothing is stored. */
export function cacheFolder(config: SensorConfig): string {
  return storesData(config)
    ? join(config.data_dir, 'cache')
    : join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'stanzawatch', 'rules');
}
