/** threshold.config seen from a rule: what of it applies. */
import type {
  Rule,
  RateFilter,
  RuleOverrides,
  Suppression,
  Threshold,
  ThresholdOverride,
} from './types.ts';

/** What holds for one rule, its own keywords and threshold.config taken together. */
export interface RuleRates {
  readonly suppressions: readonly Suppression[];
  readonly rateFilters: readonly RateFilter[];
  readonly threshold: Threshold | undefined;
  /** The line that put `threshold` in place of the rule's own. */
  readonly replacedBy: ThresholdOverride | undefined;
}

/**
 * Looks up the lines about a rule. As in Suricata, a threshold for one rule replaces the rule's own (the
 * last line wins), one for all rules is for those that have neither threshold nor detection_filter.
 */
export class OverrideIndex {
  readonly #suppressions: TargetMap<Suppression>;
  readonly #rateFilters: TargetMap<RateFilter>;
  readonly #thresholds: TargetMap<ThresholdOverride>;

  constructor(overrides: RuleOverrides) {
    this.#suppressions = new TargetMap(overrides.suppressions);
    this.#rateFilters = new TargetMap(overrides.rateFilters);
    this.#thresholds = new TargetMap(overrides.thresholds);
  }

  ratesOf(rule: Rule): RuleRates {
    const thresholds = this.#thresholds.of(rule);
    const hasOwn = rule.threshold !== undefined || rule.detectionFilter !== undefined;
    const replacedBy =
      thresholds.findLast(({ sid }) => sid !== 0) ?? (hasOwn ? undefined : thresholds.at(-1));
    return {
      suppressions: this.#suppressions.of(rule),
      rateFilters: this.#rateFilters.of(rule),
      threshold: replacedBy?.threshold ?? rule.threshold,
      replacedBy,
    };
  }
}

/** Lines by what they are about. */
class TargetMap<T extends { readonly gid: number; readonly sid: number }> {
  readonly #byTarget = new Map<string, T[]>();
  /** Position in the file, to give the lines of several targets back in their order. */
  readonly #order = new Map<T, number>();

  constructor(lines: readonly T[]) {
    lines.forEach((line, position) => {
      this.#order.set(line, position);
      const key = `${line.gid}:${line.sid}`;
      const known = this.#byTarget.get(key);
      if (known === undefined) this.#byTarget.set(key, [line]);
      else known.push(line);
    });
  }

  /** Those about the rule, its generator, and everything, in the order they were written. */
  of({ gid, sid }: Rule): readonly T[] {
    if (this.#byTarget.size === 0) return [];
    const keys = new Set([`${gid}:${sid}`, `${gid}:0`, '0:0']);
    const found = [...keys].flatMap((key) => this.#byTarget.get(key) ?? []);
    return found.sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
  }
}
