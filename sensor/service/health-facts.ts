/** What the health checks go by: figures only, from a running sensor or from what one wrote last. */
import type { Health, InterfaceHealth, WorkerHealth } from '../api/index.ts';
import type { CounterName } from '../core/index.ts';
import type { PacksNews } from '../output/index.ts';

/** Counters by name; those left out are 0. */
export type Figures = Readonly<Partial<Record<CounterName, number>>>;

export interface HealthFacts {
  readonly nowUsec: number;
  readonly isLive: boolean;
  /** Interfaces or files, for people. */
  readonly source: string;
  readonly uptimeSeconds: number;
  /** Counted since the start. */
  readonly totals: Figures;
  /** What was counted in the last minutes, and how many seconds those were. */
  readonly lately: { readonly seconds: number; readonly counted: Figures };
  readonly interfaces: readonly InterfaceHealth[];
  readonly workers: readonly WorkerHealth[];
  /** Since the latest packet; undefined before the first. */
  readonly silentSeconds: number | undefined;
  /** Time of the latest packet minus the clock while packets come; undefined where that is not known. */
  readonly aheadSeconds: number | undefined;
  readonly store: Health['store'];
  /** Where the store stands; undefined where that is not known. */
  readonly disk: { readonly freeBytes: number; readonly bytes: number } | undefined;
  /** Sinks in trouble. */
  readonly sinks: readonly { readonly sink: string; readonly problem: string }[];
  /** Messages to webhooks that were given up, and that wait. */
  readonly webhooks: { readonly lost: number; readonly waiting: number };
  readonly rules: Health['rules'] & {
    /** Why the latest reload failed; '' after a good one. */
    readonly problem: string;
  };
  readonly memory: Health['memory'];
  /** For a store alone: alerts that are not packed; undefined when there is nothing to say. */
  readonly packs?: PacksNews | undefined;
  /** For a store alone: when its sensor last said how it is; undefined when never. */
  readonly reportedUsec?: number | undefined;
}

export function total(facts: HealthFacts, name: CounterName): number {
  return facts.totals[name] ?? 0;
}

export function lately(facts: HealthFacts, name: CounterName): number {
  return facts.lately.counted[name] ?? 0;
}

/** Share of the stream bytes that were seen, 0 to 100 with one decimal; undefined before the first. */
export function seenPercent(counted: Figures): number | undefined {
  const seen = counted.tcpSeenBytes ?? 0;
  const known = seen + (counted.tcpGapBytes ?? 0);
  return known === 0 ? undefined : Math.floor((seen / known) * 1000) / 10;
}
