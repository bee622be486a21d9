/** Text with spans of two kinds laid over each other (syntax, and what a rule matched) as pieces in order. */

export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface SyntaxSpan extends Span {
  readonly kind: string;
}

export interface Segment {
  readonly text: string;
  /** Syntax; '' for plain text. */
  readonly kind: string;
  readonly isMarked: boolean;
}

/** Spans may come in any order and stand outside the text; syntax must not overlap itself. */
export function segments(
  text: string,
  syntax: readonly SyntaxSpan[],
  marks: readonly Span[],
): readonly Segment[] {
  const good = (span: Span): boolean =>
    span.length > 0 && span.offset < text.length && span.offset + span.length > 0;
  const kinds = syntax.filter(good).sort((a, b) => a.offset - b.offset);
  const marked = union(marks.filter(good));
  const cuts = new Set([0, text.length]);
  for (const span of [...kinds, ...marked]) {
    cuts.add(Math.max(0, span.offset));
    cuts.add(Math.min(text.length, span.offset + span.length));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  const pieces: Segment[] = [];
  let kindAt = 0;
  let markAt = 0;
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const start = edges[index] ?? 0;
    const end = edges[index + 1] ?? start;
    while (ends(kinds[kindAt]) <= start) kindAt += 1;
    while (ends(marked[markAt]) <= start) markAt += 1;
    const kind = kinds[kindAt];
    pieces.push({
      text: text.slice(start, end),
      kind: kind !== undefined && kind.offset <= start ? kind.kind : '',
      isMarked: (marked[markAt]?.offset ?? Infinity) <= start,
    });
  }
  return pieces;
}

function ends(span: Span | undefined): number {
  return span === undefined ? Infinity : span.offset + span.length;
}

/** Overlapping and touching spans as one. */
function union(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.offset - b.offset)) {
    const last = merged.at(-1);
    if (last !== undefined && span.offset <= ends(last)) {
      const end = Math.max(ends(last), ends(span));
      merged[merged.length - 1] = { offset: last.offset, length: end - last.offset };
    } else merged.push({ offset: span.offset, length: span.length });
  }
  return merged;
}
