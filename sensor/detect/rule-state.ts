/**
 * What rules remember from one stanza to the next. One object, handed from engine to engine when the
 * rules are replaced: everything in it is keyed by gid and sid or by names.
 */
import type { Counters, LimitValues } from '../core/index.ts';
import type { Rule } from '../rules/index.ts';
import { BitTable } from './bit-table.ts';
import { RateTable } from './rate-table.ts';

export class RuleState {
  readonly rates: RateTable;
  readonly bits: BitTable;
  /** Firings nobody was told of, by `gid:sid`. */
  readonly #suppressed = new Map<string, { readonly sid: number; count: number }>();

  constructor(limits: LimitValues, counters: Counters) {
    this.rates = new RateTable(limits.alertThresholdKeys, counters);
    this.bits = new BitTable(limits, counters);
  }

  /** Forget everything but the counts of firings nobody was told of. */
  clear(): void {
    this.rates.clear();
    this.bits.clear();
  }

  countSuppressed({ gid, sid }: Rule): void {
    const key = `${gid}:${sid}`;
    const known = this.#suppressed.get(key);
    if (known === undefined) this.#suppressed.set(key, { sid, count: 1 });
    else known.count++;
  }

  suppressed({ gid, sid }: Rule): number {
    return this.#suppressed.get(`${gid}:${sid}`)?.count ?? 0;
  }

  /** By sid, ascending; rules of several generators with one sid are added up. */
  suppressedBySid(): [sid: number, count: number][] {
    const sums = new Map<number, number>();
    for (const { sid, count } of this.#suppressed.values()) {
      sums.set(sid, (sums.get(sid) ?? 0) + count);
    }
    return [...sums].sort(([a], [b]) => a - b);
  }

  /** Counts of rules that are gone would grow with every reload. */
  keepOnly(rules: readonly Rule[]): void {
    const kept = new Set(rules.map(({ gid, sid }) => `${gid}:${sid}`));
    for (const key of this.#suppressed.keys()) if (!kept.has(key)) this.#suppressed.delete(key);
  }
}
