/** The rules of a configuration, loaded as a start would but writing nothing, in figures. Runs in probe.ts. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tuningFiles, type SensorConfig } from '../config/index.ts';
import { errorText, monotonicMs, wallClockUsec } from '../core/index.ts';
import { cacheFolder, formatProblem, readConfiguredRules } from '../rule-files.ts';
import { readCacheFile, type RuleProblem } from '../rules/index.ts';
import type { RuleReport } from './probe-questions.ts';

const SHOWN = 5;
/** Files that tune rules, and are no rules. */
const TUNING = /^(?:threshold\.config|(?:enable|disable|modify)\.conf)$/;
const MAX_CACHE_BYTES = 256 * 1024 * 1024;

export function reportRules(config: SensorConfig): RuleReport {
  const startMs = monotonicMs();
  const set = readConfiguredRules(config, { cacheDir: undefined });
  const loadSeconds = (monotonicMs() - startMs) / 1000;
  const errors = set.problems.filter(({ severity }) => severity === 'error');
  const tuning = errors.filter((problem) => isTuning(problem, config));
  const others = errors.filter((problem) => !isTuning(problem, config));
  const datasets = [...set.datasets.values()];
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const { suppressions, thresholds, rateFilters } = set.overrides;
  return {
    set: {
      ...{ loaded: set.rules.length, failed: set.failed, disabled: set.disabled, loadSeconds },
      ...{ errors: others.slice(0, SHOWN).map(formatProblem), errorCount: others.length },
      warningCount: set.problems.length - errors.length,
      tuningErrors: tuning.map(formatProblem),
      tuningUnread: unreadTuning(config),
      tuned: suppressions.length + thresholds.length + rateFilters.length + set.changes.size,
      datasets: datasets.length,
      values: sum(datasets.map(({ size }) => size)),
      expired: sum(datasets.map(({ expired }) => expired)),
      ageSeconds: youngest([...new Set(set.rules.map(({ file }) => file))]),
    },
    cache: cacheOf(cacheFolder(config)),
  };
}

function isTuning({ file }: RuleProblem, config: SensorConfig): boolean {
  const { threshold_file: named = [] } = config.rules;
  return (
    TUNING.test(basename(file)) ||
    named.includes(file) ||
    Object.values(tuningFiles(config)).includes(file)
  );
}

/** Why what was tuned cannot be looked at; '' when it can, or there is nothing. */
function unreadTuning(config: SensorConfig): string {
  try {
    for (const path of Object.values(tuningFiles(config))) {
      statSync(path, { throwIfNoEntry: false });
    }
    return '';
  } catch (error) {
    return errorText(error);
  }
}

/** Seconds since the newest of some files changed; undefined without files. */
function youngest(paths: readonly string[]): number | undefined {
  const times = paths.flatMap((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? []);
  if (times.length === 0) return undefined;
  return Math.max(0, wallClockUsec() / 1e6 - Math.max(...times) / 1000);
}

function cacheOf(folder: string): RuleReport['cache'] {
  try {
    const isThere = statSync(folder, { throwIfNoEntry: false }) !== undefined;
    const names = isThere ? readdirSync(folder) : [];
    const paths = names.filter((name) => name.endsWith('.cache')).map((name) => join(folder, name));
    const isDamaged = (path: string): boolean =>
      statSync(path).size <= MAX_CACHE_BYTES && readCacheFile(path) === undefined;
    return { files: paths.length, damaged: paths.filter(isDamaged), ageSeconds: youngest(paths) };
  } catch (error) {
    return { problem: errorText(error) };
  }
}
