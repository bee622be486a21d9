/** `campaigns list|show`: waves of messages that belong together, and the alerts that joined them. */
import type { Command } from 'commander';
import { OperatorError, printable } from '../core/index.ts';
import type { CampaignSummary, StoredAlert } from '../output/index.ts';
import { storyOf } from '../alert/index.ts';
import { severityName } from './alert-text.ts';
import { withStore } from './with-store.ts';
import type { CliIo } from './io.ts';
import { printRows, storeCommand, timesOf, type StoreOptions } from './store-command.ts';
import { renderTable, type Column } from './table.ts';
import { formatTime } from './time.ts';

/** Alerts that `show` prints. */
const SHOWN_ALERTS = 100;

const CAMPAIGN_COLUMNS: readonly Column<CampaignSummary>[] = [
  { title: 'id', value: (row) => row.campaignId, flexible: true, least: 16 },
  { title: 'held by', value: (row) => row.kind, optional: true },
  { title: 'what', value: (row) => row.fingerprint, flexible: true, least: 16 },
  { title: 'messages', value: (row) => row.messages, align: 'right' },
  { title: 'senders', value: (row) => row.senders, align: 'right' },
  { title: 'domains', value: (row) => row.domains, align: 'right', optional: true },
  { title: 'recipients', value: (row) => row.recipients, align: 'right' },
  { title: 'alerts', value: (row) => row.alerts, align: 'right', optional: true },
  { title: 'first (UTC)', value: (row) => formatTime(row.firstUsec), optional: true },
  { title: 'last (UTC)', value: (row) => formatTime(row.lastUsec) },
];

const ALERT_COLUMNS: readonly Column<StoredAlert>[] = [
  { title: 'id', value: (alert) => alert.id, align: 'right' },
  { title: 'last (UTC)', value: (alert) => formatTime(alert.lastUsec) },
  { title: 'severity', value: (alert) => severityName(alert.severity) },
  { title: 'detection', value: (alert) => alert.detection, optional: true },
  { title: 'story', value: storyOf, flexible: true, least: 40 },
  {
    title: 'evidence',
    value: (alert) => alert.evidence?.excerpt ?? '',
    flexible: true,
    optional: true,
  },
  { title: 'count', value: (alert) => alert.count, align: 'right', optional: true },
];

export function addCampaignsCommands(program: Command, io: CliIo): void {
  const campaigns = program
    .command('campaigns')
    .description('waves of messages that belong together');
  storeCommand(campaigns, 'list', 'campaigns, those that grew last first', ['times']).action(
    (options: StoreOptions) => {
      withStore(options, (store) => {
        const rows = store.listCampaigns({ ...timesOf(options), limit: options.limit });
        printRows(io, rows, CAMPAIGN_COLUMNS, options.json);
      });
    },
  );
  storeCommand(campaigns, 'show', 'one campaign with its alerts', [])
    .argument('<id>', 'the first characters of its id')
    .action((id: string, options: StoreOptions) => {
      withStore(options, (store) => {
        const campaign = store.findCampaign(id);
        if (campaign === undefined) {
          throw new OperatorError(
            'USAGE',
            `There is no campaign ${id}`,
            'stanzawatch campaigns list shows the ids',
          );
        }
        const { campaignId } = campaign;
        const alerts = store.listAlerts({ campaignId, limit: options.limit ?? SHOWN_ALERTS });
        if (options.json === true) {
          io.out(`${JSON.stringify({ ...campaign, joined: alerts }, null, 2)}\n`);
          return;
        }
        io.out(describeCampaign(campaign));
        if (alerts.length > 0) io.out(`\n${renderTable(alerts, ALERT_COLUMNS, io.columns)}`);
      });
    });
}

function describeCampaign(campaign: CampaignSummary): string {
  const { messages, senders, domains, recipients } = campaign;
  const rows: [string, string][] = [
    ['campaign', campaign.campaignId],
    ['held by', `${campaign.kind} ${campaign.fingerprint}`],
    ['time', `${formatTime(campaign.firstUsec)} to ${formatTime(campaign.lastUsec)} UTC`],
    [
      'size',
      `${messages} messages of ${senders} senders in ${domains} ${domains === 1 ? 'domain' : 'domains'} to ${recipients} recipients`,
    ],
    ['senders', campaign.senderSamples.join(', ')],
    ['domains', campaign.domainSamples.join(', ')],
    ['alerts', String(campaign.alerts)],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `${label.padEnd(8)}  ${printable(text)}\n`)
    .join('');
}
