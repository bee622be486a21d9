/**
 * Between a rule that matched and the alert: suppression, detection_filter, rate_filter, threshold,
 * in this order and nowhere else. What is suppressed is not counted by the others; a rate filter
 * counts every firing, also those a threshold keeps back.
 */
import { COUNTER, type Counters } from '../core/index.ts';
import type { FiringRate, Rule, RuleRates, Suppression, Threshold } from '../rules/index.ts';
import type { Occasion } from './occasion.ts';
import { VERDICT } from './rate-table.ts';
import type { RuleState } from './rule-state.ts';
import { isSuppressed, trackedValue } from './tracks.ts';

/** Everything that may keep a rule back, with the keys of its counts. */
export interface RuleGate {
  readonly suppressions: readonly Suppression[];
  readonly detectionFilter: FiringRate | undefined;
  readonly rateFilters: RuleRates['rateFilters'];
  readonly threshold: Threshold | undefined;
}

/** Undefined when nothing keeps the rule back. */
export function compileGate(rule: Rule, rates: RuleRates): RuleGate | undefined {
  const { suppressions, rateFilters, threshold } = rates;
  const { detectionFilter } = rule;
  const isOpen =
    suppressions.length === 0 &&
    rateFilters.length === 0 &&
    threshold === undefined &&
    detectionFilter === undefined;
  return isOpen ? undefined : { suppressions, rateFilters, threshold, detectionFilter };
}

export class FiringGate {
  readonly #state: RuleState;
  readonly #counters: Counters;

  constructor(state: RuleState, counters: Counters) {
    this.#state = state;
    this.#counters = counters;
  }

  /**
   * Count a firing. VERDICT.told: an alert goes out, also for a pass rule that a rate filter turned;
   * VERDICT.silent: nobody hears of it, a pass rule passes; VERDICT.none: as if it had not matched.
   */
  judge(rule: Rule, gate: RuleGate | undefined, occasion: Occasion): number {
    if (gate === undefined) {
      return rule.action === 'alert' && !rule.noalert ? VERDICT.told : VERDICT.silent;
    }
    const verdict = this.#judge(rule, gate, occasion);
    return rule.noalert ? Math.min(verdict, VERDICT.silent) : verdict;
  }

  #judge(rule: Rule, gate: RuleGate, occasion: Occasion): number {
    const { detectionFilter, threshold } = gate;
    const { tsUsec } = occasion;
    const { rates } = this.#state;
    if (gate.suppressions.some((suppression) => isSuppressed(suppression, occasion))) {
      return this.#keepBack(rule, VERDICT.silent);
    }
    if (detectionFilter !== undefined) {
      const key = countKey('filter', rule, detectionFilter, occasion);
      if (!rates.exceeds(key, detectionFilter, tsUsec)) return VERDICT.none;
    }
    let { action } = rule;
    for (const filter of gate.rateFilters) {
      const key = countKey(`rate ${filter.count}/${filter.seconds}`, rule, filter, occasion);
      if (rates.isChanged(key, filter, tsUsec)) action = filter.newAction;
    }
    const verdict =
      threshold === undefined
        ? VERDICT.told
        : rates.judge(countKey('threshold', rule, threshold, occasion), threshold, tsUsec);
    if (action === 'alert' && verdict === VERDICT.told) return verdict;
    return this.#keepBack(rule, Math.min(verdict, VERDICT.silent));
  }

  #keepBack(rule: Rule, verdict: number): number {
    if (rule.action === 'alert' && !rule.noalert) {
      this.#state.countSuppressed(rule);
      const { values } = this.#counters;
      values[COUNTER.alertsSuppressed] = (values[COUNTER.alertsSuppressed] as number) + 1;
    }
    return verdict;
  }
}

function countKey(
  what: string,
  { gid, sid }: Rule,
  { track }: FiringRate,
  occasion: Occasion,
): string {
  return `${what} ${gid}:${sid} ${track} ${trackedValue(track, occasion)}`;
}
