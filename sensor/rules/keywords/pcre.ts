/** `pcre:"/expression/flags"`: Perl syntax, run by libhs (see pcre-syntax.ts). */
import { parseQuoted, type KeywordTable, type RuleContext, type RuleDraft } from '../draft.ts';
import { translatePcre } from '../pcre-syntax.ts';
import { RuleError } from '../problems.ts';
import type { Piece } from '../rule-text.ts';
import { addTerm } from './match.ts';

const MAX_PCRE_CHARS = 4096;

const SUPPORTED = 'ismxR';

/** Flags of Suricata and Snort that name a buffer: here sticky buffers do that. */
const BUFFER_FLAGS = 'UIPQHDMCSYBOVWKNZ';

function flagHint(flag: string): string {
  if (BUFFER_FLAGS.includes(flag)) return 'name a sticky buffer before the pcre instead';
  if (flag === 'A') return 'start the expression with ^';
  if (flag === 'E') return 'end the expression with \\z';
  if (flag === 'G') return 'repeats are neither greedy nor lazy here: every match is found';
  return `supported flags: ${Array.from(SUPPORTED).join(' ')}`;
}

function applyPcre(draft: RuleDraft, value: Piece, name: Piece, context: RuleContext): void {
  const { negated, inner } = parseQuoted(value, 'pcre');
  const slash = inner.text.lastIndexOf('/');
  if (!inner.text.startsWith('/') || slash === 0) {
    throw new RuleError(inner.at, 'pcre must stand between slashes', 'write pcre:"/.../i";');
  }
  const flags = inner.text.slice(slash + 1);
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] as string;
    if (!SUPPORTED.includes(flag)) {
      throw new RuleError(
        inner.at + slash + 1 + i,
        `pcre flag ${flag} is not supported`,
        flagHint(flag),
      );
    }
  }
  const source = inner.text.slice(1, slash);
  if (source.length > MAX_PCRE_CHARS) {
    throw new RuleError(inner.at, `pcre is longer than ${MAX_PCRE_CHARS} characters`);
  }
  const facts = translatePcre(source, inner.at + 1, {
    caseless: flags.includes('i'),
    extended: flags.includes('x'),
  });
  if (facts.minLength === 0) {
    throw new RuleError(
      inner.at,
      'pcre matches the empty text, so it matches everywhere',
      'demand at least one character: + instead of *, or drop what is optional',
    );
  }
  const pcreFlags = ['i', 's', 'm'].filter((flag) => flags.includes(flag)).join('');
  const reason = context.expressions.problem(facts.expression, pcreFlags);
  if (reason !== undefined) {
    throw new RuleError(
      inner.at,
      `pcre cannot be run: ${reason}`,
      'shorten it or split it into several rules',
    );
  }
  addTerm(draft, {
    at: name.at,
    term: {
      kind: 'pcre',
      ...draft.place(name),
      negated,
      nocase: flags.includes('i'),
      bytes: new Uint8Array(0),
      expression: facts.expression,
      pcreFlags,
      relative: flags.includes('R'),
      startSensitive: facts.startSensitive,
      minLength: facts.minLength,
      literalLength: facts.literalLength,
      offset: undefined,
      depth: undefined,
      distance: undefined,
      within: undefined,
      startswith: false,
      endswith: false,
      fastPattern: false,
    },
  });
}

export const PCRE_KEYWORDS: KeywordTable = {
  pcre: { value: 'required', isRepeatable: true, apply: applyPcre },
};
