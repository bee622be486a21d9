/**
 * Which of a rule's matches selects the stanzas worth a closer look. The rarest wins: long fixed
 * text in a buffer people write in beats protocol words that stand in every other stanza.
 */
import { BUFFERS } from '../core/index.ts';
import type { MatchTerm, Rule } from '../rules/index.ts';

/** Longer patterns are not rarer in practice. */
const LONG_ENOUGH = 16;

/** How much a fixed byte of this buffer tells, compared with one of human text. */
function weight(buffer: number): number {
  switch (BUFFERS[buffer]) {
    case 'xmpp.kind':
    case 'xmpp.type':
    case 'xmpp.relation':
      return 0.2;
    case 'xmpp.ns':
    case 'xmpp.stanza':
      return 0.7;
    // Long and made of everyday words: a rule that has anything else is selected by that, so that these
    // need not be searched at all.
    case 'xmpp.path':
    case 'xmpp.attr':
      return 0.1;
    default:
      return 1;
  }
}

function score(term: MatchTerm): number {
  // A class such as \d tells about a third of what a fixed byte does.
  const length = term.literalLength + (term.minLength - term.literalLength) / 3;
  // Between equals a plain content: it is the cheaper search.
  const bonus = term.kind === 'content' ? 0.5 : 0;
  return Math.min(length, LONG_ENOUGH) * weight(term.buffer) + bonus;
}

/** An expression whose start looks back at the match before cannot be searched on its own. */
function canSelect(term: MatchTerm): boolean {
  return !term.negated && !(term.kind === 'pcre' && term.relative && term.startSensitive);
}

/** A match no rarer than this tells less than a list does. */
const COMMON = 0.6;

/**
 * The match that selects candidates, or undefined when the rule has none that could, or only a word
 * that stands everywhere beside a list that a value must be on: then the list selects.
 */
export function chooseFastPattern(rule: Rule): MatchTerm | undefined {
  const hasList = rule.terms.some((term) => term.kind === 'dataset' && term.command === 'isset');
  let best: MatchTerm | undefined;
  for (const term of rule.terms) {
    if ((term.kind !== 'content' && term.kind !== 'pcre') || !canSelect(term)) continue;
    if (term.fastPattern) return term;
    if (hasList && weight(term.buffer) < COMMON) continue;
    if (best === undefined || score(term) > score(best)) best = term;
  }
  return best;
}
