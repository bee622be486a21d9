/** Door of rules/. */
export {
  loadRules,
  loadRulesInSteps,
  loadRuleSources,
  type LoadOptions,
  type RuleFilterFiles,
  type RuleLimits,
  type RuleSource,
  type TuningSources,
} from './load.ts';
export type { RuleVariables } from './addresses.ts';
export { bitKey, compareIds, orderByBits } from './bit-order.ts';
export {
  conversationBehind,
  disguisedBodies,
  loadCases,
  NamedCases,
  withMessage,
  withTurns,
  MAX_CASE_FLOWS,
  type NamedCase,
  type SignatureCase,
} from './cases.ts';
export type { CaseFile } from './case-files.ts';
export { caseSteps, type CaseFlow, type CaseTurn } from './case-turns.ts';
export { BUFFER_GUIDE } from './buffer-guide.ts';
export { FILE_TEXT_BUFFERS, isAboutFilesOnly, judgesFiles, readsFileText } from './file-rules.ts';
export { ruleEntries, ruleState, shownFile, type RuleEntry } from './entries.ts';
export {
  bufferName,
  contentText,
  describeBitTrack,
  describeEndpoint,
  describeFilter,
  describeQuery,
  describeTerm,
  describeThreshold,
  describeTrack,
  durationWords,
  matchText,
} from './describe.ts';
export {
  importRules,
  type ImportOptions,
  type ImportRemark,
  type ImportReport,
  type ImportedRule,
} from './import.ts';
export { readCacheFile, writeCacheFile } from './cache-file.ts';
export { ExpressionStore, pcreFlagBits } from './expression-store.ts';
export { LIST_SUFFIX } from './datasets.ts';
export { parseExpiry } from './dataset-file.ts';
export { isSharedHost } from './intel/safety.ts';
export { IntelFormatError } from './intel/items.ts';
export { readOwnValues, type OwnValues } from './intel/own-values.ts';
export { mergeList, type MergeOptions, type MergedList } from './intel/merge.ts';
export {
  INTEL_FORMATS,
  INTEL_LISTS,
  INTEL_PURPOSES,
  readIntel,
  type IntelFormat,
  type IntelOptions,
  type IntelPurpose,
  type IntelReading,
} from './intel/read-intel.ts';
export { DatasetKeeper } from './dataset-keeper.ts';
export { HashedSet } from './hashed-set.ts';
export { ListDataset, type ListType } from './list-dataset.ts';
export { SEALED_LINE, ValueSealer, valueKey, type ValueKey } from './value-seal.ts';
export { IN_WORD, WordReader } from './words.ts';
export { ValueMemo } from './value-memo.ts';
export { KEYWORDS } from './keywords/table.ts';
export { OverrideIndex, type RuleRates } from './overrides.ts';
export { parseStory, STORY_FACTS, type StoryPart, type StoryPhrase } from './story-phrase.ts';
export { MAX_URL_CHARS, isInvisible, normalizeUrl, type NormalUrl } from './url.ts';
export type {
  AddressMatch,
  AddressQuery,
  BitChange,
  BitTest,
  BitTrack,
  Dataset,
  DatasetCommand,
  DatasetQuery,
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
