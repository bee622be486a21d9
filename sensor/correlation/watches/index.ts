/** All watches, in the order they see a stanza. One line each; what they share are the tables. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import type { EndpointsOf } from '../scene.ts';
import type { LabelPolicy } from '../label-policy.ts';
import type { Site } from '../site.ts';
import type { StateMemory } from '../state-memory.ts';
import type { Tables } from '../tables/index.ts';
import type { FactHandler, Teller, Watch } from '../types.ts';
import { watchAtoSync } from './ato-sync.ts';
import { watchBindChurn } from './bind-churn.ts';
import { watchClearAfterTls } from './clear-after-tls.ts';
import { watchIbrFlood } from './ibr-flood.ts';
import { watchSaslBrute } from './sasl-brute.ts';
import { watchSaslDowngrade } from './sasl-downgrade.ts';
import { watchSaslSpray } from './sasl-spray.ts';
import { watchSaslWeak } from './sasl-weak.ts';
import { watchSmHijack } from './sm-hijack.ts';
import { watchStarttlsStripped } from './starttls-stripped.ts';
import { watchBeacon } from './beacon.ts';
import { watchCommands } from './commands.ts';
import { watchE2ee } from './e2ee.ts';
import { watchExternalAccounts } from './external-account.ts';
import { watchHiddenCopy } from './hidden-copy.ts';
import { watchIbb } from './ibb.ts';
import { watchNewClients } from './new-client.ts';
import { watchHeldLogins } from './held-logins.ts';
import { watchLegs } from './leg-comparison.ts';
import { watchParserDiff } from './parser-diff.ts';
import { watchComponents } from './component-auth.ts';
import { watchDialbackFailures } from './db-fail-burst.ts';
import { watchBulk } from './dlp-bulk.ts';
import { watchExposure } from './dlp-exposure.ts';
import { watchLabels } from './dlp-labels.ts';
import { watchHiddenText } from './dlp-hidden-text.ts';
import { watchJoinedText } from './dlp-joined-text.ts';
import { watchDialbackAnswers } from './db-unsolicited.ts';
import { watchDomainMismatch } from './s2s-domain-mismatch.ts';
import { watchS2sPlaintext } from './s2s-plaintext.ts';
import { watchAmplifiers } from './amplify.ts';
import { watchHarvest } from './harvest.ts';
import { watchEnumeration } from './jid-enum.ts';
import { watchJoinFlood } from './muc-join-flood.ts';
import { watchMessageFlood } from './muc-msg-flood.ts';
import { watchTakeover } from './muc-takeover.ts';
import { watchErrorLoops } from './error-loop.ts';
import { watchNuisance } from './nuisance.ts';
import { watchC2sFromSpoof } from './c2s-from-spoof.ts';
import { watchCarbonSpoof } from './carbon-spoof.ts';
import { watchCorrectionSpoof } from './correction-spoof.ts';
import { watchIdForgery } from './id-forgery.ts';
import { watchIqReplySpoof } from './iq-reply-spoof.ts';
import { watchMamSpoof } from './mam-spoof.ts';
import { watchPepEventSpoof } from './pep-event-spoof.ts';
import { watchRosterPushSpoof } from './roster-push-spoof.ts';
import { watchNearDuplicates } from './spim-neardup.ts';
import { watchLinks } from './spim-links.ts';
import { watchStrangers } from './spim-stranger.ts';
import { watchFanout } from './spim-fanout.ts';
import { watchDoor, type Doorkeeper } from './spim-door.ts';
import { watchDomainSurge } from './spim-domain-surge.ts';
import { watchSubscriptions } from './spim-sub-flood.ts';
import { watchTargets } from './spim-target-flood.ts';
import { watchOfflineStores } from './spim-offline-fill.ts';
import { watchInvitations } from './spim-muc-invite.ts';
import { watchVisits } from './spim-muc-hitrun.ts';
import { watchNameFamilies } from './spim-jid-family.ts';
import { watchEncryptedStrangers } from './spim-encrypted-stranger.ts';
import { watchReports } from './spim-reports.ts';
import { watchServerVerdicts } from './spim-server-verdict.ts';
import { watchScore } from './spim-score.ts';

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
  readonly labelPolicy: LabelPolicy;
  /** See `CorrelationOptions`. */
  readonly isWaiting: (flow: number) => boolean;
  /** Raises events that belong to an earlier stanza than the one in hand. */
  readonly teller: Teller;
}

type MakeWatch = (options: WatchOptions) => Watch;

const WATCHES: readonly MakeWatch[] = [
  watchStarttlsStripped,
  watchClearAfterTls,
  watchSaslDowngrade,
  watchSaslWeak,
  watchSaslBrute,
  watchSaslSpray,
  // Behind those who find out whose password was guessed.
  watchAtoSync,
  watchSmHijack,
  watchBindChurn,
  watchIbrFlood,
  watchBeacon,
  watchCommands,
  watchE2ee,
  watchExternalAccounts,
  watchHiddenCopy,
  watchIbb,
  watchNewClients,
  watchHeldLogins,
  watchLegs,
  watchParserDiff,
  watchComponents,
  watchDialbackFailures,
  watchDialbackAnswers,
  watchDomainMismatch,
  watchS2sPlaintext,
  watchEnumeration,
  watchHarvest,
  watchJoinFlood,
  watchMessageFlood,
  watchTakeover,
  watchAmplifiers,
  watchNuisance,
  watchErrorLoops,
  watchC2sFromSpoof,
  watchCarbonSpoof,
  watchCorrectionSpoof,
  watchIdForgery,
  watchIqReplySpoof,
  watchMamSpoof,
  watchPepEventSpoof,
  watchRosterPushSpoof,
  watchInvitations,
  watchVisits,
  watchHiddenText,
  watchJoinedText,
  watchBulk,
  watchExposure,
  watchServerVerdicts,
  watchScore,
];

/** SPIM detectors behind the door; the first two say which campaign a message belongs to. */
const DOORKEEPERS: readonly ((options: WatchOptions) => Doorkeeper)[] = [
  watchNearDuplicates,
  watchLinks,
  watchStrangers,
  watchFanout,
  watchDomainSurge,
  watchSubscriptions,
  watchTargets,
  watchOfflineStores,
  watchNameFamilies,
  watchEncryptedStrangers,
  watchReports,
];

export function createWatches(options: WatchOptions): Watch[] {
  const keepers = DOORKEEPERS.map((make) => make(options));
  return [
    ...watchDoor(options, keepers),
    ...watchLabels(options),
    ...WATCHES.map((make) => make(options)),
  ];
}
