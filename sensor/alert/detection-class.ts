/**
 * Which findings speak about the content of one stanza. Those fire once per stanza and detection, and copies of
 * the stanza stay silent (INTERFACE.md section 3). All others speak about a session or flow: they may repeat and
 * are folded into a count.
 */
import type { Finding } from '../detect/index.ts';
import type { RuleFacts } from './rule-facts.ts';

/** Families of slugs (threats.md) whose findings are about content, also where an event raised them. */
const CONTENT_FAMILIES = ['dlp-', 'xml-', 'utf8-', 'spim-'] as const;
const CONTENT_SLUGS: ReadonlySet<string> = new Set([
  'auth-payload-inject',
  'jid-malformed',
  'nested-stanza',
  'stanza-oversize',
  'stream-ns-nested',
]);
const STANZAS: ReadonlySet<string> = new Set(['message', 'presence', 'iq']);

/** Is this a detection whose every finding is about the content of one stanza? */
export function isContentDetection(slug: string): boolean {
  return CONTENT_SLUGS.has(slug) || CONTENT_FAMILIES.some((family) => slug.startsWith(family));
}

/**
 * What a content finding is counted under: its detection for the content families, its own rule for anything else
 * that looked into a stanza (users' rules). Undefined: the finding is not about the content of one stanza.
 */
export function contentGroup(finding: Finding, facts: RuleFacts): string | undefined {
  const { stanza, rule } = finding;
  if (stanza.serial === 0) return undefined;
  if (facts.isContent) return facts.detection;
  return STANZAS.has(stanza.name) && rule.terms.length > 0 ? `sid:${rule.sid}` : undefined;
}
