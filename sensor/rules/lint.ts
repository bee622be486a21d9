/**
 * What is wrong with a rule although every keyword is: parts that are missing, constraints no
 * text can meet, and patterns that cost more than they find. Errors keep a rule from loading,
 * warnings do not.
 */
import { BUFFERS } from '../core/index.ts';
import { isMatch, type MatchDraft, type RuleDraft, type TermDraft } from './draft.ts';
import { FILE_ONLY_BUFFERS } from './file-rules.ts';
import { DEFAULT_SEVERITY } from './finish-rule.ts';
import { lintBuffers } from './lint-buffers.ts';
import { lintFiles } from './lint-files.ts';
import { lintReach } from './lint-reach.ts';
import { lintStream } from './lint-stream.ts';
import { lintBitTests } from './lint-bits.ts';
import { RuleError } from './problems.ts';
import { parseStory } from './story-phrase.ts';

export interface LintOptions {
  /** Shipped rules carry exactly one `detection` slug in their metadata. */
  readonly requireDetection: boolean;
}

export interface LintReport {
  error(problem: RuleError): void;
  warning(problem: RuleError): void;
}

/** Shorter fast patterns are found in nearly every stanza. */
const GOOD_FAST_PATTERN = 3;

/** A pcre whose shortest match is this long is rare without any fixed bytes (card numbers). */
const LONG_MATCH = 8;

/** Offset 0 of the rule: for what is missing rather than wrong. */
const RULE_START = 0;
/** The SPIM score ends there. */
const MAX_SCORE = 100;

/** Check a draft whose header and keywords could all be read. */
export function lintRule(draft: RuleDraft, options: LintOptions, report: LintReport): void {
  lintIdentity(draft, options, report);
  lintScore(draft, report);
  lintStory(draft, report);
  lintShape(draft, report);
  lintBitTests(draft, (problem) => {
    report.error(problem);
  });
  for (const term of draft.terms) if (isMatch(term)) lintModifiers(term, report);
  lintGroups(draft, report);
  lintBuffers(draft, report);
  lintFiles(draft, report);
  lintFastPattern(draft, report);
}

function lintIdentity(draft: RuleDraft, options: LintOptions, report: LintReport): void {
  const missing = (name: string, hint: string): RuleError =>
    new RuleError(RULE_START, `Rule lacks ${name}`, hint);
  if (draft.msg === undefined) report.error(missing('msg', 'add msg:"...";'));
  if (draft.sid === undefined) report.error(missing('sid', 'add sid:...; with an unused number'));
  if (draft.classtype === undefined && !draft.seen.has('classtype')) {
    const hint = `add classtype:...; without it the severity is ${draft.priority ?? DEFAULT_SEVERITY} and EVE has no category`;
    report.warning(missing('classtype', hint));
  }
  if (!options.requireDetection) return;
  const slugs = draft.metadata.get('detection') ?? [];
  if (slugs.length === 1 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(slugs[0] ?? '')) return;
  report.error(
    slugs.length === 0
      ? missing('metadata detection', 'add metadata:detection SLUG; with a slug of the catalogue')
      : new RuleError(
          draft.seen.get('metadata') ?? RULE_START,
          'metadata detection must be exactly one slug of small letters, digits and dashes',
        ),
  );
}

/** The weight of a rule in the SPIM score (correlation/watches/spim-score.ts). */
function lintScore(draft: RuleDraft, report: LintReport): void {
  const values = draft.metadata.get('spim_score');
  if (values === undefined) return;
  const [value = ''] = values;
  const isWeight = /^-?\d{1,3}$/.test(value) && Math.abs(Number(value)) <= MAX_SCORE;
  if (isWeight && values.length === 1) return;
  const at = draft.seen.get('metadata') ?? RULE_START;
  const message = `metadata spim_score must be one whole number from -${MAX_SCORE} to ${MAX_SCORE}`;
  report.error(new RuleError(at, message, 'write for example spim_score 20'));
}

/** What its alerts tell (story-phrase.ts). */
function lintStory(draft: RuleDraft, report: LintReport): void {
  const values = draft.metadata.get('story');
  if (values === undefined) return;
  const wrong = values.length > 1 ? 'it stands there twice' : parseStory(values[0] ?? '');
  if (typeof wrong !== 'string') return;
  const at = draft.seen.get('metadata') ?? RULE_START;
  const hint = 'write for example story sent {to} a customer number[ ({value})] {where}';
  report.error(new RuleError(at, `metadata story cannot be told: ${wrong}`, hint));
}

/** What kind of rule is it: events or buffers, of xmpp or of the transport? */
function lintShape(draft: RuleDraft, report: LintReport): void {
  const firstTerm = draft.terms[0];
  if (draft.events.length > 0 && firstTerm !== undefined) {
    report.error(
      new RuleError(
        firstTerm.at,
        'Rule names an event and matches a buffer, which is not supported yet',
        'an event may come before its stanza is complete; write two rules',
      ),
    );
  }
  if (draft.events.length === 0 && firstTerm === undefined && !lintBitOnly(draft, report)) {
    report.error(
      new RuleError(
        RULE_START,
        'Rule matches everything: it names neither an event nor a buffer to search',
        draft.addressQueries.length > 0
          ? 'an address alone would be asked about for every stanza: add xmpp.stream_header; bsize:>0;'
          : 'add xmpp.event:...; or a sticky buffer with content or pcre',
      ),
    );
  }
  lintStream(draft, report);
}

/** Is a bit that must be set all the rule asks for? Suricata takes such rules, and so do we. */
function lintBitOnly(draft: RuleDraft, report: LintReport): boolean {
  const isset = draft.bitTests.find(({ test }) => test.wantsSet);
  if (isset === undefined || draft.header?.proto === 'tcp') return false;
  report.warning(
    new RuleError(
      isset.at,
      'Rule asks for a bit alone: it is checked on every stanza, and fires on each once the bit is set',
      'add a buffer with a content, or a threshold',
    ),
  );
  return true;
}

function lintModifiers(draft: MatchDraft, report: LintReport): void {
  const { term, at } = draft;
  if (term.kind !== 'content') return;
  const length = term.bytes.length;
  const isRelative = term.distance !== undefined || term.within !== undefined;
  const isAbsolute = term.offset !== undefined || term.depth !== undefined || term.startswith;
  const fail = (message: string, hint?: string): void => {
    report.error(new RuleError(at, message, hint));
  };
  if (isRelative && isAbsolute) {
    fail(
      'Content mixes places counted from the start (offset, depth, startswith) with places counted from the match before (distance, within)',
      'keep one kind',
    );
  }
  if (term.startswith && (term.offset !== undefined || term.depth !== undefined)) {
    fail('Content has startswith and also offset or depth', 'startswith alone says it all');
  }
  if (term.depth !== undefined && term.depth < length) {
    fail(`Content can never match: depth ${term.depth} is less than its ${length} bytes`);
  }
  if (term.within !== undefined && term.within < length) {
    fail(`Content can never match: within ${term.within} is less than its ${length} bytes`);
  }
  if (term.nocase && term.bytes.some((byte) => byte >= 0x80)) {
    report.warning(
      new RuleError(
        at,
        'nocase covers ASCII letters only, this content has others',
        'use pcre with flag i, or search xmpp.text_folded',
      ),
    );
  }
}

/** Terms of each group: places that depend on nothing, constraints that exclude each other. */
function lintGroups(draft: RuleDraft, report: LintReport): void {
  const groups = new Map<number, TermDraft[]>();
  for (const term of draft.terms) {
    const list = groups.get(term.term.group);
    if (list === undefined) groups.set(term.term.group, [term]);
    else list.push(term);
  }
  for (const terms of groups.values()) {
    lintRelative(terms, report);
    lintReach(terms, report);
  }
}

function isRelativeTerm({ term }: TermDraft): boolean {
  switch (term.kind) {
    case 'content':
      return term.distance !== undefined || term.within !== undefined;
    case 'pcre':
    case 'bsize':
    case 'isdataat':
      return term.relative;
    default:
      return false;
  }
}

function lintRelative(terms: readonly TermDraft[], report: LintReport): void {
  let hasMatch = false;
  for (const draft of terms) {
    if (isRelativeTerm(draft) && !hasMatch) {
      report.warning(
        new RuleError(
          draft.at,
          `${draft.term.kind} is relative, but nothing on this buffer matches before it`,
          'it is counted from the start of the buffer; say so with offset, depth or startswith',
        ),
      );
    }
    if (isMatch(draft) && !draft.term.negated) hasMatch = true;
  }
}

function lintFastPattern(draft: RuleDraft, report: LintReport): void {
  // Files are few: what a rule on them costs is not worth a word.
  const isOfFiles = draft.terms.some(({ term }) => FILE_ONLY_BUFFERS.has(term.buffer));
  const matches = draft.terms.filter(isMatch);
  const chosen = matches.filter((match) => match.term.fastPattern);
  if (chosen.length > 1) {
    report.error(new RuleError(chosen[1]?.at ?? RULE_START, 'Rule has more than one fast_pattern'));
  }
  if (isOfFiles) return;
  const positive = matches.filter((match) => !match.term.negated);
  const candidates = chosen.length > 0 ? chosen : positive;
  const best = Math.max(0, ...candidates.map((match) => match.term.literalLength));
  const first = candidates[0];
  if (first === undefined) {
    // A dataset lookup is cheap; searching every stanza for what must not be there is not.
    if (draft.terms.some((term) => term.term.kind === 'dataset') || draft.terms.length === 0)
      return;
    report.warning(
      new RuleError(
        draft.terms[0]?.at ?? RULE_START,
        'Nothing selects the stanzas this rule looks at: each one with the buffer is checked in full',
        'add a content that must be there',
      ),
    );
  } else if (best < GOOD_FAST_PATTERN && !isShortBuffer(first) && !isLongPcre(first)) {
    report.warning(
      new RuleError(
        first.at,
        `Fast pattern has fewer than ${GOOD_FAST_PATTERN} fixed bytes: the rule is checked on many stanzas`,
        'add a longer content, or mark one with fast_pattern',
      ),
    );
  }
}

function isLongPcre({ term }: MatchDraft): boolean {
  return term.kind === 'pcre' && term.minLength >= LONG_MATCH;
}

/** Words of the protocol, where two letters are a whole value, and buffers that few stanzas have. */
const SHORT_BUFFERS: ReadonlySet<string | undefined> = new Set([
  ...['xmpp.kind', 'xmpp.type', 'xmpp.file_name', 'xmpp.sasl_mechanism', 'xmpp.sasl_user'],
  'xmpp.url',
]);

function isShortBuffer({ term }: MatchDraft): boolean {
  return SHORT_BUFFERS.has(BUFFERS[term.buffer]);
}
