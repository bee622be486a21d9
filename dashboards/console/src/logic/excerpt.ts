/** Where in an excerpt the matches are: their offsets are those of the whole text, so they are found by what they say. */
import type { EvidenceMatch } from '../../../../sensor/core/rows.ts';
import type { Span } from './segments.ts';

export function excerptMarks(excerpt: string, matches: readonly EvidenceMatch[]): readonly Span[] {
  const marks: Span[] = [];
  let from = 0;
  for (const { masked } of matches) {
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
