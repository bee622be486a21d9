/**
 * Attacks that go on: of the firings of one rule that name the same incident (detect/, `Incident`) the first is the
 * alert, later ones make it grow. Growth is told as updates of that alert: whenever the count has doubled, else a
 * few seconds after it grew, and a last time when the incident ends.
 *
 * An incident ends when it was quiet for long, when it is so old that it should be told anew, when too many others
 * are open, and at shutdown. Time is packet time: a clock that jumps either way ends what it leaves behind.
 */
import { sha256, type Counters, type LimitValues, type ThresholdValues } from '../core/index.ts';
import type { Incident } from '../detect/index.ts';
import { cutText } from './evidence.ts';
import { redactJid } from './redact.ts';
import type { AlertRecord, Severity } from './types.ts';

/** One firing as far as it can change the alert. */
export interface Firing {
  readonly incident: Incident;
  readonly tsUsec: number;
  readonly severity: Severity;
  readonly metadata: AlertRecord['alert']['metadata'];
  /** Bytes of the flow were missing. */
  readonly isDoubtful: boolean;
  readonly context: Readonly<Record<string, string | number>>;
}

export interface IncidentTableOptions {
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'alertIncidents' | 'alertIncidentContributors'>;
  readonly thresholds: Pick<
    ThresholdValues,
    'incidentQuietSeconds' | 'incidentMaxSeconds' | 'incidentUpdateSeconds'
  >;
  /** Makes a context fit to leave the sensor. */
  readonly clearContext: (context: Firing['context']) => Firing['context'];
  /** Takes the alert as it has become. */
  readonly tell: (record: AlertRecord) => void;
}

/** Contributors an alert names; the others are counted. */
const NAMED = 32;
const NAME_CHARS = 128;
/** Contributors of one firing that are looked at. */
const PER_FIRING = 256;
/** Characters kept of the hash of a key in hexadecimal: 128 bits. */
const KEY_CHARS = 32;
/** Hexadecimal digits of a hash that a number holds exactly. */
const NUMBER_DIGITS = 13;

interface OpenIncident {
  readonly name: string;
  /** The alert as it was raised. */
  readonly alert: AlertRecord;
  readonly named: string[];
  /** Hashes of all contributors. */
  readonly seen: Set<number>;
  firings: number;
  lastUsec: number;
  severity: Severity;
  metadata: Firing['metadata'];
  isDoubtful: boolean;
  context: Firing['context'];
  campaignId: string | undefined;
  /** Firings told so far. */
  told: number;
  /** Packet time of the first firing that was not told. */
  untoldUsec: number;
}

export class IncidentTable {
  readonly #options: IncidentTableOptions;
  readonly #quietUsec: number;
  readonly #maxUsec: number;
  readonly #updateUsec: number;
  /** In the order of their latest firing. */
  readonly #open = new Map<string, OpenIncident>();
  /** Those with firings that were not told, in the order of the first of these. */
  readonly #untold = new Set<OpenIncident>();
  /** Contributors remembered over all incidents. */
  #remembered = 0;

  constructor(options: IncidentTableOptions) {
    this.#options = options;
    const { incidentQuietSeconds, incidentMaxSeconds, incidentUpdateSeconds } = options.thresholds;
    this.#quietUsec = incidentQuietSeconds * 1e6;
    this.#maxUsec = incidentMaxSeconds * 1e6;
    this.#updateUsec = incidentUpdateSeconds * 1e6;
  }

  /** Name of the incident: the same for all firings of one rule that belong together. */
  static nameOf(gid: number, sid: number, { key }: Incident): string {
    return sha256(`${gid}:${sid} ${key}`, 'hex').slice(0, KEY_CHARS);
  }

  /** True when the firing belongs to an alert that was raised already: it has grown. */
  grow(name: string, firing: Firing): boolean {
    this.sweep(firing.tsUsec);
    const open = this.#open.get(name);
    if (open === undefined) return false;
    const { tsUsec } = firing;
    if (
      Math.abs(tsUsec - open.alert.tsUsec) > this.#maxUsec ||
      Math.abs(tsUsec - open.lastUsec) > this.#quietUsec
    ) {
      this.#end(open);
      return false;
    }
    open.firings++;
    open.lastUsec = Math.max(open.lastUsec, tsUsec);
    open.context = firing.context;
    if (firing.severity < open.severity) open.severity = firing.severity;
    if (open.isDoubtful && !firing.isDoubtful) {
      open.isDoubtful = false;
      open.metadata = firing.metadata;
    }
    this.#take(open, firing.incident);
    this.#open.delete(name);
    this.#open.set(name, open);
    this.#options.counters.add('incidentFirings', 1);
    if (open.firings >= open.told * 2) this.#tell(open);
    else if (!this.#untold.has(open)) {
      open.untoldUsec = tsUsec;
      this.#untold.add(open);
    }
    return true;
  }

  /** Opens an incident with its first firing; gives the alert to raise. */
  begin(name: string, firing: Firing, alert: AlertRecord): AlertRecord {
    if (this.#open.size >= this.#options.limits.alertIncidents) this.#evict();
    const open: OpenIncident = {
      name,
      alert,
      named: [],
      seen: new Set(),
      firings: 1,
      lastUsec: firing.tsUsec,
      severity: firing.severity,
      metadata: firing.metadata,
      isDoubtful: firing.isDoubtful,
      context: firing.context,
      campaignId: undefined,
      told: 1,
      untoldUsec: 0,
    };
    this.#take(open, firing.incident);
    this.#open.set(name, open);
    this.#options.counters.add('incidentsOpen', 1);
    return this.#record(open);
  }

  /** Tells growth that is due, and ends what was quiet for long. */
  sweep(nowUsec: number): void {
    for (const open of this.#untold) {
      if (Math.abs(nowUsec - open.untoldUsec) < this.#updateUsec) break;
      this.#tell(open);
    }
    for (const open of this.#open.values()) {
      if (Math.abs(nowUsec - open.lastUsec) <= this.#quietUsec) break;
      this.#end(open);
    }
  }

  /** Ends all. */
  shutdown(): void {
    for (const open of this.#open.values()) this.#end(open);
  }

  #evict(): void {
    for (const open of this.#open.values()) {
      this.#options.counters.add('incidentsEvicted', 1);
      this.#end(open);
      return;
    }
  }

  #end(open: OpenIncident): void {
    if (open.firings > open.told) this.#tell(open);
    this.#open.delete(open.name);
    this.#remembered -= open.seen.size;
    this.#options.counters.add('incidentsOpen', -1);
  }

  #take(open: OpenIncident, { contributors, campaignId }: Incident): void {
    if (campaignId !== undefined) open.campaignId = campaignId;
    const count = Math.min(contributors.length, PER_FIRING);
    for (let i = 0; i < count; i++) {
      if (this.#remembered >= this.#options.limits.alertIncidentContributors) return;
      const name = contributors[i] as string;
      if (name === '') continue;
      const hash = Number.parseInt(sha256(name, 'hex').slice(0, NUMBER_DIGITS), 16);
      if (open.seen.has(hash)) continue;
      open.seen.add(hash);
      this.#remembered++;
      if (open.named.length < NAMED) open.named.push(cutText(redactJid(name), NAME_CHARS));
    }
  }

  #tell(open: OpenIncident): void {
    open.told = open.firings;
    this.#untold.delete(open);
    this.#options.tell(this.#record(open));
  }

  #record(open: OpenIncident): AlertRecord {
    const { alert, firings, severity, metadata, lastUsec, named, seen, campaignId } = open;
    const context = this.#options.clearContext(open.context);
    return {
      ...alert,
      alert: { ...alert.alert, severity, metadata, context, count: firings },
      incident: {
        name: open.name,
        firings,
        lastUsec,
        contributors: [...named],
        contributorCount: seen.size,
        ...(campaignId === undefined ? {} : { campaignId }),
      },
    };
  }
}
