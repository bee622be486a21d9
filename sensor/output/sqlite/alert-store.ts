/**
 * Questions to a store, on a connection that cannot write: `alerts list|show|top`, `sessions`, `identities`,
 * `exposures`, `campaigns`, `files`, and the API. Analysts may ask while the sensor writes; neither waits for the other (WAL).
 */
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import {
  OperatorError,
  type CampaignSummary,
  type ExposureSummary,
  type IdentitySummary,
  type StoredAlert,
  type StoredFile,
  type StoredSession,
  type TopRow,
} from '../../core/index.ts';
import {
  alertConditions,
  campaignConditions,
  exposureConditions,
  fileConditions,
  identityConditions,
  limitOf,
  sessionConditions,
  type AlertFilter,
  type CampaignFilter,
  type ExposureFilter,
  type FileFilter,
  type PeopleFilter,
  type SessionFilter,
} from './filters.ts';
import { refuseNewer, schemaVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Cell } from './record-rows.ts';
import {
  campaignSummary,
  exposureSummary,
  identitySummary,
  type CampaignColumns,
  type ExposureColumns,
  type IdentityColumns,
} from './people.ts';
import { alertSummary, sessionSummary, type AlertColumns, type SessionColumns } from './stored.ts';
import { storeError } from './store-error.ts';
import { FILE_COLUMNS, fileSummary, type FileColumns } from './stored-files.ts';

/** What `alerts top --by` groups by. */
export const TOP_KEYS = ['jid', 'domain', 'ip', 'signature', 'category'] as const;

export type TopKey = (typeof TOP_KEYS)[number];

const TOP_COLUMNS: Readonly<Record<TopKey, string>> = {
  jid: 'a.from_bare',
  domain: 'a.from_domain',
  ip: 'a.src_ip',
  signature: 'a.signature',
  category: 'a.category',
};

const READER_BUSY_MS = 5000;

export class AlertStore {
  readonly #db: Database.Database;

  /**
   * `busyMs`: how long a question may wait for a lock (5000). Throws OperatorError STORE_UNREADABLE, STORE_NEWER
   * or STORE_LOCKED.
   */
  constructor(path: string, options: { readonly busyMs?: number } = {}) {
    if (!existsSync(path)) {
      throw new OperatorError(
        'STORE_UNREADABLE',
        `There is no store at ${path}`,
        'Run `stanzawatch read FILE` or `stanzawatch run` first, or name its folder with -l',
      );
    }
    let db: Database.Database | undefined;
    const timeout = options.busyMs ?? READER_BUSY_MS;
    try {
      db = new Database(path, { readonly: true, fileMustExist: true, timeout });
      refuseForeignSchema(db);
      this.#db = db;
    } catch (error) {
      db?.close();
      throw readError(error, path);
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Those that fired last first. */
  listAlerts(filter: AlertFilter = {}): StoredAlert[] {
    const { where, values } = alertConditions(filter);
    const rows = this.#all<AlertColumns>(
      `SELECT a.*, ifnull(t.status, 'new') AS status, ifnull(t.comment, '') AS comment
       FROM alerts a LEFT JOIN alert_triage t ON t.alert_id = a.alert_id
       ${where} ORDER BY a.last_time DESC, a.id DESC LIMIT ?`,
      [...values, limitOf(filter)],
    );
    return rows.map(alertSummary);
  }

  /** Firings of the alerts that fit; `limit` does not matter. */
  countAlerts(filter: AlertFilter = {}): number {
    const { where, values } = alertConditions(filter);
    const [row] = this.#all<{ alerts: number | null }>(
      `SELECT sum(a.count) AS alerts FROM alerts a ${where}`,
      values,
    );
    return row?.alerts ?? 0;
  }

  /** The alert with this row number, or whose id begins so (at least four digits). */
  findAlert(id: string): StoredAlert | undefined {
    const isRow = /^\d{1,15}$/.test(id);
    const byRow = isRow ? this.#alertsWhere('a.id = ?', [Number(id)]) : [];
    if (byRow[0] !== undefined) return byRow[0];
    if (!/^[0-9a-f]{4,32}$/.test(id)) return undefined;
    const found = this.#alertsWhere('a.alert_id >= ? AND a.alert_id < ?', [id, `${id}g`]);
    if (found.length > 1) {
      throw new OperatorError(
        'USAGE',
        `More than one alert id begins with ${id}`,
        'Give more digits',
      );
    }
    return found[0];
  }

  /** Most alerts first. Alerts without the key (no sender, no address) are left out. */
  topAlerts(by: TopKey, filter: AlertFilter = {}): TopRow[] {
    const column = TOP_COLUMNS[by];
    const conditions = alertConditions(filter).add(`${column} <> ''`);
    const group = by === 'signature' ? 'a.gid, a.sid' : column;
    const rows = this.#all<{
      key: string;
      sid: number;
      alerts: number;
      severity: number;
      first: number;
      last: number;
    }>(
      `SELECT max(${column}) AS key, max(a.sid) AS sid, sum(a.count) AS alerts, min(a.severity) AS severity,
              min(a.ts_us) AS first, max(a.last_ts_us) AS last
       FROM alerts a ${conditions.where}
       GROUP BY ${group} ORDER BY alerts DESC, severity, key LIMIT ?`,
      [...conditions.values, limitOf(filter)],
    );
    return rows.map(({ first, last, sid, ...row }) => ({
      ...row,
      sid: by === 'signature' ? sid : undefined,
      firstUsec: first,
      lastUsec: last,
    }));
  }

  /** Newest end first. */
  listSessions(filter: SessionFilter = {}): StoredSession[] {
    const { where, values } = sessionConditions(filter);
    const rows = this.#all<SessionColumns>(
      `SELECT s.* FROM sessions s ${where} ORDER BY s.time DESC, s.id DESC LIMIT ?`,
      [...values, limitOf(filter)],
    );
    return rows.map(sessionSummary);
  }

  /** Accounts, last seen first, each with all its addresses and clients. */
  listIdentities(filter: PeopleFilter = {}): IdentitySummary[] {
    const { where, values } = identityConditions(filter);
    const rows = this.#all<IdentityColumns>(
      `SELECT * FROM identities WHERE jid IN
         (SELECT jid FROM identities${where} GROUP BY jid ORDER BY max(time) DESC, max(id) DESC LIMIT ?)
       ORDER BY time DESC, id DESC`,
      [...values, limitOf(filter)],
    );
    const byJid = new Map<string, IdentityColumns[]>();
    for (const row of rows) {
      const same = byJid.get(row.jid);
      if (same === undefined) byJid.set(row.jid, [row]);
      else same.push(row);
    }
    return [...byJid.values()].flatMap((same) => identitySummary(same) ?? []);
  }

  /** Last seen first. */
  listExposures(filter: ExposureFilter = {}): ExposureSummary[] {
    const { where, values } = exposureConditions(filter);
    return this.#all<ExposureColumns>(
      `SELECT * FROM exposures ${where} ORDER BY time DESC, id DESC LIMIT ?`,
      [...values, limitOf(filter)],
    ).map(exposureSummary);
  }

  /** Those that grew last first. */
  listCampaigns(filter: CampaignFilter = {}): CampaignSummary[] {
    const { where, values } = campaignConditions(filter);
    return this.#campaigns(`${where} ORDER BY time DESC, id DESC LIMIT ?`, [
      ...values,
      limitOf(filter),
    ]);
  }

  /** The campaign whose id begins so (at least four characters). Throws USAGE when several do. */
  findCampaign(id: string): CampaignSummary | undefined {
    if (id.length < 4) return undefined;
    const found = this.#campaigns('WHERE substr(campaign_id, 1, ?) = ? LIMIT 2', [id.length, id]);
    if (found.length <= 1) return found[0];
    throw new OperatorError('USAGE', `More than one campaign id begins with ${id}`, 'Give more');
  }

  /** Those that ended last first. */
  listFiles(filter: FileFilter = {}): StoredFile[] {
    const { where, values } = fileConditions(filter);
    return this.#files(`${where} ORDER BY f.time DESC, f.id DESC LIMIT ?`, [
      ...values,
      limitOf(filter),
    ]);
  }

  /**
   * The file with this row number, or whose id begins so, or all whose SHA-256 or MD5 does (at least four digits),
   * at most 100, latest first. Throws USAGE when several contents, or ids, begin so.
   */
  findFiles(key: string): StoredFile[] {
    if (/^\d{1,15}$/.test(key)) {
      const byRow = this.#files('WHERE f.id = ?', [Number(key)]);
      if (byRow.length > 0) return byRow;
    }
    if (!/^[0-9a-f]{4,64}$/.test(key)) return [];
    const byId = this.#files('WHERE f.file_id >= ? AND f.file_id < ? LIMIT 2', [key, `${key}g`]);
    const found = byId.length > 0 ? byId : this.listFiles({ hash: key });
    const names = new Set(found.map((file) => (byId.length > 0 ? file.fileId : file.sha256)));
    if (names.size <= 1) return found;
    throw new OperatorError('USAGE', `More than one file begins with ${key}`, 'Give more digits');
  }

  #files(rest: string, values: readonly Cell[]): StoredFile[] {
    return this.#all<FileColumns>(`SELECT ${FILE_COLUMNS} FROM files f ${rest}`, values).map(
      fileSummary,
    );
  }

  #campaigns(rest: string, values: readonly Cell[]): CampaignSummary[] {
    return this.#all<CampaignColumns>(
      `SELECT *, (SELECT count(*) FROM alerts a WHERE a.campaign_id <> '' AND a.campaign_id = campaigns.campaign_id)
         AS alerts FROM campaigns ${rest}`,
      values,
    ).map(campaignSummary);
  }

  #alertsWhere(condition: string, values: readonly Cell[]): StoredAlert[] {
    return this.#all<AlertColumns>(
      `SELECT a.*, ifnull(t.status, 'new') AS status, ifnull(t.comment, '') AS comment
       FROM alerts a LEFT JOIN alert_triage t ON t.alert_id = a.alert_id
       WHERE ${condition} ORDER BY a.id LIMIT 2`,
      values,
    ).map(alertSummary);
  }

  #all<Columns>(sql: string, values: readonly Cell[]): Columns[] {
    try {
      return this.#db.prepare<Cell[], Columns>(sql).all(...values);
    } catch (error) {
      throw readError(error, this.#db.name);
    }
  }
}

function refuseForeignSchema(db: Database.Database): void {
  const version = schemaVersion(db);
  refuseNewer(db, version, MIGRATIONS);
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version === newest) return;
  throw new OperatorError(
    'STORE_UNREADABLE',
    version === 0
      ? `The store ${db.name} is empty`
      : `The store ${db.name} has schema ${version}, this program reads ${newest}`,
    'Run `stanzawatch read` or `stanzawatch run` on it once: they bring it up to date',
  );
}

/** To a reader, everything but a lock means that the store cannot be read. */
function readError(error: unknown, path: string): OperatorError {
  const failure = storeError(error, 'read the store', path);
  if (failure.code !== 'STORE_UNWRITABLE') return failure;
  return new OperatorError(
    'STORE_UNREADABLE',
    failure.message,
    'Join the group that owns the data folder, or run as its user',
    { cause: failure.cause },
  );
}
