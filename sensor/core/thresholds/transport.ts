/** Thresholds of the transport detectors (correlation/watches: starttls-stripped, sasl-downgrade). */
import { threshold, type ThresholdInfo } from './threshold.ts';

const BASELINE = [
  'policy.starttls_stripped',
  'policy.starttls_required_stripped',
  'auth.mechanisms_weakened',
];

export const TRANSPORT_THRESHOLDS = {
  baselineSessions: threshold('transport.baseline_sessions', 10, 'items', {
    reason: 'Sessions in a row that offer less, before that counts as the new configuration.',
    source: 'threats.md starttls-stripped: alert once, then re-baseline',
    events: BASELINE,
  }),
  baselineNetworks: threshold('transport.baseline_networks', 3, 'items', {
    reason:
      'Client networks that must see the lesser offer too: whoever sits before one network changes nothing for others.',
    source: 'threats.md starttls-stripped: features differ per client subnet',
    events: BASELINE,
  }),
  baselineSeconds: threshold('transport.baseline_seconds', 3600, 'seconds', {
    reason: 'How long the lesser offer must have stood alone, in a network of any size.',
    source: 'threats.md starttls-stripped',
    events: BASELINE,
  }),
  tlsFailureSeconds: threshold('transport.tls_failure_seconds', 10, 'seconds', {
    reason: 'A connection that ends this soon behind <proceed/> has failed to get TLS.',
    source: 'TLS handshakes end within seconds; RFC 6120 section 5.4.3.2',
    events: ['policy.clear_after_tls_failure'],
  }),
  clearLoginSeconds: threshold('transport.clear_login_seconds', 300, 'seconds', {
    reason:
      'Within this time after TLS failed, a login in clear by the same client is its consequence.',
    source: 'threats.md starttls-stripped: 5 minutes',
    events: ['policy.clear_after_tls_failure'],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
