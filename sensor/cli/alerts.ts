/** `alerts list|show|top`: questions to the store. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { partiesOf } from '../alert/index.ts';
import { storeFile } from '../config/index.ts';
import { nearest, OperatorError, parseTime } from '../core/index.ts';
import {
  AlertStore,
  TOP_KEYS,
  TRIAGE_STATUSES,
  type AlertFilter,
  type StoredAlert,
  type TopKey,
  type TopRow,
  type TriageStatus,
} from '../output/index.ts';
import { describeAlert, severityName, severityNumber } from './alert-text.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Column } from './table.ts';
import { renderTable } from './table.ts';
import { formatTime } from './time.ts';

interface AlertOptions extends SharedOptions {
  readonly since?: string;
  readonly until?: string;
  readonly severity?: number[];
  readonly detection?: string;
  readonly sid?: number;
  readonly jid?: string;
  readonly ip?: string;
  readonly category?: string;
  readonly status?: readonly TriageStatus[];
  readonly campaign?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly json?: boolean;
  readonly by?: TopKey;
}

const ALERT_COLUMNS: readonly Column<StoredAlert>[] = [
  { title: 'id', value: (alert) => alert.id, align: 'right' },
  { title: 'last (UTC)', value: (alert) => formatTime(alert.lastUsec) },
  { title: 'severity', value: (alert) => severityName(alert.severity) },
  { title: 'detection', value: (alert) => alert.detection, optional: true },
  { title: 'what', value: (alert) => alert.summary || alert.signature, flexible: true, least: 40 },
  {
    title: 'from',
    value: (alert) => partiesOf(alert.xmpp, alert.context).from || alert.srcIp,
    flexible: true,
    optional: true,
  },
  {
    title: 'to',
    value: (alert) => partiesOf(alert.xmpp, alert.context).to || alert.destIp,
    flexible: true,
    optional: true,
  },
  { title: 'count', value: (alert) => alert.count, align: 'right' },
  { title: 'status', value: (alert) => alert.status, optional: true },
];

const TOP_COLUMNS: readonly Column<TopRow>[] = [
  { title: 'alerts', value: (row) => row.alerts, align: 'right' },
  { title: 'worst', value: (row) => severityName(row.severity) },
  {
    title: 'key',
    value: (row) => (row.sid === undefined ? row.key : `${row.sid} ${row.key}`),
    flexible: true,
  },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec) },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
];

export function addAlertsCommands(program: Command, io: CliIo): void {
  const alerts = program.command('alerts').description('query the store');
  addFilterOptions(
    alerts.command('list').description('alerts, those that fired last first'),
  ).action((options: AlertOptions) => {
    withStore(options, (store) => {
      const rows = store.listAlerts(filterFrom(options));
      if (options.json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
      else io.out(rows.length === 0 ? 'no alert\n' : renderTable(rows, ALERT_COLUMNS, io.columns));
    });
  });
  addConfigOptions(
    alerts
      .command('show')
      .description('one alert with evidence, session and flow')
      .argument('<id>', 'number of the list, or the first digits of the alert id')
      .option('--json', 'print JSON')
      .option('--db <file>', 'SQLite store'),
  ).action((id: string, options: AlertOptions) => {
    withStore(options, (store) => {
      const alert = store.findAlert(id);
      if (alert === undefined) {
        throw new OperatorError(
          'USAGE',
          `There is no alert ${id}`,
          'stanzawatch alerts list shows the numbers',
        );
      }
      io.out(options.json === true ? `${JSON.stringify(alert, null, 2)}\n` : describeAlert(alert));
    });
  });
  addFilterOptions(
    alerts
      .command('top')
      .description('who or what has most alerts')
      .addOption(
        new Option('--by <key>', 'what to count by').choices(TOP_KEYS).default('signature'),
      ),
  ).action((options: AlertOptions) => {
    withStore(options, (store) => {
      const rows = store.topAlerts(options.by ?? 'signature', filterFrom(options));
      if (options.json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
      else io.out(rows.length === 0 ? 'no alert\n' : renderTable(rows, TOP_COLUMNS, io.columns));
    });
  });
}

/** Opens the store for reading, and closes it whatever happens. */
export function withStore(options: SharedOptions, use: (store: AlertStore) => void): void {
  const store = new AlertStore(storeFile(configFrom(options)));
  try {
    use(store);
  } finally {
    store.close();
  }
}

/** Parses a whole number of at least one. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Not a whole number above 0.');
  return Number(text);
}

function addFilterOptions(command: Command): Command {
  return addConfigOptions(
    command
      .option('--since <time>', 'from then on: 24h, 7d, 2026-01-31, 2026-01-31T12:00:00Z')
      .option('--until <time>', 'before then')
      .option(
        '--severity <level>',
        'critical, high, medium, info or 1 to 4, several with commas',
        severities,
      )
      .option('--detection <slug>', 'for example dlp-pan; dlp-* for a family')
      .option('--sid <number>', 'signature id', wholeNumber)
      .option('--jid <jid>', 'bare or full JID or domain, as sender or addressee')
      .option('--ip <address>', 'source or destination')
      .option('--category <text>', 'category of the signature')
      .addOption(new Option('--status <status>', 'triage status').choices(TRIAGE_STATUSES))
      .option('--campaign <id>', 'alerts of a campaign')
      .option('--text <text>', 'words in signature, summary, excerpt, JIDs or contributors')
      .option('--limit <number>', 'at most so many', wholeNumber)
      .option('--db <file>', 'SQLite store')
      .option('--json', 'print JSON'),
  );
}

/** Severities as words or digits, with commas. */
export function severities(text: string): number[] {
  return text.split(',').map((word) => {
    const severity = severityNumber(word.trim());
    if (severity !== undefined) return severity;
    const guess = nearest(word, ['critical', 'high', 'medium', 'info']);
    throw new InvalidArgumentError(
      guess === undefined ? 'Not a severity.' : `Did you mean ${guess}?`,
    );
  });
}

function filterFrom(options: AlertOptions): AlertFilter {
  return {
    sinceUsec: options.since === undefined ? undefined : parseTime(options.since),
    untilUsec: options.until === undefined ? undefined : parseTime(options.until),
    severities: options.severity,
    detection: options.detection,
    sid: options.sid,
    jid: options.jid,
    ip: options.ip,
    category: options.category,
    statuses: options.status,
    campaignId: options.campaign,
    text: options.text,
    limit: options.limit,
  };
}
