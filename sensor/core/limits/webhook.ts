/** Limits of webhooks (output/webhook). */
import { limit } from './limit.ts';

export const WEBHOOK_LIMITS = {
  webhookQueue: limit(
    'webhook.queue',
    1000,
    'items',
    'least severe alert that waits longest is given up and counted as overflow',
  ),
  webhookQueueSeconds: limit(
    'webhook.queue_seconds',
    3600,
    'seconds',
    'alert that could not be posted is given up and counted as expired',
  ),
  webhookInFlight: limit(
    'webhook.in_flight',
    4,
    'items',
    'further alerts wait until a request has ended',
  ),
  webhookTimeoutSeconds: limit(
    'webhook.timeout_seconds',
    10,
    'seconds',
    'request counts as failed and is repeated',
  ),
  webhookRetrySeconds: limit(
    'webhook.retry_seconds',
    300,
    'seconds',
    'longest pause between two attempts, also where the receiver asks for more',
  ),
  webhookGrowthSeconds: limit(
    'webhook.growth_seconds',
    60,
    'seconds',
    'growth of an alert within this time goes into one update',
  ),
  webhookAlerts: limit(
    'webhook.alerts',
    8192,
    'items',
    'posted alert unchanged for longest is forgotten: its growth is posted as if it were new',
  ),
} as const;
