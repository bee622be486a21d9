/** The state objects of threats.md 0.2, each a file; the watches ask them, and they learn after the watches. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import type { EndpointsOf } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { FactHandler, Learner, ServerFeatures } from '../types.ts';

export interface TableOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly counters: Counters;
  readonly endpointsOf: EndpointsOf;
  readonly facts: FactHandler;
  readonly serverFeatures: readonly ServerFeatures[];
}

/** By name; they learn in this order. */
export interface Tables extends Readonly<Record<string, Learner>> {}

export function createTables(_options: TableOptions): Tables {
  return {};
}
