/** Door of rules/. */
export {
  loadRules,
  loadRuleSources,
  type LoadOptions,
  type RuleLimits,
  type RuleSource,
} from './load.ts';
export type { RuleVariables } from './addresses.ts';
export { pcreFlagBits } from './check-expression.ts';
export { ListDataset } from './datasets.ts';
export { KEYWORDS } from './keywords/table.ts';
export { MAX_URL_CHARS, isInvisible, normalizeUrl, type NormalUrl } from './url.ts';
export type {
  AddressMatch,
  Dataset,
  DatasetTerm,
  DatasetType,
  MatchTerm,
  PortMatch,
  Rule,
  RuleProblem,
  RuleSet,
  RuleTerm,
  SizeTerm,
  Threshold,
  ThresholdTrack,
  ThresholdType,
  ValidateTerm,
} from './types.ts';
