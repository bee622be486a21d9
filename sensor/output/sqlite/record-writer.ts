/** Writes a chunk of records in one transaction. */
import type Database from 'better-sqlite3';
import { log, wallClockUsec } from '../../core/index.ts';
import type { SensorRecord } from '../../alert/index.ts';
import { Exposures } from './exposures.ts';
import { fileRow } from './file-row.ts';
import { Identities } from './identities.ts';
import {
  RowInserter,
  alertRow,
  auditRow,
  campaignRow,
  flowRow,
  serverFeaturesRow,
  sessionRow,
  statsRow,
} from './record-rows.ts';
import { storeErrorCode } from './store-error.ts';

export interface WriteResult {
  /** Rows added. */
  readonly added: number;
  /** Records the schema refused: a fault of ours, for which the others must not wait. */
  readonly refused: number;
}

/** An alert may come again: it has grown, or a capture is read twice. Then what is known already stays. */
const GROWN_ALERT = `ON CONFLICT (alert_id) DO UPDATE SET
  count = excluded.count,
  change = excluded.change,
  last_ts_us = max(last_ts_us, excluded.last_ts_us),
  severity = min(severity, excluded.severity),
  confidence = excluded.confidence,
  metadata = excluded.metadata,
  context = excluded.context,
  summary = excluded.summary,
  contributors = excluded.contributors,
  contributor_count = excluded.contributor_count,
  campaign_id = CASE WHEN excluded.campaign_id = '' THEN campaign_id ELSE excluded.campaign_id END
  WHERE excluded.count > count`;

/**
 * A file that is read again is known; of two sights of it (the legs of a stanza that two workers read) the fuller one
 * stays.
 */
const KNOWN_FILE = `ON CONFLICT (file_id) DO UPDATE SET
  size = excluded.size, gap_bytes = excluded.gap_bytes, ts_us = excluded.ts_us, magic = excluded.magic,
  mime = excluded.mime, sha256 = excluded.sha256, md5 = excluded.md5, complete = excluded.complete,
  lack = excluded.lack, inspected = excluded.inspected, unseen = excluded.unseen, members = excluded.members,
  found = excluded.found
  WHERE excluded.complete > complete OR (excluded.complete = complete AND excluded.size > size)`;

/**
 * A campaign as it stands: the largest it was seen. One that is read again has not shrunk; a sensor that started
 * again, or another worker, counts anew under the same id.
 */
const GROWN_CAMPAIGN = `ON CONFLICT (campaign_id) DO UPDATE SET
  first_ts_us = min(first_ts_us, excluded.first_ts_us),
  ts_us = max(ts_us, excluded.ts_us),
  stored = excluded.stored,
  messages = max(messages, excluded.messages),
  senders = max(senders, excluded.senders),
  domains = max(domains, excluded.domains),
  recipients = max(recipients, excluded.recipients),
  sender_samples = CASE WHEN excluded.messages > messages THEN excluded.sender_samples ELSE sender_samples END,
  domain_samples = CASE WHEN excluded.messages > messages THEN excluded.domain_samples ELSE domain_samples END
  WHERE excluded.messages > messages OR excluded.ts_us > ts_us`;

/** The latest baseline counts; of two workers that have the same one, the longer memory. */
const NEW_BASELINE = `ON CONFLICT (server_ip, server_port, domain, connection) DO UPDATE SET
  first_ts_us = CASE WHEN SAME THEN min(first_ts_us, excluded.first_ts_us) ELSE excluded.first_ts_us END,
  sessions = CASE WHEN SAME THEN max(sessions, excluded.sessions) ELSE excluded.sessions END,
  starttls = excluded.starttls,
  mechanisms = excluded.mechanisms,
  others = excluded.others,
  ts_us = excluded.ts_us,
  stored = excluded.stored
  WHERE excluded.ts_us >= ts_us`.replaceAll(
  'SAME',
  'starttls = excluded.starttls AND mechanisms = excluded.mechanisms AND others = excluded.others',
);

export class RecordWriter {
  readonly #alerts: RowInserter;
  readonly #sessions: RowInserter;
  readonly #files: RowInserter;
  readonly #flows: RowInserter;
  readonly #stats: RowInserter;
  readonly #audit: RowInserter;
  readonly #campaigns: RowInserter;
  readonly #features: RowInserter;
  readonly #identities: Identities;
  readonly #exposures: Exposures;
  readonly #lastChange: Database.Statement<[], { readonly change: number | null }>;
  /** Of the transaction that goes on: alerts bear it, so that what is new can be asked for. */
  #change = 0;
  readonly #all: Database.Transaction<(records: readonly SensorRecord[]) => number>;
  readonly #each: Database.Transaction<(records: readonly SensorRecord[]) => WriteResult>;
  readonly #one: Database.Transaction<(entry: SensorRecord, stored: number) => boolean>;

  constructor(db: Database.Database) {
    this.#alerts = new RowInserter(db, 'alerts', GROWN_ALERT);
    this.#sessions = new RowInserter(db, 'sessions', 'ON CONFLICT DO NOTHING');
    this.#files = new RowInserter(db, 'files', KNOWN_FILE);
    this.#flows = new RowInserter(db, 'flows', 'ON CONFLICT DO NOTHING');
    this.#stats = new RowInserter(db, 'sensor_stats', '');
    this.#audit = new RowInserter(db, 'audit', '');
    this.#campaigns = new RowInserter(db, 'campaigns', GROWN_CAMPAIGN);
    this.#features = new RowInserter(db, 'server_features', NEW_BASELINE);
    this.#identities = new Identities(db);
    this.#exposures = new Exposures(db);
    this.#lastChange = db.prepare('SELECT max(change) AS change FROM alerts');
    this.#all = db.transaction((records: readonly SensorRecord[]) => this.#insertAll(records));
    this.#one = db.transaction((entry: SensorRecord, stored: number) =>
      this.#insert(entry, stored),
    );
    this.#each = db.transaction((records: readonly SensorRecord[]) => this.#insertEach(records));
  }

  /** Throws SQLite's errors for trouble of the environment; then nothing of the chunk is stored. */
  write(records: readonly SensorRecord[]): WriteResult {
    try {
      return { added: this.#all.immediate(records), refused: 0 };
    } catch (error) {
      if (storeErrorCode(error) !== undefined) throw error;
      return this.#each.immediate(records);
    }
  }

  #insertAll(records: readonly SensorRecord[]): number {
    const stored = this.#begin();
    let added = 0;
    for (const entry of records) if (this.#insert(entry, stored)) added++;
    return added;
  }

  /** One savepoint for each record, so that one bad record costs itself only. */
  #insertEach(records: readonly SensorRecord[]): WriteResult {
    const stored = this.#begin();
    let added = 0;
    let refused = 0;
    for (const entry of records) {
      try {
        if (this.#one(entry, stored)) added++;
      } catch (error) {
        if (storeErrorCode(error) !== undefined) throw error;
        refused++;
        log(
          'error',
          'output',
          `The store refused a record of kind ${entry.kind}: ${String(error)}`,
        );
      }
    }
    return { added, refused };
  }

  /** Within the transaction, so that no other writer takes the same number. Gives the second of now. */
  #begin(): number {
    this.#change = (this.#lastChange.get()?.change ?? 0) + 1;
    return Math.floor(wallClockUsec() / 1e6);
  }

  #insert(entry: SensorRecord, stored: number): boolean {
    switch (entry.kind) {
      case 'alert': {
        const isChanged = this.#alerts.insert(alertRow(entry.record, stored, this.#change));
        if (isChanged) this.#exposures.onAlert(entry.record, stored);
        return isChanged;
      }
      case 'alert_update':
        return this.#alerts.insert(alertRow(entry.record, stored, this.#change));
      case 'session': {
        const isNew = this.#sessions.insert(sessionRow(entry.record, stored));
        if (isNew) {
          this.#identities.onSession(entry.record, stored);
          this.#exposures.onSession(entry.record, stored);
        }
        return isNew;
      }
      case 'campaign':
        return this.#campaigns.insert(campaignRow(entry.record, stored));
      case 'server_features':
        return this.#features.insert(serverFeaturesRow(entry.record, stored));
      case 'file':
        return this.#files.insert(fileRow(entry.record, stored));
      case 'audit':
        return this.#audit.insert(auditRow(entry.record));
      case 'flow':
        return this.#flows.insert(flowRow(entry.record, stored));
      case 'stats':
        return this.#stats.insert(statsRow(entry.record, stored));
      case 'anomaly':
        // Observations, not findings: EVE has them, and the counters of every event are in sensor_stats.
        return false;
    }
  }
}
