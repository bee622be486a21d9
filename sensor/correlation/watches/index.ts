/** All watches, in the order they see a stanza. One line each; what they share are the tables. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import type { EndpointsOf } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { Tables } from '../tables/index.ts';
import type { FactHandler, Watch } from '../types.ts';

/** What a watch is made from. */
export interface WatchOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly counters: Counters;
  readonly tables: Tables;
  readonly facts: FactHandler;
  readonly endpointsOf: EndpointsOf;
}

type MakeWatch = (options: WatchOptions) => Watch;

const WATCHES: readonly MakeWatch[] = [];

export function createWatches(options: WatchOptions): Watch[] {
  return WATCHES.map((make) => make(options));
}
