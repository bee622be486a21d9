/** When firings of one attack are one alert, and how often its growth is told (alert/incidents.ts). */
import { threshold, type ThresholdInfo } from './threshold.ts';

export const ALERTS_THRESHOLDS = {
  incidentQuietSeconds: threshold('alerts.incident_quiet_seconds', 3600, 'seconds', {
    reason: 'An attack that pauses for longer is told as a new alert.',
    source:
      'Windows of the detectors are an hour or less; slower attacks start a count of their own',
    events: [],
  }),
  incidentMaxSeconds: threshold('alerts.incident_max_seconds', 86400, 'seconds', {
    reason: 'An attack that never pauses is told anew after so long: each day has its alert.',
    source: 'A working day of triage: what was closed yesterday and goes on must show up today',
    events: [],
  }),
  incidentUpdateSeconds: threshold('alerts.incident_update_seconds', 10, 'seconds', {
    reason: 'Growth between two doublings of the count is told after so long.',
    source: 'Fresh enough for a dashboard, few enough lines for a flood',
    events: [],
  }),
} as const satisfies Readonly<Record<string, ThresholdInfo>>;
