/**
 * For every alert a course of its series on which it fires, and a near miss on which it does not. Values are promtool's:
 * `0+5x10` is 0, then ten times 5 more, a minute apart.
 */

interface Course {
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
}

export interface RuleCase {
  readonly alert: string;
  readonly fires: Course & { readonly labels: readonly Readonly<Record<string, string>>[] };
  readonly quiet: Course;
  /** How often rules are evaluated, a minute unless told: a whole day of minutes takes promtool long. */
  readonly clock?: '10m';
  /** What stands for {value} or {percent}. */
  readonly filled?: string;
}

const ON = 'instance="s1",job="stanzawatch"';
const S1 = { instance: 's1' };
/** The series as it is scraped. */
const of = (metric: string, labels = ''): string =>
  `stanzawatch_${metric}{${ON}${labels === '' ? '' : ','}${labels}}`;
/** Labels that no aggregation took away. */
const SCRAPED = { instance: 's1', job: 'stanzawatch' };

export const RULE_CASES: readonly RuleCase[] = [
  {
    alert: 'StanzawatchCriticalAlert',
    fires: {
      series: {
        [of('family_alerts_total', 'family="auth",severity="1"')]: '0x10 1x3',
        // Raised before the first scrape.
        [of('family_alerts_total', 'family="leak",severity="1"')]: '_x10 2x3',
        [of('family_alerts_total', 'family="spim",severity="1"')]: '7x20',
      },
      at: '12m',
      labels: [
        { ...S1, family: 'auth' },
        { ...S1, family: 'leak' },
      ],
    },
    quiet: {
      series: {
        [of('family_alerts_total', 'family="auth",severity="1"')]: '0x2 1x20',
        [of('family_alerts_total', 'family="auth",severity="2"')]: '0x10 1x10',
      },
      at: '12m',
    },
  },
  {
    alert: 'StanzawatchHighAlert',
    fires: {
      series: { [of('family_alerts_total', 'family="policy",severity="2"')]: '0x30 1x5' },
      at: '33m',
      labels: [{ ...S1, family: 'policy' }],
    },
    quiet: {
      series: {
        [of('family_alerts_total', 'family="policy",severity="2"')]: '3x40',
        [of('family_alerts_total', 'family="policy",severity="3"')]: '0x30 1x5',
      },
      at: '33m',
    },
  },
  {
    alert: 'StanzawatchSpimCampaign',
    fires: {
      series: {
        [of('campaigns_total', 'kind="link"')]: '0x20 1x5',
        [of('campaigns_total', 'kind="text"')]: '0x30',
      },
      at: '22m',
      labels: [{ ...S1, kind: 'link' }],
    },
    quiet: {
      series: {
        [of('campaigns_total', 'kind="link"')]: '2x30',
        [of('campaign_messages_total', 'kind="link"')]: '0+5x30',
      },
      at: '22m',
    },
  },
  {
    alert: 'StanzawatchDataLeak',
    fires: {
      series: {
        [of('family_alerts_total', 'family="leak",severity="2"')]: '0x20 1x5',
        [of('family_alerts_total', 'family="leak",severity="1"')]: '0x25',
      },
      at: '22m',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('family_alerts_total', 'family="leak",severity="3"')]: '0x20 1x5',
        [of('family_alerts_total', 'family="spim",severity="1"')]: '0x20 1x5',
      },
      at: '22m',
    },
  },
  {
    alert: 'StanzawatchCredentialExposureRise',
    fires: {
      // One an hour for a day and more, then one a minute.
      series: { [of('exposures_total', 'exposed="password"')]: '0+0x1600 0+1x70' },
      at: '27h40m',
      labels: [S1],
    },
    quiet: {
      // As many as ever, and hashes do not count.
      series: {
        [of('exposures_total', 'exposed="password"')]: '0+1x1700',
        [of('exposures_total', 'exposed="hash"')]: '0+0x1600 0+9x70',
      },
      at: '27h40m',
    },
    filled: '59',
    clock: '10m',
  },
  {
    alert: 'StanzawatchCaptureDrops',
    fires: {
      series: {
        [of('capture_packets_total', 'interface="eth1"')]: '0+900x30',
        [of('capture_dropped_total', 'interface="eth1",reason="kernel"')]: '0+100x30',
        [of('capture_dropped_total', 'interface="eth1",reason="shed"')]: '0x30',
      },
      at: '20m',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('capture_packets_total', 'interface="eth1"')]: '0+9950x30',
        [of('capture_dropped_total', 'interface="eth1",reason="kernel"')]: '0+50x30',
      },
      at: '20m',
    },
    filled: '10%',
  },
  {
    alert: 'StanzawatchSeenRatioLow',
    fires: {
      series: {
        [of('tcp_seen_bytes_total')]: '0+900x60',
        [of('tcp_gap_bytes_total')]: '0+100x60',
      },
      at: '45m',
      labels: [SCRAPED],
    },
    quiet: {
      series: {
        [of('tcp_seen_bytes_total')]: '0+980x60',
        [of('tcp_gap_bytes_total')]: '0+20x60',
      },
      at: '45m',
    },
    filled: '90%',
  },
  {
    alert: 'StanzawatchNoTraffic',
    fires: {
      series: {
        [of('capture_packets_total', 'interface="eth1"')]: '0+5x10 50x40',
        [of('capture_packets_total', 'interface="eth2"')]: '0+5x50',
      },
      at: '40m',
      labels: [{ ...S1, interface: 'eth1' }],
    },
    quiet: {
      series: { [of('capture_packets_total', 'interface="eth1"')]: '0+5x10 50x8 51x40' },
      at: '26m',
    },
  },
  {
    alert: 'StanzawatchNoXmpp',
    fires: {
      series: {
        [of('capture_packets_total', 'interface="eth1"')]: '0+5x200',
        [of('stanzas_total', 'kind="message",direction="to_server"')]: '9x200',
      },
      at: '2h',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('capture_packets_total', 'interface="eth1"')]: '0+5x200',
        [of('stanzas_total', 'kind="message",direction="to_server"')]: '9x80 10x120',
      },
      at: '2h',
    },
  },
  {
    alert: 'StanzawatchDetectionCutShort',
    fires: {
      series: {
        [of('limits_reached_total', 'limit="work"')]: '0+1x60',
        [of('flows_degraded_total')]: '0x60',
      },
      at: '40m',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('limits_reached_total', 'limit="work"')]: '0x20 1x40',
        [of('flows_degraded_total')]: '0x60',
      },
      at: '40m',
    },
  },
  {
    alert: 'StanzawatchFilesNotInspected',
    fires: {
      series: { [of('file_inspections_total', 'result="refused"')]: '0+1x60' },
      at: '40m',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('file_inspections_total', 'result="done"')]: '0+1x60',
        [of('file_inspections_total', 'result="refused"')]: '4x60',
      },
      at: '40m',
    },
  },
  {
    alert: 'StanzawatchDown',
    fires: { series: { [`up{${ON}}`]: '1x5 0x10' }, at: '9m', labels: [SCRAPED] },
    quiet: { series: { [`up{${ON}}`]: '1x5 0x1 1x10' }, at: '9m' },
  },
  {
    alert: 'StanzawatchDown',
    fires: {
      series: { 'up{instance="other",job="node"}': '1x10' },
      at: '9m',
      labels: [{ job: 'stanzawatch' }],
    },
    quiet: { series: { [`up{${ON}}`]: '1x10' }, at: '9m' },
  },
  {
    alert: 'StanzawatchWorkerDown',
    fires: {
      series: {
        [of('worker_up', 'worker="0"')]: '1x10',
        [of('worker_up', 'worker="1"')]: '1x5 0x10',
      },
      at: '8m',
      labels: [{ ...SCRAPED, worker: '1' }],
    },
    quiet: { series: { [of('worker_up', 'worker="0"')]: '1x5 0x0 1x10' }, at: '8m' },
  },
  {
    alert: 'StanzawatchWorkerRestarts',
    fires: {
      series: { [of('worker_restarts_total')]: '0x10 1x10' },
      at: '12m',
      labels: [SCRAPED],
    },
    quiet: { series: { [of('worker_restarts_total')]: '3x40' }, at: '30m' },
  },
  {
    alert: 'StanzawatchStoreErrors',
    fires: {
      series: { [of('store_write_errors_total')]: '0x10 0+1x20' },
      at: '20m',
      labels: [SCRAPED],
    },
    quiet: { series: { [of('store_write_errors_total')]: '0x2 5x40' }, at: '20m' },
  },
  {
    alert: 'StanzawatchStoreQueue',
    fires: {
      series: { [of('store_queue_length')]: '20000x20' },
      at: '10m',
      labels: [SCRAPED],
    },
    quiet: { series: { [of('store_queue_length')]: '20000x3 100x2 20000x3 100x10' }, at: '10m' },
    filled: '20k',
  },
  {
    alert: 'StanzawatchRecordsDropped',
    fires: {
      series: { [of('records_dropped_total')]: '0x10 7x10' },
      at: '12m',
      labels: [SCRAPED],
    },
    quiet: { series: { [of('records_dropped_total')]: '7x40' }, at: '30m' },
  },
  {
    alert: 'StanzawatchSinkDown',
    fires: {
      series: {
        [of('sink_up', 'sink="eve"')]: '1x5 0x20',
        [of('sink_up', 'sink="sqlite"')]: '1x25',
      },
      at: '15m',
      labels: [{ ...SCRAPED, sink: 'eve' }],
    },
    quiet: { series: { [of('sink_up', 'sink="eve"')]: '1x5 0x3 1x20' }, at: '15m' },
  },
  {
    alert: 'StanzawatchWebhookLost',
    fires: {
      series: {
        [of('webhook_deliveries_total', 'webhook="1",result="expired"')]: '0x20 2x5',
        [of('webhook_deliveries_total', 'webhook="2",result="expired"')]: '0x25',
      },
      at: '22m',
      labels: [{ ...S1, webhook: '1' }],
    },
    quiet: {
      series: {
        [of('webhook_deliveries_total', 'webhook="1",result="delivered"')]: '0+3x25',
        [of('webhook_retries_total', 'webhook="1"')]: '0+1x25',
      },
      at: '22m',
    },
  },
  {
    alert: 'StanzawatchPacketsNotKept',
    fires: {
      series: { [of('packets_not_kept_total', 'reason="disk"')]: '0x20 9x5' },
      at: '22m',
      labels: [S1],
    },
    quiet: {
      series: {
        [of('packets_not_kept_total', 'reason="room"')]: '0x20 9x5',
        [of('packets_not_kept_total', 'reason="disk"')]: '9x25',
        [of('packets_kept_total')]: '0+9x25',
      },
      at: '22m',
    },
  },
  {
    alert: 'StanzawatchRulesRefused',
    fires: { series: { [of('rules_failed')]: '3x20' }, at: '10m', labels: [SCRAPED] },
    quiet: { series: { [of('rules_failed')]: '0x5 3x3 0x10' }, at: '10m' },
    filled: '3',
  },
  {
    alert: 'StanzawatchNoRules',
    fires: { series: { [of('rules_loaded')]: '0x20' }, at: '10m', labels: [SCRAPED] },
    quiet: { series: { [of('rules_loaded')]: '1x20' }, at: '10m' },
  },
  {
    alert: 'StanzawatchReloadFailed',
    fires: {
      series: { [of('rules_reload_failures_total')]: '0x70 1x10' },
      at: '72m',
      labels: [SCRAPED],
    },
    quiet: { series: { [of('rules_reload_failures_total')]: '1x90' }, at: '72m' },
  },
  {
    alert: 'StanzawatchLag',
    fires: { series: { [of('pipeline_lag_seconds')]: '8x20' }, at: '10m', labels: [SCRAPED] },
    quiet: { series: { [of('pipeline_lag_seconds')]: '8x3 0.1x2 8x2 0x5' }, at: '10m' },
    filled: '8',
  },
  {
    alert: 'StanzawatchMemoryNearLimit',
    fires: {
      series: {
        [of('memory_used_bytes', 'pool="flow"')]: '95x30',
        [of('memory_limit_bytes', 'pool="flow"')]: '100x30',
        [of('memory_used_bytes', 'pool="rss"')]: '9000x30',
      },
      at: '20m',
      labels: [{ ...S1, pool: 'flow' }],
    },
    quiet: {
      series: {
        [of('memory_used_bytes', 'pool="flow"')]: '85x30',
        [of('memory_limit_bytes', 'pool="flow"')]: '100x30',
        [of('memory_used_bytes', 'pool="state"')]: '85x30',
        [of('memory_limit_bytes', 'pool="state"')]: '0x30',
      },
      at: '20m',
    },
    filled: '95%',
  },
];
