/**
 * Which findings speak about the content of one stanza. Those fire once per stanza and detection, and copies of
 * the stanza stay silent (INTERFACE.md section 3). All others speak about a session or flow: they may repeat and
 * are folded into a count.
 */
import type { Finding } from '../detect/index.ts';

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

/** Slug of a rule's detection, '' when the rule (a user's own) names none. */
export function detectionOf(finding: Finding): string {
  return finding.rule.metadata.get('detection')?.[0] ?? '';
}

/**
 * What a content finding is counted under: its detection for the content families, its own rule for anything else
 * that looked into a stanza (users' rules). Undefined: the finding is not about the content of one stanza.
 */
export function contentGroup(finding: Finding): string | undefined {
  if (finding.stanza.serial === 0) return undefined;
  const slug = detectionOf(finding);
  if (isContentDetection(slug)) return slug;
  const isStanza = STANZAS.has(finding.stanza.name);
  return isStanza && finding.rule.terms.length > 0 ? `sid:${finding.rule.sid}` : undefined;
}
