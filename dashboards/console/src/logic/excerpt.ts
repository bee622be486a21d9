/** Where in an excerpt the matches are: their offsets are those of the whole text, so they are found by what they say. */
import type { EvidenceMatch } from '../../../../sensor/core/rows.ts';
import type { Span } from './segments.ts';

/** Matches that lie in no other: two conditions of a rule may match at one place, or one inside the other. */
export function outerMatches(matches: readonly EvidenceMatch[]): readonly EvidenceMatch[] {
  return matches.filter(
    (match, index) =>
      !matches.some(
        (other, at) =>
          at !== index &&
          other.offset <= match.offset &&
          other.offset + other.length >= match.offset + match.length &&
          // Of two at the same place the first stays.
          (other.length > match.length || at < index),
      ),
  );
}

/** The values that matched, each once, however often and wherever it stands in the text. */
export function distinctMatches(matches: readonly EvidenceMatch[]): readonly EvidenceMatch[] {
  const seen = new Set<string>();
  return outerMatches(matches).filter(({ hmac }) => {
    if (hmac === '') return true;
    const isNew = !seen.has(hmac);
    seen.add(hmac);
    return isNew;
  });
}

export function excerptMarks(excerpt: string, matches: readonly EvidenceMatch[]): readonly Span[] {
  const marks: Span[] = [];
  let from = 0;
  for (const { masked } of outerMatches(matches)) {
    const text = masked.replace(/(?:…|\.\.\.)$/, '');
    if (text === '') continue;
    const next = excerpt.indexOf(text, from);
    const offset = next >= 0 ? next : excerpt.indexOf(text);
    if (offset < 0) continue;
    marks.push({ offset, length: text.length });
    from = offset + text.length;
  }
  return marks;
}
