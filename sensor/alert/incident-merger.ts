/**
 * Attacks across capture workers. Each worker sees its share of the flows, so one attack may be an alert in several of
 * them, or in a worker and its successor. Where their records meet they become one: the first alert stays, what the
 * others tell is growth of it.
 */
import type { LimitValues, ThresholdValues } from '../core/index.ts';
import { LruMap } from './lru-map.ts';
import type { AlertIncident, AlertRecord, SensorRecord } from './types.ts';

export interface IncidentMergerOptions {
  readonly limits: Pick<LimitValues, 'alertIncidents'>;
  readonly thresholds: Pick<ThresholdValues, 'incidentQuietSeconds' | 'incidentMaxSeconds'>;
}

/** As many contributors as one worker names. */
const NAMED = 32;

/** The alert an attack was told by first, and the latest of each worker's alerts of it, by id. */
interface Merged {
  readonly first: AlertRecord;
  readonly parts: Map<string, AlertRecord>;
  lastUsec: number;
}

export class IncidentMerger {
  readonly #quietUsec: number;
  readonly #maxUsec: number;
  readonly #byName: LruMap<string, Merged>;
  readonly #byAlert: LruMap<string, Merged>;

  constructor({ limits, thresholds }: IncidentMergerOptions) {
    this.#quietUsec = thresholds.incidentQuietSeconds * 1e6;
    this.#maxUsec = thresholds.incidentMaxSeconds * 1e6;
    this.#byName = new LruMap(limits.alertIncidents);
    this.#byAlert = new LruMap(limits.alertIncidents);
  }

  /** The record, or what it makes of an alert that another worker told first. */
  merge(entry: SensorRecord): SensorRecord {
    if (entry.kind !== 'alert' && entry.kind !== 'alert_update') return entry;
    const { record } = entry;
    const { incident } = record;
    if (incident === undefined) return entry;
    const merged = this.#byAlert.get(record.alertId) ?? this.#join(record, incident);
    merged.parts.set(record.alertId, record);
    merged.lastUsec = Math.max(merged.lastUsec, incident.lastUsec);
    if (merged.parts.size === 1) return entry;
    return { kind: 'alert_update', record: sum(merged, record) };
  }

  #join(record: AlertRecord, { name, lastUsec }: AlertIncident): Merged {
    const open = this.#byName.get(name);
    const isSame =
      open !== undefined &&
      Math.abs(record.tsUsec - open.first.tsUsec) <= this.#maxUsec &&
      Math.abs(record.tsUsec - open.lastUsec) <= this.#quietUsec;
    const merged = isSame ? open : { first: record, parts: new Map(), lastUsec };
    this.#byName.set(name, merged);
    this.#byAlert.set(record.alertId, merged);
    return merged;
  }
}

/** All parts as one; the words are those of the latest. */
function sum({ first, parts, lastUsec }: Merged, latest: AlertRecord): AlertRecord {
  let worst = latest;
  let count = 0;
  let firings = 0;
  let campaignId: string | undefined;
  let contributorCount = 0;
  const contributors = new Set<string>();
  for (const part of parts.values()) {
    if (part.alert.severity < worst.alert.severity) worst = part;
    count += part.alert.count;
    firings += part.incident?.firings ?? 0;
    campaignId ??= part.incident?.campaignId;
    contributorCount = Math.max(contributorCount, part.incident?.contributorCount ?? 0);
    for (const name of part.incident?.contributors ?? []) contributors.add(name);
  }
  const { severity, metadata } = worst.alert;
  const { context } = latest.alert;
  return {
    ...first,
    alert: { ...first.alert, severity, metadata, context, count },
    incident: {
      name: first.incident?.name ?? '',
      firings,
      lastUsec,
      contributors: [...contributors].slice(0, NAMED),
      // Beyond the names nobody knows who took part in both: it is at least so many.
      contributorCount: Math.max(contributorCount, contributors.size),
      ...(campaignId === undefined ? {} : { campaignId }),
    },
  };
}
