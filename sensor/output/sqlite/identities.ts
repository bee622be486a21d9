/**
 * Who is where with which client: table `identities`, one row for each account, address and client. Rows are upserted
 * within the transaction of the session record, once for each session, so that a capture read twice counts once.
 */
import type Database from 'better-sqlite3';
import type { SessionRecord } from '../../alert/index.ts';
import { identityOf } from './accounts.ts';
import { textCell, timeCell, type Row } from './record-rows.ts';

/** Resources a row names; the latest stay. */
const RESOURCES = 8;
const RESOURCE_CHARS = 128;

interface Known {
  readonly id: number;
  readonly client: string;
  readonly resources: string;
}

export class Identities {
  readonly #latest: Database.Statement<[string, string], Known>;
  readonly #exact: Database.Statement<[string, string, string], Known>;
  readonly #insert: Database.Statement<Row>;
  readonly #update: Database.Statement<Row>;

  constructor(db: Database.Database) {
    const columns = 'SELECT id, client, resources FROM identities WHERE jid = ? AND ip = ?';
    this.#latest = db.prepare(`${columns} ORDER BY ts_us DESC LIMIT 1`);
    this.#exact = db.prepare(`${columns} AND client = ?`);
    this.#insert = db.prepare(
      `INSERT INTO identities
         (jid, domain, ip, client, resources, connection, server_ip, tls, first_ts_us, ts_us, stored, sessions,
          tls_sessions)
       VALUES (@jid, @domain, @ip, @client, @resources, @connection, @serverIp, @tls, @startUsec, @endUsec, @stored, 1,
          @isTls)`,
    );
    this.#update = db.prepare(
      `UPDATE identities SET
         client = @client, resources = @resources, connection = @connection, server_ip = @serverIp, tls = @tls,
         first_ts_us = min(first_ts_us, @startUsec), ts_us = max(ts_us, @endUsec), stored = @stored,
         sessions = sessions + 1, tls_sessions = tls_sessions + @isTls
       WHERE id = @id`,
    );
  }

  /** A session stored for the first time. */
  onSession(record: SessionRecord, stored: number): void {
    const jid = textCell(identityOf(record));
    if (jid === '') return;
    const { connection, tls, flow } = record;
    const ip = flow.clientIp;
    const known = this.#rowFor(jid, ip, textCell(record.client));
    const seen = {
      jid,
      domain: jid.slice(jid.indexOf('@') + 1),
      ip,
      client: textCell(record.client) || (known?.client ?? ''),
      resources: withResource(known?.resources ?? '[]', record.jid),
      connection,
      tls,
      isTls: Number(tls === 'started'),
      serverIp: flow.serverIp,
      startUsec: timeCell(record.startUsec),
      endUsec: timeCell(record.endUsec),
      stored,
    };
    if (known === undefined) this.#insert.run(seen);
    else this.#update.run({ ...seen, id: known.id });
  }

  /** Not every session tells its client: it counts for the one known last, and is named by the next to tell. */
  #rowFor(jid: string, ip: string, client: string): Known | undefined {
    if (client === '') return this.#latest.get(jid, ip);
    return this.#exact.get(jid, ip, client) ?? this.#exact.get(jid, ip, '');
  }
}

/** The resource of a full JID (RFC 7622) added to a JSON list, latest last. */
function withResource(list: string, jid: string): string {
  const slash = jid.indexOf('/');
  if (slash < 0 || slash === jid.length - 1) return list;
  const resource = textCell(jid.slice(slash + 1)).slice(0, RESOURCE_CHARS);
  const others = (JSON.parse(list) as string[]).filter((known) => known !== resource);
  return JSON.stringify([...others, resource].slice(-RESOURCES));
}
