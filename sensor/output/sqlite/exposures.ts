/**
 * Who showed what in the clear: table `exposures`, one row for each account, mechanism, client address and server.
 * Rows are upserted within the transaction of their records.
 *
 * A login is counted when its session record is stored for the first time, so that reading a capture twice counts
 * it once. Its alert comes earlier, often hours: it makes the row at once, counts 1 and notes the flow
 * (`uncounted_flow`), which the session of that flow then does not count again.
 */
import type Database from 'better-sqlite3';
import type { AlertRecord, SessionLogin, SessionRecord } from '../../alert/index.ts';
import { accountOf, identityOf } from './accounts.ts';
import { textCell, timeCell, type Row } from './record-rows.ts';

/** Detections whose alerts tell of a login in clear (threats.md section 2c). */
const LOGIN_DETECTIONS: ReadonlySet<string> = new Set(['sasl-plain-clear', 'legacy-auth-clear']);

/** What a listener learns: a credential, or only what the session said although TLS was offered. */
export const EXPOSED = ['password', 'hash', 'token', 'session', 'unknown'] as const;

export type Exposed = (typeof EXPOSED)[number];

export interface Exposure {
  readonly jid: string;
  readonly domain: string;
  readonly mechanism: string;
  readonly exposed: Exposed;
  readonly outcome: string;
  /** Condition of the latest failure, '' when none was seen. */
  readonly condition: string;
  readonly starttls: string;
  readonly connection: string;
  readonly clientIp: string;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly client: string;
  readonly tsUsec: number;
  readonly lastUsec: number;
  /** Names the flow in every replay. */
  readonly flow: string;
  readonly count: number;
  readonly successes: number;
  readonly failures: number;
}

/** What an exposure changes in a row that is there: success is remembered, the unknown overwrites nothing. */
const REFRESH = `
  outcome = CASE WHEN outcome = 'success' OR excluded.outcome = '' THEN outcome ELSE excluded.outcome END,
  condition = CASE WHEN excluded.condition = '' THEN condition ELSE excluded.condition END,
  starttls = CASE WHEN excluded.starttls = '' THEN starttls ELSE excluded.starttls END,
  client = CASE WHEN excluded.client = '' THEN client ELSE excluded.client END,
  first_ts_us = min(first_ts_us, excluded.first_ts_us), ts_us = max(ts_us, excluded.ts_us),
  stored = excluded.stored`;

const COUNT = `
  count = count + @count - (uncounted_flow = @flow),
  successes = successes + @successes, failures = failures + @failures,
  uncounted_flow = CASE WHEN uncounted_flow = @flow THEN '' ELSE uncounted_flow END`;

export class Exposures {
  readonly #alerted: Database.Statement<Row>;
  readonly #finished: Database.Statement<Row>;

  constructor(db: Database.Database) {
    const upsert = (uncountedFlow: string, changes: string): string =>
      `INSERT INTO exposures
         (jid, domain, mechanism, exposed, outcome, condition, starttls, connection, client_ip, server_ip, server_port,
          client, first_ts_us, ts_us, stored, count, successes, failures, uncounted_flow)
       VALUES (@jid, @domain, @mechanism, @exposed, @outcome, @condition, @starttls, @connection, @clientIp, @serverIp,
          @serverPort, @client, @tsUsec, @lastUsec, @stored, @count, @successes, @failures, ${uncountedFlow})
       ON CONFLICT (jid, mechanism, client_ip, server_ip, server_port) DO UPDATE SET ${changes}`;
    this.#alerted = db.prepare(upsert('@flow', REFRESH));
    this.#finished = db.prepare(upsert("''", `${REFRESH}, ${COUNT}`));
  }

  /** An alert that was stored. */
  onAlert(record: AlertRecord, stored: number): void {
    const exposure = exposureOfAlert(record);
    if (exposure !== undefined) this.#alerted.run({ ...exposure, stored });
  }

  /** A session stored for the first time. */
  onSession(record: SessionRecord, stored: number): void {
    for (const exposure of exposuresOfSession(record)) this.#finished.run({ ...exposure, stored });
  }
}

/** What was read was sent in the clear: the sensor cannot read anything else. */
export function exposuresOfSession(record: SessionRecord): Exposure[] {
  const exposures: Exposure[] = [];
  for (const login of loginsOf(record)) {
    const exposed = exposedBy(login.mechanism);
    if (exposed !== undefined) exposures.push(exposureOf(record, login, exposed));
  }
  if (record.tokensIssued > 0) {
    exposures.push(
      exposureOf(
        record,
        { ...success(record, 'XEP-0484 token issued'), attempts: record.tokensIssued },
        'token',
      ),
    );
  }
  if (exposures.length === 0 && didSpurnTls(record)) {
    const jid = identityOf(record);
    exposures.push({
      ...exposureOf(
        record,
        { ...success(record, record.mechanism), outcome: record.outcome },
        'session',
      ),
      jid: textCell(jid),
    });
  }
  return exposures;
}

/** Attempts of the session; of a session seen from the middle only the mechanism may be known. */
function loginsOf(record: SessionRecord): readonly SessionLogin[] {
  const { logins, mechanism, tls, connection } = record;
  if (logins.length > 0) return logins;
  if (mechanism === '' || tls === 'started' || connection === 's2s') return [];
  return [{ ...success(record, mechanism), outcome: record.outcome }];
}

function success({ user }: SessionRecord, mechanism: string): SessionLogin {
  return { kind: '', user, mechanism, outcome: 'success', condition: '', attempts: 1 };
}

/** Was TLS offered, and were stanzas exchanged all the same without it? */
function didSpurnTls({ starttls, tls, messages, presences, iqs }: SessionRecord): boolean {
  const isOffered = starttls === 'offered' || starttls === 'required';
  const stanzas = [...messages, ...presences, ...iqs].reduce((sum, count) => sum + count, 0);
  return isOffered && tls !== 'started' && stanzas > 0;
}

function exposureOf(record: SessionRecord, login: SessionLogin, exposed: Exposed): Exposure {
  const { attempts, outcome } = login;
  return {
    jid: textCell(accountOf(login.user || record.user, record.domain)),
    domain: textCell(record.domain.toLowerCase()),
    mechanism: textCell(login.mechanism),
    exposed,
    outcome,
    condition: textCell(login.condition),
    starttls: record.starttls,
    connection: record.connection,
    clientIp: record.flow.clientIp,
    serverIp: record.flow.serverIp,
    serverPort: record.flow.serverPort,
    client: textCell(record.client),
    tsUsec: timeCell(record.startUsec),
    lastUsec: timeCell(record.startUsec),
    flow: flowName(record.communityId, record.flow.startUsec),
    count: attempts,
    successes: outcome === 'success' ? attempts : 0,
    failures: outcome === 'failure' ? attempts : 0,
  };
}

function exposureOfAlert(record: AlertRecord): Exposure | undefined {
  const { xmpp, flow, alert } = record;
  if (xmpp === undefined || !LOGIN_DETECTIONS.has(record.detection)) return undefined;
  const { user, domain, mechanism, client } = xmpp.session;
  const exposed = exposedBy(mechanism);
  if (exposed === undefined) return undefined;
  const { event } = alert.context;
  return {
    jid: textCell(accountOf(user, domain)),
    domain: textCell(domain.toLowerCase()),
    mechanism: textCell(mechanism),
    exposed,
    outcome: typeof event === 'string' && event.endsWith('_success') ? 'success' : '',
    condition: '',
    starttls: xmpp.tls === 'offered' || xmpp.tls === 'required' ? xmpp.tls : '',
    connection: xmpp.connection,
    clientIp: flow.clientIp,
    serverIp: flow.serverIp,
    serverPort: flow.serverPort,
    client: textCell(client),
    tsUsec: timeCell(record.tsUsec),
    lastUsec: timeCell(record.tsUsec),
    flow: flowName(record.communityId, flow.startUsec),
    count: 1,
    successes: 0,
    failures: 0,
  };
}

function flowName(communityId: string, startUsec: number): string {
  return `${communityId} ${timeCell(startUsec)}`;
}

/** What a listener learns from a login by this mechanism; undefined when it carries no credential. */
function exposedBy(mechanism: string): Exposed | undefined {
  const name = mechanism.toUpperCase();
  if (name === '' || name === 'ANONYMOUS' || name === 'EXTERNAL' || name === 'DIALBACK')
    return undefined;
  if (/OAUTH|TOKEN|BEARER|^HT-/.test(name)) return 'token';
  if (/DIGEST|SCRAM|CRAM|NTLM|HANDSHAKE/.test(name)) return 'hash';
  if (/PLAIN|LOGIN|PASSWORD|XEP-0077/.test(name)) return 'password';
  return 'unknown';
}
