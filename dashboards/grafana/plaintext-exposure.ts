/** Who speaks XMPP in clear, and what a listener learns from it. */
import {
  CONSOLE_VARIABLE,
  INSTANCE,
  INSTANCE_VARIABLE,
  PROMETHEUS_SOURCE,
  SENSOR,
  SENSOR_VARIABLE,
  STORE_SOURCE,
  bars,
  interval,
  promql,
  row,
  sql,
  sqlSeries,
  stat,
  table,
  timeseries,
  within,
  type Dashboard,
} from './builder.ts';
import { ALERT_COLUMNS } from './store-queries.ts';

function accountsThat(exposed: string): string {
  return `SELECT count(DISTINCT jid) AS accounts FROM exposures WHERE exposed = '${exposed}' AND ${within('time')}`;
}

export const PLAINTEXT_EXPOSURE: Dashboard = {
  uid: 'stanzawatch-exposure',
  title: 'Stanzawatch: plaintext exposure',
  description:
    'Accounts, servers and clients that still speak XMPP without TLS, and the credentials that shows.',
  console: '/exposures',
  from: 'now-7d',
  variables: [
    PROMETHEUS_SOURCE,
    STORE_SOURCE,
    INSTANCE_VARIABLE,
    SENSOR_VARIABLE,
    CONSOLE_VARIABLE,
  ],
  panels: [
    stat('Passwords', sql(accountsThat('password')), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      help: 'Accounts whose password crossed the wire readable. Each must be changed, after TLS is required on the server.',
    }),
    stat('Tokens', sql(accountsThat('token')), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      help: 'Accounts whose login token was readable. Revoke the tokens.',
    }),
    stat('Hashes', sql(accountsThat('hash')), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
      help: 'Accounts of which a listener has a challenge and its answer: weak passwords can be guessed from it offline.',
    }),
    stat('Sessions though TLS was offered', sql(accountsThat('session')), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1, 'yellow'],
      ],
      help: 'Accounts that went on in clear although the server offered TLS: a client setting, or an attacker who strips STARTTLS.',
    }),
    stat(
      'Sessions in clear',
      sql(
        `SELECT count(*) AS sessions FROM sessions WHERE tls <> 'started' AND ${within('time')} AND ${SENSOR}`,
      ),
      {
        width: 4,
        thresholds: [[null, 'text']],
        help: 'Sessions that ended without TLS. The aim is none.',
      },
    ),
    stat(
      'Share in clear',
      sql(`SELECT 1.0 * sum(tls <> 'started') / max(1, count(*)) AS share FROM sessions
        WHERE ${within('time')} AND ${SENSOR}`),
      {
        width: 4,
        unit: 'percentunit',
        decimals: 0,
        thresholds: [
          [null, 'green'],
          [0.01, 'orange'],
          [0.5, 'red'],
        ],
        help: 'Of the sessions that began in clear, how many stayed so. Direct TLS is not counted: it is seen as encrypted flows.',
      },
    ),
    timeseries(
      'Sessions by how far TLS got',
      [
        sqlSeries(`SELECT ${interval('time')} AS time, tls, count(*) AS sessions FROM sessions
          WHERE ${within('time')} AND ${SENSOR} GROUP BY 1, 2 ORDER BY 1`),
      ],
      {
        width: 12,
        isBars: true,
        isStacked: true,
        min: 0,
        help: 'none: the server offers no TLS; offered: the client did not take it; started: the rest was encrypted. The move to TLS shows here.',
      },
    ),
    timeseries(
      'Credentials shown, per hour',
      [
        promql(
          `sum by (exposed) (rate(stanzawatch_exposures_total{${INSTANCE}}[$__rate_interval])) * 3600`,
          '{{exposed}}',
        ),
      ],
      {
        width: 12,
        min: 0,
        help: 'Logins and sessions at their end by what they showed, live. A rise has one cause most of the time: a new server or client.',
      },
    ),
    timeseries(
      'Sessions that ended, per hour',
      [
        promql(
          `sum by (tls) (rate(stanzawatch_sessions_ended_total{${INSTANCE}}[$__rate_interval])) * 3600`,
          'TLS {{tls}}',
        ),
      ],
      {
        width: 12,
        min: 0,
        help: 'The same from the metrics, live: works without access to the store.',
      },
    ),
    timeseries(
      'Flows that became unreadable, per hour',
      [
        promql(
          `sum by (how) (rate(stanzawatch_encrypted_flows_total{${INSTANCE}}[$__rate_interval])) * 3600`,
          '{{how}}',
        ),
      ],
      {
        width: 12,
        min: 0,
        help: 'starttls and direct are what one wants. What is encrypted is not watched: rules on content see the rest only.',
      },
    ),
    row('What must change'),
    table(
      'Exposures',
      sql(`SELECT time AS last, jid AS account, mechanism, exposed, outcome, starttls, client_ip AS address,
          server_ip || ':' || server_port AS server, client, count, successes, failures FROM exposures
        WHERE ${within('time')} ORDER BY time DESC, id DESC LIMIT 200`),
      {
        width: 24,
        columns: ALERT_COLUMNS,
        help: 'One line for account, mechanism, address and server. starttls absent: the server must offer it; offered: the client must use it. Many failures: somebody guesses.',
      },
    ),
    table(
      'Servers',
      sql(`SELECT server_ip || ':' || server_port AS server, max(domain) AS domain, max(starttls) AS starttls,
          count(*) AS sessions, count(DISTINCT client_ip) AS hosts, max(time) AS last FROM sessions
        WHERE tls <> 'started' AND ${within('time')} AND ${SENSOR} GROUP BY 1 ORDER BY 4 DESC LIMIT 50`),
      {
        width: 12,
        columns: ALERT_COLUMNS,
        help: 'Servers that sessions in clear went to. Require TLS on the first line, and most of this dashboard is gone.',
      },
    ),
    bars(
      'Mechanisms',
      sql(`SELECT mechanism, sum(count) AS logins FROM exposures WHERE ${within('time')}
        GROUP BY 1 ORDER BY 2 DESC LIMIT 15`),
      {
        width: 6,
        height: 10,
        min: 0,
        help: 'How logins were made. PLAIN and XEP-0078 plaintext show the password itself.',
      },
    ),
    bars(
      'Clients',
      sql(`SELECT CASE WHEN client <> '' THEN client ELSE 'unknown' END AS software, count(*) AS sightings FROM identities
        WHERE ${within('time')} GROUP BY 1 ORDER BY 2 DESC LIMIT 15`),
      { width: 6, height: 10, min: 0, help: 'Software in use, as it names itself.' },
    ),
    table(
      'Identities',
      sql(`SELECT time AS last, first_time AS first, jid AS account, connection, ip AS address, client,
          server_ip AS server, sessions, tls_sessions AS "under TLS" FROM identities
        WHERE ${within('time')} ORDER BY time DESC, id DESC LIMIT 200`),
      {
        width: 24,
        columns: ALERT_COLUMNS,
        help: 'Who was seen where with which client. Under TLS far below sessions: this person still chats in clear.',
      },
    ),
  ],
};
