/** Reads back what servers were seen to offer, for a sensor that starts. */
import type Database from 'better-sqlite3';
import type { ServerFeaturesRecord } from '../../alert/index.ts';

interface Columns {
  readonly server_ip: string;
  readonly server_port: number;
  readonly domain: string;
  readonly connection: string;
  readonly starttls: ServerFeaturesRecord['starttls'];
  readonly mechanisms: string;
  readonly others: string;
  readonly first_ts_us: number;
  readonly ts_us: number;
  readonly sessions: number;
}

/** At most `limit` servers: those that most sessions have seen. Throws SQLite's errors. */
export function readServerFeatures(db: Database.Database, limit: number): ServerFeaturesRecord[] {
  return db
    .prepare<[number], Columns>(
      'SELECT * FROM server_features ORDER BY sessions DESC, ts_us DESC LIMIT ?',
    )
    .all(limit)
    .map((row) => ({
      serverIp: row.server_ip,
      serverPort: row.server_port,
      domain: row.domain,
      connection: row.connection,
      starttls: row.starttls,
      mechanisms: JSON.parse(row.mechanisms) as string[],
      others: JSON.parse(row.others) as string[],
      firstUsec: row.first_ts_us,
      lastUsec: row.ts_us,
      sessions: row.sessions,
    }));
}
