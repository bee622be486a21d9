/** Enough syntax to read by: XML as it came over the wire, rules, JSON. Never fails; what it does not know is plain. */
import type { SyntaxSpan } from './segments.ts';

export type Language = 'xml' | 'rule' | 'json' | 'plain';

/** Longer texts are shown without colours: a page must not stall on one stanza. */
const MAX_CHARS = 65_536;

const XML =
  /(<!--[\s\S]*?(?:-->|$))|(<!\[CDATA\[[\s\S]*?(?:\]\]>|$))|(<[?!][^>]*>?)|(<\/?)([^\s/>"'=<]+)|([^\s/>"'=<]+)(?=\s*=\s*["'])|("[^"<]*"|'[^'<]*')(?=[\s/>?]|$)|(&[#\w]+;)|(\/?>)/g;
const XML_KINDS = [
  'comment',
  'cdata',
  'comment',
  'punct',
  'tag',
  'name',
  'string',
  'escape',
  'punct',
];

const RULE =
  /("(?:[^"\\]|\\.)*")|^(\s*#.*)$|^(\s*(?:alert|pass|drop|reject)\b)|([\w.]+)(?=\s*[:;])|(\$\w+)|([;:(){}]|->|<>)/gm;
const RULE_KINDS = ['string', 'comment', 'tag', 'name', 'escape', 'punct'];

const JSON_TEXT =
  /("(?:[^"\\]|\\.)*")(?=\s*:)|("(?:[^"\\]|\\.)*")|(\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([{}[\],:])/g;
const JSON_KINDS = ['name', 'string', 'escape', 'punct'];

export function syntaxOf(text: string, language: Language): readonly SyntaxSpan[] {
  if (text.length > MAX_CHARS) return [];
  switch (language) {
    case 'xml':
      return scan(text, XML, XML_KINDS);
    case 'rule':
      return scan(text, RULE, RULE_KINDS);
    case 'json':
      return scan(text, JSON_TEXT, JSON_KINDS);
    case 'plain':
      return [];
  }
}

function scan(text: string, pattern: RegExp, kinds: readonly string[]): SyntaxSpan[] {
  const spans: SyntaxSpan[] = [];
  for (const match of text.matchAll(pattern)) {
    let offset = match.index;
    for (const [index, kind] of kinds.entries()) {
      const part = match[index + 1];
      if (part === undefined || part === '') continue;
      spans.push({ offset, length: part.length, kind });
      offset += part.length;
    }
  }
  return spans;
}
