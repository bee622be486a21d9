/**
 * What analysts write: triage with its history, and the audit. On a connection of its own that waits for the sensor's
 * transactions; each change is whole or not at all.
 */
import Database from 'better-sqlite3';
import {
  OperatorError,
  wallClockUsec,
  type AuditEntry,
  type TriageEntry,
  type TriageRequest,
  type TriageStatus,
} from '../../core/index.ts';
import { auditRow, textCell, timeCell } from './record-rows.ts';
import { storeError } from './store-error.ts';
import { refuseForeignSchema } from './store-reader.ts';

const WRITER_BUSY_MS = 5000;

interface Current {
  readonly status: TriageStatus;
  readonly comment: string;
}

export class StoreWriter {
  readonly #db: Database.Database;
  readonly #current: Database.Statement<[string], Current>;
  readonly #set: Database.Statement<[string, string, number, string, string]>;
  readonly #remember: Database.Statement<[string, string, number, string, string]>;
  readonly #audit: Database.Statement<[number, string, string, string, string]>;

  /** `busyMs`: how long to wait for a lock (5000). Throws OperatorError with the STORE_ codes. */
  constructor(path: string, options: { readonly busyMs?: number } = {}) {
    let db: Database.Database | undefined;
    try {
      db = new Database(path, {
        fileMustExist: true,
        timeout: options.busyMs ?? WRITER_BUSY_MS,
      });
      refuseForeignSchema(db);
      db.pragma('foreign_keys = ON');
      db.pragma('synchronous = NORMAL');
      this.#current = db.prepare(
        `SELECT a.status, ifnull(t.comment, '') AS comment
         FROM alerts a LEFT JOIN alert_triage t ON t.alert_id = a.alert_id WHERE a.alert_id = ?`,
      );
      this.#set = db.prepare(
        `INSERT INTO alert_triage (alert_id, status, ts_us, actor, comment) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (alert_id) DO UPDATE SET status = excluded.status, ts_us = excluded.ts_us,
           actor = excluded.actor, comment = excluded.comment`,
      );
      this.#remember = db.prepare(
        `INSERT INTO alert_triage_history (alert_id, status, ts_us, actor, comment) VALUES (?, ?, ?, ?, ?)`,
      );
      this.#audit = db.prepare(
        'INSERT INTO audit (ts_us, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)',
      );
      this.#db = db;
    } catch (error) {
      db?.close();
      throw storeError(error, 'open the store', path);
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Changes one alert, with an audit row. Throws USAGE for an alert that is not there. */
  triage(alertId: string, request: TriageRequest, actor: string): TriageEntry {
    return this.#transaction(() => {
      const entry = this.#change(alertId, request, actor);
      if (entry === undefined) throw noAlert(alertId);
      const { tsUsec, status, comment } = entry;
      const detail = { status, ...(comment === '' ? {} : { comment }) };
      this.#note({ tsUsec, actor, action: 'triage', object: alertId, detail });
      return entry;
    });
  }

  /** Changes those alerts that are there and not yet so; gives the ids of the changed ones. */
  triageSlice(alertIds: readonly string[], request: TriageRequest, actor: string): string[] {
    return this.#transaction(() =>
      alertIds.filter((alertId) => {
        const isSo = request.comment === undefined && this.#statusOf(alertId) === request.status;
        return !isSo && this.#change(alertId, request, actor) !== undefined;
      }),
    );
  }

  writeAudit(entry: Omit<AuditEntry, 'id'>): void {
    this.#transaction(() => {
      this.#note(entry);
    });
  }

  #statusOf(alertId: string): TriageStatus | undefined {
    return this.#current.get(alertId)?.status;
  }

  #change(alertId: string, request: TriageRequest, actor: string): TriageEntry | undefined {
    const current = this.#current.get(alertId);
    if (current === undefined) return undefined;
    const tsUsec = timeCell(wallClockUsec());
    const comment = textCell(request.comment ?? '');
    const status = request.status ?? current.status;
    const who = textCell(actor);
    this.#set.run(alertId, status, tsUsec, who, comment || current.comment);
    this.#remember.run(alertId, status, tsUsec, who, comment);
    return { tsUsec, actor: who, status, comment };
  }

  #note(entry: Omit<AuditEntry, 'id'>): void {
    const row = auditRow(entry);
    this.#audit.run(
      Number(row['ts_us']),
      textCell(entry.actor),
      textCell(entry.action),
      textCell(entry.object),
      String(row['detail']),
    );
  }

  #transaction<Result>(work: () => Result): Result {
    try {
      return this.#db.transaction(work).immediate();
    } catch (error) {
      throw storeError(error, 'write the store', this.#db.name);
    }
  }
}

/** Throws USAGE for a request that changes nothing, or whose comment is too long. */
export function checkRequest({ status, comment }: TriageRequest, maxChars: number): void {
  if (status === undefined && (comment ?? '') === '') {
    throw new OperatorError('USAGE', 'Say what to change', 'Give a status, a comment or both');
  }
  if (comment === undefined || comment.length <= maxChars) return;
  throw new OperatorError(
    'USAGE',
    `A comment has at most ${maxChars} characters, this one ${comment.length}`,
    'Shorten it, or link to the case',
  );
}

function noAlert(alertId: string): OperatorError {
  return new OperatorError(
    'USAGE',
    `There is no alert ${alertId}`,
    'It may have been removed by age or size: look at the list again',
  );
}
