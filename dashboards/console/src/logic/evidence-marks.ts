/** Where in a redacted excerpt the matches stand: offsets of evidence point into the buffer, whose text stays inside. */
import type { EvidenceMatch } from '../../../../sensor/core/rows.ts';
import type { Span } from './segments.ts';

/** Bounds the work on an excerpt that repeats itself. */
const MAX_MARKS = 100;

/** Every place where a masked match reads so; matches that were cut or hidden otherwise are not found. */
export function evidenceMarks(excerpt: string, matches: readonly EvidenceMatch[]): readonly Span[] {
  const marks: Span[] = [];
  for (const masked of new Set(matches.map((match) => match.masked))) {
    if (masked === '') continue;
    for (
      let at = excerpt.indexOf(masked);
      at >= 0 && marks.length < MAX_MARKS;
      at = excerpt.indexOf(masked, at + masked.length)
    ) {
      marks.push({ offset: at, length: masked.length });
    }
  }
  return marks.sort((a, b) => a.offset - b.offset);
}
