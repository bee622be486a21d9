/** Door of detect/. */
export { DetectEngine, createDetectEngine, type DetectOptions } from './engine.ts';
export { CostEstimator, type RuleCost, type SampleStanza } from './cost.ts';
export { BufferReader, type BufferText } from './buffer-reader.ts';
export { RuleDiagnosis, type Condition } from './diagnose.ts';
export { explainSelection, type RuleExplanation, type Selection } from './explain.ts';
export type { FileFindings, FilePartView, FileVerdict, FileView } from './file-types.ts';
export type { FlowEndpoints } from './header-match.ts';
export { NO_STANZA } from './occasion.ts';
export { RuleState } from './rule-state.ts';
export { checkLibhs, type LibhsCheck } from './libhs-check.ts';
export { suppressionOf } from './suppression-of.ts';
export type { Finding, FindingHandler, FindingMatch, SecretSpan } from './types.ts';
export {
  DETECTOR_MATCH_WORDS,
  type ComposedText,
  type Detector,
  type DetectorLiteral,
  type DetectorPatterns,
  type EmitEvent,
  type EventContext,
  type Incident,
  type ReadComposed,
} from './detector.ts';
export { UrlFinder } from './url-finder.ts';
export type { Validator, ValidatorTable } from './validator.ts';
export { createLexiconDetector } from './detectors/lexicon.ts';
export { parseLexicon, type LexiconTerm } from './detectors/lexicon-file.ts';
export { createFingerprintDetector } from './detectors/fingerprints.ts';
export { arrange } from './fingerprints/commonness.ts';
export { FingerprintIndex } from './fingerprints/fingerprint-index.ts';
export {
  LibraryError,
  decodeLibrary,
  encodeLibrary,
  type FingerprintedDocument,
} from './fingerprints/library.ts';
export { ShingleReader } from './fingerprints/shingles.ts';
export { createObfuscationDetector } from './detectors/obfuscation.ts';
export { VALIDATORS, validatorProblem } from './validators/index.ts';
