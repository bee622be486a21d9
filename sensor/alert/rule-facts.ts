/** What an alert says of its rule: the same for all alerts of the rule, so it is made once. */
import { parseStory, type Rule, type StoryPhrase } from '../rules/index.ts';
import { isContentDetection } from './detection-class.ts';

type Metadata = Readonly<Record<string, readonly string[]>>;

export interface RuleFacts {
  /** Slug of threats.md, '' when the rule (a user's own) names none. */
  readonly detection: string;
  /** Every finding of this detection is about the content of one stanza. */
  readonly isContent: boolean;
  /** What its alerts tell where the detector tells nothing; undefined for a rule that does not say. */
  readonly phrase: StoryPhrase | undefined;
  /** Without what the sentence is made of. */
  readonly metadata: Metadata;
  /** The same where bytes are missing: what was seen is worth less. */
  readonly doubtful: Metadata;
}

/** Rules go with their rule set when another is loaded. */
const known = new WeakMap<Rule, RuleFacts>();

export function factsOf(rule: Rule): RuleFacts {
  const facts = known.get(rule);
  if (facts !== undefined) return facts;
  const { story, ...metadata } = Object.fromEntries(rule.metadata);
  const phrase = parseStory(story?.[0] ?? '');
  const detection = rule.metadata.get('detection')?.[0] ?? '';
  const made: RuleFacts = {
    detection,
    isContent: isContentDetection(detection),
    phrase: typeof phrase === 'string' ? undefined : phrase,
    metadata,
    doubtful: { ...metadata, confidence: ['low'] },
  };
  known.set(rule, made);
  return made;
}
