/**
 * Advertising by its words (threats.md 10.1, spim-lexicon): weighted terms in several languages,
 * found on folded text by the scan the rules pay for anyway. Each term counts once per stanza and
 * only between word boundaries; the sum decides, so that one word never does.
 */
import { bufferId, eventId } from '../../core/index.ts';
import type { StanzaView } from '../../xmpp/index.ts';
import {
  DETECTOR_MATCH_WORDS,
  type Detector,
  type DetectorLiteral,
  type DetectorPatterns,
  type EmitEvent,
} from '../detector.ts';
import { isWordAt, isWordBefore } from './characters.ts';
import { MAX_FAMILIES, type LexiconTerm } from './lexicon-file.ts';

export interface LexiconOptions {
  readonly terms: readonly LexiconTerm[];
  /** Sum of weights from which `spim.lexicon` is raised. */
  readonly score: number;
  /** The folding xmpp/ applies to `xmpp.text_folded`: terms must go through the same. */
  readonly fold: (text: string) => string;
}

const FOLDED = bufferId('xmpp.text_folded');
const EVENT = eventId('spim.lexicon');

/** The detector. Terms that fold to the same text count as one, with the highest weight. */
export function createLexiconDetector(options: LexiconOptions): Detector {
  return new LexiconDetector(options);
}

class LexiconDetector implements Detector {
  readonly name = 'lexicon';
  readonly patterns: DetectorPatterns;
  readonly #minScore: number;
  readonly #families: readonly string[];
  /** By literal id. */
  readonly #weight: Uint16Array;
  readonly #family: Uint8Array;
  readonly #length: Uint16Array;
  readonly #isPrefix: Uint8Array;
  /** Number of the stanza the term was last counted in. */
  readonly #seenIn: Float64Array;
  #stanza = 0;

  // Findings of the stanza in hand, from onMatches to stanza().
  #score = 0;
  #terms = 0;
  #familySet = 0;
  #region = -1;
  #regionScore = 0;

  constructor(options: LexiconOptions) {
    this.#minScore = options.score;
    const byText = new Map<string, LexiconTerm>();
    for (const term of options.terms) {
      const folded = options.fold(term.term);
      const known = byText.get(folded);
      if (folded !== '' && (known === undefined || known.weight < term.weight)) {
        byText.set(folded, term);
      }
    }
    const count = byText.size;
    this.#families = [...new Set(options.terms.map((term) => term.family))].slice(0, MAX_FAMILIES);
    this.#weight = new Uint16Array(count);
    this.#family = new Uint8Array(count);
    this.#length = new Uint16Array(count);
    this.#isPrefix = new Uint8Array(count);
    this.#seenIn = new Float64Array(count);

    const encoder = new TextEncoder();
    const literals: DetectorLiteral[] = [];
    for (const [folded, term] of byText) {
      const id = literals.length;
      const bytes = encoder.encode(folded);
      this.#weight[id] = term.weight;
      this.#family[id] = this.#families.indexOf(term.family);
      this.#length[id] = bytes.length;
      this.#isPrefix[id] = term.isPrefix ? 1 : 0;
      literals.push({ bytes, nocase: true, id });
    }
    this.patterns = {
      buffer: FOLDED,
      literals,
      onMatches: (view, matches, matchCount) => {
        this.#count(view, matches, matchCount);
      },
    };
  }

  stanza(_view: StanzaView, emit: EmitEvent): void {
    if (this.#terms === 0) return;
    if (this.#score >= this.#minScore) {
      const families = this.#families.filter((_, i) => (this.#familySet & (1 << i)) !== 0);
      const context = { score: this.#score, terms: this.#terms, families: families.join(',') };
      emit(EVENT, context, this.#region);
    }
    this.#score = 0;
    this.#terms = 0;
    this.#familySet = 0;
    this.#region = -1;
    this.#regionScore = 0;
  }

  /** Add up the terms of one stanza; the region that adds most is the evidence. */
  #count(view: StanzaView, matches: Uint32Array, count: number): void {
    const { memory, regions } = view;
    this.#stanza++;
    let inRegion = -1;
    let regionScore = 0;
    for (let i = 0; i < count; i++) {
      const region = matches[DETECTOR_MATCH_WORDS * i] as number;
      const id = matches[DETECTOR_MATCH_WORDS * i + 1] as number;
      if (this.#seenIn[id] === this.#stanza) continue;
      const start = regions[3 * region + 1] as number;
      const end = start + (regions[3 * region + 2] as number);
      const to = start + (matches[DETECTOR_MATCH_WORDS * i + 2] as number);
      const from = to - (this.#length[id] as number);
      if (isWordBefore(memory, start, from)) continue;
      if (this.#isPrefix[id] === 0 && isWordAt(memory, to, end)) continue;

      this.#seenIn[id] = this.#stanza;
      const weight = this.#weight[id] as number;
      this.#score += weight;
      this.#terms++;
      this.#familySet |= 1 << (this.#family[id] as number);
      if (region !== inRegion) regionScore = 0;
      inRegion = region;
      regionScore += weight;
      if (regionScore > this.#regionScore) {
        this.#regionScore = regionScore;
        this.#region = region;
      }
    }
  }
}
