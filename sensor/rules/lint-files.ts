/** What a rule on files may say: a file has no body and no namespaces, and a stanza has no bytes of a file. */
import { bufferName } from './describe.ts';
import { isMatch, type RuleDraft, type TermDraft } from './draft.ts';
import {
  FILE_BUFFERS,
  FILE_FACT_BUFFERS,
  FILE_ONLY_BUFFERS,
  FILE_TEXT_BUFFERS,
} from './file-rules.ts';
import type { LintReport } from './lint.ts';
import { RuleError } from './problems.ts';

/** What a file and its content are asked about, for hints. */
const OF_FILES = 'xmpp.file_name, xmpp.from, xmpp.to, their domains, xmpp.relation, xmpp.text';

/** Check that the buffers of a rule on files go together, and that `metadata:files` is where it means something. */
export function lintFiles(draft: RuleDraft, report: LintReport): void {
  const ofFile = draft.terms.find(({ term }) => FILE_ONLY_BUFFERS.has(term.buffer));
  if (ofFile !== undefined) lintPartners(draft, bufferName(ofFile.term.buffer), report);
  lintMetadata(draft, report);
}

function lintPartners(draft: RuleDraft, ofFile: string, report: LintReport): void {
  const stray = draft.terms.find(({ term: { buffer } }) => !isOfFiles(buffer));
  if (stray === undefined) return;
  const message = `Can never match: ${ofFile} is of a file, ${bufferName(stray.term.buffer)} of a stanza`;
  report.error(new RuleError(stray.at, message, `beside file buffers stand ${OF_FILES}`));
}

function lintMetadata(draft: RuleDraft, report: LintReport): void {
  const values = draft.metadata.get('files');
  if (values === undefined) return;
  const at = draft.seen.get('metadata') ?? 0;
  if (values.length !== 1 || values[0] !== 'yes') {
    report.error(new RuleError(at, 'metadata files can only be yes', 'or leave it out'));
    return;
  }
  const warn = (message: string, hint: string): void => {
    report.warning(new RuleError(at, message, hint));
  };
  if (draft.terms.some(({ term }) => FILE_BUFFERS.has(term.buffer))) {
    warn('metadata files says nothing here: the rule names a file buffer', 'leave it out');
    return;
  }
  const stray = draft.terms.find(({ term }) => !isOfFiles(term.buffer));
  const texts = draft.terms.filter(({ term }) => FILE_TEXT_BUFFERS.has(term.buffer));
  if (texts.length === 0 || stray !== undefined) {
    const why = stray === undefined ? 'no text' : bufferName(stray.term.buffer);
    const hint = 'search xmpp.text or xmpp.text_folded, or leave files yes out';
    warn(`metadata files yes has no effect: the rule asks for ${why}`, hint);
  } else if (!texts.some(isWanted)) {
    const message = 'metadata files yes has no effect: nothing in the text must be there';
    warn(message, 'add a content or pcre without the exclamation mark');
  }
}

/** Must it stand in the text? */
function isWanted(draft: TermDraft): boolean {
  const { term } = draft;
  return term.kind === 'dataset' ? term.command === 'isset' : isMatch(draft) && !draft.term.negated;
}

function isOfFiles(buffer: number): boolean {
  return FILE_BUFFERS.has(buffer) || FILE_TEXT_BUFFERS.has(buffer) || FILE_FACT_BUFFERS.has(buffer);
}
