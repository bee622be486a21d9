/** A draft as a rule. */
import type { RuleDraft } from './draft.ts';
import type { RuleText } from './rule-text.ts';
import type { Rule, SkippedRule } from './types.ts';

/** Severity of a rule that says neither priority nor classtype. */
export const DEFAULT_SEVERITY = 3;

/** The record of a rule whose `requires` is not met. */
export function skippedRule({ file, line, text }: RuleText, reason: string): SkippedRule {
  const sid = /[(;]\s*sid\s*:\s*(\d{1,10})\s*;/.exec(text)?.[1];
  return { file, line, sid: sid === undefined ? undefined : Number(sid), reason };
}

/** A linted draft as a rule; undefined when what makes it one is missing (and was reported). */
export function finishRule(draft: RuleDraft, source: RuleText): Rule | undefined {
  const { header, msg, sid } = draft;
  if (header === undefined || msg === undefined || sid === undefined) return undefined;
  return {
    ...header,
    msg,
    sid,
    gid: draft.gid,
    rev: draft.rev,
    classtype: draft.classtype?.name ?? '',
    severity: draft.priority ?? draft.classtype?.info.severity ?? DEFAULT_SEVERITY,
    category: draft.classtype?.info.text ?? '',
    references: draft.references,
    metadata: draft.metadata,
    flow: draft.flow,
    events: draft.events,
    terms: draft.terms.map(({ term }) => term),
    addressQueries: draft.addressQueries,
    threshold: draft.threshold,
    detectionFilter: draft.detectionFilter,
    bitTests: draft.bitTests.map(({ test }) => test),
    bitChanges: draft.bitChanges,
    noalert: draft.noalert,
    target: draft.target,
    isSecret: draft.metadata.get('secret')?.includes('yes') ?? false,
    file: source.file,
    line: source.line,
    text: source.text,
  };
}
