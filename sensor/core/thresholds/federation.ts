/** Thresholds of the federation detectors (correlation/watches: db-*, s2s-*, component-auth). */
import { threshold, type ThresholdInfo } from './threshold.ts';

const CATALOGUE = 'threats.md section 2b';

export const FEDERATION_THRESHOLDS = {
  s2sReorderSeconds: threshold('s2s.reorder_seconds', 1, 'seconds', {
    reason:
      'How long an answer waits for its question: the two directions may be captured out of order.',
    source: 'own choice: mirror ports queue each direction apart, for milliseconds',
    events: ['s2s.dialback_unsolicited', 's2s.verify_unsolicited', 's2s.domain_mismatch'],
  }),
  s2sInvalidKeys: threshold('s2s.invalid_keys', 3, 'items', {
    reason: 'Keys of one address that proved wrong within failure_seconds.',
    source: `${CATALOGUE}, db-fail-burst`,
    events: ['s2s.dialback_failures'],
  }),
  s2sUnprovenDomains: threshold('s2s.unproven_domains', 10, 'items', {
    reason: 'Domains one address claimed and did not prove within failure_seconds.',
    source: `${CATALOGUE}, db-fail-burst; hosts of many domains prove theirs`,
    events: ['s2s.domain_claims'],
  }),
  s2sFailureSeconds: threshold('s2s.failure_seconds', 600, 'seconds', {
    reason: 'Window of invalid_keys and unproven_domains.',
    source: `${CATALOGUE}, db-fail-burst`,
    events: ['s2s.dialback_failures', 's2s.domain_claims'],
  }),
  s2sAnswerSeconds: threshold('s2s.answer_seconds', 60, 'seconds', {
    reason: 'A claim without an answer for so long is not proven: verifying takes seconds.',
    source: 'Prosody s2s_timeout 90 s, ejabberd negotiation_timeout 120 s less the connection',
    events: ['s2s.domain_claims'],
  }),
  s2sProvenSeconds: threshold('s2s.proven_seconds', 7 * 86_400, 'seconds', {
    reason:
      'An address that proved a domain so recently is a cluster that lost its secret, no impostor.',
    source: `${CATALOGUE}, db-fail-burst: misconfigured clusters`,
    events: ['s2s.dialback_failures'],
  }),
  s2sKeyChars: threshold('s2s.key_chars', 16, 'items', {
    reason: 'Shorter dialback keys can be guessed: 16 hex digits are 64 bits.',
    source: 'XEP-0185 makes 64 digits, servers before it 40; CVE-2016-1232',
    events: ['s2s.dialback_key_weak'],
  }),
  s2sOddKeyChars: threshold('s2s.odd_key_chars', 20, 'items', {
    reason: 'The same for keys that are not hexadecimal: nobody knows how they were made.',
    source: 'XEP-0185 section 3',
    events: ['s2s.dialback_key_weak'],
  }),
  componentFailures: threshold('s2s.component_failures', 3, 'items', {
    reason: 'Handshakes of one address that were refused within component_failure_seconds.',
    source: `${CATALOGUE}, component-auth; a component with a wrong secret retries more slowly`,
    events: ['s2s.component_refused'],
  }),
  componentFailureSeconds: threshold('s2s.component_failure_seconds', 600, 'seconds', {
    reason: 'Window of component_failures.',
    source: `${CATALOGUE}, component-auth`,
    events: ['s2s.component_refused'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
