/** What happened, to whom, and how sure: the first page of a shift. */
import {
  CONSOLE_VARIABLE,
  INSTANCE,
  INSTANCE_VARIABLE,
  PROMETHEUS_SOURCE,
  SENSOR,
  SENSOR_VARIABLE,
  SEVERITY_VARIABLE,
  STORE_SOURCE,
  bars,
  interval,
  promql,
  promqlNow,
  row,
  sql,
  sqlSeries,
  stat,
  table,
  timeseries,
  within,
  type Dashboard,
} from './builder.ts';
import { ALERT_COLUMNS, CHOSEN, latestAlerts, severityName } from './store-queries.ts';

function countOf(severity: number): string {
  return `SELECT count(*) AS alerts FROM alerts WHERE severity = ${severity} AND ${within('last_time')} AND ${SENSOR}`;
}

export const SOC_OVERVIEW: Dashboard = {
  uid: 'stanzawatch-soc',
  title: 'Stanzawatch: SOC overview',
  description: 'Alerts of plaintext XMPP: what fired, who was involved, what is still open.',
  console: '/inbox',
  from: 'now-24h',
  variables: [
    PROMETHEUS_SOURCE,
    STORE_SOURCE,
    INSTANCE_VARIABLE,
    SENSOR_VARIABLE,
    SEVERITY_VARIABLE,
    CONSOLE_VARIABLE,
  ],
  panels: [
    stat('Critical', sql(countOf(1)), {
      width: 3,
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      help: 'Alerts of severity 1 that fired in the range. Anything above 0 is to be read now: open the inbox filtered by critical.',
    }),
    stat('High', sql(countOf(2)), {
      width: 3,
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
      help: 'Alerts of severity 2 that fired in the range. Go through them today.',
    }),
    stat('Medium', sql(countOf(3)), {
      width: 3,
      thresholds: [[null, 'text']],
      help: 'Alerts of severity 3. Their number matters more than each of them: a rise has a reason.',
    }),
    stat('Info', sql(countOf(4)), {
      width: 3,
      thresholds: [[null, 'text']],
      help: 'Alerts of severity 4: context for the others.',
    }),
    stat(
      'Not looked at',
      sql(`SELECT count(*) AS alerts FROM alerts
        WHERE status = 'new' AND severity <= 2 AND ${within('last_time')} AND ${SENSOR}`),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
          [25, 'red'],
        ],
        help: 'Critical and high alerts nobody has acknowledged, escalated or closed. The inbox has them; a shift ends with 0.',
      },
    ),
    stat('Sensors up', promqlNow(`sum(stanzawatch_up{${INSTANCE}})`), {
      width: 4,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      help: 'Sensors that answer Prometheus. With fewer than expected, quiet panels mean nothing: see Sensor health.',
    }),
    stat('Seen', promqlNow(`min(stanzawatch_seen_ratio{${INSTANCE}})`), {
      width: 4,
      unit: 'percentunit',
      decimals: 1,
      thresholds: [
        [null, 'red'],
        [0.9, 'orange'],
        [0.98, 'green'],
      ],
      help: 'Share of the stream bytes that the worst sensor has seen since it started. What was not seen cannot have been detected.',
    }),
    row('Over time'),
    timeseries(
      'Alerts by severity',
      [
        sqlSeries(`SELECT ${interval('last_time')} AS time, ${severityName('severity')} AS severity, count(*) AS alerts
          FROM alerts WHERE ${within('last_time')} AND ${CHOSEN} GROUP BY 1, 2 ORDER BY 1`),
      ],
      {
        width: 12,
        isBars: true,
        isStacked: true,
        min: 0,
        help: 'Alerts by the moment they fired last. A bar that stands out: select it as range and read the tables below.',
      },
    ),
    timeseries(
      'Alerts by family, per hour',
      [
        promql(
          `sum by (family) (rate(stanzawatch_family_alerts_total{${INSTANCE}}[$__rate_interval])) * 3600`,
          '{{family}}',
        ),
      ],
      {
        width: 12,
        min: 0,
        isStacked: true,
        help: 'Live rate by what alerts are about, from the metrics: works without access to the store.',
      },
    ),
    row('What and who'),
    table(
      'Detections',
      sql(`SELECT detection, min(severity) AS severity, max(signature) AS signature, count(*) AS alerts,
          sum(count) AS firings, max(last_time) AS last FROM alerts
        WHERE ${within('last_time')} AND ${CHOSEN} GROUP BY detection ORDER BY 2, 4 DESC LIMIT 50`),
      {
        width: 14,
        columns: ALERT_COLUMNS,
        help: 'What fired, worst first. Many alerts of one medium detection from known hosts: tune it from an alert page instead of ignoring it.',
      },
    ),
    bars(
      'Alerts by state',
      sql(`SELECT status AS state, count(*) AS alerts FROM alerts
        WHERE ${within('last_time')} AND ${CHOSEN} GROUP BY 1 ORDER BY 2 DESC`),
      {
        width: 10,
        height: 10,
        min: 0,
        help: 'How far triage got. Escalated alerts need an owner.',
      },
    ),
    table(
      'Senders',
      sql(`SELECT from_bare AS sender, count(*) AS alerts, count(DISTINCT detection) AS detections,
          min(severity) AS severity, max(last_time) AS last FROM alerts
        WHERE from_bare <> '' AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1 ORDER BY 4, 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Accounts that alerts name as sender. An own account with several detections is likely taken over.',
      },
    ),
    table(
      'Recipients',
      sql(`SELECT to_bare AS recipient, count(*) AS alerts, count(DISTINCT from_bare) AS senders,
          min(severity) AS severity, max(last_time) AS last FROM alerts
        WHERE to_bare <> '' AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1 ORDER BY 4, 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Accounts, rooms and servers that alerts name as recipient: who may have been harmed.',
      },
    ),
    table(
      'Addresses',
      sql(`SELECT src_ip AS address, count(*) AS alerts, count(DISTINCT detection) AS detections,
          min(severity) AS severity, max(last_time) AS last FROM alerts
        WHERE src_ip <> '' AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1 ORDER BY 4, 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Hosts whose packets raised alerts. For traffic that a server relays this is the server.',
      },
    ),
    row('Latest'),
    table('Latest alerts', latestAlerts('1 = 1'), {
      width: 24,
      height: 12,
      columns: ALERT_COLUMNS,
      help: 'The newest alerts. The id opens the alert in the console: story, stanza, transcript, packets, triage.',
    }),
  ],
};
