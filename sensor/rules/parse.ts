/** One rule's text to a draft: header, then each keyword in turn. */
import { parseAddress, parsePort, type RuleVariables } from './addresses.ts';
import { RuleDraft, type RuleContext, type RuleHeader } from './draft.ts';
import { findKeyword, isKeyword } from './keywords/table.ts';
import { RuleError } from './problems.ts';
import { unmetRequirement } from './requirements.ts';
import { splitRule, type Piece, type RuleOption, type RuleSyntax } from './rule-text.ts';

const MAX_OPTIONS = 1024;

const OTHER_ACTIONS: readonly string[] = [
  'drop',
  'reject',
  'rejectsrc',
  'rejectdst',
  'rejectboth',
  'log',
  'activate',
  'dynamic',
  'sdrop',
  'config',
];

/**
 * Read a rule. Every mistake goes to `fail`; the draft is undefined when the text cannot even be
 * taken apart. A draft with mistakes is still good for finding more of them, not for running.
 */
export function parseRule(
  text: string,
  variables: RuleVariables,
  context: RuleContext,
  fail: (error: RuleError) => void,
): RuleDraft | undefined {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      fail(error);
      return undefined;
    }
  };
  const syntax = attempt(() => splitRule(text, MAX_OPTIONS));
  if (syntax === undefined) return undefined;
  const unmet = attempt(() => unmetRequirement(syntax, isKeyword));
  if (unmet !== undefined) {
    const skipped = new RuleDraft(undefined);
    skipped.unmet = unmet;
    return skipped;
  }
  const draft = new RuleDraft(attempt(() => parseHeader(syntax, variables)));
  for (const option of syntax.options) {
    attempt(() => {
      applyOption(draft, option, context);
    });
  }
  return draft;
}

function parseHeader(syntax: RuleSyntax, variables: RuleVariables): RuleHeader {
  const { direction } = syntax;
  if (direction.text !== '->' && direction.text !== '<>') {
    throw new RuleError(direction.at, `Direction "${direction.text}" must be -> or <>`);
  }
  return {
    action: parseAction(syntax.action),
    proto: parseProto(syntax.proto),
    src: parseAddress(syntax.src, variables),
    srcPort: parsePort(syntax.srcPort, variables),
    dst: parseAddress(syntax.dst, variables),
    dstPort: parsePort(syntax.dstPort, variables),
    bidirectional: direction.text === '<>',
  };
}

function parseAction(action: Piece): RuleHeader['action'] {
  if (action.text === 'alert' || action.text === 'pass') return action.text;
  throw OTHER_ACTIONS.includes(action.text)
    ? new RuleError(
        action.at,
        `Action ${action.text} is not supported: the sensor only listens`,
        'write alert',
      )
    : new RuleError(action.at, `"${action.text.slice(0, 64)}" is no action`, 'use alert or pass');
}

function parseProto(proto: Piece): RuleHeader['proto'] {
  if (proto.text === 'xmpp' || proto.text === 'tcp') return proto.text;
  throw new RuleError(
    proto.at,
    `Protocol "${proto.text.slice(0, 64)}" is not supported`,
    'use xmpp, or tcp for the reassembled stream and events of the transport',
  );
}

function applyOption(draft: RuleDraft, option: RuleOption, context: RuleContext): void {
  const { name, value } = option;
  const keyword = findKeyword(name);
  if (draft.seen.has(name.text) && !keyword.isRepeatable) {
    throw new RuleError(name.at, `Keyword ${name.text} is given twice`);
  }
  if (!draft.seen.has(name.text)) draft.seen.set(name.text, name.at);
  if (keyword.value === 'required' && (value === undefined || value.text === '')) {
    throw new RuleError(name.at, `Keyword ${name.text} needs a value`);
  }
  keyword.apply(draft, value ?? { text: '', at: name.at }, name, context);
  // Said last: a sticky buffer counts all the same, or what follows it would be blamed too.
  if (keyword.value === 'none' && value !== undefined) {
    throw new RuleError(value.at, `Keyword ${name.text} takes no value`);
  }
}
