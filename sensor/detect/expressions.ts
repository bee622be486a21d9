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
