/** `alerts list|show|top`: questions to the store; triage and export have files of their own. */
import { Option, type Command } from 'commander';
import { partiesOf } from '../alert/index.ts';
import { TOP_KEYS, type StoredAlert, type TopKey, type TopRow } from '../output/index.ts';
import { addExportCommand } from './alert-export.ts';
import { addFilterOptions, filterFrom, type AlertOptions } from './alert-options.ts';
import { describeAlert, severityName } from './alert-text.ts';
import { addTriageCommands } from './alert-triage.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions } from './options.ts';
import type { Column } from './table.ts';
import { renderTable } from './table.ts';
import { formatTime } from './time.ts';
import { alertNamed, withStore } from './with-store.ts';

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

/** A sender has alerts, whoever got what it sent: `list --jid` fits both ends, this does not. */
const KEY_TITLES: Readonly<Record<TopKey, string>> = {
  signature: 'signature',
  jid: 'jid, as sender',
  domain: 'domain, as sender',
  ip: 'address, as source',
  category: 'category',
};

const topColumns = (by: TopKey): readonly Column<TopRow>[] => [
  { title: 'alerts', value: (row) => row.alerts, align: 'right' },
  { title: 'worst', value: (row) => severityName(row.severity) },
  {
    title: KEY_TITLES[by],
    value: (row) => (row.sid === undefined ? row.key : `${row.sid} ${row.key}`),
    flexible: true,
    least: 24,
  },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec), optional: true },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
];

export function addAlertsCommands(program: Command, io: CliIo): void {
  const alerts = program.command('alerts').description('query the store, and triage');
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
      const alert = alertNamed(store, id);
      const history = store.history(alert.alertId);
      if (options.json === true) io.out(`${JSON.stringify({ ...alert, history }, null, 2)}\n`);
      else io.out(describeAlert(alert, history));
    });
  });
  addFilterOptions(
    alerts
      .command('top')
      .description('who or what has most alerts')
      .addOption(
        new Option('--by <key>', 'what to count by; jid, domain and ip as sender only')
          .choices(TOP_KEYS)
          .default('signature'),
      ),
  ).action((options: AlertOptions) => {
    withStore(options, (store) => {
      const { by = 'signature' } = options;
      const rows = store.topAlerts(by, filterFrom(options));
      if (options.json === true) io.out(`${JSON.stringify(rows, null, 2)}\n`);
      else io.out(rows.length === 0 ? 'no alert\n' : renderTable(rows, topColumns(by), io.columns));
    });
  });
  addTriageCommands(alerts, io);
  addExportCommand(alerts, io);
}
