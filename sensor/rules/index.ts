/** Door of rules/. */
export type {
  AddressMatch,
  Dataset,
  DatasetTerm,
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
