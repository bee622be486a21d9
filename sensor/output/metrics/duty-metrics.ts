/** Metrics of what the sensor could not do in full: sinks in trouble, webhooks not delivered, limits of detection reached. */
import type { CounterName } from '../../core/index.ts';
import type { WebhookStatus } from '../webhook/webhook-types.ts';
import { counter, gauge, type CounterSamples, type Sample } from './metric-info.ts';

export const DUTY_METRICS = {
  sinkUp: gauge('sink_up', 'Does the sink take records? 0: see the console or /readyz', 'sink'),
  webhookDeliveries: counter(
    'webhook_deliveries_total',
    'Alerts and growth of alerts by what became of them: delivered, refused (the receiver does not want it), expired (too old), overflow (too many wait)',
    'webhook',
    'result',
  ),
  webhookRetries: counter(
    'webhook_retries_total',
    'Attempts that failed and were repeated',
    'webhook',
  ),
  webhookQueue: gauge('webhook_queue_length', 'Alerts that wait to be posted', 'webhook'),
  flowsDegraded: counter(
    'flows_degraded_total',
    'Flows of which part could not be followed for want of memory or room',
  ),
  limitsReached: counter(
    'limits_reached_total',
    'Times that a limit of the work on one stanza, stream or table cut detection short',
    'limit',
  ),
  packetsKept: counter('packets_kept_total', 'Packets of flows with alerts that were written'),
  packetsNotKept: counter(
    'packets_not_kept_total',
    'Packets of alerts that were not written: queue (too many wait for the disk), disk (it refused), room (packets.max_bytes), and alerts beyond what is written in a while (budget)',
    'reason',
  ),
  packetSpoolBytes: gauge('packet_spool_bytes', 'Size of the kept packets on disk'),
  seenBytes: counter('tcp_seen_bytes_total', 'Stream bytes that were seen'),
  sessions: counter('sessions_total', 'XMPP sessions that began'),
  duplicates: counter(
    'capture_duplicates_total',
    'Second copies that a mirror port made, left out',
  ),
  apiRefused: counter(
    'api_refused_total',
    'Requests to the API that were refused for their token: missing, unknown, expired, of too low a role, or in a URL',
    'reason',
  ),
  apiEventReaders: gauge('api_event_readers', 'Readers of live events'),
} as const;

export const DUTY_COUNTERS: Readonly<
  Record<
    | 'flowsDegraded'
    | 'limitsReached'
    | 'packetsKept'
    | 'packetsNotKept'
    | 'packetSpoolBytes'
    | 'seenBytes'
    | 'sessions'
    | 'duplicates',
    CounterSamples
  >
> = {
  flowsDegraded: [[{}, 'degradedFlows']],
  limitsReached: (
    [
      ['matches', 'detectMatchLimit'],
      ['work', 'detectWorkLimit'],
      ['text', 'xmppStanzasCapped'],
      ['stream_windows', 'detectStreamWindowsLost'],
      ['bits', 'bitsForgotten'],
      ['rates', 'ratesForgotten'],
      ['openings', 'openingsLost'],
      ['bodies', 'bodiesNotUnpacked'],
    ] as const satisfies readonly (readonly [string, CounterName])[]
  ).map(([limit, name]) => [{ limit }, name]),
  packetsKept: [[{}, 'packetsKept']],
  packetsNotKept: [
    [{ reason: 'queue' }, 'packetsDroppedQueue'],
    [{ reason: 'budget' }, 'packetsDroppedBudget'],
    [{ reason: 'disk' }, 'packetsDroppedDisk'],
    [{ reason: 'room' }, 'packetsDroppedRoom'],
  ],
  packetSpoolBytes: [[{}, 'packetSpoolBytes']],
  seenBytes: [[{}, 'tcpSeenBytes']],
  sessions: [[{}, 'sessionsOpened']],
  duplicates: [[{}, 'captureDuplicates']],
};

/** Webhooks go by their place in the configuration, from 1: their URLs are nobody's business here. */
export function webhookSamples(
  key: 'webhookDeliveries' | 'webhookRetries' | 'webhookQueue',
  webhooks: readonly WebhookStatus[],
): readonly Sample[] {
  return webhooks.flatMap((status, index): readonly Sample[] => {
    const webhook = `${index + 1}`;
    if (key === 'webhookRetries') return [{ labels: { webhook }, value: status.retries }];
    if (key === 'webhookQueue') return [{ labels: { webhook }, value: status.queueLength }];
    const { delivered, refused, expired, overflow } = status;
    return Object.entries({ delivered, refused, expired, overflow }).map(([result, value]) => ({
      labels: { webhook, result },
      value,
    }));
  });
}
