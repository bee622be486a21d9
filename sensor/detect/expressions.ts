/** Matches of a rule in the form libhs takes. */
import { FLAG, type Expression } from 'hyperscan-js';
import { pcreFlagBits, type MatchTerm } from '../rules/index.ts';

export type ExpressionSpec = Omit<Expression, 'id'> & { readonly expression: string };

/** Bytes as an expression: every byte by its number, so nothing needs escaping. */
export function literalExpression(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

/** Stands around each of the regions that are scanned joined (hyperscan-js): no byte of UTF-8. */
const BORDER = '\\xff';

/**
 * The same for regions that are scanned joined: every region in which the match stands is found, and
 * some more, as places do not count and a match may reach over a border. Undefined where the joined text
 * would tell too much (nothing fixed to search for) or the anchors cannot be moved to the borders.
 */
export function joinedExpression(term: MatchTerm): ExpressionSpec | undefined {
  if (term.kind === 'pcre') {
    if (term.literalLength === 0 || term.pcreFlags.includes('m')) return undefined;
    return { expression: withBorders(term.expression), flags: pcreFlagBits(term.pcreFlags) };
  }
  const start = term.startswith ? BORDER : '';
  const end = term.endswith ? BORDER : '';
  const flags = term.nocase ? FLAG.caseless : 0;
  return { expression: start + literalExpression(term.bytes) + end, flags };
}

/** An escape, a class or an anchor: what `^` and `$` mean depends on where they stand. */
const ATOM = /\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]|[\^$]/g;

/** An expression whose anchors are the borders of its region. */
function withBorders(expression: string): string {
  return expression.replace(ATOM, (atom) => {
    switch (atom) {
      case '^':
      case '\\A':
      case '\\z':
        return BORDER;
      case '$':
      case '\\Z':
        return `(?:\\n?${BORDER})`;
      default:
        return atom;
    }
  });
}

/**
 * The expression that selects candidates by this match: it finds at least all regions in which
 * the match stands, told once per region. Relative places are left to the verifier.
 */
export function selectorExpression(term: MatchTerm): ExpressionSpec {
  if (term.kind === 'pcre') {
    return {
      expression: term.expression,
      flags: pcreFlagBits(term.pcreFlags) | FLAG.singlematch,
    };
  }
  const start = term.startswith ? '^' : '';
  const end = term.endswith ? '\\z' : '';
  const flags = FLAG.singlematch | (term.nocase ? FLAG.caseless : 0);
  const expression = start + literalExpression(term.bytes) + end;
  const offset = term.offset ?? 0;
  const length = term.bytes.length;
  // libhs counts the ends of matches.
  const ext = {
    ...(offset > 0 ? { minOffset: offset + length } : {}),
    ...(term.depth === undefined ? {} : { maxOffset: offset + term.depth }),
  };
  return Object.keys(ext).length === 0 ? { expression, flags } : { expression, flags, ext };
}
