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
export {
  disguisedBodies,
  loadCases,
  withMessage,
  type CaseTurn,
  type SignatureCase,
} from './cases.ts';
export { readCacheFile, writeCacheFile } from './cache-file.ts';
export { ExpressionStore, pcreFlagBits } from './expression-store.ts';
export { ListDataset } from './datasets.ts';
export { KEYWORDS } from './keywords/table.ts';
export { MAX_URL_CHARS, isInvisible, normalizeUrl, type NormalUrl } from './url.ts';
export type {
  AddressMatch,
  Dataset,
  DatasetTerm,
  DatasetType,
  DisabledRule,
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
  Suppression,
  SuppressionTrack,
  Threshold,
  ThresholdOverride,
  ThresholdTrack,
  ThresholdType,
  ValidateTerm,
} from './types.ts';
