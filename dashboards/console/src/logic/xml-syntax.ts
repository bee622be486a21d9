/** Enough syntax to read XML by as it came over the wire. Never fails; what it does not know is plain. */
import type { SyntaxSpan } from './segments.ts';

/** Longer texts are shown without colours: a page must not stall on one stanza. */
const MAX_CHARS = 65_536;

const XML =
  /(<!--[\s\S]*?(?:-->|$))|(<!\[CDATA\[[\s\S]*?(?:\]\]>|$))|(<[?!][^>]*>?)|(<\/?)([^\s/>"'=<]+)|([^\s/>"'=<]+)(?=\s*=\s*["'])|("[^"<]*"|'[^'<]*')(?=[\s/>?]|$)|(&[#\w]+;)|(\/?>)/g;
/** What each group of the pattern is. */
const KINDS = [
  'comment',
  'cdata',
  'comment',
  'punct',
  'tag',
  'name',
  'string',
  'escape',
  'punct',
] as const;

export function xmlSyntax(text: string): readonly SyntaxSpan[] {
  if (text.length > MAX_CHARS) return [];
  const spans: SyntaxSpan[] = [];
  for (const match of text.matchAll(XML)) {
    let offset = match.index;
    for (const [index, kind] of KINDS.entries()) {
      const part = match[index + 1];
      if (part === undefined || part === '') continue;
      spans.push({ offset, length: part.length, kind });
      offset += part.length;
    }
  }
  return spans;
}
