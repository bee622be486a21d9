/**
 * Metrics made from records on their way to the sinks: alerts by family, campaigns, what was exposed, how sessions ended.
 * They answer what an on-call engineer asks; who took part is in the store, never in a label.
 */
import type { AlertRecord, CampaignRecord, SensorRecord } from '../../alert/index.ts';
import { wallClockUsec, type LimitValues } from '../../core/index.ts';
import { EXPOSED, exposuresOfSession } from '../sqlite/exposures.ts';
import { counter, gauge, type Sample } from './metric-info.ts';

export const RECORD_METRICS = {
  familyAlerts: counter(
    'family_alerts_total',
    'Alerts by family of what they are about; counted like alerts_total',
    'family',
    'severity',
  ),
  campaigns: counter('campaigns_total', 'Campaigns found, by what holds them together', 'kind'),
  campaignMessages: counter('campaign_messages_total', 'Messages that belong to campaigns', 'kind'),
  campaignsActive: gauge('campaigns_active', 'Campaigns that grew within the last hour'),
  exposures: counter(
    'exposures_total',
    'Logins and sessions at their end by what a listener learned: a password, a hash, a token, or what was said though TLS was offered',
    'exposed',
  ),
  sessionsEnded: counter(
    'sessions_ended_total',
    'XMPP sessions that ended, by how far TLS got: none, offered, required or started',
    'tls',
  ),
} as const;

export type RecordMetricKey = keyof typeof RECORD_METRICS;

/** Severities of alerts as label values. */
export const SEVERITIES = ['1', '2', '3', '4'] as const;

/** Hundred thousands of gid 1 sids -> family (INTERFACE.md section 4). */
const FAMILY_OF_BLOCK: Readonly<Record<number, string>> = {
  151: 'xml',
  152: 'auth',
  153: 'abuse',
  154: 'federation',
  155: 'spim',
  156: 'leak',
  157: 'malware',
  158: 'policy',
  159: 'evasion',
};

/** Detections of rules outside those blocks (an operator's own) by how they begin. */
const FAMILY_OF_PREFIX: readonly (readonly [prefix: string, family: string])[] = [
  ['dlp-', 'leak'],
  ['spim-', 'spim'],
  ['c2-', 'malware'],
  ['xml-', 'xml'],
  ['pol-', 'policy'],
];

export const FAMILIES: readonly string[] = [...Object.values(FAMILY_OF_BLOCK), 'other'];
const CAMPAIGN_KINDS = ['text', 'link', 'domain'] as const satisfies CampaignRecord['kind'][];
const TLS_STATES = ['none', 'offered', 'required', 'started'] as const;
const ACTIVE_USEC = 3600 * 1_000_000;

/** What an alert is about, one of FAMILIES. */
export function familyOf({ alert, detection }: Pick<AlertRecord, 'alert' | 'detection'>): string {
  const block = alert.gid === 1 ? FAMILY_OF_BLOCK[Math.floor(alert.sid / 10_000)] : undefined;
  return block ?? FAMILY_OF_PREFIX.find(([prefix]) => detection.startsWith(prefix))?.[1] ?? 'other';
}

/** Alerts a record stands for: an attack is one, however often it fired before it was told. */
export function alertsIn({ alert, incident }: Pick<AlertRecord, 'alert' | 'incident'>): number {
  return incident === undefined ? alert.count : alert.count - incident.firings + 1;
}

/** Zero for each severity: a rate over a series that begins with its first alert would miss that one. */
export function newSeverities(): Map<string, number> {
  return new Map(SEVERITIES.map((severity) => [severity, 0]));
}

interface KnownCampaign {
  messages: number;
  grewUsec: number;
}

export class RecordTotals {
  readonly #maxCampaigns: number;
  readonly #families = new Map(FAMILIES.map((family) => [family, newSeverities()]));
  readonly #found = zeros(CAMPAIGN_KINDS);
  readonly #messages = zeros(CAMPAIGN_KINDS);
  /** By id, the one that grew longest ago first. */
  readonly #campaigns = new Map<string, KnownCampaign>();
  readonly #exposures = zeros(EXPOSED);
  readonly #sessions = zeros(TLS_STATES);

  constructor(limits: Pick<LimitValues, 'metricsCampaigns'>) {
    this.#maxCampaigns = limits.metricsCampaigns;
  }

  count(records: readonly SensorRecord[]): void {
    for (const entry of records) {
      if (entry.kind === 'alert') this.#countAlert(entry.record);
      else if (entry.kind === 'campaign') this.#countCampaign(entry.record);
      else if (entry.kind === 'session') {
        add(this.#sessions, entry.record.tls, 1);
        for (const { exposed, count } of exposuresOfSession(entry.record)) {
          add(this.#exposures, exposed, count);
        }
      }
    }
  }

  samples(key: RecordMetricKey): readonly Sample[] {
    switch (key) {
      case 'familyAlerts':
        return [...this.#families].flatMap(([family, bySeverity]) =>
          [...bySeverity].map(([severity, value]) => ({ labels: { family, severity }, value })),
        );
      case 'campaigns':
        return samplesOf('kind', this.#found);
      case 'campaignMessages':
        return samplesOf('kind', this.#messages);
      case 'campaignsActive':
        return [{ labels: {}, value: this.#active() }];
      case 'exposures':
        return samplesOf('exposed', this.#exposures);
      case 'sessionsEnded':
        return samplesOf('tls', this.#sessions);
    }
  }

  #countAlert(record: AlertRecord): void {
    const bySeverity = this.#families.get(familyOf(record));
    if (bySeverity !== undefined) add(bySeverity, `${record.alert.severity}`, alertsIn(record));
  }

  /** A campaign is told as it stands, by every worker that sees it: what is new is the difference to before. */
  #countCampaign({ campaignId, kind, messages }: CampaignRecord): void {
    const known = this.#campaigns.get(campaignId);
    if (known === undefined) add(this.#found, kind, 1);
    add(this.#messages, kind, Math.max(0, messages - (known?.messages ?? 0)));
    this.#campaigns.delete(campaignId);
    this.#campaigns.set(campaignId, {
      messages: Math.max(messages, known?.messages ?? 0),
      grewUsec: wallClockUsec(),
    });
    if (this.#campaigns.size <= this.#maxCampaigns) return;
    for (const oldest of this.#campaigns.keys()) {
      this.#campaigns.delete(oldest);
      return;
    }
  }

  #active(): number {
    const since = wallClockUsec() - ACTIVE_USEC;
    let count = 0;
    for (const { grewUsec } of this.#campaigns.values()) if (grewUsec >= since) count++;
    return count;
  }
}

function zeros(keys: readonly string[]): Map<string, number> {
  return new Map(keys.map((key) => [key, 0]));
}

/** Only to what the set holds: a label takes no other value. */
function add(totals: Map<string, number>, key: string, by: number): void {
  const before = totals.get(key);
  if (before !== undefined) totals.set(key, before + by);
}

function samplesOf(label: string, totals: ReadonlyMap<string, number>): readonly Sample[] {
  return [...totals].map(([key, value]) => ({ labels: { [label]: key }, value }));
}
