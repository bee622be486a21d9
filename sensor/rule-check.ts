/**
 * `rules check`: what the loader says, and what only shows on traffic: rules that are looked at, or fire, on everyday
 * stanzas (everyday.ts).
 */
import { join } from 'node:path';
import { CasePlayer } from './case-player.ts';
import type { SensorConfig } from './config/index.ts';
import { CostEstimator, type RuleCost, type SampleStanza } from './detect/index.ts';
import { createDetectors } from './detectors.ts';
import { EVERYDAY } from './everyday.ts';
import { SIGNATURES, cacheFolder, readConfiguredRules } from './rule-files.ts';
import { conversationBehind, type Rule, type RuleProblem, type RuleSet } from './rules/index.ts';
import type { StanzaView } from './xmpp/index.ts';

/** A rule that fires on more of the everyday stanzas tells nobody anything. */
const NOISY_SHARE = 0.25;

export interface RuleCheck {
  readonly ruleSet: RuleSet;
  /** Errors and warnings, in the order of files and lines. */
  readonly problems: readonly RuleProblem[];
  readonly costs: ReadonlyMap<Rule, RuleCost>;
}

/** Check the rules of a configuration; `isStrict`: as if they were to be published. */
export function checkRules(config: SensorConfig, isStrict: boolean): RuleCheck {
  const ruleSet = readConfiguredRules(config, { check: isStrict ? 'strict' : 'normal' });
  const { sample, firings } = playEveryday(config, ruleSet);
  const estimator = new CostEstimator(ruleSet.expressions, sample);
  const costs = new Map(ruleSet.rules.map((rule) => [rule, estimator.estimate(rule)]));
  estimator.close();
  const problems = [
    ...ruleSet.problems,
    ...ruleSet.rules.flatMap((rule) => costProblem(rule, costs.get(rule), ruleSet.problems)),
    ...ruleSet.rules.flatMap((rule) => noiseProblem(rule, firings, sample.length)),
  ];
  return { ruleSet, problems: sorted(problems), costs };
}

/** The stanzas of everyday traffic as their buffers, and how many of them each rule fires on. */
function playEveryday(
  config: SensorConfig,
  ruleSet: RuleSet,
): { readonly sample: SampleStanza[]; readonly firings: ReadonlyMap<Rule['sid'], number> } {
  const detectors = createDetectors(config.detection.lexicon_score);
  const player = new CasePlayer(ruleSet, detectors, cacheFolder(config));
  const sample: SampleStanza[] = [];
  const fired = new Set<string>();
  EVERYDAY.forEach(({ session, turns }, conversation) => {
    const source = conversationBehind(join(SIGNATURES, 'cases'), session, turns);
    const watcher = { onStanza: (view: StanzaView) => sample.push(copyRegions(view)) };
    for (const { rule, direction, stanza } of player.watch(source, watcher).findings) {
      if (rule.events.length > 0) continue;
      fired.add(`${rule.sid} ${conversation} ${direction} ${stanza.serial}`);
    }
  });
  player.close();
  const firings = new Map<number, number>();
  for (const key of fired) {
    const sid = Number(key.split(' ', 1)[0]);
    firings.set(sid, (firings.get(sid) ?? 0) + 1);
  }
  return { sample, firings };
}

function copyRegions({ memory, regions, regionCount }: StanzaView): SampleStanza {
  return Array.from({ length: regionCount }, (_, i) => {
    const [buffer = 0, offset = 0, length = 0] = regions.subarray(3 * i, 3 * i + 3);
    return { buffer, bytes: memory.slice(offset, offset + length) };
  });
}

function costProblem(
  rule: Rule,
  cost: RuleCost | undefined,
  known: readonly RuleProblem[],
): RuleProblem[] {
  if (cost?.level !== 'costly') return [];
  // The linter saw it in the rule alone already.
  const isKnown = known.some(
    ({ file, line, message }) =>
      file === rule.file && line === rule.line && /^(?:Fast pattern|Nothing selects)/.test(message),
  );
  if (isKnown) return [];
  const hint = 'add a content that is rare, or mark the rarest one with fast_pattern';
  return [warning(rule, `Costly: ${cost.reason}`, hint)];
}

function noiseProblem(
  rule: Rule,
  firings: ReadonlyMap<number, number>,
  stanzas: number,
): RuleProblem[] {
  const count = firings.get(rule.sid) ?? 0;
  if (rule.noalert || rule.action === 'pass' || count <= NOISY_SHARE * stanzas) return [];
  const message = `Matches nearly everything: fires on ${count} of ${stanzas} everyday stanzas`;
  return [warning(rule, message, 'say what makes the stanza special, or write noalert')];
}

function warning({ file, line }: Rule, message: string, hint: string): RuleProblem {
  return { severity: 'warning', file, line, column: 1, message, hint };
}

/** By file and line, and in the order they were found within a line; those about no file come last. */
function sorted(problems: readonly RuleProblem[]): RuleProblem[] {
  const last = (problem: RuleProblem): number => (problem.file === '' ? 1 : 0);
  return [...problems].sort(
    (a, b) =>
      last(a) - last(b) || compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
