/** `threshold` and `detection_filter`: how often a rule fires, and how often it is told. */
import { splitPiece, type KeywordTable } from '../draft.ts';
import { NamedParts, RATE_PARTS, THRESHOLD_PARTS, parseRate, parseThreshold } from '../rates.ts';

export const RATE_KEYWORDS: KeywordTable = {
  threshold: {
    value: 'required',
    isRepeatable: false,
    apply: (draft, value, keyword) => {
      const parts = new NamedParts(keyword, splitPiece(value, ','), THRESHOLD_PARTS);
      draft.threshold = parseThreshold(parts);
    },
  },
  detection_filter: {
    value: 'required',
    isRepeatable: false,
    apply: (draft, value, keyword) => {
      const parts = new NamedParts(keyword, splitPiece(value, ','), RATE_PARTS);
      draft.detectionFilter = parseRate(parts, 'track by_src, count 30, seconds 60');
    },
  },
};
