/**
 * What the sensor learns about people and their logins: who is where with which client (`identities`), and who
 * showed a credential in clear (`exposures`). Rows are upserted within the transaction of their records.
 *
 * A login is counted when its session record is stored for the first time, so that reading a capture twice counts
 * it once. Its alert comes earlier, often hours: it makes the row at once, counts 1 and notes the flow
 * (`uncounted_flow`), which the session of that flow then does not count again.
 */
import type Database from 'better-sqlite3';
import { bareJid, type AlertRecord, type SessionRecord } from '../../alert/index.ts';
import { timeCell, type Row } from './record-rows.ts';

/** Detections whose alerts tell of a login in clear (threats.md section 2c). */
const LOGIN_DETECTIONS: ReadonlySet<string> = new Set(['sasl-plain-clear', 'legacy-auth-clear']);

type Exposed = 'password' | 'hash' | 'token' | 'unknown';

/** One login in clear, from either record. */
interface Login {
  readonly jid: string;
  readonly domain: string;
  readonly mechanism: string;
  readonly exposed: Exposed;
  readonly outcome: string;
  readonly starttls: string;
  readonly connection: string;
  readonly clientIp: string;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly client: string;
  readonly tsUsec: number;
  /** Names the flow in every replay. */
  readonly flow: string;
}

/** What a login changes in a row that is there: success is remembered, the unknown overwrites nothing. */
const REFRESH = `
  outcome = CASE WHEN outcome = 'success' OR excluded.outcome = '' THEN outcome ELSE excluded.outcome END,
  starttls = CASE WHEN excluded.starttls = '' THEN starttls ELSE excluded.starttls END,
  client = CASE WHEN excluded.client = '' THEN client ELSE excluded.client END,
  first_ts_us = min(first_ts_us, excluded.first_ts_us), ts_us = max(ts_us, excluded.ts_us),
  stored = excluded.stored`;

const COUNT = `
  count = count + (uncounted_flow <> @flow),
  uncounted_flow = CASE WHEN uncounted_flow = @flow THEN '' ELSE uncounted_flow END`;

export class Inventory {
  readonly #learnClient: Database.Statement<Row>;
  readonly #seenAgain: Database.Statement<Row>;
  readonly #identity: Database.Statement<Row>;
  readonly #alertedLogin: Database.Statement<Row>;
  readonly #finishedLogin: Database.Statement<Row>;

  constructor(db: Database.Database) {
    this.#learnClient = db.prepare(
      "UPDATE OR IGNORE identities SET client = @client WHERE jid = @jid AND ip = @ip AND client = ''",
    );
    this.#seenAgain = db.prepare(
      `UPDATE identities SET
         connection = @connection, server_ip = @serverIp, tls = @tls, first_ts_us = min(first_ts_us, @startUsec),
         ts_us = max(ts_us, @endUsec), stored = @stored, sessions = sessions + 1
       WHERE id = (SELECT id FROM identities WHERE jid = @jid AND ip = @ip ORDER BY ts_us DESC LIMIT 1)`,
    );
    this.#identity = db.prepare(
      `INSERT INTO identities
         (jid, ip, client, connection, server_ip, tls, first_ts_us, ts_us, stored, sessions)
       VALUES (@jid, @ip, @client, @connection, @serverIp, @tls, @startUsec, @endUsec, @stored, 1)
       ON CONFLICT (jid, ip, client) DO UPDATE SET
         connection = excluded.connection, server_ip = excluded.server_ip, tls = excluded.tls,
         first_ts_us = min(first_ts_us, excluded.first_ts_us), ts_us = max(ts_us, excluded.ts_us),
         stored = excluded.stored, sessions = sessions + 1`,
    );
    const upsert = (uncountedFlow: string, changes: string): string =>
      `INSERT INTO exposures
         (jid, domain, mechanism, exposed, outcome, starttls, connection, client_ip, server_ip, server_port, client,
          first_ts_us, ts_us, stored, count, uncounted_flow)
       VALUES (@jid, @domain, @mechanism, @exposed, @outcome, @starttls, @connection, @clientIp, @serverIp,
          @serverPort, @client, @tsUsec, @tsUsec, @stored, 1, ${uncountedFlow})
       ON CONFLICT (jid, mechanism, client_ip, server_ip, server_port) DO UPDATE SET ${changes}`;
    this.#alertedLogin = db.prepare(upsert('@flow', REFRESH));
    this.#finishedLogin = db.prepare(upsert("''", `${REFRESH}, ${COUNT}`));
  }

  /** An alert that was stored. */
  onAlert(record: AlertRecord, stored: number): void {
    const login = loginOfAlert(record);
    if (login !== undefined) this.#alertedLogin.run({ ...login, stored });
  }

  /** A session stored for the first time. */
  onSession(record: SessionRecord, stored: number): void {
    this.#onIdentity(record, stored);
    const login = loginOfSession(record);
    if (login !== undefined) this.#finishedLogin.run({ ...login, stored });
  }

  #onIdentity(record: SessionRecord, stored: number): void {
    const jid = identityOf(record);
    if (jid === '') return;
    const { client, connection, tls, flow } = record;
    const seen = {
      jid,
      ip: flow.clientIp,
      client,
      connection,
      tls,
      serverIp: flow.serverIp,
      startUsec: timeCell(record.startUsec),
      endUsec: timeCell(record.endUsec),
      stored,
    };
    // Not every session tells its client: it counts for the one known last, and is named by the next to tell.
    if (client !== '') this.#learnClient.run({ jid, ip: seen.ip, client });
    else if (this.#seenAgain.run(seen).changes > 0) return;
    this.#identity.run(seen);
  }
}

/** Whom a session shows: the bound JID, a login that succeeded, or the server that opened a federation link. */
function identityOf(record: SessionRecord): string {
  if (record.jid !== '') return bareJid(record.jid);
  if (record.connection === 's2s') return record.peerDomain.toLowerCase();
  return record.outcome === 'success' ? accountOf(record.user, record.domain) : '';
}

/** `user@domain`; users give their domain themselves at times, components have no user. */
function accountOf(user: string, domain: string): string {
  if (user === '') return domain.toLowerCase();
  return (user.includes('@') || domain === '' ? user : `${user}@${domain}`).toLowerCase();
}

function loginOfSession(record: SessionRecord): Login | undefined {
  const exposed = exposedBy(record.mechanism);
  const isClear = record.tls !== 'started' && record.connection !== 's2s';
  if (!isClear || exposed === undefined) return undefined;
  return {
    jid: accountOf(record.user, record.domain),
    domain: record.domain.toLowerCase(),
    mechanism: record.mechanism,
    exposed,
    outcome: record.outcome,
    starttls: record.starttls,
    connection: record.connection,
    clientIp: record.flow.clientIp,
    serverIp: record.flow.serverIp,
    serverPort: record.flow.serverPort,
    client: record.client,
    tsUsec: timeCell(record.startUsec),
    flow: flowName(record.communityId, record.flow.startUsec),
  };
}

function loginOfAlert(record: AlertRecord): Login | undefined {
  const { xmpp, flow } = record;
  if (xmpp === undefined || !LOGIN_DETECTIONS.has(record.detection)) return undefined;
  const { user, domain, mechanism, client } = xmpp.session;
  const exposed = exposedBy(mechanism);
  if (exposed === undefined) return undefined;
  return {
    jid: accountOf(user, domain),
    domain: domain.toLowerCase(),
    mechanism,
    exposed,
    outcome: '',
    starttls: xmpp.tls === 'offered' || xmpp.tls === 'required' ? xmpp.tls : '',
    connection: xmpp.connection,
    clientIp: flow.clientIp,
    serverIp: flow.serverIp,
    serverPort: flow.serverPort,
    client,
    tsUsec: timeCell(record.tsUsec),
    flow: flowName(record.communityId, flow.startUsec),
  };
}

function flowName(communityId: string, startUsec: number): string {
  return `${communityId} ${timeCell(startUsec)}`;
}

/** What a listener learns from a login by this mechanism; undefined when it carries no credential. */
function exposedBy(mechanism: string): Exposed | undefined {
  const name = mechanism.toUpperCase();
  if (name === '' || name === 'ANONYMOUS' || name === 'EXTERNAL') return undefined;
  if (/OAUTH|TOKEN|BEARER|^HT-/.test(name)) return 'token';
  if (/DIGEST|SCRAM|CRAM|NTLM|HANDSHAKE/.test(name)) return 'hash';
  if (/PLAIN|LOGIN|PASSWORD|IQ.?AUTH/.test(name)) return 'password';
  return 'unknown';
}
