/**
 * What is posted, and how it is signed. Receivers check `X-Stanzawatch-Signature` against
 * HMAC-SHA-256(secret, timestamp + "." + body), refuse timestamps that are minutes off, and know a repeated delivery by
 * its id. Texts come from traffic: redacted before, as \u escapes where a screen would obey them.
 */
import { createHmac } from 'node:crypto';
import { alertInBrief, type AlertRecord } from '../../alert/index.ts';
import { printableJson } from '../printable-json.ts';

/** Grows when a member changes its meaning or goes; new members do not change it. */
const MESSAGE_VERSION = 1;

export type WebhookEvent = 'alert' | 'alert_update';

const SEVERITY_NAMES: readonly string[] = ['', 'critical', 'high', 'medium', 'info'];
/** Longest text a message takes from one field of an alert. */
const FIELD_CHARS = 512;

/** JSON of a message. */
export function messageBody(event: WebhookEvent, delivery: string, record: AlertRecord): string {
  const { alert, xmpp, incident, evidence } = record;
  const { story, from, to } = alertInBrief(record);
  return printableJson({
    version: MESSAGE_VERSION,
    event,
    delivery,
    sensor: record.sensor,
    alert: {
      id: record.alertId,
      path: `/alerts/${encodeURIComponent(record.alertId)}`,
      time: isoTime(record.tsUsec),
      last_time: isoTime(incident?.lastUsec ?? record.tsUsec),
      detection: record.detection,
      severity: alert.severity,
      severity_name: SEVERITY_NAMES[alert.severity] ?? '',
      signature: cut(alert.signature),
      signature_id: alert.sid,
      category: cut(alert.category),
      confidence: alert.metadata['confidence']?.[0] ?? '',
      story: cut(story),
      from: cut(from),
      to: cut(to),
      src_ip: record.srcIp,
      src_port: record.srcPort,
      dest_ip: record.destIp,
      dest_port: record.destPort,
      interface: record.inIface,
      community_id: record.communityId,
      count: alert.count,
      contributors: incident?.contributorCount ?? 0,
      campaign_id: incident?.campaignId ?? '',
      seen_percent: xmpp?.seenPercent ?? null,
      evidence:
        evidence === undefined ? null : { buffer: evidence.buffer, excerpt: cut(evidence.excerpt) },
    },
  });
}

/** Headers of a request. `seconds`: the clock now, since the epoch. */
export function messageHeaders(
  delivery: string,
  body: string,
  seconds: number,
  secret: string,
): Record<string, string> {
  const timestamp = `${seconds}`;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stanzawatch',
    'x-stanzawatch-delivery': delivery,
    'x-stanzawatch-timestamp': timestamp,
  };
  if (secret === '') return headers;
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { ...headers, 'x-stanzawatch-signature': `sha256=${digest}` };
}

function isoTime(usec: number): string {
  return new Date(usec / 1000).toISOString();
}

/** Whole characters: half a surrogate pair is no text. */
function cut(text: string): string {
  if (text.length <= FIELD_CHARS) return text;
  return `${text.slice(0, FIELD_CHARS - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
