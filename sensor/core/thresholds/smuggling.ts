/** Thresholds of the smuggling detectors (correlation/watches). */
import { threshold, type ThresholdInfo } from './threshold.ts';

export const SMUGGLING_THRESHOLDS = {
  legSeconds: threshold('smuggling.leg_seconds', 30, 'seconds', {
    reason: 'How long after it was sent a stanza is compared with what is delivered under its id.',
    source:
      'threats.md section 7: the same stanza is visible on two flows; servers deliver at once',
    events: ['xml.leg_mismatch', 'xml.leg_nested'],
  }),
  attemptSeconds: threshold('smuggling.attempt_seconds', 2, 'seconds', {
    reason: 'How soon behind an ill-formed stanza its effect shows at the recipient.',
    source: 'threats.md section 7, recipe "Smuggling attempt"',
    events: ['xml.smuggling'],
  }),
  heldLogins: threshold('service.held_logins', 20, 'items', {
    reason: 'Connections of one source that stay open at the same time without logging in.',
    source: 'threats.md xmpp-loris; XEP-0205 section 2.1',
    events: ['service.held_logins'],
  }),
  heldLoginsPerHour: threshold('service.held_logins_hour', 120, 'items', {
    reason: 'Connections of one source within an hour that stayed open without logging in.',
    source: 'threats.md xmpp-loris',
    events: ['service.held_logins'],
  }),
  heldLoginSeconds: threshold('service.held_login_seconds', 60, 'seconds', {
    reason: 'A connection that has not logged in for so long is held: logins take a second or two.',
    source: 'threats.md xmpp-loris; servers give up after 30 (Prosody) to 120 seconds (ejabberd)',
    events: ['service.held_logins'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
