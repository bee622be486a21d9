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
import { watchLegs } from './leg-comparison.ts';
import { watchParserDiff } from './parser-diff.ts';
import { watchSocks } from './socks.ts';
import { watchC2sFromSpoof } from './c2s-from-spoof.ts';
import { watchCarbonSpoof } from './carbon-spoof.ts';
import { watchCorrectionSpoof } from './correction-spoof.ts';
import { watchIdForgery } from './id-forgery.ts';
import { watchIqReplySpoof } from './iq-reply-spoof.ts';
import { watchMamSpoof } from './mam-spoof.ts';
import { watchPepEventSpoof } from './pep-event-spoof.ts';
import { watchRosterPushSpoof } from './roster-push-spoof.ts';

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
  watchLegs,
  watchParserDiff,
  watchSocks,
  watchC2sFromSpoof,
  watchCarbonSpoof,
  watchCorrectionSpoof,
  watchIdForgery,
  watchIqReplySpoof,
  watchMamSpoof,
  watchPepEventSpoof,
  watchRosterPushSpoof,
];

export function createWatches(options: WatchOptions): Watch[] {
  return WATCHES.map((make) => make(options));
}
