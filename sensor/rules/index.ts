/** Door of rules/. */
export {
  loadRules,
  loadRuleSources,
  type LoadOptions,
  type RuleFilterFiles,
  type RuleLimits,
  type RuleSource,
} from './load.ts';
export type { RuleVariables } from './addresses.ts';
export { bitKey, compareIds, orderByBits } from './bit-order.ts';
export {
  disguisedBodies,
  loadCases,
  withMessage,
  type CaseTurn,
  type SignatureCase,
} from './cases.ts';
export {
  bufferName,
  contentText,
  describeBitTrack,
  describeEndpoint,
  describeFilter,
  describeTerm,
  describeThreshold,
  describeTrack,
  durationWords,
  matchText,
} from './describe.ts';
export { readCacheFile, writeCacheFile } from './cache-file.ts';
export { ExpressionStore, pcreFlagBits } from './expression-store.ts';
export { ListDataset } from './datasets.ts';
export { KEYWORDS } from './keywords/table.ts';
export { MAX_URL_CHARS, isInvisible, normalizeUrl, type NormalUrl } from './url.ts';
export type {
  AddressMatch,
  BitChange,
  BitTest,
  BitTrack,
  Dataset,
  DatasetTerm,
  DatasetType,
  DisabledRule,
  FiringRate,
  MatchTerm,
  OverrideTarget,
  PortMatch,
  RateFilter,
  Rule,
  RuleChange,
  RuleOverrides,
  RuleProblem,
  RuleSet,
  RuleTerm,
  SizeTerm,
  SkippedRule,
  Suppression,
  SuppressionTrack,
  Threshold,
  ThresholdOverride,
  ThresholdTrack,
  ThresholdType,
  ValidateTerm,
} from './types.ts';
