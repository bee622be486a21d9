/** Data that leaves in messages and files, and every file that moved. */
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
import { ALERT_COLUMNS, CHOSEN, latestAlerts } from './store-queries.ts';

const LEAK = "alerts.detection LIKE 'dlp-%'";

export const DATA_LEAK: Dashboard = {
  uid: 'stanzawatch-leak',
  title: 'Stanzawatch: data leak and files',
  description:
    'Sensitive data in messages and files, by kind and direction; all files with names and hashes.',
  console: '/files',
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
    stat(
      'Leaks',
      sql(
        `SELECT count(*) AS alerts FROM alerts WHERE ${LEAK} AND severity <= 2 AND ${within('last_time')} AND ${SENSOR}`,
      ),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
          [10, 'red'],
        ],
        help: 'Critical and high alerts on data in messages and files. Each is to be judged: who sent it, and may the recipient have it?',
      },
    ),
    stat(
      'Files that moved',
      sql(`SELECT count(*) AS files FROM files WHERE ${within('time')} AND ${SENSOR}`),
      {
        width: 4,
        thresholds: [[null, 'text']],
        help: 'Files that moved over any road: in-band, SOCKS5, HTTP upload, bits of binary, inline.',
      },
    ),
    stat(
      'Files with findings',
      sql(
        `SELECT count(*) AS files FROM files WHERE found <> '{}' AND ${within('time')} AND ${SENSOR}`,
      ),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
        ],
        help: 'Files in whose content or name something was found: data, malware, a deceptive type.',
      },
    ),
    stat(
      'Not seen whole',
      sql(
        `SELECT count(*) AS files FROM files WHERE complete = 0 AND ${within('time')} AND ${SENSOR}`,
      ),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'yellow'],
        ],
        help: 'Files without a hash because bytes are missing. Many of them: see seen % on Sensor health.',
      },
    ),
    stat('Moving now', promqlNow(`sum(stanzawatch_files_open{${INSTANCE}})`), {
      width: 4,
      thresholds: [[null, 'text']],
      help: 'Files of which bytes still come.',
    }),
    stat(
      'Not looked into',
      promqlNow(
        `sum(increase(stanzawatch_file_inspections_total{${INSTANCE},result!="done"}[$__range]))`,
      ),
      {
        width: 4,
        decimals: 0,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
        ],
        help: 'Files whose content was not searched: too many at once, no memory, or a failure. Raise the limits files.* when it stays above 0.',
      },
    ),
    timeseries(
      'Leaks by detection',
      [
        sqlSeries(`SELECT ${interval('last_time')} AS time, detection, count(*) AS alerts FROM alerts
          WHERE ${LEAK} AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1, 2 ORDER BY 1`),
      ],
      {
        width: 12,
        isBars: true,
        isStacked: true,
        min: 0,
        help: 'What kind of data leaves when. A burst of one kind is a list being sent: look for dlp-bulk.',
      },
    ),
    timeseries(
      'Bytes of files by road',
      [
        promql(
          `sum by (transport) (rate(stanzawatch_file_bytes_total{${INSTANCE}}[$__rate_interval]))`,
          '{{transport}}',
        ),
      ],
      {
        width: 12,
        unit: 'Bps',
        min: 0,
        isStacked: true,
        help: 'How much moves, live. A steady stream at night is worth a look at the table of files.',
      },
    ),
    row('Where data goes'),
    table(
      'From domain to domain',
      sql(`SELECT from_domain AS "from domain", to_domain AS "to domain", count(*) AS alerts,
          count(DISTINCT from_bare) AS senders, min(severity) AS severity, max(last_time) AS last FROM alerts
        WHERE ${LEAK} AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1, 2 ORDER BY 5, 3 DESC LIMIT 50`),
      {
        width: 12,
        columns: ALERT_COLUMNS,
        help: 'Between own domains a leak is a habit to correct; to a foreign one it is an incident. Set dlp.internal_domains so that severities tell them apart.',
      },
    ),
    bars(
      'Detections',
      sql(`SELECT detection, count(*) AS alerts FROM alerts
        WHERE ${LEAK} AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1 ORDER BY 2 DESC LIMIT 15`),
      { width: 12, height: 10, min: 0, help: 'Kinds of data by number of alerts.' },
    ),
    table('Latest leaks', latestAlerts(LEAK), {
      width: 24,
      columns: ALERT_COLUMNS,
      help: 'The id opens the alert: the evidence is masked, its keyed hash shows whether it is the same value again.',
    }),
    row('What moved'),
    timeseries(
      'Files by road and completeness',
      [
        promql(
          `sum by (transport, complete) (rate(stanzawatch_files_total{${INSTANCE}}[$__rate_interval])) * 60`,
          '{{transport}}, whole: {{complete}}',
        ),
      ],
      {
        width: 8,
        min: 0,
        help: 'Files a minute. Incomplete ones cannot be compared with lists of malware.',
      },
    ),
    timeseries(
      'Looks into files',
      [
        promql(
          `sum by (result) (rate(stanzawatch_file_inspections_total{${INSTANCE}}[$__rate_interval])) * 60`,
          '{{result}}',
        ),
      ],
      {
        width: 8,
        min: 0,
        help: 'Inspections a minute by what became of them. refused and no_memory are limits, failed is a fault.',
      },
    ),
    bars(
      'Types of files',
      sql(`SELECT CASE WHEN mime <> '' THEN mime ELSE 'unknown' END AS type, count(*) AS files FROM files
        WHERE ${within('time')} AND ${SENSOR} GROUP BY 1 ORDER BY 2 DESC LIMIT 15`),
      { width: 8, min: 0, help: 'What the bytes are, not what the name says.' },
    ),
    table(
      'Files',
      sql(`SELECT files.time AS time, filename AS name, size, mime AS type, transport AS road, from_jid AS sender,
          to_jid AS recipient, CASE complete WHEN 1 THEN 'whole' ELSE lack END AS seen, found, sha256,
          file_id AS file
        FROM files WHERE ${within('files.time')} AND ${SENSOR} ORDER BY files.time DESC, id DESC LIMIT 100`),
      {
        width: 24,
        columns: [...ALERT_COLUMNS, { name: 'size', unit: 'bytes', width: 90 }],
        help: 'Newest first. found: what was found in it, and how often. The id opens the file in the console with its alerts.',
      },
    ),
    table(
      'Files seen more than once',
      sql(`SELECT sha256, max(filename) AS name, count(*) AS times, count(DISTINCT from_bare) AS senders,
          count(DISTINCT to_bare) AS recipients, max(time) AS last FROM files
        WHERE sha256 <> '' AND ${within('time')} AND ${SENSOR}
        GROUP BY sha256 ORDER BY times DESC LIMIT 25`),
      {
        width: 24,
        columns: ALERT_COLUMNS,
        help: 'The same bytes under any name, most often first. One file to many recipients is a newsletter or malware: compare its hash.',
      },
    ),
  ],
};
