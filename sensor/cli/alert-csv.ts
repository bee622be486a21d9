/**
 * Alerts as comma-separated values for spreadsheets (core/csv.ts); characters that hide or drive a terminal are shown as
 * escapes.
 */
import { partiesOf, storyOf } from '../alert/index.ts';
import { csvCell as textCell, printable } from '../core/index.ts';
import type { StoredAlert } from '../output/index.ts';
import { severityName } from './alert-text.ts';

const CSV_COLUMNS: readonly (readonly [
  title: string,
  value: (alert: StoredAlert) => string | number,
])[] = [
  ['id', (alert) => alert.id],
  ['alert_id', (alert) => alert.alertId],
  ['first', (alert) => isoTime(alert.tsUsec)],
  ['last', (alert) => isoTime(alert.lastUsec)],
  ['severity', (alert) => severityName(alert.severity)],
  ['detection', (alert) => alert.detection],
  ['gid', (alert) => alert.gid],
  ['sid', (alert) => alert.sid],
  ['rev', (alert) => alert.rev],
  ['signature', (alert) => alert.signature],
  ['category', (alert) => alert.category],
  ['confidence', (alert) => alert.confidence],
  ['count', (alert) => alert.count],
  ['story', storyOf],
  ['from', (alert) => partiesOf(alert.xmpp, alert.context).from],
  ['to', (alert) => partiesOf(alert.xmpp, alert.context).to],
  ['src_ip', (alert) => alert.srcIp],
  ['src_port', (alert) => alert.srcPort],
  ['dest_ip', (alert) => alert.destIp],
  ['dest_port', (alert) => alert.destPort],
  ['community_id', (alert) => alert.communityId],
  ['campaign_id', (alert) => alert.campaignId],
  ['contributors', (alert) => alert.contributors.join(' ')],
  ['buffer', (alert) => alert.evidence?.buffer ?? ''],
  ['excerpt', (alert) => alert.evidence?.excerpt ?? ''],
  ['status', (alert) => alert.status],
  ['comment', (alert) => alert.comment],
  ['sensor', (alert) => alert.sensor],
  ['pcap_filename', (alert) => alert.pcapFilename],
];

export function csvHeader(): string {
  return `${CSV_COLUMNS.map(([title]) => title).join(',')}\r\n`;
}

export function csvLine(alert: StoredAlert): string {
  return `${CSV_COLUMNS.map(([, value]) => csvCell(value(alert))).join(',')}\r\n`;
}

/** One cell; numbers stand as they are. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return textCell(printable(value), value);
}

/** ISO 8601 in UTC, to the millisecond, as spreadsheets read it. */
function isoTime(tsUsec: number): string {
  return new Date(Math.floor(tsUsec / 1000)).toISOString();
}
