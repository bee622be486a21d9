/**
 * Candidates of one stanza, checked in full: every group of a rule must hold in some region of
 * its buffer. For a rule that fires, all places that matched are gathered for the alert.
 */
import { changeList } from './dataset-match.ts';
import type { ExpressionPool } from './expression-pool.ts';
import { GroupVerifier } from './group-verifier.ts';
import { changesList, type CompiledGroup, type CompiledRule } from './plan.ts';
import type { RegionTable } from './region-index.ts';

/** Places gathered from one region; beyond it the whole region counts as matched. */
const MAX_PLACES = 4096;

/** Where one group of a rule held. */
export interface Place {
  readonly group: number;
  /** Index in RegionIndex. */
  readonly region: number;
  /** Pairs of start and end in the region: by term, then by start, none overlapping in a term. */
  readonly spans: readonly number[];
}

/** A rule that fired on the stanza in hand. */
export interface Hit {
  readonly compiled: CompiledRule;
  readonly places: readonly Place[];
  /** Gathering was cut short: there may be places that are not listed. */
  readonly isPartial: boolean;
}

export class RuleVerifier {
  readonly #groups: GroupVerifier;
  readonly #regions: RegionTable;

  /** `groups`: to share its budget with other work. */
  constructor(
    pool: ExpressionPool,
    regions: RegionTable,
    maxSpans: number,
    groups = new GroupVerifier(pool, maxSpans),
  ) {
    this.#groups = groups;
    this.#regions = regions;
  }

  /** Start a stanza that may cost `budget` bytes of work. */
  begin(budget: number): void {
    this.#groups.budget = budget;
    this.#groups.isCapped = false;
  }

  /** Work was cut short somewhere in this stanza. */
  get isCapped(): boolean {
    return this.#groups.budget <= 0 || this.#groups.isCapped;
  }

  /** Does every group hold somewhere? */
  fires(compiled: CompiledRule): boolean {
    for (const group of compiled.groups) {
      let region = this.#regions.first[group.buffer] as number;
      while (region >= 0 && !this.#holds(group, region)) {
        region = this.#regions.next[region] as number;
      }
      if (region < 0) return false;
    }
    return true;
  }

  /** All places at which a rule that fires matched. */
  gather(compiled: CompiledRule): Hit {
    const places: Place[] = [];
    let total = 0;
    compiled.groups.forEach((group, index) => {
      let region = this.#regions.first[group.buffer] as number;
      for (; region >= 0; region = this.#regions.next[region] as number) {
        if (total > MAX_PLACES || !this.#holds(group, region)) continue;
        const spans = this.#mergedSpans(group, this.#regions.lengths[region] as number);
        total += spans.length / 2;
        places.push({ group: index, region, spans });
      }
    });
    return { compiled, places, isPartial: this.isCapped || total > MAX_PLACES };
  }

  /** The rule fired: its values are added to lists, or taken out. False when one had no room. */
  changeLists(compiled: CompiledRule): boolean {
    let hadRoom = true;
    for (const group of compiled.groups) {
      if (!group.terms.some(changesList)) continue;
      let region = this.#regions.first[group.buffer] as number;
      for (; region >= 0; region = this.#regions.next[region] as number) {
        if (this.#holds(group, region)) hadRoom = this.#changeList(group, region) && hadRoom;
      }
    }
    return hadRoom;
  }

  #changeList(group: CompiledGroup, region: number): boolean {
    const start = this.#regions.offsets[region] as number;
    const end = start + (this.#regions.lengths[region] as number);
    const memory = this.#regions.memoryOf(region);
    let hadRoom = true;
    for (const term of group.terms) {
      if (term.kind === 'dataset') hadRoom = changeList(term, memory, start, end) && hadRoom;
    }
    return hadRoom;
  }

  #holds(group: CompiledGroup, region: number): boolean {
    const { offsets, lengths } = this.#regions;
    const memory = this.#regions.memoryOf(region);
    return this.#groups.holds(group, memory, offsets[region] as number, lengths[region] as number);
  }

  /** Spans of the last holds(), overlapping ones of a term joined. */
  #mergedSpans(group: CompiledGroup, length: number): number[] {
    const groups = this.#groups;
    groups.prune(group);
    const merged: number[] = [];
    for (let term = 0; term < group.terms.length; term++) {
      const from = groups.runStart[term] as number;
      const to = groups.runEnd[term] as number;
      const termStart = merged.length;
      const pairs: (readonly [number, number])[] = [];
      for (let i = from; i < to; i++) {
        pairs.push([groups.spans.starts[i] as number, groups.spans.ends[i] as number]);
      }
      pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      for (const [start, end] of pairs) {
        const last = merged.length - 1;
        if (merged.length > termStart && start < (merged[last] as number)) {
          merged[last] = Math.max(merged[last] as number, end);
        } else merged.push(start, end);
      }
    }
    return merged.length > 2 * MAX_PLACES ? [0, length] : merged;
  }
}
