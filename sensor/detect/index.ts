/** Door of detect/. */
export type { Finding, FindingHandler, FindingMatch, SecretSpan } from './types.ts';
export {
  DETECTOR_MATCH_WORDS,
  type Detector,
  type DetectorLiteral,
  type DetectorPatterns,
  type EmitEvent,
  type EventContext,
} from './detector.ts';
export type { Validator, ValidatorTable } from './validator.ts';
