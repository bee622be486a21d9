/** All watches, in the order they see a stanza. One line each; what they share are the tables. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import type { EndpointsOf } from '../scene.ts';
import type { Site } from '../site.ts';
import type { StateMemory } from '../state-memory.ts';
import type { Tables } from '../tables/index.ts';
import type { FactHandler, Watch } from '../types.ts';
import { watchBeacon } from './beacon.ts';
import { watchCommands } from './commands.ts';
import { watchE2ee } from './e2ee.ts';
import { watchExternalAccounts } from './external-account.ts';
import { watchHiddenCopy } from './hidden-copy.ts';
import { watchIbb } from './ibb.ts';
import { watchNewClients } from './new-client.ts';
import { watchParserDiff } from './parser-diff.ts';
import { watchSocks } from './socks.ts';

/** What a watch is made from. */
export interface WatchOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly counters: Counters;
  readonly tables: Tables;
  readonly facts: FactHandler;
  readonly endpointsOf: EndpointsOf;
  readonly site: Site;
}

type MakeWatch = (options: WatchOptions) => Watch;

const WATCHES: readonly MakeWatch[] = [
  watchBeacon,
  watchCommands,
  watchE2ee,
  watchExternalAccounts,
  watchHiddenCopy,
  watchIbb,
  watchNewClients,
  watchParserDiff,
  watchSocks,
];

export function createWatches(options: WatchOptions): Watch[] {
  return WATCHES.map((make) => make(options));
}
