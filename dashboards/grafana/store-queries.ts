/** What several dashboards ask of the store, and how its columns look. */
import { SENSOR, sql, within, type Column, type FieldOptions, type Target } from './builder.ts';

/** Alerts of the severities and sensors chosen. */
export const CHOSEN = `severity IN (\${severity:sqlstring}) AND ${SENSOR}`;

/** The word for a severity. */
export function severityName(column: string): string {
  return `CASE ${column} WHEN 1 THEN 'critical' WHEN 2 THEN 'high' WHEN 3 THEN 'medium' ELSE 'info' END`;
}

const SEVERITY_COLORS: NonNullable<FieldOptions['mappings']> = {
  '1': ['critical', 'red'],
  '2': ['high', 'orange'],
  '3': ['medium', 'yellow'],
  '4': ['info', 'blue'],
};

/** Columns that mean the same in every table. Cells are text; the links take ids the sensor made. */
export const ALERT_COLUMNS: readonly Column[] = [
  { name: 'severity', width: 90, mappings: SEVERITY_COLORS },
  { name: 'time', width: 170 },
  { name: 'first', width: 170 },
  { name: 'last', width: 170 },
  { name: 'alerts', width: 80 },
  { name: 'count', width: 70 },
  { name: 'state', width: 110 },
  {
    name: 'alert',
    width: 120,
    link: {
      title: 'Open in the console',
      url: '${console}/alerts/${__value.text:percentencode}',
    },
  },
  {
    name: 'campaign',
    width: 150,
    link: {
      title: 'Open in the console',
      url: '${console}/campaigns/${__value.text:percentencode}',
    },
  },
  {
    name: 'file',
    width: 120,
    link: {
      title: 'Open in the console',
      url: '${console}/files/${__value.text:percentencode}',
    },
  },
];

/** The newest alerts that fit the condition. */
export function latestAlerts(condition: string): Target {
  return sql(`SELECT last_time AS time, severity, detection,
      CASE WHEN summary <> '' THEN summary ELSE signature END AS story, from_jid AS sender, to_jid AS recipient,
      src_ip AS source, dest_ip AS destination, count, status AS state, alert_id AS alert
    FROM alerts
    WHERE ${condition} AND ${within('last_time')} AND ${CHOSEN} ORDER BY last_time DESC, id DESC LIMIT 100`);
}
