/** The detectors of this sensor: code that sees what no rule can say, ready for a detection engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLexiconDetector,
  createObfuscationDetector,
  parseLexicon,
  type Detector,
} from './detect/index.ts';
import { SIGNATURES } from './rule-files.ts';
import { foldText } from './xmpp/index.ts';

/** `lexiconScore`: score at which spim.lexicon fires. */
export function createDetectors(lexiconScore: number): Detector[] {
  const lexicon = join(SIGNATURES, 'lexicon.tsv');
  return [
    createLexiconDetector({
      terms: parseLexicon(lexicon, readFileSync(lexicon, 'utf8')),
      score: lexiconScore,
      fold: foldText,
    }),
    createObfuscationDetector(),
  ];
}
