/** What a rule looks for in a buffer that never holds it: capitals, words, the other direction. */
import type { BufferName } from '../core/index.ts';
import { bufferName, contentText } from './describe.ts';
import { isMatch, type MatchDraft, type RuleDraft } from './draft.ts';
import type { LintReport } from './lint.ts';
import { RuleError } from './problems.ts';

/** Buffers the sensor writes in small letters. */
const LOWER_CASE: ReadonlySet<string> = new Set<BufferName>([
  ...(['xmpp.kind', 'xmpp.relation', 'xmpp.from_domain', 'xmpp.to_domain'] as const),
  ...(['file.sha256', 'file.md5'] as const),
]);

/** Buffers that hold one of a few words. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'xmpp.kind': ['message', 'presence', 'iq', 'nonza', 'header'],
  'xmpp.relation': ['self', 'local', 'foreign'],
} satisfies Partial<Record<BufferName, readonly string[]>>;

/** Only clients log in. */
const FROM_CLIENT: BufferName = 'xmpp.sasl_mechanism';

/** Warn of terms that cannot hold because of what their buffer is. */
export function lintBuffers(draft: RuleDraft, report: LintReport): void {
  for (const term of draft.terms) {
    if (isMatch(term) && term.term.kind === 'content') lintContent(term, report);
    if (draft.flow.toClient && bufferName(term.term.buffer) === FROM_CLIENT) {
      const message = `Can never match: ${FROM_CLIENT} is what a client sends, flow says to_client`;
      report.warning(new RuleError(term.at, message, 'write flow:to_server or leave flow out'));
      return;
    }
  }
}

function lintContent({ term, at }: MatchDraft, report: LintReport): void {
  const name = bufferName(term.buffer);
  const text = Buffer.from(term.bytes).toString('latin1');
  const hasCapitals = /[A-Z]/.test(text) && !term.nocase;
  if (name === 'xmpp.text_folded' && hasCapitals) {
    const message =
      'Capital letters on xmpp.text_folded: disguised text is unfolded to small letters';
    report.warning(new RuleError(at, message, 'write small letters and nocase'));
  }
  if (hasCapitals && LOWER_CASE.has(name)) {
    report.warning(
      new RuleError(
        at,
        `${term.negated ? 'Always holds' : 'Can never match'}: ${name} is in small letters`,
        `write ${contentText(term.bytes).toLowerCase()}`,
      ),
    );
    return;
  }
  const words = WORDS[name];
  if (words === undefined || words.some((word) => word.includes(text.toLowerCase()))) return;
  const message = `${term.negated ? 'Always holds' : 'Can never match'}: ${name} is one of ${words.join(', ')}`;
  report.warning(new RuleError(at, message, 'correct the word'));
}
