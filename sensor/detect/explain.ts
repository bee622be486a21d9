/** What the engine makes of a rule, for `rules explain`. */
import { BUFFERS } from '../core/index.ts';
import type { MatchTerm } from '../rules/index.ts';
import type { CompiledRule } from './plan.ts';

export interface RuleExplanation {
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly msg: string;
  /** Buffers in the order the rule names them; one entry for each sticky buffer keyword. */
  readonly buffers: readonly string[];
  /** What selects the stanzas that are looked at closer. */
  readonly selectedBy:
    | { readonly kind: 'pattern'; readonly buffer: string; readonly pattern: string }
    | { readonly kind: 'event' }
    | { readonly kind: 'presence'; readonly buffers: readonly string[] };
  /** Firings kept back by the rule's threshold since the start. */
  readonly suppressed: number;
}

export function explainRule(compiled: CompiledRule, suppressed: number): RuleExplanation {
  const { rule, groups, fastPattern } = compiled;
  const buffers = groups.map(({ buffer }) => BUFFERS[buffer] ?? '');
  const { sid, gid, rev, msg } = rule;
  const selectedBy: RuleExplanation['selectedBy'] =
    fastPattern !== undefined
      ? {
          kind: 'pattern',
          buffer: BUFFERS[fastPattern.buffer] ?? '',
          pattern: patternText(fastPattern),
        }
      : rule.events.length > 0
        ? { kind: 'event' }
        : { kind: 'presence', buffers: [...new Set(buffers)] };
  return { sid, gid, rev, msg, buffers, selectedBy, suppressed };
}

/** A match as a rule would write it. */
function patternText(term: MatchTerm): string {
  if (term.kind === 'pcre') return `/${term.expression}/${term.pcreFlags}`;
  let text = '';
  for (const byte of term.bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && !'|";\\:'.includes(String.fromCharCode(byte));
    text += isPlain ? String.fromCharCode(byte) : `|${byte.toString(16).padStart(2, '0')}|`;
  }
  return `"${text.replaceAll('||', ' ')}"${term.nocase ? ' nocase' : ''}`;
}
