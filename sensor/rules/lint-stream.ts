/** What a rule on the reassembled stream may say: there is no stanza, and no end of the text. */
import { LIMITS, bufferId } from '../core/index.ts';
import { isMatch, type RuleDraft, type TermDraft } from './draft.ts';
import type { LintReport } from './lint.ts';
import { RuleError } from './problems.ts';

const STREAM = bufferId('stream');
const WINDOW = LIMITS.detectStreamWindowBytes.default;

/** Check that buffers and proto go together, and that the stream can answer what is asked of it. */
export function lintStream(draft: RuleDraft, report: LintReport): void {
  const isTcp = draft.header?.proto === 'tcp';
  const stray = draft.terms.find(({ term }) => (term.buffer === STREAM) !== isTcp);
  if (stray !== undefined) {
    report.error(
      isTcp
        ? new RuleError(
            stray.at,
            'Buffers of xmpp in a tcp rule',
            'write proto xmpp; tcp rules match the buffer stream or name events',
          )
        : new RuleError(
            stray.at,
            'Buffer stream in an xmpp rule',
            'write proto tcp, or name a buffer of the stanza such as xmpp.stanza',
          ),
    );
    return;
  }
  if (!isTcp || draft.terms.length === 0) return;
  for (const term of draft.terms) lintTerm(term, report);
  if (!draft.terms.some((term) => isMatch(term) && !term.term.negated)) {
    report.error(
      new RuleError(
        draft.terms[0]?.at ?? 0,
        'Rule on the stream names nothing that must be there',
        'add a content or pcre without the exclamation mark',
      ),
    );
  }
}

function lintTerm({ term, at }: TermDraft, report: LintReport): void {
  const refuse = (what: string, hint: string): void => {
    report.error(new RuleError(at, `${what} does not go with the stream`, hint));
  };
  switch (term.kind) {
    case 'bsize':
      refuse('bsize', 'a stream has no size; use isdataat');
      break;
    case 'validate':
      refuse(term.validator, 'write proto xmpp and name a buffer such as xmpp.text');
      break;
    case 'content':
      if ((term.distance ?? 0) + term.bytes.length > WINDOW) {
        const message = `Can never match: stream rules see ${WINDOW} bytes at a time`;
        report.warning(new RuleError(at, message, 'limit detect.stream_window_bytes'));
      }
      break;
    case 'pcre':
    case 'isdataat':
      break;
    default:
      refuse(term.kind, 'write proto xmpp and name a buffer such as xmpp.from_domain');
  }
}
