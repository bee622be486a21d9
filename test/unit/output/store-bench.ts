/** Stores in a folder of their own, for the tests of output/sqlite. */
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setLogWriter } from '../../../sensor/core/index.ts';
import { SqliteSink, type SqliteSinkOptions } from '../../../sensor/output/index.ts';
import type { AlertRecord, SensorRecord } from '../../../sensor/alert/index.ts';
import { LIMITS, T0, alertRecord, sessionRecord } from '../alert/sample.ts';

/** A folder that goes away with the test file; stores log their troubles, which the tests provoke. */
export function testFolder(): string {
  before(() => {
    setLogWriter(() => undefined);
  });
  const dir = mkdtempSync(join(tmpdir(), 'stanzawatch-store-'));
  after(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

export function openSink(path: string, changes: Partial<SqliteSinkOptions> = {}): SqliteSink {
  return new SqliteSink({
    path,
    limits: LIMITS,
    retentionDays: 30,
    maxBytes: 1e9,
    flushPatienceMs: 200,
    ...changes,
  });
}

/** Rows of a query on a second connection. */
export function rowsOf(path: string, sql: string): Record<string, unknown>[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare<[], Record<string, unknown>>(sql).all();
  } finally {
    db.close();
  }
}

/** Alerts with ids and times of their own. */
export function alerts(
  count: number,
  changes: Partial<AlertRecord> = {},
  from = 0,
): SensorRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'alert',
    record: {
      ...alertRecord,
      alertId: (from + i).toString(16).padStart(32, '0'),
      tsUsec: T0 + (from + i) * 1000,
      ...changes,
    },
  }));
}

export function sessions(count: number, from = 0): SensorRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'session',
    record: { ...sessionRecord, communityId: `1:session${from + i}` },
  }));
}
